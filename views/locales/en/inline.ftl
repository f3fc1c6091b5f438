# The line above inline results: short, since a phone shows some forty characters.
inline-open = Open the chat with the bot
inline-nothing = Nothing found here: search in the chat
inline-away = No answer just now: try again in a minute
inline-not-allowed = This bot is private: its owner can let you in
inline-blocked = You cannot use this bot any more
