"""Linking by TMDB's page, unlinking, forgetting: over real HTTP against the stand-in."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from pydantic import SecretStr

from core.vault import Vault
from db.pool import Database
from services.accounts import (
    Accounts,
    AlreadyLinked,
    Approved,
    Begun,
    Confirmed,
    Declined,
    Expired,
    Forgotten,
    NotApprovedYet,
    NothingOpen,
    TmdbAway,
    Unlinked,
    Voided,
    session_revoked,
)
from tests.accounts import ANN, BOB, KEY, Scene, drain, scene_of

STRANGER = 2002


@pytest.fixture
async def scene(database: Database) -> AsyncIterator[Scene]:
    async with scene_of(database) as scene:
        scene.tmdb.add_account("ann", "Ann A.", dict.fromkeys(scene.tmdb.film_ids(3), 8.5))
        scene.tmdb.add_account("bob")
        yield scene


async def returned(scene: Scene, user_id: int, parameter: str) -> object:
    return await scene.accounts.returned(user_id, "en", parameter)


async def check(scene: Scene, user_id: int) -> object:
    return await scene.accounts.check(user_id, "en")


async def test_the_way_through_the_page_and_back(scene: Scene) -> None:
    begun = await scene.accounts.begin(ANN, "ru")
    assert isinstance(begun, Begun)
    async with aiohttp.ClientSession() as browser:
        form = {"decision": "approve", "username": "ann"}
        async with browser.post(begun.approval_url, data=form, allow_redirects=False) as answer:
            location = answer.headers["Location"]
    parameter = location.partition("?start=")[2].partition("&")[0]
    assert await returned(scene, ANN, parameter) == Approved(scene.account("ann"), "ann", "Ann A.")
    assert await scene.value("SELECT count(*) FROM tmdb.imports") == 0, "nothing before the person confirms"
    assert await scene.value("SELECT tmdb_session FROM tmdb.users") is None
    confirmed = await scene.accounts.confirm(ANN, "ru", scene.account("ann"))
    assert isinstance(confirmed, Confirmed)
    assert confirmed.username == "ann"
    row = await scene.database.fetchrow("SELECT * FROM tmdb.users WHERE telegram_user_id = $1", ANN)
    assert row is not None
    assert (row["tmdb_username"], row["sync_status"], row["language"]) == ("ann", 1, "ru")
    imports = await scene.database.fetch("SELECT id, state FROM tmdb.imports")
    assert [tuple(i) for i in imports] == [(confirmed.import_id, "queued")]
    assert await scene.accounts.begin(ANN, "ru") == AlreadyLinked("ann")


async def test_what_stands_behind_the_nonce_does_no_harm(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    assert Accounts.is_return(nonce)
    assert len(nonce) <= 40
    for rubbish in ("", "?request_token=abc&approved=true", "&approved=true", " x", "request_tokenabc", "_-"):
        assert await returned(scene, ANN, (nonce + rubbish)[:64]) == Approved(
            scene.account("ann"), "ann", "Ann A."
        )


async def test_the_button_and_a_bare_start_serve_who_did_not_come_back(scene: Scene) -> None:
    assert await check(scene, ANN) == NothingOpen()
    assert await returned(scene, ANN, "") == NothingOpen()
    token, _ = await scene.begin(ANN)
    assert await check(scene, ANN) == NotApprovedYet()
    scene.tmdb.approve(token, "ann")
    assert await returned(scene, BOB, "") == NothingOpen(), "another person's bare /start"
    assert await returned(scene, ANN, "") == Approved(scene.account("ann"), "ann", "Ann A.")
    assert await check(scene, ANN) == Approved(scene.account("ann"), "ann", "Ann A."), (
        "asking again changes nothing"
    )
    assert scene.tmdb.open_sessions("ann") == 1


@pytest.mark.parametrize("code", [41, 17])
async def test_denied_reads_as_not_approved_yet(scene: Scene, code: int) -> None:
    scene.tmdb.configure(unapproved_code=41 if code == 41 else 17)
    token, nonce = await scene.begin(ANN)
    scene.tmdb.deny(token)
    assert await returned(scene, ANN, nonce) == NotApprovedYet()


async def test_another_persons_return_voids_the_link_and_its_button(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "bob")  # a stranger was talked into approving Ann's link
    assert await returned(scene, STRANGER, nonce) == Voided(is_own=False)
    assert await check(scene, ANN) == Voided(is_own=True)
    assert await returned(scene, ANN, nonce) == Voided(is_own=True)
    assert await scene.accounts.confirm(ANN, "en", scene.account("bob")) == Voided(is_own=True)
    assert scene.tmdb.open_sessions("bob") == 0
    assert await scene.notices(ANN) == ["link_voided"]
    assert await scene.value("SELECT count(*) FROM tmdb.users WHERE telegram_user_id = $1", STRANGER) == 0


async def test_even_who_was_faster_at_the_button_keeps_nothing(scene: Scene) -> None:
    scene.tmdb.add_account("victim", ratings=dict.fromkeys(scene.tmdb.film_ids(2), 7))
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "victim")
    assert await check(scene, ANN) == Approved(scene.account("victim"), "victim", None)
    assert await returned(scene, STRANGER, nonce) == Voided(is_own=False)
    assert await scene.accounts.confirm(ANN, "en", scene.account("victim")) == Voided(is_own=True)
    assert scene.tmdb.open_sessions("victim") == 0

    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "victim")
    assert await check(scene, ANN) == Approved(scene.account("victim"), "victim", None)
    confirmed = await scene.accounts.confirm(ANN, "en", scene.account("victim"))
    assert isinstance(confirmed, Confirmed)
    await scene.run_import(confirmed.import_id)
    assert len(await scene.held(ANN)) == 2
    assert await returned(scene, STRANGER, nonce) == Voided(is_own=False)
    assert await scene.held(ANN) == {}
    assert scene.tmdb.open_sessions("victim") == 0
    reader = await scene.database.fetchrow("SELECT * FROM tmdb.users WHERE telegram_user_id = $1", ANN)
    assert reader is not None
    assert (reader["tmdb_session"], reader["sync_status"], reader["ratings_count"]) == (None, 0, 0)


async def test_an_expired_approval_brings_a_fresh_one(scene: Scene) -> None:
    _, nonce = await scene.begin(ANN)
    scene.tmdb.advance_clock(3601)
    outcome = await returned(scene, ANN, nonce)
    assert isinstance(outcome, Expired)
    assert outcome.fresh is not None
    assert isinstance(await check(scene, ANN), NotApprovedYet), "the fresh one is open"


async def test_a_newer_link_takes_the_place_of_an_older_one(scene: Scene) -> None:
    old_token, old_nonce = await scene.begin(ANN)
    new_token, new_nonce = await scene.begin(ANN)
    assert old_nonce != new_nonce
    scene.tmdb.approve(old_token, "ann")
    assert isinstance(await returned(scene, ANN, old_nonce), Expired)
    assert scene.tmdb.open_sessions("ann") == 0
    assert new_token != old_token


async def test_a_session_lost_between_tmdb_and_us_is_approved_once_more(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    scene.tmdb.fault("lost", "/3/authentication/session/new", times=1)
    assert await returned(scene, ANN, nonce) == TmdbAway(), "nobody knows what became of it"
    outcome = await check(scene, ANN)
    assert isinstance(outcome, Expired)
    assert outcome.fresh is not None
    assert await scene.value("SELECT count(*) FROM tmdb.link_attempts WHERE state = 'open'") == 1


async def test_tmdb_away_keeps_what_was_begun(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    await scene.tmdb.go_away()
    assert await returned(scene, ANN, nonce) == TmdbAway()
    assert await scene.accounts.begin(BOB, "en") == TmdbAway()
    await scene.tmdb.come_back()
    scene.tmdb.fault("html", "/3/account", times=1, status=503)
    assert await returned(scene, ANN, nonce) == TmdbAway(), "the session is there, its owner not known yet"
    assert await check(scene, ANN) == Approved(scene.account("ann"), "ann", "Ann A.")
    assert scene.tmdb.open_sessions("ann") == 1


async def test_declining_ends_the_session(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "bob")
    assert await returned(scene, ANN, nonce) == Approved(scene.account("bob"), "bob", None)
    assert await scene.accounts.decline(ANN) == Declined(ended=True)
    assert scene.tmdb.open_sessions("bob") == 0
    assert await scene.accounts.confirm(ANN, "en", scene.account("bob")) == NothingOpen()


async def test_a_yes_to_an_earlier_account_confirms_no_other(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "bob")
    assert isinstance(await returned(scene, ANN, nonce), Approved)
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    assert isinstance(await returned(scene, ANN, nonce), Approved)
    assert await scene.accounts.confirm(ANN, "en", scene.account("bob")) == NothingOpen()
    assert isinstance(await scene.accounts.confirm(ANN, "en", scene.account("ann")), Confirmed)


async def test_what_was_approved_and_forgotten_ends_by_itself(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    assert isinstance(await returned(scene, ANN, nonce), Approved)
    await scene.database.execute("UPDATE tmdb.link_attempts SET expires_at = tmdb.now()")
    await drain(scene.session_job())
    assert scene.tmdb.open_sessions("ann") == 0
    secrets = await scene.database.fetchrow("SELECT request_token, tmdb_session FROM tmdb.link_attempts")
    assert secrets is not None
    assert tuple(secrets) == (None, None)


async def test_unlinking_keeps_or_drops_the_ratings(scene: Scene) -> None:
    films = scene.tmdb.film_ids(4)
    await scene.run_import(await scene.link(ANN, "ann"))
    assert await scene.accounts.unlink(ANN, keep_ratings=True) == Unlinked(ended=True, removed=0, kept=3)
    assert scene.tmdb.open_sessions("ann") == 0
    assert await scene.accounts.unlink(ANN, keep_ratings=True) == NothingOpen()
    await scene.films(films[3])
    await scene.rate(ANN, films[3], 4)  # exists nowhere else

    await scene.run_import(await scene.link(ANN, "ann"))
    assert await scene.accounts.unlink(ANN, keep_ratings=False) == Unlinked(ended=True, removed=3, kept=1)
    assert await scene.held(ANN) == {films[3]: 4.0}
    assert await scene.value("SELECT ratings_count FROM tmdb.users") == 1
    assert scene.tmdb.ratings("ann") == dict.fromkeys(films[:3], 8.5)


async def test_unlinking_while_tmdb_is_away_is_made_good_later(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    await scene.tmdb.go_away()
    assert await scene.accounts.unlink(ANN, keep_ratings=True) == Unlinked(ended=False, removed=0, kept=0)
    assert await scene.value("SELECT tmdb_session FROM tmdb.users") is None
    await scene.tmdb.come_back()
    await scene.database.execute("UPDATE tmdb.session_deletions SET next_attempt_at = tmdb.now()")
    await drain(scene.session_job())
    assert scene.tmdb.open_sessions("ann") == 0
    assert await scene.value("SELECT count(*) FROM tmdb.session_deletions") == 0


@pytest.mark.parametrize("code", [3, 34, 37])
async def test_a_session_tmdb_does_not_know_has_ended(scene: Scene, code: int) -> None:
    await scene.link(ANN, "ann")
    scene.tmdb.fault("code", "/3/authentication/session", code=code)
    assert await scene.accounts.unlink(ANN, keep_ratings=True) == Unlinked(ended=True, removed=0, kept=0)


async def test_a_revoked_session_is_told_once(scene: Scene) -> None:
    await scene.link(ANN, "ann")
    session = await scene.value("SELECT tmdb_session FROM tmdb.users")
    for _ in range(2):
        await session_revoked(scene.database, ANN, session)
    assert await scene.notices(ANN) == ["session_revoked"]
    assert await scene.value("SELECT error FROM tmdb.imports") == "revoked"
    assert isinstance(await scene.accounts.begin(ANN, "en"), Begun)
    await scene.link(ANN, "ann")
    await session_revoked(scene.database, ANN, session)
    assert await scene.notices(ANN) == ["session_revoked"], "the new session is not the revoked one"
    assert await scene.value("SELECT tmdb_session FROM tmdb.users") is not None


async def test_forgetting_leaves_no_row_with_the_persons_id(scene: Scene) -> None:
    films = scene.tmdb.film_ids(4)
    await scene.run_import(await scene.link(ANN, "ann"))
    await scene.films(films[3])
    await scene.rate(ANN, films[3], 4)
    await scene.rate(ANN, films[0], None)
    request = await scene.imports.request(ANN)
    await scene.imports.follow(request.import_id, ANN, ANN, 77)
    await scene.database.execute(
        "INSERT INTO tmdb.notices (telegram_user_id, kind) VALUES ($1, 'link_voided')", ANN
    )
    await scene.database.execute(
        "INSERT INTO tmdb.enrichment_requests (user_id, session_id, query_text) VALUES ($1, $1, 'matrix')",
        str(ANN),
    )
    assert len(await _tables_that_name(scene, ANN)) >= 9
    assert await scene.accounts.forget(ANN) == Forgotten(ended=True)
    assert await _tables_that_name(scene, ANN) == []
    assert scene.tmdb.open_sessions("ann") == 0
    assert len(scene.tmdb.ratings("ann")) == 3, "what is at TMDB stays there"
    assert await scene.accounts.forget(ANN) == Forgotten(ended=None)
    await drain(scene.import_job())
    await drain(scene.push_job())
    assert await _tables_that_name(scene, ANN) == []


async def _tables_that_name(scene: Scene, user_id: int) -> list[str]:
    """Every table one of whose columns holds the id, as a number or as text."""
    columns = await scene.database.fetch(
        """
        SELECT c.table_name, c.column_name FROM information_schema.columns AS c
        JOIN information_schema.tables AS t USING (table_schema, table_name)
        WHERE c.table_schema = 'tmdb' AND t.table_type = 'BASE TABLE'
          AND c.data_type IN ('bigint', 'text') AND c.table_name NOT IN ('movies', 'people')
        """
    )
    found = set()
    for table, column in columns:
        if await scene.value(
            f'SELECT EXISTS (SELECT FROM tmdb."{table}" WHERE "{column}"::text = $1)', str(user_id)
        ):
            found.add(table)
    return sorted(found)


async def test_secrets_at_rest_are_encrypted_and_keys_can_be_rotated(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    stored = await scene.value("SELECT request_token FROM tmdb.link_attempts")
    assert token not in stored
    assert scene.vault.decrypt(stored).get_secret_value() == token
    assert nonce.encode() not in await scene.value("SELECT nonce_hash FROM tmdb.link_attempts")
    rotated = Vault([SecretStr("the newest key of the operator"), KEY])
    newer = Accounts(scene.database, scene.client, rotated, bot_username="FilmotekaTestBot")
    scene.tmdb.approve(token, "ann")
    assert await newer.returned(ANN, "en", nonce) == Approved(scene.account("ann"), "ann", "Ann A.")


async def test_a_lost_secret_key_asks_for_a_fresh_approval(scene: Scene) -> None:
    token, nonce = await scene.begin(ANN)
    scene.tmdb.approve(token, "ann")
    other = Vault([SecretStr("a key that opens nothing of before")])
    accounts = Accounts(scene.database, scene.client, other, bot_username="FilmotekaTestBot")
    assert isinstance(await accounts.returned(ANN, "en", nonce), Expired)


async def test_forged_start_parameters_lead_nowhere(scene: Scene) -> None:
    await scene.begin(ANN)
    for parameter in ("l_", "l_unknown", "m_603", "-" * 64, "\0", "ы" * 64, "' OR 1=1"):
        assert await returned(scene, BOB, parameter) == NothingOpen()
    assert isinstance(await check(scene, ANN), NotApprovedYet)
