"""The two servers: start, wait for the first answer, stop."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
import redis
from psycopg.conninfo import make_conninfo

from portal.embedded.account import Account, EmbeddedError
from portal.embedded.programs import postgresql_programs, redis_program, version

START_SECONDS = 60
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Server:
    """One server process in a process group of its own, with a log of its own."""

    account: Account
    root: Path
    durable: bool = True
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "server"
    stop_signal = signal.SIGTERM

    @property
    def log(self) -> Path:
        return self.root / f"{self.name}.log"

    @property
    def run(self) -> Path:
        """The directory of the sockets."""
        return self.account.own(self.root / "run")

    def spawn(self, command: Sequence[object]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            os.chown(self.log, self.account.uid, self.account.gid)
            return subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.root,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                start_new_session=True,
                preexec_fn=None if self.durable else self._end_with_us,  # noqa: PLW1509  one thread, one system call
                user=None if self.account.is_us else self.account.uid,
                group=None if self.account.is_us else self.account.gid,
                extra_groups=None if self.account.is_us else [],
            )

    def _end_with_us(self) -> None:
        """In the child: be told to stop when our process is gone, so a killed test run leaves nothing running."""
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, self.stop_signal.value, 0, 0, 0)

    def await_answer(self, ask: Callable[[], object], refused: type[Exception]) -> None:
        """Asks until the server answers. Raises EmbeddedError where it ends first or takes longer than 60 s."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                ask()
            except refused:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise EmbeddedError(f"The embedded {self.name} did not start; its log is {self.log}.")

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Ends the process in order, by force after `seconds`."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class PostgreSQL(Server):
    """The database `portico`, owned by the role `portico`, which is no superuser."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    @property
    def url(self) -> str:
        return f"postgresql://portico@/portico?host={quote(str(self.root / 'run'))}"

    def start(self) -> None:
        programs = postgresql_programs(self.account, self.root)
        data = self.root / "postgresql"
        self._initialise(programs, data)
        options = ["-D", data, "-h", "", "-k", self.run, "-c", "unix_socket_permissions=0700", "-c", "timezone=UTC"]
        if not self.durable:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                options += ["-c", f"{name}=off"]
        self.process = self.spawn([programs / "postgres", *options, "-c", "max_connections=100"])
        self.await_answer(self._make_database, psycopg.OperationalError)

    def _initialise(self, programs: Path, data: Path) -> None:
        made_by = data / "PG_VERSION"
        if not made_by.exists():
            self.account.own(data)
            command = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--locale=C"]
            if self.spawn([*command, *([] if self.durable else ["--no-sync"])]).wait() != 0:
                raise EmbeddedError(f"The database could not be made; see {self.log}.")
        if int(made_by.read_text()) != version(programs):
            raise EmbeddedError(f"{data} was made by another PostgreSQL; `make reset` clears it.")
        # Written at each start: who starts it may be somebody else today.
        ours = {self.account.name, pwd.getpwuid(os.geteuid()).pw_name}
        lines = [f'portico "{name}" {role}\n' for name in sorted(ours) for role in ("portico", "postgres")]
        (data / "pg_ident.conf").write_text("".join(lines))
        (data / "pg_hba.conf").write_text("local all all peer map=portico\n")

    def _make_database(self) -> None:
        where = {"host": str(self.run), "user": "postgres", "dbname": "postgres"}
        with psycopg.connect(make_conninfo("", **where), autocommit=True, connect_timeout=5) as database:
            if not database.execute("SELECT 1 FROM pg_roles WHERE rolname = 'portico'").fetchone():
                database.execute("CREATE ROLE portico LOGIN CREATEDB")
            if not database.execute("SELECT 1 FROM pg_database WHERE datname = 'portico'").fetchone():
                database.execute("CREATE DATABASE portico OWNER portico")


class Redis(Server):
    """Cache and broker. The durable one saves itself when it is stopped, and every minute."""

    name = "redis"

    @property
    def socket(self) -> Path:
        return self.root / "run" / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        program = redis_program(self.account, self.root)
        options = ["--port", "0", "--unixsocket", self.run / "redis.sock", "--unixsocketperm", "700"]
        options += ["--dir", self.account.own(self.root / "redis"), "--save", *(["60", "1"] if self.durable else [""])]
        self.process = self.spawn([program, *options])
        with redis.Redis(unix_socket_path=str(self.socket)) as client:
            self.await_answer(client.ping, redis.ConnectionError)
