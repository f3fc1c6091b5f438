link-approval =
    <b>Link your TMDB account</b>
    Approve me on TMDB’s page; it brings you straight back here. If it does not, tap “I have approved”.
    The button is yours alone and holds for an hour.
link-approve = Approve at TMDB
link-have-approved = I have approved
link-expired =
    That approval ran out, or its answer was lost on the way. Nothing was linked.
    Here is a fresh button:
link-away = TMDB does not answer right now, so linking has to wait. Nothing is lost; please try again in a few minutes.
link-try-again = Try again
link-not-approved = TMDB has no approval from you yet. Please approve on its page, then come back here.
link-away-on-return = TMDB does not answer right now. Your approval is not lost; please tap once more in a minute.
link-already = You are linked to TMDB as <b>{ $username }</b>. For another account, /unlink this one first.
link-is-this-you =
    TMDB says this is { $account }. Is that you?
    Nothing is brought over before you say yes.
link-yes = Yes, that is me
link-no = No
link-linked = Linked to TMDB as <b>{ $username }</b>. What you rate or put on your watchlist here from now on goes there too.
link-declined = { $ended ->
    [yes] Nothing was linked, and TMDB was told to forget the approval.
   *[no] Nothing was linked. TMDB does not answer right now; it will be told to forget the approval as soon as it does.
}
link-voided-own = Somebody else opened your link, so it no longer counts and nothing was linked. Please begin again and keep the button to yourself.
link-voided-other =
    This link was made for somebody else, so I have made it void: nothing you approved is in their hands.
    If somebody asked you to open it, do not trust them.
link-nothing-open = There is no approval waiting.
link-needed = For that I need your TMDB account.
link-button = Link TMDB

offer = Done here before you linked: { $what }. Send it to TMDB?
offer-ratings = { $count ->
    [one] { $count } rating
   *[other] { $count } ratings
}
offer-watchlist = { $count ->
    [one] { $count } change of your watchlist
   *[other] { $count } changes of your watchlist
}
offer-both = { $ratings } and { $watchlist }
offer-send = Send
offer-later = Not now
offer-sent = On the way to TMDB: { $what }.
offer-kept = That stays here. /link offers it again.

unlink =
    <b>Disconnect { $username }?</b>
    What you rated, and your watchlist, stay at TMDB. { $count ->
        [0] There are no ratings here.
        [one] What should become of { $count } rating here?
       *[other] What should become of { $count } ratings here?
    }
unlink-only = Disconnect
unlink-keep = Disconnect, keep everything here
unlink-remove = Disconnect, remove them here
unlink-stay = Stay linked
unlink-stayed = You are still linked; nothing has changed.
unlinked-kept = Disconnected. Your ratings and your watchlist are kept here.
unlinked-removed = Disconnected. { $removed ->
    [one] { $removed } rating was removed here
   *[other] { $removed } ratings were removed here
}; { $kept ->
    [0] none is left.
    [one] { $kept } that TMDB does not have is kept.
   *[other] { $kept } that TMDB does not have are kept.
} The same was done with your watchlist.
unlinked-session = { $ended ->
    [yes] The access at TMDB has ended too.
   *[no] TMDB does not answer right now; the access there will end as soon as it does.
}

forget =
    <b>Delete everything stored about you?</b>
    Gone for good: your language, the link to TMDB and { $count ->
        [0] any rating not sent yet.
        [one] { $count } rating kept here, whether sent or not.
       *[other] { $count } ratings kept here, whether sent or not.
    }
    Your watchlist here goes with it. What is at TMDB stays there.
forget-yes = Yes, delete everything
forget-no = No, keep it
forget-kept = Nothing was deleted.
forgotten = Everything stored about you is deleted. What is at TMDB is still there.
