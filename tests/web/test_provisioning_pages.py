"""Project pages: who sees and does what, how many queries they take, and what is shown only once."""

import re

import pytest
import yaml
from cryptography.fernet import Fernet
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from projects.amounts import Amount
from projects.grants import Grant
from projects.models import Event, User
from projects.states import Kind, MemberRole
from projects.web.people import DESK_ONLY
from provisioning import secrets
from provisioning.models import Action, Plan, Step
from provisioning.queries import MOST_ALLOCATIONS, allocations_of
from provisioning.states import ActionState, StepState
from tests.factories import (
    AllocationFactory,
    EventFactory,
    MemberFactory,
    ProjectFactory,
    SshKeyFactory,
    TicketFactory,
    UserFactory,
    at_the_desk,
)
from tests.factories_provisioning import SightingFactory, StepFactory, built

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def member(allocation, role: str) -> User:
    user = UserFactory()
    MemberFactory(project=allocation.project, user=user, role=role)
    return user


def page(user: User) -> str:
    return signed_in(user).get(reverse("provisioning:project", args=["fastcodec"])).content.decode()


def act(user: User, allocation, verb: str, name: str = "web-1"):
    url = reverse("provisioning:server-act", args=[allocation.pk, name])
    return signed_in(user).post(url, {"verb": verb})


def test_a_member_sees_the_copy_ready_ssh_line(allocation, owner):
    assert "ssh ada-porter@10.20.0.7" in page(owner)


def test_nobody_signed_out_sees_a_project(allocation):
    answer = Client().get(reverse("provisioning:project", args=["fastcodec"]))
    assert answer.status_code == 302


ADDRESSES = [
    ("provisioning:live", ()),
    ("provisioning:release", ()),
    ("provisioning:renew", ()),
    ("provisioning:change", ()),
    ("provisioning:server-log", ("web-1",)),
    ("provisioning:server-reinstall", ("web-1",)),
]


@pytest.mark.parametrize(("name", "more"), ADDRESSES)
def test_somebody_elses_allocation_is_absent(allocation, name, more):
    answer = signed_in(UserFactory()).get(reverse(name, args=[allocation.pk, *more]))
    assert answer.status_code == 404


@pytest.mark.parametrize("name", ["provisioning:project", "provisioning:history"])
def test_somebody_elses_project_is_absent(allocation, name):
    assert signed_in(UserFactory()).get(reverse(name, args=["fastcodec"])).status_code == 404


def test_a_membership_without_a_known_number_is_not_in_effect(allocation):
    user = UserFactory(github_login="soon-a-member")
    MemberFactory(project=allocation.project, github_login="soon-a-member", github_id=None)
    assert signed_in(user).get(reverse("provisioning:project", args=["fastcodec"])).status_code == 404


@pytest.mark.parametrize("servers", [1, 40])
def test_the_page_takes_at_most_ten_queries(owner, servers, django_assert_max_num_queries):
    project = built(servers=servers, project__slug="busy", project__owner=owner).project
    SshKeyFactory.create_batch(2, user=owner)
    TicketFactory.create_batch(2, project=project)
    EventFactory.create_batch(7, project=project, actor_id=owner.github_id)
    EventFactory(project=project, text="{person} owns it", facts={"github_id": 77})
    client = signed_in(owner)
    with django_assert_max_num_queries(10):
        assert client.get(reverse("provisioning:project", args=["busy"])).status_code == 200


def test_what_was_given_back_hides_nothing_that_lives(allocation, owner):
    later = {"project": allocation.project, "cloud": allocation.cloud, "generation": allocation.generation}
    AllocationFactory.create_batch(MOST_ALLOCATIONS, desired="absent", phase="released", **later)
    views = allocations_of(allocation.project, owner)
    assert len(views) == MOST_ALLOCATIONS
    assert views[0].allocation == allocation


@pytest.mark.parametrize("name", ["provisioning:project", "provisioning:history"])
def test_the_history_says_who(allocation, owner, name):
    project, erased = allocation.project, UserFactory(github_login="", erased_at=timezone.now())
    for number in (owner.github_id, erased.github_id, None):
        EventFactory(project=project, actor_id=number)
    page = " ".join(signed_in(owner).get(reverse(name, args=["fastcodec"])).content.decode().split())
    shown = page[page.index("history-h" if name == "provisioning:project" else "<tbody>") :]
    for who in (owner.github_login, "an erased account", "the portal"):
        assert who in shown


@pytest.mark.parametrize("projects", [3, 30])
def test_the_list_takes_as_many_queries_for_many_projects(owner, projects, django_assert_max_num_queries):
    for project in ProjectFactory.create_batch(projects):
        MemberFactory(project=project, user=owner)
        built(project=project)
    client = signed_in(owner)
    with django_assert_max_num_queries(6):
        client.get(reverse("provisioning:projects"))


def test_a_search_for_hostile_text_is_harmless(allocation, owner):
    answer = signed_in(owner).get(reverse("provisioning:projects"), {"q": "<script>alert(1)</script>\x00"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_a_maintainer_asks_for_a_stop(allocation):
    act(member(allocation, MemberRole.MAINTAINER), allocation, "stop")
    action = Action.objects.get()
    assert (action.verb, action.state) == ("stop", ActionState.ASKED)
    assert Plan.objects.get().due_at is not None, "the engine is to look at it now"


def test_a_plain_member_may_not_act(allocation):
    assert act(member(allocation, MemberRole.MEMBER), allocation, "stop").status_code == 403
    assert not Action.objects.exists()


def test_an_operator_may_look_but_not_act(allocation, settings):
    operator = at_the_desk(settings, UserFactory())
    assert "Fastcodec" in page(operator)
    assert act(operator, allocation, "stop").status_code == 403


def test_a_second_action_waits_for_the_first(allocation, owner):
    act(owner, allocation, "stop")
    act(owner, allocation, "reboot")
    assert Action.objects.count() == 1


@pytest.mark.parametrize("verb", ["start", "unrescue", "dance", "", "reinstall"])
def test_what_makes_no_sense_for_a_running_server_is_refused(allocation, owner, verb):
    act(owner, allocation, verb)
    assert not Action.objects.exists()


def test_reinstall_needs_the_name_of_the_server(allocation, owner):
    from tests.factories import ImageFactory

    image = ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    url = reverse("provisioning:server-reinstall", args=[allocation.pk, "web-1"])
    wrong = signed_in(owner).post(url, {"image": image.name, "typed_name": "web-2"})
    assert "Type web-1 to confirm" in wrong.content.decode()
    assert not Action.objects.exists()
    signed_in(owner).post(url, {"image": image.name, "typed_name": "web-1"})
    assert Action.objects.get().args["image_id"] == image.external_id


def test_the_secret_is_shown_once_and_erased(allocation, owner):
    plan = Plan.objects.get()
    made = secrets.make(plan.pk, "credential")
    url = reverse("provisioning:clouds-yaml", args=[allocation.pk])
    client = signed_in(owner)
    first = client.post(url)
    cloud = yaml.safe_load(first.content)["clouds"][allocation.cloud.name]
    assert cloud["auth"]["application_credential_secret"] == made
    assert client.post(url).status_code == 302
    assert secrets.known(plan) == {}


def test_only_an_owner_gets_the_credential(allocation):
    secrets.make(Plan.objects.get().pk, "credential")
    maintainer = signed_in(member(allocation, MemberRole.MAINTAINER))
    assert maintainer.post(reverse("provisioning:clouds-yaml", args=[allocation.pk])).status_code == 403


def test_a_new_credential_is_asked_for(allocation, owner):
    allocation.kind = Kind.CLOUD
    allocation.save()
    signed_in(owner).post(reverse("provisioning:credential", args=[allocation.pk]))
    assert Plan.objects.get().credential_turn == 2


def test_a_key_added_later_shows_the_line_that_installs_it(allocation, owner):
    SshKeyFactory(user=owner, comment="new-laptop", public_key="ssh-ed25519 AAAAnew")
    text = page(owner)
    assert "new-laptop" in text
    assert "authorized_keys" in text


def test_hostile_names_of_a_cloud_are_shown_harmless(allocation, owner):
    SightingFactory.create(external_id="x")
    row = Step.objects.get(key="server:web-1")
    from provisioning.models import Sighting

    sighting = Sighting.objects.get(external_id=row.external_id)
    sighting.row |= {"host": "<img src=x onerror=alert(1)>"}
    sighting.save()
    assert "<img src=x" not in page(owner)


def test_a_ready_page_does_not_poll_and_a_moving_one_does(allocation, owner):
    assert "hx-trigger" not in page(owner)
    Step.objects.filter(key="server:web-1").update(state=StepState.RUNNING)
    assert "every 2s" in page(owner)


def test_a_page_polls_whose_steps_are_about_to_be_others(allocation, owner):
    Plan.objects.update(outdated=True)
    assert "every 2s" in page(owner)


def test_a_release_shows_what_goes_before_it_asks(allocation, owner):
    text = signed_in(owner).get(reverse("provisioning:release", args=[allocation.pk])).content.decode()
    assert "Server web-1" in text
    assert "Volume web-1" in text


def test_a_release_at_once_needs_the_projects_name(allocation, owner):
    url = reverse("provisioning:release", args=[allocation.pk])
    signed_in(owner).post(url, {"when": "now", "typed_name": "Slowcodec"})
    allocation.refresh_from_db()
    assert allocation.desired == "present"
    signed_in(owner).post(url, {"when": "now", "typed_name": "Fastcodec"})
    allocation.refresh_from_db()
    assert allocation.desired == "absent"


def test_a_release_after_the_grace_time_suspends_first(allocation, owner):
    signed_in(owner).post(reverse("provisioning:release", args=[allocation.pk]), {"when": "grace"})
    allocation.refresh_from_db()
    assert allocation.desired == "suspended"
    assert allocation.absent_at is not None


def test_a_maintainer_may_not_release(allocation):
    maintainer = signed_in(member(allocation, MemberRole.MAINTAINER))
    answer = maintainer.post(reverse("provisioning:release", args=[allocation.pk]), {"when": "grace"})
    assert answer.status_code == 403


def test_the_console_is_for_maintainers_and_on_the_record(allocation, owner):
    url = reverse("provisioning:server-console", args=[allocation.pk, "web-1"])
    assert signed_in(member(allocation, MemberRole.MEMBER)).post(url).status_code == 403
    signed_in(owner).post(url)
    assert Event.objects.filter(verb="server.console", actor_id=owner.github_id).exists()


def test_an_answer_is_for_the_browser_that_asked(allocation, owner):
    client = signed_in(owner)
    text = client.get(reverse("provisioning:server-log", args=[allocation.pk, "web-1"])).content.decode()
    key = text.split("/peek/")[1].split("/")[0]
    assert "being asked" in client.get(reverse("provisioning:peek", args=[key])).content.decode()
    other = signed_in(owner).get(reverse("provisioning:peek", args=[key])).content.decode()
    assert "No answer came" in other


def test_members_are_added_and_removed_by_owners_only(allocation, owner):
    url = reverse("provisioning:members", args=["fastcodec"])
    signed_in(owner).post(url, {"login": "ben-builder", "role": "maintainer"})
    added = allocation.project.members.get(github_login="ben-builder")
    assert added.role == MemberRole.MAINTAINER
    maintainer = signed_in(member(allocation, MemberRole.MAINTAINER))
    one = reverse("provisioning:member", args=["fastcodec", added.pk])
    assert maintainer.post(one, {"remove": "1"}).status_code == 403
    signed_in(owner).post(one, {"remove": "1"})
    assert not allocation.project.members.filter(pk=added.pk).exists()


@pytest.mark.parametrize("login", ["", "-x", "a b", "x" * 40, "a--\u202eb", "<b>"])
def test_what_is_no_login_is_refused_with_words(allocation, owner, login):
    url = reverse("provisioning:members", args=["fastcodec"])
    answer = signed_in(owner).post(url, {"login": login, "role": "member"}, follow=True)
    assert allocation.project.members.count() == 1
    assert "tone-bad" in answer.content.decode()


@pytest.mark.parametrize("name", ["trouble", "leaks", "clouds"])
def test_desk_pages_are_the_desks(allocation, owner, settings, name):
    url = reverse(f"provisioning:{name}")
    assert Client().get(url).status_code == 302
    answer = signed_in(owner).get(url)
    assert (answer.status_code, DESK_ONLY in answer.content.decode()) == (403, True)
    assert signed_in(at_the_desk(settings, UserFactory())).get(url).status_code == 200


@pytest.mark.parametrize("who", ["you", "lab"])
@pytest.mark.parametrize("role", [*MemberRole, None])
def test_owners_and_maintainers_try_again_what_is_theirs_to_mend(allocation, owner, role, who):
    step = StepFactory(plan=Plan.objects.get(), key="volume:web-9", state=StepState.FAILED, attempts=5, who=who)
    user = member(allocation, role) if role else UserFactory()
    url = reverse("provisioning:retry-step", args=[allocation.pk, step.pk])
    may = who == "you" and role in {MemberRole.OWNER, MemberRole.MAINTAINER}
    if role:
        assert (url in page(user)) is may
    answer = signed_in(user).post(url, follow=True)
    assert answer.status_code == ((200 if may else 403) if role else 404)
    step.refresh_from_db()
    assert (step.attempts, step.due_at is not None) == ((0, True) if may else (5, False))
    assert Event.objects.filter(verb="step.retry", actor_id=user.github_id).exists() is may
    if may:
        assert url not in page(owner), "it is asked for already"
        assert 'hx-trigger="every 2s"' in page(owner)


def test_a_step_is_tried_again_only_under_its_own_allocation(allocation, owner):
    other = StepFactory(state=StepState.FAILED, who="you")
    answer = signed_in(owner).post(reverse("provisioning:retry-step", args=[allocation.pk, other.pk]))
    assert (answer.status_code, Step.objects.get(pk=other.pk).due_at) == (404, None)


def test_only_staff_puts_a_cloud_in_maintenance(allocation, settings):
    url = reverse("provisioning:maintenance", args=[allocation.cloud.pk])
    assert signed_in(at_the_desk(settings, UserFactory())).post(url, {"state": "maintenance"}).status_code == 403
    signed_in(at_the_desk(settings, UserFactory(), staff=True)).post(url, {"state": "maintenance"})
    allocation.cloud.refresh_from_db()
    assert allocation.cloud.state == "maintenance"


def test_a_change_goes_to_the_desk(allocation, owner):
    from tests.factories import FlavorFactory, ImageFactory

    for name in ("p9.small", "p9.large"):
        FlavorFactory(cloud=allocation.cloud, generation=allocation.generation, name=name)
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    url = reverse("provisioning:change", args=[allocation.pk])
    assert "p9.large" in signed_in(owner).get(url).content.decode()
    line = {
        "key": "web",
        "flavor": "p9.small",
        "image": "debian-12-ppc64le",
        "count": 3,
        "volume_gib": 50,
        "ports": "80",
    }
    typed = {"note": "More load", **{f"line0-{k}": v for k, v in line.items()}}
    answer = signed_in(owner).post(url, typed, follow=True)
    assert "Your change is at the lab" in answer.content.decode()
    assert "that you sent before" in signed_in(owner).post(url, typed, follow=True).content.decode()
    request = allocation.change_requests.get()
    assert request.parts.get().asked["lines"][0]["count"] == 3


def test_a_change_keeps_the_public_address_and_the_gpus(owner):
    from tests.factories import FlavorFactory, ImageFactory, managed_grant

    grant = managed_grant(floating_ip=True, ports=(80,))
    allocation = built(project__owner=owner, grant=grant.as_json())
    FlavorFactory(cloud=allocation.cloud, generation=allocation.generation, name="p9.small")
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    client, url = signed_in(owner), reverse("provisioning:change", args=[allocation.pk])
    first = client.get(url).context["forms"][0]
    shown = {field.html_name: field.value() for field in first if field.name != "leaving"}
    typed = {name: "on" if value is True else value for name, value in shown.items()} | {"line0-count": 3}
    assert client.post(url, {"note": "More load", **typed}).status_code == 302
    line = allocation.change_requests.get().parts.get().asked["lines"][0]
    assert (line["count"], line["floating_ip"], line["ports"]) == (3, True, [80])


def test_a_change_renames_no_line_and_keeps_the_flavor_that_stands(owner):
    """Another name would be another line: the servers of the old one would go, with their volumes."""
    from tests.factories import FlavorFactory, ImageFactory, managed_grant

    allocation = built(project__owner=owner, grant=managed_grant("p9.retired").as_json())
    for name in ("p9.large", "p9.small"):
        FlavorFactory(cloud=allocation.cloud, generation=allocation.generation, name=name)
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    client, url = signed_in(owner), reverse("provisioning:change", args=[allocation.pk])
    first = client.get(url).context["forms"][0]
    assert first["flavor"].value() == "p9.retired"
    assert "p9.retired, as it stands: no longer offered" in str(first["flavor"])
    shown = {field.html_name: field.value() for field in first if field.name != "leaving"}
    typed = shown | {"line0-volume_gib": "60", "line0-key": "database", "line0-image": "fedora-40-ppc64le"}
    assert client.post(url, {"note": "More", **typed}).status_code == 302
    line = allocation.change_requests.get().parts.get().asked["lines"][0]
    assert (line["key"], line["flavor"], line["image"]) == ("web", "p9.retired", "debian-12-ppc64le")


def test_a_change_of_an_amount_keeps_what_the_form_does_not_ask(owner):
    held = Amount(vcpus=8, ram_mib=16384, volumes=1, volume_gib=50, instances=2, gpus=1)
    allocation = built(project__owner=owner, kind=Kind.CLOUD, grant=Grant(access=held).as_json())
    typed = {"vcpus": 16, "ram_gib": 16, "instances": 2, "volumes": 1, "volume_gib": 50, "note": "More builds"}
    signed_in(owner).post(reverse("provisioning:change", args=[allocation.pk]), typed)
    assert allocation.change_requests.get().parts.get().asked["access"]["gpus"] == 1


def test_a_login_that_begins_with_a_digit_has_its_ssh_line():
    user = UserFactory(github_login="1ada")
    built(project__slug="digits", project__owner=user, people=[{"login": "u1ada", "keys": []}])
    step = Step.objects.get(key="server:web-1")
    step.want |= {"people": [["u1ada", []]]}
    step.save()
    text = signed_in(user).get(reverse("provisioning:project", args=["digits"])).content.decode()
    assert "ssh u1ada@10.20.0.7" in text


def test_whose_login_is_the_staffs_account_is_not_shown_that_one(allocation, owner, settings):
    settings.STAFF_ACCOUNT = {"login": "ada-porter", "keys": []}
    text = page(owner)
    assert "ssh u-ada-porter@10.20.0.7" in text
    assert "ssh ada-porter@" not in text


def test_a_member_without_an_account_on_a_server_is_told(allocation):
    text = page(member(allocation, MemberRole.MEMBER))
    assert "No account of yours is on this server" in text
    assert "ssh " not in text


def test_a_renamed_login_keeps_its_ssh_line(allocation, owner):
    allocation.people = [{"login": "ada-porter", "github_id": owner.github_id, "keys": []}]
    allocation.save()
    owner.github_login = "ada-builder"
    owner.save()
    assert "ssh ada-porter@10.20.0.7" in page(owner)
    other = UserFactory(github_login="ada-porter")
    MemberFactory(project=allocation.project, github_login="another-ada", github_id=other.github_id)
    assert "ssh ada-porter@" not in page(other), "who has that login now is somebody else"


def test_a_secret_under_a_key_that_is_gone_is_told(allocation, owner, settings):
    secrets.make(Plan.objects.get().pk, "credential")
    settings.PORTAL_SECRET_KEYS = (Fernet.generate_key().decode(),)
    answer = signed_in(owner).post(reverse("provisioning:clouds-yaml", args=[allocation.pk]), follow=True)
    assert (answer.status_code, "Ask for a new credential" in answer.content.decode()) == (200, True)


def test_managed_servers_have_no_credential_to_make_anew(allocation, owner):
    answer = signed_in(owner).post(reverse("provisioning:credential", args=[allocation.pk]), follow=True)
    assert "have no application credential" in answer.content.decode()
    assert Plan.objects.get().credential_turn == 1


def test_a_word_that_is_no_state_leaves_a_cloud_as_it_is(allocation, settings):
    allocation.cloud.state = "maintenance"
    allocation.cloud.save()
    staff = signed_in(at_the_desk(settings, UserFactory(), staff=True))
    answer = staff.post(reverse("provisioning:maintenance", args=[allocation.cloud.pk]), {"state": "nonsense"})
    allocation.cloud.refresh_from_db()
    assert (answer.status_code, allocation.cloud.state) == (422, "maintenance")


def test_a_member_leaves(allocation):
    user = member(allocation, MemberRole.MEMBER)
    own = allocation.project.members.get(github_id=user.github_id)
    assert "Leave the project" in page(user)
    answer = signed_in(user).post(reverse("provisioning:member", args=["fastcodec", own.pk]), {"remove": "1"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("provisioning:projects"))
    assert not allocation.project.members.filter(pk=own.pk).exists()


def test_looks_are_counted(allocation, owner):
    client, url = signed_in(owner), reverse("provisioning:server-log", args=[allocation.pk, "web-1"])
    answers = [client.get(url).status_code for _ in range(61)]
    assert (set(answers[:60]), answers[60]) == ({200}, 429)


def test_a_moving_page_is_left_alone_while_nothing_is_new(allocation, owner):
    Step.objects.filter(key="server:web-1").update(state=StepState.RUNNING)
    polled = re.search(r'hx-get="([^"]+)"', page(owner))[1]
    client = signed_in(owner)
    assert client.get(polled).status_code == 204
    Step.objects.filter(key="server:web-1").update(words="It is being built.")
    assert "It is being built." in client.get(polled).content.decode()
