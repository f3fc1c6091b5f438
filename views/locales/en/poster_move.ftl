move-title-own = <b>Moving posters to the new channel</b>
move-title-other = <b>Moving posters to this bot</b>
move-nothing =
    All posters stand in this bot’s channels: there is nothing to move.
    For a new channel, change POSTER_CHANNEL_IDS; for a new bot, BOT_TOKEN. Make the bot an administrator of the old channel and the new one, restart, and come back here.
move-own = { $count ->
    [one] { $number } poster still stands in a former channel ({ $channels }).
   *[other] { $number } posters still stand in former channels ({ $channels }).
}
move-other = { $count ->
    [one] { $number } poster belongs to bot { $bot } (channels { $channels }).
   *[other] { $number } posters belong to bot { $bot } (channels { $channels }).
}
move-other-bot = The posters of another bot become this one’s, so that bot should no longer be running. Until its turn comes, a card sends its poster as a file.
move-how-long = Each poster is forwarded, one call each, at the pace the channel bears; nothing is downloaded. Until then what there is keeps working.
move-start-own = Move to the new channel
move-start-other = Take over from bot { $bot }
move-progress = { $moved } of { $total }
move-rate = { $rate }/min
move-left = { $span } left
move-paused = Paused.
move-paused-itself = Paused, because Telegram does not let the bot read the old channel: { $error }. Make the bot an administrator there and resume; nothing is lost.
move-done = { $count ->
    [one] Done: { $number } poster moved.
   *[other] Done: { $number } posters moved.
}
move-cancelled = { $count ->
    [one] Cancelled. { $number } poster had moved and stays where it is; the others work as before.
   *[other] Cancelled. { $number } posters had moved and stay where they are; the others work as before.
}
move-old-channel = The former channels are no longer needed: { $channels }
move-lost = { $count ->
    [one] { $number } post was not there any more; its poster is brought back by itself.
   *[other] { $number } posts were not there any more; their posters are brought back by themselves.
}
move-pause = Pause
move-resume = Resume
move-cancel = Cancel
move-cancel-sure = Cancel the move? What has moved stays moved; the rest can be moved later.
move-cancel-yes = Cancel the move
move-cancel-no = Go on moving
move-not-an-admin = Nothing has begun: the bot is not an administrator of the old channel { $channel }. Make it one there, then tap the button again.
move-telegram-away = Nothing has begun: Telegram did not say whether the bot may read the old channel. Please tap the button again in a minute.
move-gone = There is nothing to move any more, or another move is under way: /posters shows it.
