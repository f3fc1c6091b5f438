"""/forget: nothing that holds the person's id stays."""

from db.pool import Database
from tests.bot.conftest import Stage
from tests.bot.test_link import linked

# Ids nothing else in the database looks like.
ANN, BOB = 7_770_001_117, 7_770_002_227

TABLES = """
    SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'tmdb' AND table_type = 'BASE TABLE' ORDER BY table_name
"""

# Tables that are about a person, by the names of their columns: each must have a row in FILL.
PERSONAL = """
    SELECT DISTINCT table_name FROM information_schema.columns
    WHERE table_schema = 'tmdb' AND table_name NOT IN (SELECT table_name FROM information_schema.views)
      AND column_name IN ('telegram_user_id', 'chat_id', 'user_id')
"""

FILL = """
    INSERT INTO tmdb.movies (tmdb_id) VALUES (603), (129), (496243) ON CONFLICT DO NOTHING;
    INSERT INTO tmdb.user_movie_ratings (telegram_user_id, movie_id, tmdb_rating, source)
    SELECT telegram_user_id, 603, 8, 'tmdb' FROM tmdb.users;
    INSERT INTO tmdb.user_watchlist (telegram_user_id, movie_id)
    SELECT telegram_user_id, 603 FROM tmdb.users;
    INSERT INTO tmdb.removals (telegram_user_id, movie_id, changed_at, bot_id, update_id)
    SELECT telegram_user_id, 129, tmdb.now(), 1, 1 FROM tmdb.users;
    INSERT INTO tmdb.pushes (telegram_user_id, movie_id, value)
    SELECT telegram_user_id, 496243, 8 FROM tmdb.users;
    INSERT INTO tmdb.notices (telegram_user_id, kind) SELECT telegram_user_id, 'link_voided' FROM tmdb.users;
    INSERT INTO tmdb.enrichment_requests (user_id, session_id, query_text)
    SELECT telegram_user_id::text, telegram_user_id::text, 'matrix' FROM tmdb.users;
    INSERT INTO tmdb.inline_messages
      (bot_id, inline_message_id, movie_id, telegram_user_id, language, expires_at)
    SELECT 1, telegram_user_id::text, 603, telegram_user_id, 'en', tmdb.now() + interval '1 day'
    FROM tmdb.users;
"""


async def holding(database: Database, user_id: int) -> set[str]:
    """Tables with a row in which this id stands anywhere, in JSON too."""
    found = set()
    for (table,) in await database.fetch(TABLES):
        sql = f'SELECT EXISTS (SELECT FROM tmdb."{table}" AS held WHERE held::text LIKE $1)'
        if await database.fetchval(sql, f"%{user_id}%"):
            found.add(table)
    return found


async def test_forgetting_removes_every_row_that_holds_the_persons_id(stage: Stage) -> None:
    ann, bob = stage.person(ANN), stage.person(BOB)
    await linked(stage, bob, "bobs_films")
    await linked(stage, ann)
    await stage.database.execute(FILL)
    # Whom an admin shut out cannot come back by being forgotten.
    personal = {row[0] for row in await stage.database.fetch(PERSONAL)} - {"blocked_users"}
    assert await holding(stage.database, ANN) == personal
    bobs = await holding(stage.database, BOB)

    question = await stage.ask(ann, "/forget")
    assert "What is at TMDB stays there." in question.body
    told = await stage.press(ann, question, "Yes, delete everything")
    assert told.body.splitlines() == [
        "Everything stored about you is deleted. What is at TMDB is still there.",
        "The access at TMDB has ended too.",
    ]
    assert stage.app is not None
    await stage.app.activity.flush()
    assert await holding(stage.database, ANN) == set()
    assert await holding(stage.database, BOB) == bobs
    assert stage.tmdb.open_sessions("ann_films") == 0
    assert stage.tmdb.ratings("ann_films") == {603: 8.5, 129: 9.0}


async def test_a_session_tmdb_could_not_end_is_left_to_a_worker_under_no_name(stage: Stage) -> None:
    ann = stage.person(ANN)
    await linked(stage, ann)
    question = await stage.ask(ann, "/forget")
    await stage.tmdb.go_away()
    told = await stage.press(ann, question, "Yes, delete everything")
    assert told.body.endswith("the access there will end as soon as it does.")
    assert await holding(stage.database, ANN) == set()
    assert await stage.database.fetchval("SELECT count(*) FROM tmdb.session_deletions") == 1


async def test_keeping_is_an_answer_too(stage: Stage) -> None:
    ann = stage.person(ANN)
    await linked(stage, ann)
    question = await stage.ask(ann, "/forget")
    assert (await stage.press(ann, question, "No, keep it")).body == "Nothing was deleted."
    assert "users" in await holding(stage.database, ANN)


async def test_forgetting_an_unknown_person_is_no_error(stage: Stage) -> None:
    ann = stage.person(ANN)
    question = await stage.ask(ann, "/forget")
    told = await stage.press(ann, question, "Yes, delete everything")
    assert told.body.startswith("Everything stored about you is deleted.")


async def test_privacy_tells_for_how_long_searches_at_tmdb_are_kept(stage: Stage) -> None:
    told = await stage.ask(stage.person(), "/privacy")
    assert "• searches that had to ask TMDB: your words, the chat and TMDB’s answer, for 90 days" in told.body
