"""The portal on a real OpenStack: worker and beat as processes of their own, the cloud looked at from outside."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # models cannot be imported before the settings are; pytest reads this file first
    from tests.openstack.real import RealLab


@pytest.fixture
def real_lab(child_env: dict[str, str], tmp_path: Path, settings: Any) -> Iterator["RealLab"]:
    """A catalog that was read from the real cloud, beat running, and no worker yet."""
    from django.core.management import call_command

    from provisioning.models import Deployment
    from tests.openstack.real import RealLab

    cloud = os.environ["CONTRACT_CLOUD"]
    settings.OS_CLIENT_CONFIG_FILE, settings.CLOUDS = Path(os.environ["OS_CLIENT_CONFIG_FILE"]), (cloud,)
    settings.PORTAL_STAFF = {4401: "dana-director"}
    env = child_env | {"PORTAL_CLOUDS": cloud, "PORTAL_STAFF": "dana-director:4401", "ENGINE_BEAT": "1"}
    env["PORTAL_DEPLOYMENT"] = str(Deployment.objects.get_or_create()[0].pk)
    call_command("refresh_catalog", verbosity=0)
    with ExitStack() as stack:
        yield RealLab(env, cloud, tmp_path, stack)
