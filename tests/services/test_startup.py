"""Checks at start: refusals stop the process, what is away is asked again, one channel may fail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from clients.telegram import TelegramChannels, make_bot
from core.errors import CredentialsRefused
from db.pool import Database
from db.poster_channels import PosterChannels
from db.symptoms import Symptoms
from sandbox.telegram import TelegramStandIn
from sandbox.tmdb.server import TmdbStandIn
from services.startup import Startup
from tests.clients.test_telegram import CHANNEL, TOKEN, Unlimited, settings
from tests.clients.test_tmdb_over_http import client_of

NOT_OURS = -1001000000002


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramStandIn]:
    async with TelegramStandIn() as telegram:
        telegram.add_channel(CHANNEL, "Posters", [telegram.add_bot(TOKEN, "filmoteka_bot")])
        telegram.add_channel(NOT_OURS, "Somebody's")
        yield telegram


@pytest.fixture
async def tmdb() -> AsyncIterator[TmdbStandIn]:
    async with TmdbStandIn(rate=0) as tmdb:
        yield tmdb


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.startup.RECHECK_SECONDS", 0.01)
    monkeypatch.setattr("clients.telegram.session.FIRST_DELAY_SECONDS", 0.001)


@asynccontextmanager
async def startup(
    telegram: TelegramStandIn,
    tmdb: TmdbStandIn,
    *channels: int,
    token: str = TOKEN,
    noted: PosterChannels | None = None,
    answers_people: bool = False,
    **tmdb_credentials: str,
) -> AsyncIterator[Startup]:
    configured = settings(
        telegram.api_url,
        bot_token=token,
        poster_channel_ids=",".join(map(str, channels)),
        **({"tmdb_access_token": None} | tmdb_credentials if tmdb_credentials else {}),
    )
    bot = make_bot(configured, Unlimited(), people=False)
    async with aiohttp.ClientSession() as session:
        client = client_of(
            tmdb, session, access_token=configured.tmdb_access_token, api_key=configured.tmdb_api_key
        )
        yield Startup(TelegramChannels(bot), client, configured, noted, answers_people=answers_people)
    await bot.session.close()


async def test_all_is_well(telegram: TelegramStandIn, tmdb: TmdbStandIn) -> None:
    async with startup(telegram, tmdb, CHANNEL) as checks:
        findings = await checks.check()
        await checks.watch()
    assert {finding.outcome for finding in findings} == {"well"}
    assert len(findings) == 3


@pytest.mark.parametrize(
    ("switches", "outcomes"),
    [
        ({}, {"inline mode": "off", "groups": "well"}),
        (
            {"supports_inline_queries": True, "can_join_groups": False},
            {"inline mode": "well", "groups": "off"},
        ),
    ],
)
async def test_botfathers_switches_are_named_and_no_refusal(
    telegram: TelegramStandIn, tmdb: TmdbStandIn, switches: dict[str, bool], outcomes: dict[str, str]
) -> None:
    bot = telegram.world.only_bot
    for switch, is_on in switches.items():
        setattr(bot, switch, is_on)
    async with startup(telegram, tmdb, CHANNEL, answers_people=True) as checks:
        findings = {finding.subject: finding for finding in await checks.check()}
    assert {subject: findings[subject].outcome for subject in outcomes} == outcomes
    assert {
        finding.text.rpartition(": ")[2] for finding in findings.values() if finding.outcome == "off"
    } <= {
        "/setinline at @BotFather",
        "/setjoingroups at @BotFather",
    }


async def test_a_refused_token_is_one_line_without_the_token(
    telegram: TelegramStandIn, tmdb: TmdbStandIn
) -> None:
    async with startup(telegram, tmdb, CHANNEL, token="77:AAHnobody-knows-this-token-xxxxxxx") as checks:
        with pytest.raises(CredentialsRefused) as told:
            await checks.check()
    [line] = told.value.lines
    assert line.startswith("BOT_TOKEN: refused")
    assert "nobody-knows" not in line


@pytest.mark.parametrize("variable", ["TMDB_ACCESS_TOKEN", "TMDB_API_KEY"])
async def test_a_refused_key_of_tmdb(telegram: TelegramStandIn, tmdb: TmdbStandIn, variable: str) -> None:
    credentials: dict[str, Any] = {variable.lower(): "a-key-nobody-issued"}
    async with startup(telegram, tmdb, CHANNEL, **credentials) as checks:
        with pytest.raises(CredentialsRefused) as told:
            await checks.check()
    [line] = told.value.lines
    assert line.startswith(f"{variable}: refused")
    assert "nobody-issued" not in line


async def test_one_unusable_channel_is_said_and_all_of_them_are_a_refusal(
    telegram: TelegramStandIn, tmdb: TmdbStandIn
) -> None:
    async with startup(telegram, tmdb, CHANNEL, NOT_OURS) as checks:
        outcomes = {finding.subject: finding.outcome for finding in await checks.check()}
    assert outcomes[f"POSTER_CHANNEL_IDS {CHANNEL}"] == "well"
    assert outcomes[f"POSTER_CHANNEL_IDS {NOT_OURS}"] == "unusable"
    async with startup(telegram, tmdb, NOT_OURS) as checks:
        with pytest.raises(CredentialsRefused, match=f"POSTER_CHANNEL_IDS {NOT_OURS}: the bot cannot post"):
            await checks.check()


async def test_what_a_channel_was_found_to_be_is_noted_for_the_health_check(
    telegram: TelegramStandIn, tmdb: TmdbStandIn, database: Database
) -> None:
    bot_id, noted, both = int(TOKEN.partition(":")[0]), PosterChannels(database), (CHANNEL, NOT_OURS)
    await noted.open(bot_id, both, 20)
    await noted.set_aside(bot_id, CHANNEL, 300, "unusable before the restart")
    async with startup(telegram, tmdb, *both, noted=noted) as checks:
        await checks.check()
    [found] = await Symptoms(database).unusable(bot_id, both)
    assert found.channel_id == NOT_OURS
    assert found.error
    assert (await noted.grant(bot_id, CHANNEL)).granted
    assert (await noted.grant(bot_id, NOT_OURS)).granted, "the next poster tries it all the same"


async def test_what_is_away_is_asked_again_until_it_answers(
    telegram: TelegramStandIn, tmdb: TmdbStandIn
) -> None:
    telegram.away = True
    tmdb.fault("reset", "/3/genre/movie/list", times=2)
    async with startup(telegram, tmdb, CHANNEL) as checks:
        outcomes = {finding.subject: finding.outcome for finding in await checks.check()}
        assert outcomes["BOT_TOKEN"] == "unreachable"
        telegram.away = False
        await checks.watch()
        assert {finding.outcome for finding in await checks.check()} == {"well"}


async def test_a_refusal_that_comes_late_still_stops_the_process(
    telegram: TelegramStandIn, tmdb: TmdbStandIn
) -> None:
    telegram.away = True
    async with startup(telegram, tmdb, NOT_OURS) as checks:
        await checks.check()
        telegram.away = False
        with pytest.raises(CredentialsRefused):
            await checks.watch()
