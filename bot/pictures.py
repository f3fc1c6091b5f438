"""Pictures drawn in a process of their own, so that the bot goes on answering meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


async def drawn(picture: Callable[..., bytes], *data: object) -> bytes:
    """What the function makes of the data; it takes a second or two, most of it to start."""
    # Spawned, not forked: the bot has connections and threads that no child may share.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, picture, *data)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
