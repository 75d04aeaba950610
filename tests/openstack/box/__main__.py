"""Bring the OpenStack for tests up, stop it, or tell what runs of it."""

import argparse
import os
import shutil
import sys
import time

from . import configs, install
from .backing import ceph, mariadb, rabbit
from .places import CLOUDS, PORTS, STATE, make_folders
from .processes import BoxError, listening, memory_mib, running, started, stop_in_order
from .services import schemas, seed, start_all, together

BEGUN = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {text}", flush=True)


def up() -> int:
    """Install, configure, start, seed: each only as far as it is not done yet. Raises BoxError."""
    os.umask(0o022)
    make_folders()
    taken = [name for name, port in PORTS.items() if listening(port)]
    if taken and not started():
        raise BoxError(f"Something else listens on the ports of {', '.join(taken)}; end it first.")
    packages = install.missing()
    if packages:
        say(f"installing {len(packages)} packages and what they need")
        install.install(packages)
    configs.write_all()
    together(mariadb, rabbit, ceph)
    say("MariaDB, RabbitMQ and Ceph run")
    schemas()
    say("databases have their tables")
    start_all()
    say("all APIs answer")
    seed("cloud")
    say(f"ready: OS_CLIENT_CONFIG_FILE={CLOUDS} openstack --os-cloud osbox server list")
    return 0


def down(names: list[str], purge: bool) -> int:
    """Stop all of the box, or only the named processes; with purge, remove its state."""
    stop_in_order(names or started())
    if purge and not names and (STATE / "password").exists():
        shutil.rmtree(STATE, ignore_errors=True)
    return 0


def status() -> int:
    """Print processes and their memory; 0 where all of them run."""
    pids = {name: running(name) for name in started()}
    total = (0, 0)
    print(f"{'process':24}{'pid':>8}{'PSS MiB':>9}{'RSS MiB':>9}")
    for name, pid in pids.items():
        if pid is None:
            print(f"{name:24}   has ended")
            continue
        pss, rss = memory_mib(pid)
        total = (total[0] + pss, total[1] + rss)
        print(f"{name:24}{pid:8}{pss:9}{rss:9}")
    print(f"{'total':32}{total[0]:9}{total[1]:9}")
    return 0 if pids and all(pids.values()) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.openstack.box", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("up", help="install, configure, start and seed; run it again at will")
    stop = verbs.add_parser("down", help="stop all, or only the named processes")
    stop.add_argument("--purge", action="store_true", help="also remove all state (packages stay)")
    stop.add_argument("process", nargs="*", help="names as status prints them; up starts them again")
    verbs.add_parser("status", help="processes and memory; exit status 1 where one has ended or none runs")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    reason = install.unsupported() if options.verb == "up" else None
    if reason:
        print(reason, file=sys.stderr)
        return 1
    try:
        if options.verb == "up":
            return up()
        return down(options.process, options.purge) if options.verb == "down" else status()
    except BoxError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
