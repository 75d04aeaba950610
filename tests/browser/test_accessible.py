"""Every page through axe-core, narrow and wide, light and dark: nothing serious, and nothing wider than the screen."""

from pathlib import Path

import pytest
from django.utils import timezone

from projects.models import Allocation, User
from projects.services import allocations as verbs
from projects.services import requests as services
from projects.services.tickets import open_ticket
from provisioning.errors import Failure
from provisioning.models import Sighting
from tests.factories import (
    GpuHostFactory,
    Lab,
    MailFactory,
    MemberFactory,
    SshKeyFactory,
    UserFactory,
    at_the_desk,
    portico_lab,
)
from tests.factories_provisioning import StepFactory, built
from tests.web import test_agents, test_ci_pages, test_endings, test_leaks
from tests.web.test_requests import sent_by

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]
AXE = (Path(__file__).resolve().parents[1] / "vendor/axe-core/axe.min.js").read_text()
SERIOUS = {"serious", "critical"}
ci, dana, leak = test_ci_pages.ci, test_endings.dana, test_leaks.leak  # fixtures
PUBLIC = (
    "/",
    "/catalog/",
    "/rules/",
    "/sign-in/",
    "/nope/",
    "/ask/project/",
    "/ask/purpose/",
    "/ask/need/",
    "/ask/people/",
)
OWN = ("/requests/", "/tickets/", "/mail/", "/account/", "/projects/", "/ask/review/")
DESK = ("/desk/", "/catalog/", "/tickets/", "/desk/trouble/", "/desk/endings/", "/desk/leaks/", "/desk/clouds/")


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def ada() -> User:
    ada = UserFactory(github_login="ada-porter")
    SshKeyFactory(user=ada)
    MailFactory(person=ada)
    return ada


@pytest.fixture
def owner(ada: User) -> User:
    return ada


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


def problems_of(page, path: str) -> list[str]:
    """What axe-core finds serious on a page, and whether the page is wider than the screen."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    serious = [rule for rule in found["violations"] if rule["impact"] in SERIOUS]
    said = [f"{path}: {rule['id']}: {node['html'][:160]}" for rule in serious for node in rule["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*said, *([f"{path}: {wide} px wider than the screen"] if wide > 0 else [])]


def look_over(page, paths: tuple[str, ...], width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    assert [problem for path in paths for problem in problems_of(page, path)] == []


SIZES = pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])


@SIZES
def test_public_pages(page, lab: Lab, width: int, scheme: str) -> None:
    look_over(page, PUBLIC, width, scheme)


@SIZES
def test_a_requesters_pages(page, lab: Lab, ada: User, olga: User, signed_in, width: int, scheme: str) -> None:
    sent, asked = sent_by(ada, lab), sent_by(ada, lab)
    services.return_request(request=asked, by=olga, question="Which branch?")
    signed_in(ada)
    page.goto("/ask/project/")
    page.fill("[name=name]", "Only a name")
    page.click("button:has-text('Save and go on')")
    page.wait_for_selector("[role=alert]")
    requests = tuple(f"/requests/{request.pk}/" for request in (sent, asked))
    look_over(page, (*OWN, *requests, f"/tickets/{sent.ticket.pk}/"), width, scheme)


@SIZES
def test_the_desks_pages(page, lab: Lab, ada: User, olga: User, signed_in, width: int, scheme: str) -> None:
    sent = sent_by(ada, lab)
    open_ticket(title="Trouble", text="Something is wrong", internal=True)
    signed_in(olga)
    own = (f"/desk/requests/{sent.pk}/", f"/desk/requests/{sent.pk}/decide/")
    look_over(page, (*DESK, *own), width, scheme)


@SIZES
def test_the_pages_of_what_is_lent_held_back_and_left_over(
    page, dana: User, leak: Sighting, signed_in, width: int, scheme: str
) -> None:
    lent, resting = built(project__owner=dana), built(project__owner=dana)
    member = MemberFactory(project=lent.project, user=UserFactory())
    words = "No host has room for p9.large."
    StepFactory(plan=lent.plan, key="server:web-2", state="failed", failure=Failure.NO_CAPACITY, words=words, who="lab")
    verbs.suspend_allocation(allocation=resting, by=dana, reason="Somebody mines coins on it")
    test_endings.over(12)
    signed_in(dana)
    asked = tuple(f"/allocations/{lent.pk}/{verb}/" for verb in ("change", "renew", "suspend", "credential"))
    acts = tuple(f"/allocations/{lent.pk}/servers/web-1/{verb}" for verb in ("?verb=stop", "reinstall/"))
    projects = tuple(f"/projects/{allocation.project.slug}/" for allocation in (lent, resting))
    people = f"{projects[0]}members/{member.pk}/"
    resume = f"/allocations/{resting.pk}/resume/"
    desk = ("/desk/trouble/", "/desk/endings/", "/desk/leaks/", f"/desk/leaks/{leak.pk}/")
    look_over(page, (*projects, *asked, *acts, people, resume, *desk), width, scheme)
    assert page.get_by_role("button", name="Take it back").is_visible()


@SIZES
def test_the_pages_of_gpu_hosts(page, lab: Lab, dana: User, signed_in, width: int, scheme: str) -> None:
    row = GpuHostFactory(generation=lab.generations["power8"], returns_on=timezone.now().date())
    signed_in(dana)
    look_over(page, ("/desk/gpus/", "/desk/gpus/new/", f"/desk/gpus/{row.pk}/"), width, scheme)


@SIZES
def test_the_page_of_agents(page, olga: User, signed_in, settings, width: int, scheme: str) -> None:
    settings.JENKINS_URL = "https://ci.example.org"
    test_agents.some_of_each()
    signed_in(olga)
    look_over(page, ("/desk/", "/desk/agents/"), width, scheme)
    assert page.get_by_role("link", name="Ticket").is_visible()
    page.get_by_role("link", name="In Jenkins").focus()
    for reached in ("p8-1", "Ticket"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent").startswith(reached)


@SIZES
def test_the_pages_of_ci(page, ci: Allocation, owner: User, settings, signed_in, width: int, scheme: str) -> None:
    settings.JENKINS_URL = "https://ci.example.org"
    signed_in(owner)
    job = f"/allocations/{ci.pk}/jobs/fastcodec/"
    look_over(page, ("/projects/fastcodec/", job, f"{job}7/"), width, scheme)
    assert page.get_by_role("heading", name="Build 7 of fastcodec").is_visible()


def test_the_decision_is_loaded_beside_the_request_and_taken(page, lab: Lab, ada: User, olga: User, signed_in) -> None:
    sent = sent_by(ada, lab)
    signed_in(olga)
    page.goto(f"/desk/requests/{sent.pk}/")
    page.wait_for_selector("form#decide")
    part = sent.parts.get()
    page.check(f"[name=part-{part.pk}-fate][value=other]")
    page.fill(f"[name=lines-{part.pk}-0-count]", "3")  # the choice has opened its rows
    page.click("text=See what that leaves")
    page.wait_for_selector("text=3 servers, 6 vCPUs")
    page.fill("[name=override_reason]", "We know them.")
    page.click("button:has-text('Approve')")
    page.wait_for_selector("[role=alert] >> text=Say why this is not what was asked for")
    page.wait_for_selector("#figures >> text=3 servers, 6 vCPUs")  # loaded beside the page that refuses
    page.fill(f"[name=part-{part.pk}-reason]", "Three fit better.")
    page.click("button:has-text('Approve')")
    page.wait_for_selector("text=Approved. What was granted is being built now.")
    sent.refresh_from_db()
    assert sent.state == "approved"
