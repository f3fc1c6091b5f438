"""Who runs this bot."""

from aiogram.types import TelegramObject, User

from core.settings import Settings


async def is_admin(_: TelegramObject, event_from_user: User, settings: Settings) -> bool:
    """A filter: the update comes from somebody in ADMIN_IDS."""
    return event_from_user.id in settings.admin_ids
