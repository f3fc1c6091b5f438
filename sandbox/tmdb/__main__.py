"""`python -m sandbox.tmdb`: the stand-in as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from sandbox.tmdb.control import urls
from sandbox.tmdb.server import TmdbStandIn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.tmdb", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="the first of five ports; 0: free ones")
    parser.add_argument("--generated", type=int, default=0, help="films to invent beside the well-known")
    parser.add_argument("--adult", type=int, default=0, help="adult films to invent as well")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--answers", type=Path, help="a folder of recorded answers to serve instead")
    parser.add_argument("--rate", type=float, default=40, help="requests a second and host; 0: no limit")
    parser.add_argument("--burst", type=float, default=10)
    parser.add_argument("--connections", type=int, default=20, help="open connections per host; 0: no limit")
    parser.add_argument("--access-token", default="sandbox-access-token")
    parser.add_argument("--api-key", default="sandbox-api-key")
    parser.add_argument("--redirect-join", choices=("&", "?"), default="&")
    parser.add_argument("--unapproved-code", type=int, choices=(41, 17), default=41)
    parser.add_argument("--changes-per-day", type=int, default=0)
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stand_in = TmdbStandIn(
        access_token=arguments.access_token,
        api_key=arguments.api_key,
        generated=arguments.generated,
        adult=arguments.adult,
        seed=arguments.seed,
        answers=arguments.answers,
        rate=arguments.rate,
        burst=arguments.burst,
        connections=arguments.connections or None,
        redirect_join=arguments.redirect_join,
        unapproved_code=arguments.unapproved_code,
        changes_per_day=arguments.changes_per_day,
    )
    await stand_in.start(arguments.host, arguments.port)
    sys.stdout.write(json.dumps(urls(stand_in)) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    # Nothing here is worth saving: the stand-in ends at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(0))
    asyncio.run(_serve(_arguments()))


if __name__ == "__main__":
    main()
