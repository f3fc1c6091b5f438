"""Screens on their way to a chat."""

from aiogram.types import CallbackQuery, InaccessibleMessage, Message, ReplyParameters

from core.errors import MessageGone, NothingToEdit, NotModified
from views.screen import Screen


def in_reply_to(message: Message | InaccessibleMessage) -> ReplyParameters:
    """A reply; whoever wrote the message may have deleted it meanwhile."""
    return ReplyParameters(message_id=message.message_id, allow_sending_without_reply=True)


async def reply(message: Message, screen: Screen) -> Message:
    """A new message under what the person wrote."""
    return await message.answer(screen.text, reply_markup=screen.keyboard)


async def replace(query: CallbackQuery, screen: Screen) -> Message | None:
    """The screen in place of the one whose button was tapped, or below it where that is too old or a picture.

    None where a button of an inline message was tapped: it belongs to no chat of ours.
    """
    old = query.message
    if old is None:
        return None
    if isinstance(old, Message):
        try:
            edited = await old.edit_text(screen.text, reply_markup=screen.keyboard)
        except NotModified:
            return old
        except (MessageGone, NothingToEdit):
            pass
        else:
            return edited if isinstance(edited, Message) else old
    return await old.answer(screen.text, reply_markup=screen.keyboard)
