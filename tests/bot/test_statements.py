"""What each screen costs the database: statements are round trips, and their number is fixed."""

import pytest

from sandbox.telegram import Person
from tests.bot.conftest import ADMIN, Stage, Statements
from tests.bot.test_fuzz import WATCHED
from tests.bot.test_own_ratings import FILMS

ANN = 1001

# Written, then how many statements answer it the second time: whoever is known and a film that is there.
ASKED = {
    "/start": 2,  # the person, and whether they come back from TMDB's page
    "/help": 1,
    "/about": 1,
    "/privacy": 1,
    "/settings": 1,
    "/movie 603": 1,
    "/start m_603": 1,
    "film": 1,
    "/search film": 1,
    "/person keanu reeves": 2,  # who that is, then the card
    "/start p_6384": 1,
    "/popular": 1,
    "/new": 1,
    "/top": 1,
    "/trending": 1,
    "/watchlist": 1,
    "/ratings": 1,
    "/export": 1,
    "/link": 7,  # who that is, whether there is an account, a transaction with the attempt
    "/import": 4,  # who that is, and no account in a transaction
    "/unlink": 1,
    "/forget": 1,
}
# Buttons as they are pressed one after another, each of those that stand there by then.
AT_A_CARD = (
    ("page:more:603:1", 1),
    ("page:videos:603:1", 1),
    ("back:603:0", 1),
    ("page:cast:603:1", 1),
    ("page:crew:603:1", 1),
    ("back:603:0", 1),
    # A change is a transaction of five trips, and the card shows it.
    ("watch:603:1", 7),
    ("watch:603:0", 7),
    ("rating:603", 1),
    ("rate:603:16", 7),
    ("rate:603:", 7),
    ("rated:603", 1),
    ("page:more:603:1", 1),
    ("page:posters:603:1", 1),
    ("back:603:1", 1),
    ("page:cast:603:1", 1),
    ("person:6384:603", 1),
    ("works:6384:603::0:1:", 1),
    ("works:6384:603::1:1:", 1),
    ("works:6384:603::1:1:1", 2),  # the choice, then the films
    ("works:6384:603::1:1:0", 2),
    ("who:6384:603", 1),
    ("back:603:1", 1),
    ("leaf:s603:1:603", 2),  # which film that is, then its card
)
AT_A_LIST = (
    ("card:603", 1),
    ("filter::all:0", 1),
    ("filter::genres:0", 1),
    ("filter::all:0", 1),
    ("list::1:0", 1),
    ("hide:1::0", 2),  # the choice, then the list
    ("hide:0::0", 2),
    ("leaf:f:1:0", 2),
)
AT_OWN_RATINGS = (
    ("own:rated::::2:", 1),
    ("own:rated::::2:sort", 1),
    ("own:title::::1:", 1),
    ("own:title::::1:decade", 1),
    ("own:title::1990::1:", 1),
    ("owndraw", 1),
)
AT_A_WATCHLIST = (("wl:added:2", 1), ("wl:release:1", 1))
AT_SETTINGS = (
    ("settings:films:1", 1),
    ("settings:all:1", 1),
    ("settings:region:1", 1),
    ("settings:all:1", 1),
    ("settings:scale:1", 1),
    ("choose:scale:5", 2),
)
# What those films and that person have no button for: under which message it would stand.
ELSEWHERE = (
    ("/movie 603", "page:watch:603:1", 2),  # nothing is offered, so its card instead
    ("/movie 603", "leaf:r603:1:603", 2),
    ("/movie 603", "leaf:c2344:1:603", 2),
    ("/search film", "titles:1:0", 1),
    ("/person keanu", "people:1", 1),
    ("/start", "look", 1),
    ("/start", "tv:1", 1),
    ("/unlink", "unlink:stay", 1),
    ("/forget", "forget:no", 1),
    ("/link", "offer:later", 1),
)
OF_ADMINS = {"/sync": 4, "/runs": 3, "/posters": 7, "/alerts": 2, "/poster 603": 2}


@pytest.fixture
async def shelf(idle_stage: Stage, statements: Statements) -> Stage:
    await idle_stage.database.execute(FILMS)
    await idle_stage.database.execute(WATCHED)
    return idle_stage


async def asked(stage: Stage, statements: Statements, person: Person, screens: dict[str, int]) -> None:
    """Each was seen once before, so that nobody is new and nothing has to be fetched."""
    cost = {}
    for text in [*screens, *screens]:
        statements.taken()
        await stage.ask(person, text)
        await stage.idle()
        cost[text] = statements.taken()
    assert {text: taken for text, taken in cost.items() if len(taken) != screens[text]} == {}


async def test_every_screen_costs_a_fixed_number_of_statements(shelf: Stage, statements: Statements) -> None:
    ann = shelf.person(ANN)
    await asked(shelf, statements, ann, ASKED)
    for command, walk in (
        ("/movie 603", AT_A_CARD),
        ("/popular", AT_A_LIST),
        ("/ratings", AT_OWN_RATINGS),
        ("/watchlist", AT_A_WATCHLIST),
        ("/settings", AT_SETTINGS),
    ):
        message = await shelf.ask(ann, command)
        for data, count in walk:
            statements.taken()
            await ann.wait_answer(ann.press(message, data))
            await shelf.idle()
            taken = statements.taken()
            assert len(taken) == count, (data, taken)
    for command, data, count in ELSEWHERE:
        message = await shelf.ask(ann, command)
        await shelf.idle()
        statements.taken()
        await ann.wait_answer(ann.press_forged(message, data))
        await shelf.idle()
        taken = statements.taken()
        assert len(taken) == count, (data, taken)


async def test_every_screen_of_admins_does_too(shelf: Stage, statements: Statements) -> None:
    await asked(shelf, statements, shelf.person(ADMIN), OF_ADMINS)
