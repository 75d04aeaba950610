"""What the services stand on: MariaDB, RabbitMQ, and a Ceph of one monitor, one manager and one OSD."""

import uuid

from .configs import DATABASES
from .places import CEPH_FSID, ETC, LOGS, PORTS, STATE, mark_done, password, still_to_do
from .processes import command, start, wait_port


def mariadb() -> None:
    data, socket = STATE / "mariadb", STATE / "mariadb.sock"
    if still_to_do("mariadb"):
        make = ("mariadb-install-db", "--no-defaults", f"--datadir={data}", "--user=root", "--skip-test-db")
        command(*make, log="mariadb", TMPDIR="/tmp")
    start(
        "mariadb",
        *("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}", f"--socket={socket}"),
        *(f"--port={PORTS['mariadb']}", "--bind-address=127.0.0.1", "--max-connections=1000"),
        *("--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF"),
        *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-buffer-pool-size=256M"),
    )
    wait_port("mariadb")
    if still_to_do("mariadb"):
        # from a file, not as an argument: the password must not show in the list of processes
        orders = STATE / "first.sql"
        orders.touch(mode=0o600)
        orders.write_text(_first_orders())
        command("mariadb", "--no-defaults", f"--socket={socket}", "-e", f"source {orders}", log="mariadb")
        orders.unlink()
        mark_done("mariadb")


def _first_orders() -> str:
    user = "osbox@'127.0.0.1'"
    orders = [f"create user {user} identified by '{password()}';", f"grant all on *.* to {user};"]
    orders += [f"create database {name} character set utf8;" for name in DATABASES]
    return "\n".join(orders)


def rabbit() -> None:
    start("epmd", "epmd", "-address", "127.0.0.1", "-port", PORTS["epmd"])
    wait_port("epmd")
    start(
        "rabbit",
        "/usr/lib/rabbitmq/bin/rabbitmq-server",
        RABBITMQ_NODENAME="osbox@localhost",
        RABBITMQ_DIST_PORT=str(PORTS["rabbit-dist"]),
        RABBITMQ_CONFIG_FILE=str(ETC / "rabbitmq.conf"),
        RABBITMQ_ENABLED_PLUGINS_FILE=str(ETC / "rabbitmq-plugins"),
        RABBITMQ_CONF_ENV_FILE="/dev/null",
        RABBITMQ_MNESIA_BASE=str(STATE / "rabbit"),
        RABBITMQ_LOG_BASE=str(LOGS),
        ERL_EPMD_ADDRESS="127.0.0.1",
        ERL_EPMD_PORT=str(PORTS["epmd"]),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}",
    )
    wait_port("rabbit")


def ceph() -> None:
    """One pool, `volumes`, without copies; its OSD lives in a sparse file."""
    first = still_to_do("ceph")
    if first:
        _make_monitor()
    start("ceph-mon", "ceph-mon", "-i", "a", "-f")
    wait_port("ceph-mon")
    if first:
        osd = uuid.uuid4()
        command("ceph", "osd", "new", osd, log="ceph")
        command("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd, log="ceph")
    start("ceph-osd", "ceph-osd", "-i", "0", "-f")
    start("ceph-mgr", "ceph-mgr", "-i", "x", "-f")
    if first:
        command("ceph", "osd", "pool", "create", "volumes", "8", log="ceph")
        command("rbd", "pool", "init", "volumes", log="ceph")
        mark_done("ceph")


def _make_monitor() -> None:
    data = STATE / "ceph"
    for part in ("mon", "mgr", "osd"):
        (data / part).mkdir(parents=True, exist_ok=True)
    address = f"[v2:127.0.0.1:{PORTS['ceph-mon']}]"
    make_map = ("monmaptool", "--create", "--clobber", "--fsid", CEPH_FSID, "--addv", "a", address)
    command(*make_map, data / "monmap", log="ceph")
    command("ceph-mon", "--mkfs", "-i", "a", "--monmap", data / "monmap", log="ceph")
