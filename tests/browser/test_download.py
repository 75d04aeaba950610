"""A file that is downloaded leaves the page where it is, so its button must work again."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from projects.states import Kind
from provisioning import secrets
from tests.factories import UserFactory
from tests.factories_provisioning import built

pytestmark = [pytest.mark.needs("browser"), pytest.mark.django_db(transaction=True)]


def test_a_second_click_on_the_download_is_answered(page, signed_in) -> None:
    ada = UserFactory()
    secrets.make(built(project__slug="fastcodec", project__owner=ada, kind=Kind.CLOUD).plan.pk, "credential")
    signed_in(ada)
    page.goto(reverse("provisioning:project", args=["fastcodec"]))
    button = page.get_by_role("button", name="Download clouds.yaml")
    with page.expect_download() as coming:
        button.click()
    assert coming.value.suggested_filename == "clouds.yaml"
    expect(page.locator("form[data-again][data-sent]")).to_have_count(0)
    button.click()
    expect(page.get_by_text("Ask for a new credential instead")).to_be_visible()
