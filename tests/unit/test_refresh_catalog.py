"""`manage.py refresh_catalog` where there is nothing to read, and where there is something."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from projects.models import Cloud, Flavor
from tests.simulated import Simulated


@pytest.fixture
def at_the_simulator(settings: Any, openstack: Simulated) -> None:
    settings.OS_CLIENT_CONFIG_FILE = openstack.home / "clouds.yaml"


def test_without_any_cloud_it_says_what_to_set(settings: Any):
    settings.CLOUDS = ()
    with pytest.raises(CommandError, match="set PORTAL_CLOUDS, or name one"):
        call_command("refresh_catalog")


@pytest.mark.django_db
def test_a_cloud_that_cannot_be_read_is_named_and_noted(at_the_simulator: None):
    with pytest.raises(CommandError, match="nowhere cannot be read"):
        call_command("refresh_catalog", "nowhere")
    assert Cloud.objects.get(name="nowhere").trouble


@pytest.mark.django_db
def test_what_was_read_is_counted(at_the_simulator: None, settings: Any):
    settings.CLOUDS = ("simulated",)
    told = StringIO()
    call_command("refresh_catalog", stdout=told)
    assert told.getvalue().startswith(f"simulated: {Flavor.objects.filter(cloud__name='simulated').count()} flavors, ")
