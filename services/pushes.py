"""What happens here on its way to TMDB: queued with the change itself, sent by a worker."""

from decimal import Decimal

from core.errors import NotLinked
from db.pool import Connection, Database, wake
from db.pushes import ListName, Offered, Pushes
from db.users import Users


async def queue(
    connection: Connection,
    user_id: int,
    movie_id: int,
    list_: ListName,
    value: Decimal | None,
    account_id: int | None,
    *,
    was_at_tmdb: bool,
) -> None:
    """The change goes to the account linked now, or waits to be offered to one.

    Without an account, taking away what TMDB never had leaves nothing to send.
    """
    pushes = Pushes(connection)
    if value is None and account_id is None and not was_at_tmdb:
        await pushes.withdraw(user_id, movie_id, list_)
    else:
        await pushes.want(user_id, movie_id, list_, value, account_id)
    if account_id is not None:
        await wake(connection, "pushes")


class Offers:
    """Changes made before linking, which are sent only when their owner says so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, user_id: int) -> Offered:
        """How many wait for the owner's word."""
        return await Pushes(self._database).offered(user_id)

    async def send(self, user_id: int) -> Offered:
        """Sends them to the account linked now, and says how many; NotLinked."""
        async with self._database.transaction() as connection:
            link = await Users(connection).lock(user_id)
            if link is None or link.linked_account_id is None:
                raise NotLinked("there is no account to send anything to")
            pushes = Pushes(connection)
            offered = await pushes.offered(user_id)
            await pushes.send_offered(user_id, link.linked_account_id)
            await wake(connection, "pushes")
        return offered
