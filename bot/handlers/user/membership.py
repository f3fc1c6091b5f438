"""Blocking and unblocking the bot, as Telegram tells of it."""

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated

from db.users import Users
from services.activity import Activity


def router() -> Router:
    """Changes of the bot's own membership in private chats."""
    router = Router(name=__name__)
    router.my_chat_member.register(blocked, F.chat.type == "private", F.new_chat_member.status == "kicked")
    router.my_chat_member.register(unchanged)
    return router


async def blocked(change: ChatMemberUpdated, users: Users, activity: Activity) -> None:
    """The person blocked the bot: nothing is sent to them until they write again."""
    await activity.forget(change.from_user.id)
    await users.blocked(change.from_user.id)


async def unchanged(_: ChatMemberUpdated) -> None:
    """Unblocked: the message that follows says so; groups are not kept."""
