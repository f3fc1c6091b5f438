"""Every setting of the product: one class, read once at start from the environment and `.env`."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: object) -> object:
    """`1, 2 3` in the environment is a list of three; JSON's brackets are tolerated."""
    if isinstance(value, int):
        return (value,)
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[\s,\[\]]+", value) if part)
    return value


def _http(url: str) -> str:
    """An http(s) URL with a host, and a port that exists if there is one; ValueError."""
    if not re.fullmatch(r"https?://[^\s/]+\S*", url) or not urlsplit(url).hostname:
        raise ValueError("not an http(s) address")
    if urlsplit(url).port == 0:
        raise ValueError("no such port")
    return url


def _lowered(value: object) -> object:
    """crontab reads SUN like sun."""
    return value.lower() if isinstance(value, str) else value


def _after_eight(cron: str) -> str:
    """TMDB's export of a day is ready at 08:00 UTC; ValueError where the hour field allows an earlier one."""
    hours = re.fullmatch(r"\S+ +(\d+)(?:-\d+)?(?:,\d+(?:-\d+)?)*(?:/\d+)? .*", cron)
    if not hours or any(int(hour) < 8 for hour in re.findall(r"(?:^|,)(\d+)", cron.split()[1])):
        raise ValueError("before 08:00 UTC")
    return cron


def _missing() -> PydanticCustomError:
    """What another variable asks for is not there."""
    return PydanticCustomError("missing", "missing")


# Telegram's ids have at most 52 significant bits; those of channels are negative.
UserIds = Annotated[tuple[Annotated[int, Field(gt=0, lt=2**52)], ...], NoDecode]
ChannelIds = Annotated[tuple[Annotated[int, Field(lt=0, gt=-(2**52))], ...], NoDecode]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
Rate = Annotated[float, Field(gt=0, le=1_000_000)]
Count = Annotated[int, Field(ge=0, lt=2**31)]
HttpUrl = Annotated[str, AfterValidator(_http)]
CRON = "five fields in UTC: minute hour day month weekday, like 0 4 * * *"
_FIELD = r"[\d*,/\-a-z]+"
Cron = Annotated[str, BeforeValidator(_lowered), Field(pattern=rf"^{_FIELD}( +{_FIELD}){{4}}$")]
ExportCron = Annotated[Cron, AfterValidator(_after_eight)]
Days = Annotated[int, Field(ge=30, le=36_500)]


class DatabaseSettings(BaseSettings):
    """What the database alone needs, so that `python -m db` asks for nothing else."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True, frozen=True
    )

    database_url: SecretStr | None = Field(
        None,
        description="a postgresql:// URL, or empty for the embedded PostgreSQL under DATA_DIR",
    )
    data_dir: Path = Field(Path("data"), description="a directory this process may write to")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )
    log_format: Literal["text", "json"] = Field("text", description="text or json")

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("data_dir")
    @classmethod
    def _home(cls, value: Path) -> Path:
        return value.expanduser()

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.match(r"^postgres(ql)?://", value.get_secret_value()):
            raise ValueError("not a PostgreSQL URL")
        return value


class BackupSettings(DatabaseSettings):
    """What `python -m db` may use beside the database: to tell whether restored sessions can be read."""

    secret_key: Secrets = Field((), description="the SECRET_KEY of bot and workers, or empty")

    @field_validator("secret_key", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        return _split(value)


class Settings(DatabaseSettings):
    """What the bot and the workers need; field names are the variables' names in lower case."""

    # Built when it is first read: `python -m db` never does, and answers sooner.
    model_config = SettingsConfigDict(defer_build=True)

    bot_token: SecretStr = Field(description="the token @BotFather gave you, like 123456:AbC…")
    telegram_api_base_url: HttpUrl = Field(
        "https://api.telegram.org", description="the http(s) address of a Bot API server"
    )
    telegram_messages_per_second: Rate = Field(25, description="a number above 0, at most 30 at Telegram's")
    poster_channel_ids: ChannelIds = Field(
        description="the numeric id of one or more private channels, like -1001234567890, comma-separated"
    )
    poster_channel_rate: Rate = Field(20, description="posts a minute and channel, a number above 0")
    admin_ids: UserIds = Field((), description="numeric Telegram user ids, comma-separated")
    allowed_user_ids: UserIds = Field(
        (), description="numeric Telegram user ids, comma-separated, or empty for everybody"
    )
    adult_in_groups: bool = Field(False, description="true or false")
    poster_prewarm: Count | Literal["all"] = Field(
        20_000, description="a whole number of films, 0 for none, or all"
    )
    tmdb_api_key: SecretStr | None = Field(None, description="TMDB's API key (or set TMDB_ACCESS_TOKEN)")
    tmdb_access_token: SecretStr | None = Field(
        None,
        validate_default=True,
        description="TMDB's API Read Access Token (or set TMDB_API_KEY)",
    )
    tmdb_api_base_url: HttpUrl = Field("https://api.themoviedb.org", description="an http(s) address")
    tmdb_web_base_url: HttpUrl = Field("https://www.themoviedb.org", description="an http(s) address")
    tmdb_image_base_url: HttpUrl = Field("https://image.tmdb.org/t/p", description="an http(s) address")
    tmdb_export_base_url: HttpUrl = Field(
        "https://files.tmdb.org/p/exports", description="an http(s) address"
    )
    tmdb_requests_per_second: Rate = Field(
        35, description="a number above 0; TMDB refuses more than about 40"
    )
    tmdb_connections: int = Field(8, ge=1, le=20, description="a whole number from 1 to 20")
    catalogue_language: str = Field(
        "en-US", pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="a language tag like en-US"
    )
    poster_size: Literal["w92", "w154", "w185", "w342", "w500", "w780"] = Field(
        "w500", description="one of w92, w154, w185, w342, w500, w780"
    )
    raw_payload_history: Count = Field(0, description="a whole number, 0 or more")
    include_adult: bool = Field(False, description="true or false")
    export_shrink_limit: float = Field(0.02, ge=0, le=1, description="a share from 0 to 1, like 0.02")
    bulk_daily_limit: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="a whole number of films a day, 1 or more, or empty for no limit"
    )
    tmdb_list_pages: int = Field(5, ge=1, le=500, description="a whole number from 1 to 500")
    tmdb_list_max_movies: Count = Field(50, description="a whole number, 0 or more")
    tmdb_delta_lookback_days: int = Field(1, ge=1, le=14, description="a whole number of days from 1 to 14")
    tmdb_export_enabled: bool = Field(True, description="true or false")
    tmdb_export_cron: ExportCron = Field(
        "30 8 * * *", description="five fields like 30 8 * * *, not before 08:00 UTC"
    )
    tmdb_bulk_import_enabled: bool = Field(True, description="true or false")
    tmdb_bulk_import_cron: Cron = Field("0 2 * * *", description=CRON)
    tmdb_delta_sync_enabled: bool = Field(True, description="true or false")
    tmdb_delta_sync_cron: Cron = Field("0 4 * * *", description=CRON)
    tmdb_list_sync_enabled: bool = Field(True, description="true or false")
    tmdb_list_sync_cron: Cron = Field("0 5 * * sun", description=CRON)
    tmdb_stale_sync_enabled: bool = Field(True, description="true or false")
    tmdb_stale_sync_cron: Cron = Field("15 * * * *", description=CRON)
    ratings_sync_enabled: bool = Field(True, description="true or false")
    ratings_sync_cron: Cron = Field("*/15 * * * *", description=CRON)
    health_check_enabled: bool = Field(True, description="true or false")
    health_check_cron: Cron = Field("*/5 * * * *", description=CRON)
    retention_enabled: bool = Field(True, description="true or false")
    retention_cron: Cron = Field("40 3 * * *", description=CRON)
    log_retention_days: Days = Field(90, description="a whole number of days, 30 or more")
    raw_payload_retention_days: int = Field(
        180, ge=1, le=180, description="a whole number of days from 1 to 180: TMDB's terms allow no more"
    )
    enrichment_retention_days: int = Field(
        90, ge=1, le=36_500, description="a whole number of days, 1 or more"
    )
    tmdb_error_rate_threshold: float = Field(5.0, gt=0, le=100, description="a percentage above 0, like 5.0")
    parked_films_threshold: Count = Field(100, description="a whole number, 0 or more")
    database_disk_low_mb: Count = Field(2048, description="a whole number of megabytes, 0 or more")
    tmdb_sync_alert_email: str | None = Field(
        None, pattern=r"^[^@\s]+@[^@\s]+$", description="an e-mail address, or empty"
    )
    smtp_url: SecretStr | None = Field(
        None,
        validate_default=True,
        description="like smtp://user:password@host:587 or smtps://…:465 (needed with TMDB_SYNC_ALERT_EMAIL)",
    )
    smtp_from: str | None = Field(
        None,
        pattern=r"^[^@\s]+@[^@\s]+$",
        description="the sender's e-mail address, or empty for the recipient's",
    )
    poster_disk_budget_mb: int = Field(
        512, ge=1, lt=2**31, description="a whole number of megabytes, 1 or more"
    )
    lease_seconds: float = Field(
        30, gt=0, le=86_400, description="a number of seconds above 0, at most a day"
    )
    secret_key: Secrets = Field(
        description="a random text of 16 characters or more; to rotate several, newest first, comma-separated"
    )
    proxy_url: SecretStr | None = Field(None, description="an http(s) proxy address, or empty")
    webhook_listen: str | None = Field(None, description="host:port to listen on, or empty for long polling")
    webhook_url: HttpUrl | None = Field(
        None,
        validate_default=True,
        description="the public https address of this bot (needed with WEBHOOK_LISTEN)",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        validate_default=True,
        description="1 to 256 characters of A-Z a-z 0-9 _ - (needed with WEBHOOK_LISTEN)",
    )

    @field_validator("poster_channel_ids", "admin_ids", "allowed_user_ids", "secret_key", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        return _split(value)

    @field_validator("poster_channel_ids")
    @classmethod
    def _are_some(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("empty")
        return tuple(dict.fromkeys(value))

    @field_validator("data_dir")
    @classmethod
    def _may_write(cls, value: Path) -> Path:
        existing = next(path for path in (value.absolute(), *value.absolute().parents) if path.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            raise ValueError("no directory, or not ours to write to")
        return value

    @field_validator(
        "telegram_api_base_url",
        "tmdb_api_base_url",
        "tmdb_web_base_url",
        "tmdb_image_base_url",
        "tmdb_export_base_url",
        "webhook_url",
        mode="before",
    )
    @classmethod
    def _no_trailing_slash(cls, value: object) -> object:
        return value.rstrip("/") if isinstance(value, str) else value

    @field_validator("bot_token")
    @classmethod
    def _is_token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[1-9]\d{0,15}:[\w-]+", value.get_secret_value(), re.ASCII):
            raise ValueError("not a bot token")
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value or any(len(key.get_secret_value()) < 16 for key in value):
            raise ValueError("too short")
        return value

    @field_validator("tmdb_api_key", "tmdb_access_token")
    @classmethod
    def _goes_into_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("characters no key of TMDB's has")
        return value

    @field_validator("tmdb_access_token")
    @classmethod
    def _or_the_key(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A key that is there but wrong has a line of its own.
        if not value and info.data.get("tmdb_api_key", "wrong") is None:
            raise _missing()
        return value

    @field_validator("proxy_url")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value:
            _http(value.get_secret_value())
        return value

    @field_validator("webhook_listen")
    @classmethod
    def _is_address(cls, value: str | None) -> str | None:
        found = re.fullmatch(r"([^\s:\[\]]*|\[[0-9A-Fa-f:.]+\]):(\d{1,5})", value or ":1")
        if not found or not 0 < int(found[2]) < 2**16:
            raise ValueError("not a host and a port")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if not value:
            if info.data.get("tmdb_sync_alert_email"):
                raise _missing()
            return value
        url = urlsplit(value.get_secret_value())
        if url.scheme not in ("smtp", "smtps") or not url.hostname or url.port == 0:
            raise ValueError("not an SMTP address")
        return value

    @field_validator("webhook_url", "webhook_secret")
    @classmethod
    def _when_listening(cls, value: Any, info: ValidationInfo) -> Any:
        if not value and info.data.get("webhook_listen"):
            raise _missing()
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _is_header_value(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("characters Telegram refuses")
        return value

    @property
    def bot_id(self) -> int:
        """The number in the bot's token, which Telegram uses as the bot's user id."""
        return int(self.bot_token.get_secret_value().partition(":")[0])


AnySettings = TypeVar("AnySettings", bound=DatabaseSettings)


def complaints(error: ValidationError, model: type[BaseSettings]) -> list[str]:
    """One line for each wrong variable: its name, what is wrong, what it should be; never its value."""
    wrong = {str(problem["loc"][0]): problem["type"] for problem in error.errors()}
    return [
        f"{name.upper()} is {'missing' if kind == 'missing' else 'wrong'}: "
        f"it should be {model.model_fields[name].description}"
        for name, kind in wrong.items()
    ]


def load(model: type[AnySettings]) -> AnySettings:
    """The settings of this process, or one line for each wrong variable on stderr and exit code 2."""
    try:
        return model()
    except ValidationError as error:
        refuse(complaints(error, model))
    except (UnicodeDecodeError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not"
        refuse([f".env cannot be read: it should be text in UTF-8 ({reason})"])


def refuse(lines: list[str]) -> NoReturn:
    """Ends the process with exit code 2: the operator's move."""
    for line in lines:
        sys.stderr.write(line + "\n")
    raise SystemExit(2)


def variables(model: type[BaseSettings] = Settings) -> dict[str, Any]:
    """Names and defaults of all variables, as `.env.example` lists them."""
    return {name.upper(): field.default for name, field in model.model_fields.items()}


__all__ = ["BackupSettings", "DatabaseSettings", "Settings", "complaints", "load", "refuse", "variables"]
