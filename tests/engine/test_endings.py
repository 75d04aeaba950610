"""Who runs servers on a system that ends: found by what the cloud shows, the members' own servers too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from projects.models import Allocation, Mail
from projects.states import Desired
from provisioning.endings import tell_endings
from provisioning.models import Step
from tests.factories import AllocationFactory, CloudFactory, ImageFactory, UserFactory
from tests.factories_provisioning import PlanFactory, SightingFactory, StepFactory

NOW = timezone.now()


@pytest.fixture
def image():
    return ImageFactory(cloud=CloudFactory(), name="fedora-43", end_of_life=NOW.date() + timedelta(days=20))


def lent(image, server: str = "web-1", *, own: bool = False, **sighting) -> Step:
    """A project with one member, and a server on the image: the portal's, or (own) one that the member made."""
    allocation = AllocationFactory(project__owner=UserFactory())
    plan = PlanFactory(allocation=allocation)
    home = StepFactory(plan=plan, key="project")
    made = StepFactory(plan=plan, key=f"server:{server}")
    SightingFactory(
        external_id="member-made" if own else made.external_id,
        project_id=home.external_id,
        name=f"{server}-own" if own else f"{server}-0123456789",
        row={"image_id": image.external_id},
        **sighting,
    )
    return made


def told() -> dict[str, str]:
    tell_endings(now=NOW)
    return {mail.project.name: mail.text for mail in Mail.objects.select_related("project")}


def test_a_project_is_told_of_its_servers_by_the_names_of_its_page(image):
    step = lent(image)
    (text,) = told().values()
    assert "These servers run on it: web-1." in text
    assert list(told()) == [step.plan.allocation.project.name]
    assert Mail.objects.count() == 1


def test_a_server_that_a_member_made_counts_too(image):
    lent(image, own=True)
    (text,) = told().values()
    assert "web-1-own" in text


def test_nobody_is_told_of_another_image_what_is_gone_or_put_to_rest_or_not_ours(image):
    other = ImageFactory(cloud=image.cloud, end_of_life=NOW.date() + timedelta(days=2_000))
    lent(other)
    lent(image, gone_at=NOW)
    for desired in (Desired.SUSPENDED, Desired.ABSENT):  # they could not reinstall anything
        Allocation.objects.filter(plan=lent(image).plan).update(desired=desired)
    SightingFactory(project_id="somebody", row={"image_id": image.external_id})
    assert told() == {}
