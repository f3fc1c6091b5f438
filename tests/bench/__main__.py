"""`make bench`: each benchmark in a process of its own, on a fresh embedded PostgreSQL.

`python -m tests.bench films posters` runs some of them.
"""

import argparse
import asyncio
import importlib
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from core.log import configure
from core.settings import DatabaseSettings
from db.embedded import EmbeddedPostgres
from db.pool import migrated
from tests.bench.table import Row, printed

BENCHMARKS = (
    "backfill",
    "cards",
    "exports",
    "fill",
    "films",
    "imports",
    "pacing",
    "people",
    "posters",
    "queue",
    "search",
    "size",
    "status",
)


async def measure(name: str) -> list[Row]:
    """One benchmark, on the server as the product runs it: commits reach the disk."""
    with tempfile.TemporaryDirectory(prefix="fm-bench-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedPostgres(Path(directory) / "pg")
        server.start()
        try:
            await migrated(server.url)
            rows: list[Row] = await importlib.import_module(f"tests.bench.{name}").run(server.url)
        finally:
            server.stop("immediate")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, Row("peak memory of the measuring process", f"{peak:.0f} MB")]


def main() -> int:
    """0 if every promise holds, else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="which; none: all")
    names = parser.parse_args().names
    if len(names) == 1:
        [name] = names
        configure(DatabaseSettings(log_level="WARNING"), "bench")
        rows = asyncio.run(measure(name))
        print(printed(name, rows), flush=True)
        return 0 if all(row.passed is not False for row in rows) else 1
    codes = [
        subprocess.run([sys.executable, "-m", "tests.bench", name], check=False).returncode
        for name in names or BENCHMARKS
    ]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
