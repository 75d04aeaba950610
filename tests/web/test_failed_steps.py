"""The desk's page of failed steps: what failed, who must act, what next, and how often it was tried."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from provisioning.errors import Failure
from provisioning.models import Plan, Step
from provisioning.states import StepState
from tests.factories import ProjectFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, StepFactory, built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db
URL = "/desk/trouble/"


@pytest.fixture
def plan() -> Plan:
    return built(project=ProjectFactory(name="Fastcodec", slug="fastcodec")).plan


@pytest.fixture
def desk(settings) -> Client:
    return signed_in(at_the_desk(settings, UserFactory()))


def failed(plan: Plan, key: str = "server:web-9", **fields) -> Step:
    return StepFactory(plan=plan, key=key, state=StepState.FAILED, **fields)


def shown(client: Client) -> str:
    return " ".join(client.get(URL).content.decode().split())


def test_a_failed_step_is_told_in_words(plan, desk):
    failed(plan, words="No host takes p9.small.", failure=Failure.NO_VALID_HOST, who="lab", rebuilds=3)
    page = shown(desk)
    for words in (
        "Server web-9",
        "Managed servers on POWER9",
        "No host takes p9.small.",
        "Tried 4 times",
        'data-label="Who must act">The lab<',
        "The lab looks at the hosts, then tries it again.",
        'aria-label="Try again: Server web-9 of Fastcodec"',
    ):
        assert words in page
    assert "server:web-9" not in page


@pytest.mark.parametrize(
    ("fields", "words", "others"),
    [
        ({"key": "quota:volume", "failure": Failure.QUOTA, "who": "you"}, ["The project<", "Tried once"], []),
        ({"failure": Failure.LOST, "was_active": True, "who": "lab"}, ["Make a new one<"], ["Try again<", "Tried"]),
        ({"due_at": timezone.now(), "who": "lab"}, ["It is being tried again."], ["Try again<", "Tried"]),
        ({"failure": Failure.UPSTREAM_BUG, "who": "upstream", "attempts": 1}, ["makers of", "Tried 2 times"], []),
    ],
)
def test_what_next_is_said_by_what_failed(plan, desk, fields, words, others):
    failed(plan, **fields)
    page = shown(desk)
    assert ([word for word in words if word not in page], [word for word in others if word in page]) == ([], [])


def test_the_page_takes_as_many_queries_for_many(plan, desk, django_assert_num_queries, django_assert_max_num_queries):
    failed(plan)
    with django_assert_max_num_queries(10) as few:
        desk.get(URL)
    for _ in range(5):
        failed(PlanFactory())
    with django_assert_num_queries(len(few)):
        desk.get(URL)


def test_an_operator_has_a_failed_step_tried_again(plan, desk):
    step = failed(plan, key="volume:web-9", attempts=5)
    answer = desk.post(reverse("provisioning:retry", args=[step.pk]), follow=True)
    assert "Volume web-9 of Fastcodec is tried again at once." in answer.content.decode()
    step.refresh_from_db()
    assert (step.attempts, step.due_at is not None) == (0, True)
    assert "volume web-9 is tried again" in desk.get("/projects/fastcodec/history/").content.decode()
