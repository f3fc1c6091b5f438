"""Who holds a lease."""

import os
import secrets

from services.poster_files import HOST


def worker_name() -> str:
    """A name no other worker has: what it recorded counts only under this name."""
    return f"{HOST}:{os.getpid()}:{secrets.token_hex(4)}"
