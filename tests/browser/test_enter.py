"""Enter in a field does what the form is for; it never adds or removes a row."""

import pytest

from projects.models import AccessRequest, Flavor, Image
from tests.factories import Lab, UserFactory, at_the_desk, portico_lab
from tests.web.asking import key_of
from tests.web.test_requests import sent_by

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


def entered(page, field: str, text: str) -> None:
    """Type into a field and press Enter."""
    page.fill(f"[name={field}]", text)
    page.press(f"[name={field}]", "Enter")


def test_enter_keeps_the_rows_that_are_asked_for(page, lab: Lab) -> None:
    page.goto("/ask/project/")
    page.fill("[name=name]", "Libfast")
    page.fill("[name=repository_url]", "https://example.org/libfast")
    entered(page, "licence", "MIT")
    page.wait_for_url("**/ask/purpose/")
    page.goto("/ask/need/")
    page.select_option("[name=servers-0-flavor]", key_of(Flavor, "p9.small"))
    page.select_option("[name=servers-0-image]", key_of(Image, "debian-12-ppc64le"))
    entered(page, "servers-0-count", "3")
    page.wait_for_url("**/ask/people/")
    assert AccessRequest.objects.get().parts.get().asked["lines"][0]["count"] == 3
    entered(page, "contact_email_1", "ada@example.org")
    page.wait_for_url("**/ask/review/")
    assert AccessRequest.objects.get().contacts == [{"name": "", "email": "ada@example.org"}]


def test_enter_at_the_desk_shows_what_the_grant_leaves(page, lab: Lab, settings, signed_in) -> None:
    sent = sent_by(UserFactory(), lab)
    signed_in(at_the_desk(settings, UserFactory(github_login="olga-operator")))
    page.goto(f"/desk/requests/{sent.pk}/")
    part = sent.parts.get()
    page.check(f"[name=part-{part.pk}-fate][value=other]")
    entered(page, f"lines-{part.pk}-0-count", "3")
    page.wait_for_selector("text=3 servers, 6 vCPUs")
    assert page.input_value(f"[name=lines-{part.pk}-0-count]") == "3"
