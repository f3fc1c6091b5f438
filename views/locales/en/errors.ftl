# Plain text of at most 200 characters: these may be shown as an alert.
error-database = My memory is out of reach for a moment. What you saved before is safe; please try this once more in a minute.
error-tmdb = TMDB does not answer right now. Nothing of yours is lost; please try again in a few minutes.
error-gone = TMDB no longer has this film.
error-revoked = TMDB ended your link. Your ratings are kept here; /link connects you again.
error-not-linked = You have no TMDB account linked yet: /link does that.
error-message-gone = That message can no longer be changed. Please ask for it again.
error-telegram = My answer was lost on its way to Telegram. What you changed is saved; please ask again if you miss something.
error-unexpected = Something went wrong on my side; the bot’s owner can see it. What you saved before is safe; please try again.
error-not-allowed = This bot is private, so I cannot help you here. Its owner can let you in.
error-blocked = You cannot use this bot any more. What you saved is kept; its owner can let you in again.
error-stale-button = This button no longer works. Please ask for the screen again.
error-unknown-command = I do not know this command. Write a film’s title, or see /help.
error-not-understood = I understand text only: write a film’s title.
error-slow-down = That is a little fast. I am still here: please go on in a moment.
error-chat = I may not write that in this group. Its administrators can allow it; in a private chat I can.
