"""`python -m bot`: answers people until SIGTERM or SIGINT."""

import asyncio

from core.settings import Settings
from db.heartbeats import Heartbeats
from services.connection import connect, database_url
from services.heartbeat import Heartbeat
from services.process import run_part


async def run(settings: Settings) -> None:
    """Until cancelled."""
    # Not before the settings are read: aiogram takes seconds, a wrong setting is said at once.
    from bot.serve import serve
    from bot.wiring import build

    database = await connect(database_url(settings), name="bot")
    heartbeat = Heartbeat(Heartbeats(database), "bot")
    try:
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(heartbeat.run())
            async with build(settings, database) as app:
                await serve(app)
            beating.cancel()
    finally:
        await heartbeat.end()
        await database.close()


if __name__ == "__main__":
    run_part("bot", run)
