"""Every handler and filter gets what it asks for by parameter name."""

import inspect
from collections.abc import Iterator
from typing import Any

from aiogram import Router
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackQueryFilter

from bot.middlewares import SHOWS
from bot.wiring import build
from tests.bot.conftest import Stage

# What aiogram and our middlewares add to every update from a person.
CONTEXT = {"bot", "dispatcher", "event_update", "event_from_user", "handler", "request_id"}


def handlers(router: Router) -> Iterator[tuple[str, HandlerObject]]:
    for kind, observer in router.observers.items():
        for handler in observer.handlers:
            if kind != "update":
                yield f"{router.name}: {kind}: {handler.callback.__name__}", handler
    for below in router.sub_routers:
        yield from handlers(below)


def asked_for(callback: Any) -> set[str]:
    """Parameters without a default, but for the event itself."""
    parameters = list(inspect.signature(callback).parameters.values())[1:]
    return {parameter.name for parameter in parameters if parameter.default is parameter.empty}


async def test_handlers_and_filters_get_what_they_ask_for(idle_stage: Stage) -> None:
    async with build(idle_stage.settings, idle_stage.database) as app:
        supplied = CONTEXT | set(app.dispatcher.workflow_data)
        unmet: dict[str, set[str]] = {}
        found = list(handlers(app.dispatcher))
        for name, handler in found:
            filters = [one.callback for one in handler.filters or ()]
            given = set(supplied)
            if any(isinstance(one, Command) for one in filters):
                given.add("command")
            if any(isinstance(one, CallbackQueryFilter) for one in filters):
                given.add("callback_data")
            wants = asked_for(handler.callback)
            for one in filters:
                if inspect.iscoroutinefunction(one):
                    wants |= asked_for(one)
            if missing := wants - given:
                unmet[name] = missing
        assert unmet == {}
        assert len(found) > 20


async def test_taps_that_change_something_are_not_answered_early(idle_stage: Stage) -> None:
    """A list to think about when a button is added: early is only what shows."""
    async with build(idle_stage.settings, idle_stage.database) as app:
        early = {
            handler.callback.__name__
            for _, handler in handlers(app.dispatcher)
            if handler.flags.items() >= SHOWS.items()
        }
    assert early == {
        *("by_button", "open_rating", "close_rating", "show_page", "look_around"),
        *("leaf", "back", "films", "refresh", "page", "types", "open_run", "periods", "report"),
        *("section", "show_filters", "show", "show_list", "show_titles", "draw"),
    }


async def test_prefixes_of_buttons_are_unique(idle_stage: Stage) -> None:
    async with build(idle_stage.settings, idle_stage.database) as app:
        kinds = {
            one.callback.callback_data
            for _, handler in handlers(app.dispatcher)
            for one in handler.filters or ()
            if isinstance(one.callback, CallbackQueryFilter)
        }
    prefixes = [kind.__prefix__ for kind in kinds]
    assert len(prefixes) == len(set(prefixes))
