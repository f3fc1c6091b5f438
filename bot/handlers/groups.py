"""Groups: films for everybody; what is one person's own belongs into the private chat.

Only what is said to the bot comes this far (bot.admission), without the bot's name in front.
"""

from aiogram import Bot, F, Router
from aiogram.types import Message, User

from bot.readers import Readers
from bot.replies import reply
from views import start as views
from views.locale import locale

IN_GROUP = F.chat.type != "private"
FILMS = rf"(?i)/({'|'.join(views.FILM_COMMANDS)})(?!\w)"


def router() -> Router:
    """Ends every command in a group but those about films, which go on to the routers of private chats."""
    router = Router(name=__name__)
    router.message.register(point_to_private_chat, IN_GROUP, F.text.startswith("/"), ~F.text.regexp(FILMS))
    return router


async def point_to_private_chat(message: Message, bot: Bot, event_from_user: User, readers: Readers) -> None:
    """/settings@bot, an admin's command, one that nobody knows: all the same to a group."""
    username = (await bot.me()).username or ""
    await reply(message, views.in_groups(locale(readers.language(event_from_user)), username))
