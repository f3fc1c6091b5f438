"""Configuration as an operator meets it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from core.settings import Settings, complaints, load, variables

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


@pytest.mark.parametrize(("given", "films"), [("all", "all"), ("0", 0), ("500", 500)])
def test_prewarming_is_a_number_or_all(monkeypatch: pytest.MonkeyPatch, given: str, films: int | str) -> None:
    assert settings(monkeypatch, POSTER_PREWARM=given).poster_prewarm == films


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BOT_TOKEN", None),
        ("BOT_TOKEN", "no token"),
        ("BOT_TOKEN", "١٢٣:AbC"),
        ("POSTER_CHANNEL_IDS", None),
        ("POSTER_CHANNEL_IDS", "@posters"),
        ("POSTER_CHANNEL_IDS", ","),
        ("POSTER_CHANNEL_IDS", "1001234567890"),
        ("POSTER_CHANNEL_IDS", "-9999999999999999999"),
        ("POSTER_CHANNEL_RATE", "fast"),
        ("POSTER_DISK_BUDGET_MB", "0"),
        ("ADMIN_IDS", "me"),
        ("ALLOWED_USER_IDS", "9999999999999999999"),
        ("TMDB_ACCESS_TOKEN", None),
        ("TMDB_ACCESS_TOKEN", "Bearer eyJ"),
        ("TMDB_API_KEY", "ключ"),
        ("TELEGRAM_API_BASE_URL", "localhost:8081"),
        ("TELEGRAM_MESSAGES_PER_SECOND", "-1"),
        ("TMDB_API_BASE_URL", "api.themoviedb.org"),
        ("TMDB_WEB_BASE_URL", "http://localhost:99999"),
        ("TMDB_IMAGE_BASE_URL", "ftp://images"),
        ("TMDB_EXPORT_BASE_URL", "https://"),
        ("TMDB_REQUESTS_PER_SECOND", "0"),
        ("TMDB_REQUESTS_PER_SECOND", "inf"),
        ("TMDB_CONNECTIONS", "21"),
        ("CATALOGUE_LANGUAGE", "English"),
        ("POSTER_PREWARM", "some"),
        ("POSTER_SIZE", "large"),
        ("RAW_PAYLOAD_HISTORY", "-1"),
        ("BULK_DAILY_LIMIT", "0"),
        ("DATABASE_URL", "mysql://localhost"),
        ("DATA_DIR", __file__),
        ("LEASE_SECONDS", "-1"),
        ("LEASE_SECONDS", "nan"),
        ("SECRET_KEY", "short"),
        ("PROXY_URL", "proxy"),
        ("PROXY_URL", "socks5://proxy:1080"),
        ("WEBHOOK_URL", "bot.example"),
        ("WEBHOOK_SECRET", "two words"),
        ("WEBHOOK_LISTEN", "8080"),
        ("WEBHOOK_LISTEN", "localhost:65536"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
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


def test_a_webhook_wants_its_address_and_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as raised:
        settings(monkeypatch, WEBHOOK_LISTEN="[::1]:8080")
    url, secret = complaints(raised.value, Settings)
    assert url.startswith("WEBHOOK_URL is missing")
    assert secret.startswith("WEBHOOK_SECRET is missing")


def test_a_channel_named_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, POSTER_CHANNEL_IDS="-1001,-1002,-1001").poster_channel_ids == (-1001, -1002)


@pytest.mark.parametrize(
    ("newline", "form", "mark"), [("\r\n", "{}={}", "\ufeff"), ("\n", "export {} = '{}'  # why", "")]
)
def test_a_file_of_any_editor_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, newline: str, form: str, mark: str
) -> None:
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    lines = [form.format(*pair) for pair in FILLED.items()]
    (tmp_path / ".env").write_text(mark + newline.join(lines), "utf-8", newline="")
    monkeypatch.chdir(tmp_path)
    assert load(Settings) == settings(monkeypatch)


def test_a_file_in_another_encoding_is_the_operators_move(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("ADMIN_IDS=1", "utf-16")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    assert ended.value.code == 2
    assert capsys.readouterr().err == ".env cannot be read: it should be text in UTF-8 (it is not)\n"


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
    assert [line.partition(" is missing: it should be ")[0] for line in done.stderr.splitlines()] == [
        *("BOT_TOKEN", "POSTER_CHANNEL_IDS", "TMDB_ACCESS_TOKEN", "SECRET_KEY"),
    ]
