"""Systems that their makers give up: no longer lent, kept by what stands, and told of in time."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from projects.errors import Invalid
from projects.grants import Grant
from projects.models import Image, Mail
from projects.services.images import stage_of, tell_image_end
from projects.services.requests import approve_request, request_change, set_parts
from projects.services.requests.parts import PartAsked
from projects.states import Kind, MemberRole
from tests.factories import AllocationFactory, ImageFactory, MemberFactory, ProjectFactory, UserFactory, managed_grant

pytestmark = pytest.mark.django_db
DEBIAN = "debian-12-ppc64le"


def give_up(name: str = DEBIAN, days: int = -1) -> Image:
    Image.objects.filter(name=name).update(end_of_life=timezone.now().date() + timedelta(days=days))
    return Image.objects.get(name=name)


def ask(draft, lab, slug="power9", flavor="p9.small", image=DEBIAN):
    grant = managed_grant(flavor, image=image)
    set_parts(draft=draft, parts=[PartAsked(Kind.MANAGED, lab.cloud, lab.generations[slug], grant)])


def test_one_whose_end_is_past_is_refused_with_another(draft, lab):
    give_up()
    with pytest.raises(Invalid, match="no security updates any more; choose fedora-40-ppc64le") as refused:
        ask(draft, lab)
    assert refused.value.field == "parts.0.lines.0.image"
    give_up(days=0)  # the last day counts
    ask(draft, lab)


def test_one_that_needs_a_newer_generation_is_refused_on_an_older(draft, lab):
    rocky = ImageFactory(cloud=lab.cloud, name="rocky-9", generation=lab.generations["power9"])
    with pytest.raises(Invalid, match="rocky-9 needs POWER9 or later; choose debian-12-ppc64le, fedora"):
        ask(draft, lab, "power8", "p8.small", rocky.name)
    ask(draft, lab, "power9", "p9.small", rocky.name)


def test_what_ended_since_it_was_asked_for_is_not_granted(submitted, staff):
    give_up()
    grants = {part: Grant.from_json(part.asked) for part in submitted.parts.all()}
    with pytest.raises(Invalid, match="no security updates any more"):
        approve_request(request=submitted, by=staff, grants=grants, override_reason="It was asked for.")


def test_what_stands_keeps_it_and_gets_no_more_of_it(lab, requester):
    held = AllocationFactory(cloud=lab.cloud, generation=lab.generations["power9"])
    MemberFactory(project=held.project, user=requester, role=MemberRole.OWNER)
    give_up()
    with pytest.raises(Invalid, match="no security updates any more"):
        request_change(allocation=held, by=requester, grant=managed_grant(count=2), note="")
    assert request_change(allocation=held, by=requester, grant=managed_grant(volume_gib=80), note="").pk


@pytest.mark.parametrize(
    ("left", "stage"), [(91, ""), (90, "soon"), (31, "soon"), (30, "last"), (0, "last"), (-1, "past"), (-400, "past")]
)
def test_the_stages(left, stage):
    assert stage_of(date(2027, 6, 1), date(2027, 6, 1) - timedelta(days=left)) == stage


def test_each_member_is_told_once_a_stage_and_no_missed_day_loses_one():
    project = ProjectFactory()
    people = [UserFactory(), UserFactory()]
    for person in people:
        MemberFactory(project=project, user=person)
    image = ImageFactory(name="fedora-40", end_of_life=timezone.now().date() + timedelta(days=200))

    def told_on(left: int) -> int:
        for _ in range(2):
            today = image.end_of_life - timedelta(days=left)
            tell_image_end(project=project, image=image, servers=["web-2", "web-1"], today=today)
        return Mail.objects.count()

    assert [told_on(left) for left in (91, 85, 40, 12, -3, -30)] == [0, 2, 2, 4, 6, 6]
    first = Mail.objects.order_by("id").first()
    assert first.subject.startswith(f"{project}: fedora-40 ends on")
    assert "run on it: web-1, web-2. Reinstall them from a newer image" in first.text
