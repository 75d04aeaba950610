"""Whom most pages of a project are shown to, and what is lent there."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # models cannot be imported before the settings are; pytest reads this file first
    from projects.models import Allocation, User


@pytest.fixture
def owner(db: None) -> "User":
    from tests.factories import UserFactory

    return UserFactory(github_login="ada-porter")


@pytest.fixture
def allocation(owner: "User") -> "Allocation":
    """A ready server with a volume, in a project of the owner's at /projects/fastcodec/."""
    from tests.factories_provisioning import built

    return built(project__name="Fastcodec", project__owner=owner)
