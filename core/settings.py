"""Every setting of the product: one class, read once at start from the environment and `.env`."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(value: object) -> object:
    """`1, 2 3` in the environment is a list of three; JSON's brackets are tolerated."""
    if isinstance(value, int):
        return (value,)
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[\s,\[\]]+", value) if part)
    return value


Ids = Annotated[tuple[int, ...], NoDecode]
Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
Rate = Annotated[float, Field(gt=0)]

HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+\S*$")]


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

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.match(r"^postgres(ql)?://", value.get_secret_value()):
            raise ValueError("not a PostgreSQL URL")
        return value


class Settings(DatabaseSettings):
    """What the bot and the workers need; field names are the variables' names in lower case."""

    bot_token: SecretStr = Field(description="the token @BotFather gave you, like 123456:AbC…")
    telegram_api_base_url: HttpUrl = Field(
        "https://api.telegram.org", description="the http(s) address of a Bot API server"
    )
    telegram_messages_per_second: Rate = Field(25, description="a number above 0, at most 30 at Telegram's")
    poster_channel_ids: Ids = Field(
        description="the numeric id of one or more private channels, like -1001234567890, comma-separated"
    )
    poster_channel_rate: Rate = Field(20, description="posts a minute and channel, a number above 0")
    admin_ids: Ids = Field((), description="numeric Telegram user ids, comma-separated")
    allowed_user_ids: Ids = Field(
        (), description="numeric Telegram user ids, comma-separated, or empty for everybody"
    )
    poster_prewarm: int = Field(20_000, ge=0, description="a whole number of films; 0 means all")
    tmdb_access_token: SecretStr | None = Field(
        None, description="TMDB's API Read Access Token (or set TMDB_API_KEY)"
    )
    tmdb_api_key: SecretStr | None = Field(None, description="TMDB's API key (or set TMDB_ACCESS_TOKEN)")
    tmdb_api_base_url: HttpUrl = Field("https://api.themoviedb.org", description="an http(s) address")
    tmdb_web_base_url: HttpUrl = Field("https://www.themoviedb.org", description="an http(s) address")
    tmdb_image_base_url: HttpUrl = Field("https://image.tmdb.org/t/p", description="an http(s) address")
    tmdb_export_base_url: HttpUrl = Field(
        "https://files.tmdb.org/p/exports", description="an http(s) address"
    )
    tmdb_requests_per_second: Rate = Field(
        35, description="a number above 0; TMDB refuses more than about 40"
    )
    tmdb_connections: int = Field(5, ge=1, le=20, description="a whole number from 1 to 20")
    catalogue_language: str = Field(
        "en-US", pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="a language tag like en-US"
    )
    poster_size: Literal["w92", "w154", "w185", "w342", "w500", "w780"] = Field(
        "w500", description="one of w92, w154, w185, w342, w500, w780"
    )
    raw_payload_history: int = Field(0, ge=0, description="a whole number, 0 or more")
    poster_disk_budget_mb: int = Field(512, ge=1, description="a whole number of megabytes, 1 or more")
    lease_seconds: float = Field(30, gt=0, description="a number of seconds above 0")
    secret_key: Secrets = Field(
        description="a random text of 16 characters or more; to rotate several, newest first, comma-separated"
    )
    proxy_url: SecretStr | None = Field(None, description="an http(s) proxy address, or empty")
    webhook_url: HttpUrl | None = Field(None, description="the public https address of this bot, or empty")
    webhook_secret: SecretStr | None = Field(
        None, description="1 to 256 characters of A-Z a-z 0-9 _ - (with WEBHOOK_LISTEN)"
    )
    webhook_listen: str | None = Field(
        None, pattern=r"^[^\s:]*:\d{1,5}$", description="host:port to listen on, or empty for long polling"
    )

    @field_validator("poster_channel_ids", "admin_ids", "allowed_user_ids", "secret_key", mode="before")
    @classmethod
    def _lists(cls, value: object) -> object:
        return _split(value)

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
        if not re.fullmatch(r"\d{1,18}:[\w-]+", value.get_secret_value()):
            raise ValueError("not a bot token")
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not value or any(len(key.get_secret_value()) < 16 for key in value):
            raise ValueError("too short")
        return value

    @field_validator("poster_channel_ids")
    @classmethod
    def _is_not_empty(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("empty")
        return value

    @field_validator("proxy_url")
    @classmethod
    def _is_proxy(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.match(r"^https?://[^\s/]+", value.get_secret_value()):
            raise ValueError("not a proxy address")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _is_header_value(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[\w-]{1,256}", value.get_secret_value(), re.ASCII):
            raise ValueError("characters Telegram refuses")
        return value

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        if not (self.tmdb_access_token or self.tmdb_api_key):
            raise ValueError(
                "TMDB_ACCESS_TOKEN is missing: TMDB's API Read Access Token (or set TMDB_API_KEY)"
            )
        if self.webhook_listen and not self.webhook_url:
            raise ValueError(
                "WEBHOOK_URL is missing: the public https address of this bot (WEBHOOK_LISTEN is set)"
            )
        if self.webhook_listen and not self.webhook_secret:
            raise ValueError(
                "WEBHOOK_SECRET is missing: 1 to 256 characters of A-Z a-z 0-9 _ - (WEBHOOK_LISTEN is set)"
            )
        return self

    @property
    def bot_id(self) -> int:
        """The number in the bot's token, which Telegram uses as the bot's user id."""
        return int(self.bot_token.get_secret_value().partition(":")[0])


AnySettings = TypeVar("AnySettings", bound=DatabaseSettings)


def complaints(error: ValidationError, model: type[BaseSettings]) -> list[str]:
    """One line for each wrong variable: its name, what is wrong, what it should be; never its value."""
    lines: list[str] = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if not name:
            lines.append(str(problem["ctx"]["error"]))
            continue
        field = model.model_fields.get(name)
        wrong = "missing" if problem["type"] == "missing" else "wrong"
        line = f"{name.upper()} is {wrong}: it should be {field.description if field else 'removed'}"
        if line not in lines:
            lines.append(line)
    return lines


def load(model: type[AnySettings], read: Callable[[], AnySettings] | None = None) -> AnySettings:
    """The settings of this process, or one line for each wrong variable on stderr and exit code 2."""
    try:
        return (read or model)()
    except ValidationError as error:
        refuse(complaints(error, model))


def refuse(lines: list[str]) -> NoReturn:
    """Ends the process with exit code 2: the operator's move."""
    for line in lines:
        sys.stderr.write(line + "\n")
    raise SystemExit(2)


def variables(model: type[BaseSettings] = Settings) -> dict[str, Any]:
    """Names and defaults of all variables, as `.env.example` lists them."""
    return {name.upper(): field.default for name, field in model.model_fields.items()}


__all__ = ["DatabaseSettings", "Settings", "complaints", "load", "refuse", "variables"]
