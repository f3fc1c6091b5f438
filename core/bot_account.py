"""The bot's own account at Telegram."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BotAccount:
    """A bot's name, and what was switched on for it at @BotFather, by getMe's names."""

    username: str
    supports_inline_queries: bool
    can_join_groups: bool
    can_read_all_group_messages: bool
