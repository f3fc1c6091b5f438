"""A series' card in the chat."""

from db.users import Users
from sandbox.telegram import Message, Person
from tests.bot.conftest import Stage
from tests.bot.test_cards import learned, uploads

BREAKING_BAD, CHERNOBYL = 1396, 87108

KEPT = """
    SELECT
      (SELECT array_agg(payload ->> 'name') FROM tmdb.raw_payloads WHERE entity_type = 'tv'),
      (SELECT array_agg(tmdb_id || action) FROM tmdb.neo4j_etl_outbox WHERE entity_type = 'tv')
"""


def series_requests(stage: Stage) -> int:
    return stage.tmdb.count(template="/3/tv/{series_id}")


async def open_series(stage: Stage, person: Person, series_id: int | str = BREAKING_BAD) -> Message:
    return await stage.ask(person, f"/start tv_{series_id}")


async def test_a_series_is_fetched_once_and_its_poster_goes_through_the_store(stage: Stage) -> None:
    anna, boris = stage.person(1, "ru", "Анна"), stage.person(2, "zh", "Boris")
    first = await open_series(stage, anna)
    assert first.photo is not None
    assert first.caption is not None
    title, facts, overview = first.caption.split("\n\n")
    assert title == "Во все тяжкие (2008–2013)\nBreaking Bad"
    assert facts == "TMDB 8,9 (14,8\u00a0тыс.) · сериал"
    assert overview.startswith("Школьный учитель химии")
    assert "expandable_blockquote" in {entity["type"] for entity in first.entities}
    assert [button.url for button in first.buttons] == [f"{stage.settings.tmdb_web_base_url}/tv/1396"]
    row = await learned(stage)
    assert (row["tmdb_series_id"], row["tmdb_movie_id"]) == (BREAKING_BAD, None)
    kept = await stage.database.fetchrow(KEPT)
    assert kept is not None
    assert tuple(kept) == (["Breaking Bad"], [f"{BREAKING_BAD}upsert"])

    second = await open_series(stage, boris)
    assert second.caption is not None
    assert second.caption.startswith("绝命毒师（2008–2013）\nBreaking Bad\n\nTMDB 8.9（1.5万） · 剧集\n")
    assert len(uploads(stage)) == 1
    assert series_requests(stage) == 1


async def test_a_series_meant_beyond_doubt_opens_for_its_name(stage: Stage) -> None:
    ann = stage.person()
    assert (await stage.ask(ann, "breaking bad")).body.startswith("Breaking Bad (2008–2013)")
    row = await stage.database.fetchrow(
        """
        SELECT request_id, user_id, session_id, selected_media_type, selected_tmdb_id
        FROM tmdb.enrichment_requests
        """
    )
    assert row is not None
    assert len(row["request_id"]) == 12
    assert tuple(row)[1:] == (str(ann.id), str(ann.id), "tv", BREAKING_BAD)


async def test_series_may_be_asked_for_by_filters(stage: Stage) -> None:
    anna = stage.person(1, "ru", "Анна")
    found = await stage.ask(anna, "криминальные драмы, сериалы")
    assert (await stage.press(anna, found, "Во все тяжкие (2008) · сериал")).body.startswith("Во все тяжкие")
    row = await stage.database.fetchrow(
        "SELECT tmdb_endpoint, discover_results_raw IS NOT NULL FROM tmdb.enrichment_requests"
    )
    assert row is not None
    assert tuple(row) == ("/discover/tv", True)


async def test_a_series_of_one_year_says_it_once(stage: Stage) -> None:
    card = await open_series(stage, stage.person(), CHERNOBYL)
    assert card.body.startswith("Chernobyl (2019)\n\nTMDB 8.7 (6.5K) · series\n\n")


async def test_a_series_too_old_to_be_shown_is_fetched_anew_or_said_to_be_gone(stage: Stage) -> None:
    ann = stage.person()
    await open_series(stage, ann)
    age = "UPDATE tmdb.tv_series SET fetched_at = tmdb.now() - interval '181 days'"
    await stage.database.execute(age)
    stage.tmdb.change_other("tv", BREAKING_BAD, {"last_air_date": "2027-01-01"})
    assert (await open_series(stage, ann)).body.startswith("Breaking Bad (2008–2027)")
    await stage.database.execute(age)
    stage.tmdb.delete_other("tv", BREAKING_BAD)
    assert (await open_series(stage, ann)).body == "TMDB has no such series."


async def test_tmdb_away_leaves_a_way_to_try_again(stage: Stage) -> None:
    ann = stage.person()
    stage.tmdb.fault("html", "/3/tv/*", status=503)
    card = await open_series(stage, ann)
    assert card.body.startswith("TMDB does not answer right now")
    stage.tmdb.clear_faults()
    assert (await stage.press(ann, card, "Try again")).body.startswith("Breaking Bad (2008–2013)")


async def test_a_series_for_adults_is_shown_to_whom_it_is_for(stage: Stage) -> None:
    ann = stage.person()
    stage.tmdb.change_other("tv", BREAKING_BAD, {"adult": True})
    card = await open_series(stage, ann)
    assert (card.photo, card.body) == (
        None,
        "This series is for adults. Such films and series are shown once you allow them in /settings.",
    )
    await Users(stage.database).choose(ann.id, "en", adult=True)
    assert (await open_series(stage, ann)).photo is not None


async def test_a_number_no_series_has(stage: Stage) -> None:
    for number in (0, 2**31, "9" * 40, 404404):
        assert (await open_series(stage, stage.person(), number)).body == "TMDB has no such series."
