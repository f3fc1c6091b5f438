"""/help, /about, /privacy: what the bot says of itself."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import Message, User

from bot.inline import inline_name
from bot.readers import Readers
from bot.replies import reply
from core.settings import Settings
from services.catalogue import MAX_AGE
from views import start as views


def router() -> Router:
    """The commands that only tell something."""
    router = Router(name=__name__)
    router.message.register(help_, Command("help", ignore_case=True))
    router.message.register(about, Command("about", ignore_case=True))
    router.message.register(privacy, Command("privacy", ignore_case=True))
    return router


async def help_(
    message: Message, bot: Bot, event_from_user: User, readers: Readers, settings: Settings
) -> None:
    """/help."""
    t = await readers.locale(event_from_user)
    is_admin = event_from_user.id in settings.admin_ids
    await reply(message, views.help_(t, await inline_name(bot), is_admin=is_admin))


async def about(message: Message, event_from_user: User, readers: Readers) -> None:
    """/about."""
    await reply(message, views.about(await readers.locale(event_from_user)))


async def privacy(message: Message, event_from_user: User, readers: Readers, settings: Settings) -> None:
    """/privacy."""
    # As db.retention does: TMDB's answers in them are kept no longer than TMDB allows.
    days = min(settings.enrichment_retention_days, MAX_AGE.days)
    await reply(message, views.privacy(await readers.locale(event_from_user), days))
