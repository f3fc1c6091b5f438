"""`python -m sandbox.telegram --port N`: the stand-in as a process of its own, controlled over HTTP."""

import argparse
import asyncio
import signal
import sys

import orjson

from sandbox.telegram.limits import Limits
from sandbox.telegram.server import TelegramStandIn


async def _main(host: str, port: int, unlimited: bool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    telegram = TelegramStandIn(Limits.unlimited() if unlimited else None)
    await telegram.start(host, port)
    urls = {
        "api_url": telegram.api_url,
        "page_url": telegram.page_url,
        "control_url": f"{telegram.api_url}/_control",
    }
    sys.stdout.write(orjson.dumps(urls).decode() + "\n")
    sys.stdout.flush()
    await stopped.wait()
    await telegram.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unlimited", action="store_true", help="no limit on messages a second")
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.host, arguments.port, arguments.unlimited))
