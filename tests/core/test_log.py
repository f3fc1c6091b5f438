"""Log lines as an operator reads them: one form, whoever wrote them, and no secret in any."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog

from core.log import HIDDEN, Redaction, configure
from core.settings import Settings
from tests.process import forked

TOKEN = "4242:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
SECRETS = {
    "BOT_TOKEN": TOKEN,
    "TMDB_ACCESS_TOKEN": "read-access-token",
    "TMDB_API_KEY": "key-of-tmdb",
    "SECRET_KEY": "the-newer-secret-key,the-older-secret-key",
    "DATABASE_URL": "postgresql://film:data%40base@db/film",
    "PROXY_URL": "http://film:pr%2Foxy-pw@proxy:3128",
    "WEBHOOK_SECRET": "webhook-word",
}
HIDDEN_TEXTS = (
    *(TOKEN, TOKEN.partition(":")[2], "read-access-token", "key-of-tmdb", "webhook-word"),
    *("the-newer-secret-key", "the-older-secret-key", "data%40base", "data@base", "pr%2Foxy-pw", "pr/oxy-pw"),
)


def speak() -> None:
    """Everything that writes a line, with every secret in it."""
    settings: Any = Settings
    configure(settings(_env_file=None), "test")
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        for text in HIDDEN_TEXTS:
            structlog.get_logger("ours").info("said", what=text)
            logging.getLogger("theirs").warning("said %s", text)
        try:
            _fail("in a local " + "variable")
        except LookupError:
            structlog.get_logger("ours").exception("failed")
            logging.getLogger("theirs").exception("failed")
        warnings.warn(f"of {TOKEN}", RuntimeWarning, stacklevel=1)


def _fail(words_nobody_may_read: str) -> NoReturn:
    assert words_nobody_may_read
    raise LookupError(TOKEN)


async def said(tmp_path: Path, form: str) -> str:
    """What it wrote to stderr."""
    variables = {**SECRETS, "POSTER_CHANNEL_IDS": "-1001", "LOG_FORMAT": form}
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        async with forked(tmp_path, variables, speak) as process:
            assert await process.ended() == 0, process.output
    assert process.output.count(HIDDEN) >= 2 * len(HIDDEN_TEXTS) + 3
    for secret in HIDDEN_TEXTS:
        assert secret not in process.output
    return process.output


async def test_every_line_is_json_with_the_request_id(tmp_path: Path) -> None:
    lines = [json.loads(line) for line in (await said(tmp_path, "json")).splitlines()]
    assert len(lines) == 2 * len(HIDDEN_TEXTS) + 3
    assert {line["request_id"] for line in lines} == {"abc"}
    assert {line["part"] for line in lines} == {"test"}
    assert sum("Traceback" in line.get("exception", "") for line in lines) == 2


async def test_a_traceback_as_text_shows_no_local_variables(tmp_path: Path) -> None:
    output = await said(tmp_path, "text")
    assert output.count("Traceback (most recent call last)") == 2
    assert "in a local variable" not in output
    assert "request_id=abc" in output


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"https://api.telegram.org/bot{TOKEN}/getMe", f"https://api.telegram.org/bot{HIDDEN}/getMe"),
        ("/3/account?api_key=abc123&session_id=f00", f"/3/account?api_key={HIDDEN}&session_id={HIDDEN}"),
        ('{"request_token": "ab12", "page": 1}', f'{{"request_token": "{HIDDEN}", "page": 1}}'),
        ("Authorization: Bearer eyJ.a-b_c=", f"Authorization: Bearer {HIDDEN}"),
        (
            "https://www.themoviedb.org/authenticate/ab12cd",
            f"https://www.themoviedb.org/authenticate/{HIDDEN}",
        ),
        ("postgresql://film:p@ss@db/film", f"postgresql://film:{HIDDEN}@db/film"),
        ("film 603: at 12:30, 4242 votes", "film 603: at 12:30, 4242 votes"),
    ],
)
def test_what_is_shaped_like_a_secret_is_hidden_unknown(line: str, shown: str) -> None:
    assert Redaction().text(line) == shown
