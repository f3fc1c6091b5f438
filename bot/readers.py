"""The person behind an update, as screens need to know them."""

from contextvars import ContextVar

from aiogram.types import CallbackQuery, Chat, Update, User

from core.errors import DatabaseUnavailable
from core.reader import NOBODY, Reader
from core.settings import Settings
from db.users import Users
from views.locale import LANGUAGES, Locale, language_of, locale
from views.screen import Screen, pinned, unpinned

REMEMBERED = 50_000


def is_private(chat: Chat | None) -> bool:
    """Whether the reader is alone with the bot; an inline message (no chat) is anybody's to see."""
    return chat is not None and chat.type == "private"


def is_shared(chat: Chat | None, settings: Settings) -> bool:
    """As tmdb.reader wants it: others see the screen, and the operator allows nothing adult on those."""
    return not is_private(chat) and not settings.adult_in_groups


# What the screen with the tapped button was made of, where others see it too.
_told: ContextVar[str | None] = ContextVar("told", default=None)

# Whom a screen is made for, as every statement takes it: the person, and what Telegram tells of them.
Who = tuple[int, str]


def unpin(update: Update) -> Update:
    """The update with callback data as the handlers know it; from now on `shown_to` knows the rest."""
    _told.set(None)
    query = update.callback_query
    if query is None or query.data is None:
        return update
    data, told = unpinned(query.data)
    if told is None or is_private(query.message.chat if query.message else None):
        return update
    _told.set(told)
    return update.model_copy(update={"callback_query": query.model_copy(update={"data": data})})


def shown_to(query: CallbackQuery) -> Who:
    """Whom the screen with the button is for: where others see it too it stays as it was sent."""
    told = _told.get()
    return who(query.from_user) if told is None else (NOBODY, told)


def who(user: User) -> Who:
    """The person an update came from."""
    return user.id, language_of(user.language_code)


def as_sent(screen: Screen, reader: Reader, chat: Chat | None) -> Screen:
    """The screen; where others see it too, it stays as this reader saw it."""
    return screen if is_private(chat) else Screen(screen.text, pinned(screen.keyboard, reader.told))


class Readers:
    """Readers from the database; their chosen languages are remembered for when it is away."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._chosen: dict[int, str] = {}

    async def of(self, user: User) -> Reader:
        """The reader an update came from: one statement."""
        reader = await self._users.reader(user.id, language_of(user.language_code))
        self.remember(reader)
        return reader

    async def locale(self, user: User) -> Locale:
        """The person's language, for screens that need nothing else: they work without the database."""
        try:
            return locale((await self.of(user)).language)
        except DatabaseUnavailable:
            return locale(self.language(user))

    def remember(self, reader: Reader) -> None:
        """Keeps the language of a reader who came with another statement."""
        if reader.telegram_user_id == NOBODY:
            return
        self._chosen.pop(reader.telegram_user_id, None)
        self._chosen[reader.telegram_user_id] = reader.language
        if len(self._chosen) > REMEMBERED:
            del self._chosen[next(iter(self._chosen))]

    def forget(self, user_id: int) -> None:
        """Nothing of this person is remembered."""
        self._chosen.pop(user_id, None)

    def language(self, user: User | None) -> str:
        """The interface language as far as this process knows it, without asking anybody."""
        if user is None:
            return LANGUAGES[0]
        return self._chosen.get(user.id) or language_of(user.language_code)
