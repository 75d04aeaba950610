"""The simulated cloud with its catalog read, and an engine that looks whenever it likes to."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.simulated import Simulated


@pytest.fixture
def lab(transactional_db: None, openstack: "Simulated", settings: Any) -> "Simulated":
    from provisioning import catalog, observe
    from provisioning.adapters.openstack import cloud as adapters
    from provisioning.models import Deployment
    from tests.crash import world

    settings.PORTAL_DEPLOYMENT = (Deployment.objects.first() or Deployment.objects.create()).id
    settings.OS_CLIENT_CONFIG_FILE = openstack.home / "clouds.yaml"
    settings.ENGINE_LOOK = 0
    adapters.forget_clouds()
    observe.forget()
    world.pace(openstack.url, 0)
    catalog.refresh(world.CLOUD)
    return openstack


@pytest.fixture
def power9(lab: "Simulated") -> dict[str, Any]:
    """The cloud and the generation of the allocations, as the catalog has them."""
    from projects.models import Cloud, Generation

    return {"cloud": Cloud.objects.get(), "generation": Generation.objects.get(slug="power9")}
