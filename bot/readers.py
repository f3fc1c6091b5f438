"""The person behind an update, as screens need to know them."""

from aiogram.types import Chat, User

from core.errors import DatabaseUnavailable
from core.reader import Reader
from core.settings import Settings
from db.users import Users
from views.locale import LANGUAGES, Locale, language_of, locale

REMEMBERED = 50_000


def is_private(chat: Chat | None) -> bool:
    """Whether the reader is alone with the bot; an inline message (no chat) is anybody's to see."""
    return chat is not None and chat.type == "private"


def is_shared(chat: Chat | None, settings: Settings) -> bool:
    """As tmdb.reader wants it: others see the screen, and the operator allows nothing adult on those."""
    return not is_private(chat) and not settings.adult_in_groups


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
