"""From allocations to plans, and from what came of them to phases and tickets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from projects.amounts import Amount
from projects.grants import Grant, ServerLine
from projects.models import Allocation, Event, Flavor, Image, Ticket
from provisioning import engine
from provisioning.errors import Broken, Failure, Rejected
from provisioning.models import Plan, Step, Watch
from provisioning.phase import THINGS, doing
from provisioning.reconcile import mark_outdated, write_plans
from provisioning.settle import settle
from provisioning.states import StepState
from tests.engine.paper import site
from tests.engine.world import carry_out, let_pass
from tests.factories import AllocationFactory, CloudFactory, FlavorFactory, GenerationFactory, ImageFactory

ACCESS = Grant(access=Amount(vcpus=8, ram_mib=16384, volumes=4, volume_gib=100, instances=4))


@pytest.fixture
def cloud():
    cloud = CloudFactory(name="paper")
    power9 = GenerationFactory(slug="power9", architecture="ppc64le")
    FlavorFactory(cloud=cloud, generation=power9, name="p9.small")
    ImageFactory(cloud=cloud, name="debian-12", architecture="ppc64le")
    Watch.objects.create(cloud="paper", marks={"places": {"network_id": "n1", "volume_type": "ceph"}})
    return cloud


def an_allocation(cloud, *, count: int = 1, **changes) -> Allocation:
    values = {"cloud": cloud, "grant": grant(count).as_json(), **changes}
    return AllocationFactory(**values)


def grant(count: int = 1, **changes) -> Grant:
    values = {"key": "web", "flavor": "p9.small", "image": "debian-12", "count": count, "volume_gib": 50}
    return Grant(lines=(ServerLine(**{**values, **changes}),))


def steps() -> dict[str, Step]:
    return {step.key: step for step in Step.objects.all()}


def change(allocation: Allocation, **fields) -> None:
    Allocation.objects.filter(pk=allocation.pk).update(**fields)


def rounds(paper, **options) -> Allocation:
    """What a worker does until nothing moves any more."""
    write_plans()
    carry_out(paper, **options)
    settle()
    return Allocation.objects.get()


def test_an_allocation_is_built_and_said_to_be_ready(cloud, paper):
    an_allocation(cloud, count=2)
    allocation = rounds(paper)
    assert (allocation.phase, allocation.who, allocation.words) == ("ready", "nobody", "")
    assert len(paper.of("server")) == len(paper.of("volume")) == 2
    assert Plan.objects.get().ready_at is not None
    assert paper.of("quota")[0].want["limits"]


def test_writing_the_same_plan_again_changes_nothing(cloud, paper):
    an_allocation(cloud)
    assert write_plans() == {"paper"}
    before = list(Step.objects.order_by("id").values())
    assert write_plans() == set()
    Plan.objects.update(revision=0)
    assert write_plans() == {"paper"}
    assert list(Step.objects.order_by("id").values()) == before


def test_words_say_how_far_it_is(cloud, paper):
    an_allocation(cloud)
    paper.instant = False
    write_plans()
    engine.advance(site(paper))
    settle()
    allocation = Allocation.objects.get()
    assert (allocation.phase, allocation.words) == ("building", "being built, 8 of 11")


def test_a_new_revision_adds_and_takes_away(cloud, paper):
    allocation = an_allocation(cloud)
    rounds(paper)
    kept = paper.of("server")[0].id
    change(allocation, grant=grant(count=2).as_json(), revision=2)
    assert rounds(paper).phase == "ready"
    assert len(paper.of("server")) == 2
    change(allocation, grant=grant(count=1).as_json(), revision=3)
    assert rounds(paper).phase == "ready"
    assert [server.id for server in paper.of("server")] == [kept]


def test_the_server_that_was_named_leaves_and_the_others_stay_as_they_are(cloud, paper):
    allocation = an_allocation(cloud, count=3)
    rounds(paper)
    made = {key: step.external_id for key, step in steps().items()}
    change(allocation, grant=grant(count=2, gone=(2,)).as_json(), revision=2)
    assert rounds(paper).phase == "ready"
    change(allocation, grant=grant(count=2, gone=(2,), ports=(443,)).as_json(), revision=3)
    assert rounds(paper).phase == "ready"
    assert {step.key for step in steps().values() if not step.wanted} == {
        f"{kind}:web-2" for kind in ("server", "volume", "attachment")
    }
    kept = [f"{kind}:web-{number}" for kind in ("server", "volume") for number in (1, 3)]
    assert sorted(thing.id for kind in ("server", "volume") for thing in paper.of(kind)) == sorted(
        made[key] for key in kept
    )


def test_a_larger_volume_is_changed_in_place(cloud, paper):
    allocation = an_allocation(cloud)
    rounds(paper)
    before = paper.of("volume")[0].id
    change(allocation, grant=grant(volume_gib=80).as_json(), revision=2)
    rounds(paper)
    assert [(volume.id, volume.want["size_gib"]) for volume in paper.of("volume")] == [(before, 80)]


def test_what_is_changed_in_place_is_said_to_be(cloud, paper):
    FlavorFactory(cloud=cloud, generation=GenerationFactory(slug="power9"), name="p9.large", vcpus=8)
    allocation = an_allocation(cloud)
    write_plans()
    assert all(doing(step).endswith("is being created") for step in steps().values())
    rounds(paper)
    change(allocation, grant=grant(volume_gib=80, flavor="p9.large", ports=(443,)).as_json(), revision=2)
    write_plans()
    settle()
    assert Allocation.objects.get().words.startswith("quota is being changed, ")
    said = {step.kind: doing(step) for step in steps().values() if step.state == StepState.RUNNING}
    assert said == {kind: f"{THINGS[kind]} is being changed" for kind in ("quota", "group", "volume", "server")}
    assert rounds(paper).phase == "ready"


def test_another_image_leaves_the_server_as_it_is(cloud, paper):
    ImageFactory(cloud=cloud, name="debian-13", architecture="ppc64le")
    allocation = an_allocation(cloud)
    rounds(paper)
    calls = paper.calls["ensure server:web-1"]
    change(allocation, grant=grant(image="debian-13").as_json(), revision=2)
    rounds(paper)
    assert paper.calls["ensure server:web-1"] == calls
    assert Step.objects.get(key="server:web-1").want["image"] == "debian-12"


def test_suspended_resumed_and_given_back(cloud, paper):
    allocation = an_allocation(cloud)
    rounds(paper)
    change(allocation, desired="suspended")
    assert rounds(paper).phase == "suspended"
    assert len(paper.of("suspension")) == len(paper.of("server")) == 1
    change(allocation, desired="present")
    assert rounds(paper).phase == "ready"
    assert paper.of("suspension") == []
    change(allocation, desired="suspended")
    rounds(paper)
    paper.order.clear()
    change(allocation, desired="absent")
    assert rounds(paper).phase == "released"
    assert paper.things == {}
    assert paper.order[0] == "undo suspension"


def test_a_failed_server_does_not_keep_the_rest_from_rest(cloud, paper):
    allocation = an_allocation(cloud, count=2)
    paper.wrong["ensure server:web-1"] = [Rejected("no")]
    rounds(paper)
    change(allocation, desired="suspended")
    assert rounds(paper).phase == "suspended"


def test_what_never_began_is_released_without_a_call(cloud, paper):
    allocation = an_allocation(cloud)
    change(allocation, desired="absent")
    assert rounds(paper).phase == "released"
    assert not paper.calls


def test_a_plan_in_hand_is_not_rewritten_under_the_engine(cloud, paper, settings):
    allocation = an_allocation(cloud)
    write_plans()
    engine_has_it = Plan.objects.get()
    from provisioning.engine.lease import claim

    claim("paper", 1)
    change(allocation, desired="absent")
    assert write_plans() == set()
    let_pass(settings.ENGINE_LEASE + 1)
    assert write_plans() == {"paper"}
    assert Plan.objects.get().lease_no > engine_has_it.lease_no + 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"flavor": "gone"}, "no longer has the flavor gone"),
        ({"image": "gone"}, "no longer has the image gone"),
        ({"image": "debian-x86"}, "not for ppc64le"),
        ({"image": "too-new"}, "needs POWER10 or later"),
        ({"flavor": "x86.small"}, "not for"),
        ({"image": "huge"}, "needs 500 GiB"),
        ({"floating_ip": True}, "public addresses"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_made(cloud, paper, changes, words):
    ImageFactory(cloud=cloud, name="debian-x86", architecture="x86_64")
    ImageFactory(cloud=cloud, name="huge", architecture="ppc64le", min_disk_gib=500)
    FlavorFactory(cloud=cloud, name="x86.small", generation=GenerationFactory(slug="x86", architecture="x86_64"))
    ImageFactory(cloud=cloud, name="too-new", generation=GenerationFactory(slug="power10", order=3))
    allocation = an_allocation(cloud, grant=grant(**changes).as_json())
    told = rounds(paper)
    assert (told.phase, words in told.words) == ("degraded", True), told.words
    assert not paper.calls
    change(allocation, grant=grant().as_json(), revision=2)
    assert rounds(paper).phase == "ready"


def test_a_failure_is_one_ticket_and_one_event_however_often_it_is_told(cloud, paper):
    an_allocation(cloud)
    paper.wrong["ensure server:web-1"] = [Rejected("The quota is used up.", code=Failure.QUOTA)]
    told = rounds(paper)
    assert (told.phase, told.who, told.words) == ("degraded", "you", "The quota is used up.")
    Plan.objects.update(settled=False)
    Step.objects.update(told=False)
    settle()
    ticket = Ticket.objects.get()
    assert ticket.internal is False
    assert "The quota is used up." in ticket.messages.get().text
    assert Event.objects.filter(verb="step.failed").count() == 1


def test_bugs_are_one_ticket_for_each_place_for_the_desk_alone(cloud, paper):
    for _ in range(3):
        an_allocation(cloud)
    paper.wrong["ensure project"] = [ZeroDivisionError() for _ in range(3)]
    write_plans()
    engine.advance(site(paper))
    settle()
    assert Ticket.objects.get().internal is True


def test_a_broken_cloud_is_one_ticket(cloud, paper):
    for _ in range(3):
        an_allocation(cloud)
    paper.wrong["ensure project"] = [Broken("The password is wrong.") for _ in range(3)]
    write_plans()
    engine.advance(site(paper))
    settle()
    ticket = Ticket.objects.get()
    assert ticket.internal is True
    assert "The password is wrong." in ticket.messages.get().text


@pytest.fixture
def left_the_catalog(cloud, paper):
    """A server that stands, of a flavor and an image that the cloud no longer has."""
    allocation = an_allocation(cloud)
    rounds(paper)
    Flavor.objects.update(present=False)
    Image.objects.update(present=False)
    return allocation


def test_what_stands_goes_on_without_its_flavor_and_image(left_the_catalog, paper):
    change(left_the_catalog, ends_at=left_the_catalog.ends_at + timedelta(days=90), revision=2)
    assert rounds(paper).phase == "ready"
    assert Plan.objects.get().trouble == ""
    assert opened(paper) == ["p9.small"]
    change(left_the_catalog, grant=grant(volume_gib=80).as_json(), revision=3)
    assert rounds(paper).phase == "ready"
    assert steps()["volume:web-1"].want["size_gib"] == 80
    assert dict(steps()["quota:compute"].want["limits"]) == {"instances": 1, "cores": 2, "ram": 4096}


@pytest.mark.parametrize("refused", [False, True])
def test_what_is_being_made_stays_as_it_was_ordered_and_what_was_refused_gets_what_is_there(cloud, paper, refused):
    def ids():
        want = steps()["server:web-1"].want
        return want["flavor_id"], want["image_id"]

    allocation = an_allocation(cloud, grant=grant(volume_gib=0).as_json())
    paper.instant = False
    rounds(paper, passes=5)
    assert steps()["server:web-1"].external_id
    ordered = ids()
    for kind in (Flavor, Image):
        kind.objects.update(present=False)
    flavor = FlavorFactory(cloud=cloud, generation=GenerationFactory(slug="power9"), name="p9.small")
    image = ImageFactory(cloud=cloud, name="debian-12", architecture="ppc64le")
    if refused:
        Step.objects.filter(key="server:web-1").update(external_id="", state="failed")
    change(allocation, ends_at=allocation.ends_at + timedelta(days=90), revision=2)
    write_plans()
    assert ids() == ((flavor.external_id, image.external_id) if refused else ordered)
    assert steps()["server:web-1"].state == ("undoing" if refused else "running")


def test_it_can_be_given_a_flavor_that_is_there(left_the_catalog, cloud, paper):
    FlavorFactory(cloud=cloud, generation=GenerationFactory(slug="power9"), name="p9.large", ram_mib=16384)
    change(left_the_catalog, grant=grant(flavor="p9.large").as_json(), revision=2)
    write_plans()
    assert (steps()["server:web-1"].want["flavor"], steps()["server:web-1"].want["image"]) == ("p9.large", "debian-12")


def test_what_the_cloud_refused_holds_nothing_up(left_the_catalog):
    Step.objects.filter(key="server:web-1").update(external_id="", state="failed", was_active=False)
    change(left_the_catalog, grant=grant(volume_gib=80).as_json(), revision=2)
    write_plans()
    assert Plan.objects.get().trouble == ""
    assert steps()["volume:web-1"].want["size_gib"] == 80


def test_what_is_still_to_be_made_is_refused(left_the_catalog, paper):
    change(left_the_catalog, grant=grant(2).as_json(), revision=2)
    write_plans()
    assert "no longer has the flavor p9.small" in Plan.objects.get().trouble
    assert "server:web-2" not in steps()


def test_cloud_access_opens_exactly_the_generations_private_flavors(cloud, paper):
    power8 = GenerationFactory(slug="power8", architecture="ppc64le")
    FlavorFactory(cloud=cloud, generation=power8, name="p8.small")
    FlavorFactory(cloud=cloud, generation=GenerationFactory(slug="power9"), name="p9.public", public=True)
    an_allocation(cloud, kind="cloud", grant=ACCESS.as_json())
    assert rounds(paper).phase == "ready"
    assert opened(paper) == ["p9.small"]
    assert len(paper.of("credential")) == 1


def test_only_cloud_access_with_gpus_opens_the_flavors_that_have_some(cloud, paper):
    FlavorFactory(cloud=cloud, generation=GenerationFactory(slug="power9"), name="gpu.p100", gpus=1)
    allocation = an_allocation(cloud, kind="cloud", grant=ACCESS.as_json())
    rounds(paper)
    assert opened(paper) == ["p9.small"]
    change(allocation, grant=Grant(access=replace(ACCESS.access, gpus=1)).as_json(), revision=2)
    rounds(paper)
    assert opened(paper) == ["gpu.p100", "p9.small"]


def test_standing_cloud_access_follows_the_catalogs_flavors(cloud, paper):
    an_allocation(cloud, kind="cloud", grant=ACCESS.as_json())
    rounds(paper)
    power9 = GenerationFactory(slug="power9")
    medium = FlavorFactory(cloud=cloud, generation=power9, name="p9.medium")
    FlavorFactory(cloud=cloud, generation=power9, name="gpu.p100", gpus=1)
    assert mark_outdated("paper") == 1
    assert rounds(paper).phase == "ready"
    assert opened(paper) == ["p9.medium", "p9.small"]
    Flavor.objects.filter(pk=medium.pk).update(present=False)
    assert mark_outdated("paper") == 1
    rounds(paper)
    assert opened(paper) == ["p9.small"]


def test_a_catalog_that_is_the_same_has_nothing_written_anew(cloud, paper, django_assert_max_num_queries):
    for _ in range(3):
        an_allocation(cloud, kind="cloud", grant=ACCESS.as_json())
    an_allocation(cloud)
    write_plans()
    with django_assert_max_num_queries(5):  # whatever the number of allocations
        assert mark_outdated("paper") == 0
    assert write_plans() == set()


def opened(paper) -> list[str]:
    return sorted(flavor.want["flavor"] for flavor in paper.of("flavor"))


def test_a_renewal_alone_does_not_replace_the_credential(cloud, paper):
    access = Grant(access=Amount(vcpus=8, ram_mib=16384, instances=4))
    allocation = an_allocation(cloud, kind="cloud", grant=access.as_json())
    rounds(paper)
    first = paper.of("credential")[0].id
    change(allocation, ends_at=allocation.ends_at + timedelta(days=90), revision=2)
    rounds(paper)
    assert [credential.id for credential in paper.of("credential")] == [first]
    Plan.objects.update(credential_turn=2)
    rounds(paper)
    assert [credential.id for credential in paper.of("credential")] != [first]
