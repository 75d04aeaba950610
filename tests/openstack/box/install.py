"""Debian's packages: what the box is made of, and whether this machine can have them."""

import contextlib
import os
import pathlib
import platform
import subprocess
from collections.abc import Iterator

from .places import LOGS, PYTHON
from .processes import BoxError

PACKAGES = (
    *("python3-keystone", "python3-placement", "python3-glance", "glance-common"),
    *("python3-nova", "nova-common", "python3-neutron", "neutron-common"),
    *("python3-cinder", "cinder-common", "python3-openstackclient", "python3-pymysql"),
    *("gunicorn", "mariadb-server-core", "mariadb-client-core", "rabbitmq-server"),
    *("ceph-mon", "ceph-mgr", "ceph-osd", "ceph-common"),
)
APT_OPTIONS = ("--no-install-recommends", "-o", "Dpkg::Options::=--force-confold")
FASTER = ("-o", "Dpkg::Options::=--force-unsafe-io")  # a test machine's disk may lose a package at a power cut


def unsupported() -> str | None:
    """One sentence why the box cannot run on this machine, or None where it can."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    if (release.get("ID"), release.get("VERSION_ID")) != ("debian", "12"):
        name = release.get("PRETTY_NAME", platform.system())
        return f"The OpenStack for tests is made of Debian 12's packages, and this machine runs {name}."
    if os.geteuid() != 0:
        return "The OpenStack for tests needs root, to install Debian's packages: run it again as root."
    if not pathlib.Path(PYTHON).exists():
        return f"The OpenStack for tests needs Debian's own Python ({PYTHON}): apt-get install python3."
    return None


def missing() -> list[str]:
    """The packages that are not installed yet."""
    show = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"]
    known = subprocess.run(show, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in PACKAGES if f"{name} installed" not in known]


@contextlib.contextmanager
def starting_nothing() -> Iterator[None]:
    """While packages are installed their services must not start: they would take our ports."""
    policy = pathlib.Path("/usr/sbin/policy-rc.d")
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


def install(packages: list[str]) -> None:
    """Install without questions. Raises BoxError where apt-get fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with starting_nothing(), (LOGS / "apt.log").open("a") as log:
        for words in (["update"], ["install", "-y", *APT_OPTIONS, *FASTER, *packages]):
            order = ["apt-get", "-q", *words]
            if subprocess.run(order, stdout=log, stderr=log, env=environment, check=False).returncode:
                raise BoxError(f"apt-get {words[0]} failed (is the package mirror in reach?), see {LOGS}/apt.log")
