"""A fresh lab for each journey."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # models cannot be imported before the settings are; pytest reads this file first
    from tests.journeys.lab import Lab
    from tests.simulated import Simulated

CLOUD = "simulated"


@pytest.fixture
def lab(
    child_env: dict[str, str], openstack: "Simulated", tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Lab"]:
    """A catalog that was read, beat running, and no worker yet."""
    from django.core.management import call_command

    from provisioning.models import Deployment
    from tests.journeys.lab import FAST, Lab
    from tests.processes import tell_logs

    openstack.control("POST", "pace", {"build_seconds": 1})
    clouds = openstack.home / "clouds.yaml"
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    settings.OS_CLIENT_CONFIG_FILE, settings.CLOUDS = clouds, (CLOUD,)
    settings.PORTAL_STAFF = {4401: "dana-director"}
    ours = Deployment.objects.get_or_create()[0].pk
    env = child_env | FAST
    env |= {"PORTAL_CLOUDS": CLOUD, "OS_CLIENT_CONFIG_FILE": str(clouds)}
    env |= {"PORTAL_DEPLOYMENT": str(ours), "PORTAL_STAFF": "dana-director:4401"}
    call_command("refresh_catalog", verbosity=0)
    with ExitStack() as stack:
        stack.callback(tell_logs, tmp_path)
        yield Lab(env, openstack, tmp_path, stack)
