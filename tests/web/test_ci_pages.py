"""A project's CI on its page: the folder, the jobs, who may build, and looks at builds."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.grants import CiGrant, Grant
from projects.models import Allocation, Cloud, Member, User
from projects.models.people import nameless
from projects.states import Kind, MemberRole
from provisioning.models import Action, Step
from tests.factories import MemberFactory, UserFactory, at_the_desk
from tests.factories_provisioning import PlanFactory, StepFactory

pytestmark = pytest.mark.django_db
REPOSITORY = "https://github.com/ada-porter/fastcodec"


@pytest.fixture(autouse=True)
def jenkins_url(settings) -> None:
    settings.JENKINS_URL = "https://ci.example.org/jenkins"


@pytest.fixture
def ci(owner: User) -> Allocation:
    """A folder with a starter and a job, ready."""
    from tests.factories import AllocationFactory

    grant = Grant(ci=CiGrant((REPOSITORY,))).as_json()
    made = AllocationFactory(
        kind=Kind.CI, phase="ready", grant=grant, granted={}, project__name="Fastcodec", project__owner=owner
    )
    plan = PlanFactory(allocation=made)
    StepFactory(plan=plan, key="folder", external_id="folder-1", want={"title": "Fastcodec", "logins": ["ada-porter"]})
    labels = ["ppc64le", "power9", "docker"]
    for name, url in (("about-the-agents", ""), ("fastcodec", REPOSITORY)):
        want = {"repository_url": url, "script": "Jenkinsfile", "labels": labels}
        StepFactory(plan=plan, key=f"job:{name}", external_id=f"folder-1/{name}", want=want)
    return made


def page(viewer: User) -> str:
    client = Client()
    client.force_login(viewer)
    return client.get(reverse("provisioning:project", args=["fastcodec"])).content.decode()


def test_the_page_leads_to_the_folder_and_says_who_builds_what(ci, owner):
    text = page(owner)
    assert 'href="https://ci.example.org/jenkins/job/folder-1/"' in text
    assert 'href="https://ci.example.org/jenkins/job/folder-1/job/fastcodec/"' in text
    assert "is open to ada-porter." in text
    assert "agent { label &#x27;ppc64le &amp;&amp; power9 &amp;&amp; docker&#x27; }" in text.replace("'", "&#x27;")
    assert "not a boundary against a hostile project" in text


def test_what_is_not_there_yet_has_no_link(ci, owner):
    Step.objects.exclude(key="folder").update(state="waiting", external_id="")
    Step.objects.filter(key="folder").update(state="running", external_id="", want={"title": "x", "logins": []})
    text = page(owner)
    assert "ci.example.org" not in text
    assert "nobody yet" in text
    assert "once it is there" in text


def test_who_lost_the_login_to_somebody_else_is_told_of(ci, owner):
    Member.objects.update(github_login=nameless(owner.github_id))
    text = page(owner)
    assert f"{nameless(owner.github_id)} <span" in text
    assert "they build no CI until they sign in here again" in text


def test_who_is_called_as_jenkins_calls_others_is_told_of(ci, owner, client, settings):
    settings.JENKINS_USER = "portico"
    MemberFactory(project=ci.project, github_login="friend", github_id=4102)
    assert "is left out" not in page(owner)
    for number, login in enumerate(("Anonymous", "portico")):
        MemberFactory(project=ci.project, github_login=login, github_id=4103 + number)
    text = page(owner)
    assert "Anonymous is left out: in Jenkins this name is not one person’s." in text
    assert "portico is left out" in text
    client.force_login(owner)
    part = client.get(reverse("provisioning:live", args=[ci.pk])).content.decode()
    assert "portico is left out" in part, "the part that polls says it, too"


def test_at_rest_it_is_said_to_be_closed(ci, owner):
    Allocation.objects.update(desired="suspended", phase="suspended")
    assert "is closed while this is suspended" in page(owner)


def test_a_maintenance_of_the_cloud_holds_up_no_ci(ci, owner, client):
    Cloud.objects.update(state="maintenance")
    client.force_login(owner)
    assert "in maintenance" not in page(owner)
    assert "in maintenance" not in client.get(reverse("provisioning:change", args=[ci.pk])).content.decode()
    Allocation.objects.update(kind=Kind.CLOUD)
    assert "in maintenance" in page(owner)
    assert "in maintenance" in client.get(reverse("provisioning:change", args=[ci.pk])).content.decode()


def test_a_job_is_looked_at_by_its_project_alone(ci, owner, client):
    job = reverse("provisioning:job", args=[ci.pk, "fastcodec"])
    build = reverse("provisioning:build", args=[ci.pk, "fastcodec", 7])
    client.force_login(owner)
    assert "Builds of fastcodec" in client.get(job).content.decode()
    assert "Build 7 of fastcodec" in client.get(build, {"offset": "zwölf"}).content.decode()
    client.force_login(UserFactory())
    assert [client.get(url).status_code for url in (job, build)] == [404, 404]


@pytest.mark.parametrize("name", ["nothing", "folder", "%2e%2e"])
def test_what_is_no_job_of_the_allocation_is_not_found(ci, owner, client, name):
    client.force_login(owner)
    assert client.get(f"/allocations/{ci.pk}/jobs/{name}/").status_code == 404


def test_a_job_that_jenkins_does_not_have_yet_is_not_found(ci, owner, client):
    Step.objects.filter(key="job:fastcodec").update(external_id="")
    client.force_login(owner)
    assert client.get(reverse("provisioning:job", args=[ci.pk, "fastcodec"])).status_code == 404


@pytest.mark.parametrize("page", ["renew", "release", "suspend", "resume"])
def test_no_page_of_its_life_speaks_of_servers(ci, client, settings, page):
    client.force_login(at_the_desk(settings, UserFactory(), staff=True))
    Allocation.objects.update(desired="suspended" if page in {"renew", "resume"} else "present")
    text = client.get(reverse(f"provisioning:{page}", args=[ci.pk])).content.decode().split("<main", 1)[1]
    text = text.split("</main>")[0]
    assert "CI on" in text
    assert "server" not in text.lower()


def test_what_is_given_back_is_named(ci, owner, client):
    client.force_login(owner)
    text = client.get(reverse("provisioning:release", args=[ci.pk])).content.decode()
    assert "CI folder" in text
    assert "CI job fastcodec" in text


def act(viewer: User, ci: Allocation, **sent) -> None:
    client = Client()
    client.force_login(viewer)
    client.post(reverse("provisioning:job-act", args=[ci.pk, "fastcodec"]), sent)


def test_a_member_builds_and_stops_through_the_engine(ci, owner, client):
    friend = UserFactory()
    MemberFactory(project=ci.project, user=friend, role=MemberRole.MEMBER)
    act(friend, ci)
    asked = Action.objects.get()
    assert (asked.verb, asked.args, asked.asked_by) == ("build", {}, friend)
    act(owner, ci)
    assert Action.objects.count() == 1, "one at a time"
    client.force_login(owner)
    text = client.get(reverse("provisioning:job", args=[ci.pk, "fastcodec"])).content.decode()
    assert "Build, asked" in text
    Action.objects.update(state="done")
    act(owner, ci, stop="7")
    assert Action.objects.get(verb="stop-build").args == {"number": 7}


@pytest.mark.parametrize("desired", ["suspended", "absent"])
def test_nothing_is_built_where_nothing_is_lent(ci, owner, client, desired):
    Allocation.objects.update(desired=desired)
    act(owner, ci)
    assert not Action.objects.exists()
    client.force_login(owner)
    assert "Build now" not in client.get(reverse("provisioning:job", args=[ci.pk, "fastcodec"])).content.decode()


def test_who_only_looks_from_the_desk_builds_nothing(ci, client, settings):
    act(at_the_desk(settings, UserFactory()), ci)
    assert not Action.objects.exists()


def test_a_job_that_failed_is_not_built(ci, owner):
    Step.objects.filter(key="job:fastcodec").update(state="failed")
    act(owner, ci)
    assert not Action.objects.exists()


def test_the_page_follows_what_was_asked_for_by_itself(ci, owner, client):
    client.force_login(owner)
    job = reverse("provisioning:job", args=[ci.pk, "fastcodec"])
    assert "delay:5s" not in client.get(job).content.decode()
    act(owner, ci)
    text = client.get(job).content.decode()
    assert "delay:5s" in text
    assert text.index('id="builds"') < text.index("Build, asked"), "what became of it is looked at again, too"
    Action.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    assert "delay:5s" not in client.get(job).content.decode()


def test_who_waits_for_a_gpu_is_told_for_what(ci, owner):
    words = "wait until the lab has let the project’s members onto its GPU machine"
    assert words not in page(owner)
    for job in Step.objects.filter(kind="job"):
        Step.objects.filter(pk=job.pk).update(want={**job.want, "labels": ["ppc64le", "gpu"]})
    assert words in page(owner)
