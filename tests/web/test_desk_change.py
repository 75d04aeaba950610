"""A change at the desk: what stands and what would be, and what would be deleted."""

import re
from dataclasses import replace

import pytest

from projects.amounts import Amount
from projects.grants import Grant
from projects.models import AccessRequest, Allocation, Flavor, Image, User
from projects.services import requests as services
from projects.states import Kind, RequestState
from tests.factories import AllocationFactory, Lab, UserFactory, managed_grant, portico_lab
from tests.web.test_desk import at_the_desk, decide, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


@pytest.fixture
def dana(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="dana-director"), staff=True)


def change(lab: Lab, held: Grant, asked: Grant, kind: Kind = Kind.MANAGED) -> AccessRequest:
    """Another grant asked for in place of the one that is held."""
    owner = UserFactory()
    place = {"cloud": lab.cloud, "generation": lab.generations["power9"], "kind": kind}
    allocation = AllocationFactory(project__owner=owner, grant=held.as_json(), **place)
    return services.request_change(allocation=allocation, by=owner, grant=asked, note="We need other things.")


def shown(client, request: AccessRequest) -> str:
    page = client.get(f"/desk/requests/{request.pk}/").content.decode()
    return " ".join(page.split())


def test_what_stands_and_what_would_be_are_shown_line_by_line(lab: Lab, olga: User) -> None:
    page = shown(signed_in(olga), change(lab, managed_grant(count=2), managed_grant(count=3)))
    was, now = (f"{count} × p9.small, debian-12-ppc64le, volume of 50 GiB each" for count in (2, 3))
    assert f'<th scope="row">web</th><td data-label="Now">{was}</td><td data-label="Asked for">{now}</td>' in page
    assert "would delete" not in page


def test_an_amount_is_compared_too(lab: Lab, olga: User) -> None:
    held = Amount(vcpus=8, ram_mib=16384, instances=2)
    asked = Amount(vcpus=16, ram_mib=16384, instances=2)
    page = shown(signed_in(olga), change(lab, Grant(access=held), Grant(access=asked), Kind.CLOUD))
    assert "2 servers, 8 vCPUs, 16 GiB RAM</td>" in page
    assert "2 servers, 16 vCPUs, 16 GiB RAM</td>" in page


def test_what_would_be_deleted_is_named_and_left_to_staff(lab: Lab, olga: User, dana: User) -> None:
    request = change(lab, managed_grant(count=2), managed_grant(gone=(1,)))
    gone = "server web-1 with its volume of 50 GiB"
    page = shown(signed_in(olga), request)
    assert gone in page
    assert "Staff must decide this." in page
    why = {"override_reason": "Known to us."}
    refused = decide(signed_in(olga), request, **why)
    assert (refused.status_code, f"This deletes {gone}" in refused.content.decode()) == (403, True)
    page = shown(signed_in(dana), request)
    assert gone in page
    assert "Staff must decide this." not in page
    assert decide(signed_in(dana), request, **why).status_code == 302
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED
    assert Grant.from_json(Allocation.objects.get().grant) == managed_grant(gone=(1,))


def test_what_another_grant_would_delete_is_named_when_it_is_looked_at(lab: Lab, olga: User) -> None:
    request = change(lab, managed_grant(count=2), managed_grant(count=3))
    part = request.parts.get()
    row = f"lines-{part.pk}-0"
    other = {f"part-{part.pk}-fate": "other", f"{row}-count": "1", f"{row}-leaving": ["1"], "do": "look"}
    page = decide(signed_in(olga), request, **other).content.decode()
    assert "<li>server web-1 with its volume of 50 GiB</li>" in page
    assert (
        "choose 1 of web-1, web-2 to leave"
        in decide(signed_in(olga), request, **other | {f"{row}-leaving": []}).content.decode()
    )


def test_who_was_named_to_leave_stays_chosen_in_another_grant(lab: Lab, dana: User) -> None:
    request = change(lab, managed_grant(count=3), managed_grant(count=2, gone=(2,)))
    part, client = request.parts.get(), signed_in(dana)
    row = f"lines-{part.pk}-0"
    page = client.get(f"/desk/requests/{request.pk}/decide/").content.decode()
    assert re.findall(rf'name="{row}-leaving" value="(\d)"[^>]* checked', page) == ["2"]
    chosen = {f"{row}-leaving": ["2"], f"{row}-volume_gib": "60"}
    added = decide(client, request, do=f"add:lines-{part.pk}", **chosen)
    assert added.context["part_forms"][0].rows.forms[0]["leaving"].value() == ["2"]
    other = {f"part-{part.pk}-fate": "other", f"part-{part.pk}-reason": "Larger.", "override_reason": "Known to us."}
    assert decide(client, request, **other, **chosen).status_code == 302
    (line,) = Grant.from_json(Allocation.objects.get().grant).lines
    assert (line.numbers, line.volume_gib) == ((1, 3), 60)


def test_what_stands_stays_in_another_grant_though_it_left_the_catalog(lab: Lab, dana: User) -> None:
    Flavor.objects.filter(name="p9.small").update(present=False)
    Image.objects.filter(name="debian-12-ppc64le").update(present=False)
    request = change(lab, managed_grant(), managed_grant(volume_gib=60))
    part, client = request.parts.get(), signed_in(dana)
    row = f"lines-{part.pk}-0"
    form = client.get(f"/desk/requests/{request.pk}/decide/").context["part_forms"][0].rows.forms[0]
    assert [name for _, name in form.fields["image"].choices] == ["debian-12-ppc64le"]
    other = {f"part-{part.pk}-fate": "other", f"part-{part.pk}-reason": "Larger.", "override_reason": "Known to us."}
    assert decide(client, request, **other, **{f"{row}-volume_gib": "70"}).status_code == 302
    assert Grant.from_json(Allocation.objects.get().grant) == managed_grant(volume_gib=70)


def test_the_pages_of_a_change_stay_within_ten_queries(lab: Lab, olga: User, django_assert_max_num_queries) -> None:
    client, request = signed_in(olga), change(lab, managed_grant(count=2), managed_grant(gone=(1,)))
    for path in (f"/desk/requests/{request.pk}/", f"/desk/requests/{request.pk}/decide/"):
        client.get(path)
        with django_assert_max_num_queries(10):
            assert client.get(path).status_code == 200


def test_another_amount_keeps_the_gpus_that_were_asked_for(lab: Lab, dana: User) -> None:
    held = Amount(vcpus=8, ram_mib=16384, instances=2, gpus=1)
    request = change(lab, Grant(access=held), Grant(access=replace(held, vcpus=16)), Kind.CLOUD)
    lab.pools["power9"].capacity["gpus"] = 4
    lab.pools["power9"].save()
    part = request.parts.get()
    other = {
        f"part-{part.pk}-fate": "other",
        f"part-{part.pk}-reason": "Less will do.",
        f"lines-{part.pk}-0-vcpus": "12",
    }
    assert decide(signed_in(dana), request, **other, override_reason="Known to us.").status_code == 302
    assert Grant.from_json(Allocation.objects.get().grant) == Grant(access=replace(held, vcpus=12))


def test_a_change_shows_nothing_that_was_not_asked_at_a_change(lab: Lab, olga: User) -> None:
    request = change(lab, managed_grant(), managed_grant(count=2))
    page = signed_in(olga).get(f"/desk/requests/{request.pk}/").content.decode()
    assert ("<dt>Licence</dt>" in page, "<dt>For how long</dt>" in page, "<dt>Use</dt>" in page) == (True, False, False)
