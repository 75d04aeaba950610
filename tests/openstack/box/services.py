"""OpenStack's own programs: their database tables, and the processes."""

import concurrent.futures
import json
from collections.abc import Callable

from . import configs
from .places import ETC, HERE, MACHINES, PACKAGE, PORTS, PYTHON, REGION, ROOT, mark_done, password, still_to_do, url
from .processes import command, start, wait_answer

APIS = ("keystone", "placement", "neutron", "nova", "cinder", "glance")
SYNC = {
    "neutron": ("neutron-db-manage", "upgrade", "heads"),
    "cinder": ("cinder-manage", "db", "sync"),
    "glance": ("glance-manage", "db_sync"),
    "placement": ("placement-manage", "db", "sync"),
}


def together(*jobs: Callable[[], None]) -> None:
    """Run functions side by side; the first failure ends up."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for job in [pool.submit(job) for job in jobs]:
            job.result()


def seed(part: str) -> None:
    """Run seed.py in a process of its own: the SDK reads its configuration at import."""
    words = (PYTHON, "-B", "-m", f"{PACKAGE}.seed", part)
    command(
        *words, log="seed", cwd=ROOT, OSBOX_STATE=str(ETC.parent), OS_CLIENT_CONFIG_FILE=str(ETC.parent / "clouds.yaml")
    )


def schemas() -> None:
    """Create all database tables, and what keystone and nova need in them."""
    together(
        *(lambda name=name: _schema(name) for name in ("neutron", "nova", "keystone", "cinder", "glance", "placement"))
    )


def _schema(name: str) -> None:
    if still_to_do(f"schema-{name}"):
        {"keystone": _keystone_schema, "nova": _nova_schema}.get(name, lambda: _plain_schema(name))()
        mark_done(f"schema-{name}")


def _plain_schema(name: str) -> None:
    program, *verb = SYNC[name]
    command(program, "--config-file", ETC / f"{name}.conf", *verb, log="schema")


def _keystone_schema() -> None:
    manage = ("/usr/bin/keystone-manage", "--config-file", ETC / "keystone.conf")
    for verb in ("fernet_setup", "credential_setup"):
        command(*manage, verb, "--keystone-user", "root", "--keystone-group", "root", log="schema")
    command(*manage, "db_sync", log="schema")
    api = url("keystone") + "/v3"
    addresses = [f"--bootstrap-{kind}-url={api}" for kind in ("admin", "public", "internal")]
    region = ("--bootstrap-region-id", REGION)
    command(*manage, "bootstrap", *region, *addresses, log="schema", OS_BOOTSTRAP_PASSWORD=password())
    start_keystone()
    wait_answer("keystone")
    seed("identity")


def _nova_schema() -> None:
    manage = ("/usr/bin/nova-manage", "--config-file", ETC / "nova.conf")
    command(*manage, "api_db", "sync", log="schema")
    command(*manage, "cell_v2", "map_cell0", "--database_connection", configs.database("nova_cell0"), log="schema")
    command(*manage, "db", "sync", log="schema")
    command(*manage, "cell_v2", "create_cell", "--name", "cell1", log="schema")


def program(name: str, entry: str, config: str, **more: str) -> None:
    """Start one of OpenStack's own programs by its Python entry point."""
    words = (PYTHON, HERE / "fakes/entry.py", entry, name, "--config-file", ETC / f"{config}.conf")
    start(name, *words, **more)


def wsgi(name: str, **more: str) -> None:
    serve = ("/usr/bin/gunicorn", "--bind", f"127.0.0.1:{PORTS[name]}", "--workers", "2", "--threads", "4")
    start(name, *serve, "--keep-alive", "30", "--access-logfile", "-", f"wsgi:{name}()", **more)


def start_keystone() -> None:
    wsgi("keystone", OS_KEYSTONE_CONFIG_DIR=str(ETC))


def start_all() -> None:
    """Start every service and wait until all APIs answer. Raises BoxError."""
    start_keystone()
    wsgi("placement", OS_PLACEMENT_CONFIG_DIR=str(ETC))
    program("nova-conductor", "nova.cmd.conductor:main", "nova")
    program("neutron", "neutron.cmd.eventlet.server:main", "neutron")
    program("nova", "nova.cmd.api_os_compute:main", "nova")
    for host, machine in MACHINES.items():
        program(f"nova-compute-{host}", "osbox_compute:main", f"compute-{host}", OSBOX_HOST=json.dumps(machine))
    program("nova-scheduler", "nova.cmd.scheduler:main", "nova")
    program("cinder", "cinder.cmd.api:main", "cinder")
    program("cinder-scheduler", "cinder.cmd.scheduler:main", "cinder")
    program("cinder-volume", "cinder.cmd.volume:main", "cinder")
    program("glance", "glance.cmd.api:main", "glance")
    for name in APIS:
        wait_answer(name)
