"""The engine on paper: each test has a fresh one, and its database is the engine's own."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models cannot be imported before the settings are; pytest reads this file first
    from tests.engine.lab import Lab
    from tests.engine.paper import Paper
    from tests.simulated import Simulated


@pytest.fixture(autouse=True)
def this_deployment(db: None, settings) -> None:
    from provisioning.engine import changes
    from provisioning.models import Deployment

    settings.PORTAL_DEPLOYMENT = (Deployment.objects.first() or Deployment.objects.create()).id
    settings.ENGINE_LOOK = 0
    changes.forget("paper")


@pytest.fixture
def paper() -> "Paper":
    from tests.engine.paper import Paper

    return Paper()


@pytest.fixture
def lab(jenkins: "Simulated", settings) -> "Lab":
    """The lab's Jenkins, which the worker is told of."""
    from tests.engine.lab import Lab

    told = {"URL": jenkins.url, "USER": "portico", "TOKEN": "demo-token", "TIMEOUT": 10}
    for name, value in told.items():
        setattr(settings, f"JENKINS_{name}", value)
    return Lab(jenkins)
