"""All routers, in the order in which they are asked."""

from aiogram import Router

from bot.handlers import groups, inline
from bot.handlers.admin import alerts, block, poster_moves, posters, runs, stats, sync
from bot.handlers.user import (
    about,
    account,
    card,
    export,
    fallback,
    link,
    lists,
    membership,
    own_ratings,
    person,
    rating,
    search,
    series,
    settings,
    start,
    watchlist,
)


def routers() -> list[Router]:
    """New ones each time: a router belongs to one dispatcher.

    The first that takes an update ends it. `groups` stands before everything that answers messages;
    `card`, `person` and `series` know their links to /start, `start` takes all others; `search` takes
    every plain text, and `fallback` what is left.
    """
    return [
        membership.router(),
        groups.router(),
        inline.router(),
        card.router(),
        person.router(),
        series.router(),
        rating.router(),
        watchlist.router(),
        own_ratings.router(),
        export.router(),
        start.router(),
        about.router(),
        settings.router(),
        link.router(),
        account.router(),
        stats.router(),
        sync.router(),
        runs.router(),
        posters.router(),
        alerts.router(),
        poster_moves.router(),
        block.router(),
        lists.router(),
        search.router(),
        fallback.router(),
    ]
