"""What a look says while the cloud is down."""

import pytest
from django.urls import reverse

from provisioning import peek
from provisioning.models import Step

pytestmark = pytest.mark.django_db


def test_a_console_log_of_a_cloud_that_is_down_says_so_plainly(client, allocation, owner, openstack, settings):
    settings.OS_CLIENT_CONFIG_FILE = openstack.home / "clouds.yaml"
    client.force_login(owner)
    page = client.get(reverse("provisioning:server-log", args=[allocation.pk, "web-1"])).content.decode()
    key = page.split("/peek/")[1].split("/")[0]
    openstack.fault(path="/", status=503)

    peek.look(key, "log", Step.objects.get(key="server:web-1").pk, {})

    text = client.get(reverse("provisioning:peek", args=[key])).content.decode()
    assert "The cloud does not answer right now." in text
    assert "Service Unavailable" not in text
