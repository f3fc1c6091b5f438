"""Configuration as an operator meets it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from core.settings import Settings, complaints, variables

ROOT = Path(__file__).parents[2]

FILLED: dict[str, str] = {
    "BOT_TOKEN": "123456:AbCdEf-ghIJ_klmnopqrstuvwxyz0123456",
    "POSTER_CHANNEL_IDS": "-1001, -1002",
    "TMDB_ACCESS_TOKEN": "read-token",
    "SECRET_KEY": "a-long-enough-secret",
}


def settings(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> Settings:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    for name, value in {**FILLED, **changes}.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    read: Any = Settings  # its required fields come from the environment
    loaded: Settings = read(_env_file=None)
    return loaded


def _example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    found = {}
    for before, line in zip(["", *lines], lines, strict=False):
        if match := re.fullmatch(r"([A-Z_]+)=(.*)", line):
            assert before.startswith("# "), f"{match[1]} has no line of comment"
            found[match[1]] = match[2]
    return found


def test_env_example_names_every_variable_and_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    example = _example()
    assert example.keys() == variables().keys()
    filled = {name: value for name, value in example.items() if value and name not in FILLED}
    assert settings(monkeypatch, **filled) == settings(monkeypatch)


def test_lists_are_comma_separated(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = settings(monkeypatch, ADMIN_IDS="1, 2,3", SECRET_KEY="new-new-new-new-new,old-old-old-old-old")
    assert loaded.admin_ids == (1, 2, 3)
    assert loaded.poster_channel_ids == (-1001, -1002)
    assert [key.get_secret_value()[:3] for key in loaded.secret_key] == ["new", "old"]
    assert loaded.bot_id == 123456


def test_one_of_the_two_tmdb_credentials_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, TMDB_ACCESS_TOKEN=None, TMDB_API_KEY="key").tmdb_api_key == SecretStr("key")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BOT_TOKEN", None),
        ("BOT_TOKEN", "no token"),
        ("POSTER_CHANNEL_IDS", None),
        ("POSTER_CHANNEL_IDS", "@posters"),
        ("ADMIN_IDS", "me"),
        ("TMDB_ACCESS_TOKEN", None),
        ("TMDB_API_BASE_URL", "api.themoviedb.org"),
        ("TMDB_REQUESTS_PER_SECOND", "0"),
        ("TMDB_CONNECTIONS", "21"),
        ("CATALOGUE_LANGUAGE", "English"),
        ("POSTER_SIZE", "large"),
        ("DATABASE_URL", "mysql://localhost"),
        ("LEASE_SECONDS", "-1"),
        ("SECRET_KEY", "short"),
        ("PROXY_URL", "proxy"),
        ("WEBHOOK_LISTEN", "8080"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_value_is_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None
) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(monkeypatch, **{variable: value})
    [line] = complaints(raised.value, Settings)
    assert line.startswith(variable)
    assert "\n" not in line
    assert value is None or f"'{value}'" not in line


def test_a_webhook_wants_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(monkeypatch, WEBHOOK_LISTEN="127.0.0.1:8080", WEBHOOK_URL="https://bot.example")
    assert complaints(raised.value, Settings)[0].startswith("WEBHOOK_SECRET is missing")


def test_secrets_are_not_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = settings(
        monkeypatch, DATABASE_URL="postgresql://me:password@db/film", PROXY_URL="http://u:pw@p:1"
    )
    for secret in (*FILLED.values(), "password", "u:pw"):
        assert secret not in repr(loaded) or secret == FILLED["POSTER_CHANNEL_IDS"]


@pytest.mark.parametrize("part", ["bot", "workers"])
def test_a_part_without_settings_exits_2_without_a_traceback(part: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", part],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "BOT_TOKEN is missing" in done.stderr
    assert "Traceback" not in done.stderr
