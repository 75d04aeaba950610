"""CI on the form, at the desk and on the page of a change: asked for, kept as typed, refused by field."""

import pytest
from django.urls import reverse

from projects.grants import CiGrant, Grant
from projects.models import AccessRequest, Allocation, Part
from projects.states import Kind
from tests.factories import (
    AllocationFactory,
    OperatorFactory,
    PartFactory,
    SubmittedRequestFactory,
    at_the_desk,
    portico_lab,
)

pytestmark = pytest.mark.django_db
NEED = "/ask/need/"
REPOSITORY = "https://github.com/ada-porter/fastcodec"


@pytest.fixture(autouse=True)
def jenkins_url(settings):
    settings.JENKINS_URL = "https://ci.example.org/"


@pytest.fixture
def lab(db):
    return portico_lab()


def typed(lab, **changes):
    pool = lab.cloud.pools.get(generation=lab.generations["power9"])
    values = {"pool": pool.pk, "repositories": REPOSITORY, "logins": "", **changes}
    return {"servers-count": 0, "access-count": 0, "ci-count": 1, **{f"ci-0-{k}": v for k, v in values.items()}}


def test_ci_is_asked_for_and_shown_again(lab, client):
    answer = client.post(NEED, typed(lab, logins="@bo-builder, cy-coder\nbo-builder", gpu="on"))
    assert answer.status_code == 302
    part = Part.objects.get()
    assert (part.kind, part.generation.slug) == (Kind.CI, "power9")
    assert Grant.from_json(part.asked).ci == CiGrant((REPOSITORY,), ("bo-builder", "cy-coder"), gpu=True)
    text = client.get(NEED).content.decode()
    assert REPOSITORY in text
    assert "bo-builder\ncy-coder" in text
    assert f"jobs of {REPOSITORY}" in client.get("/ask/review/").content.decode()


def test_a_row_begins_with_the_projects_repository(lab, client):
    client.post(NEED, typed(lab))
    AccessRequest.objects.update(repository_url="https://example.org/mine")
    text = client.post(NEED, {"servers-count": 0, "access-count": 0, "ci-count": 0, "edit": "add-ci"}).content.decode()
    assert "https://example.org/mine</textarea>" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"repositories": ""}, "one repository at least"),
        ({"repositories": "git@github.com:ada/x.git"}, "no https address"),
        ({"repositories": "https://a.org/x https://b.org/x"}, "are called x"),
        ({"logins": "<b>"}, "no GitHub login"),
        ({"pool": ""}, "Choose a generation"),
    ],
)
def test_what_is_wrong_is_named_with_what_was_typed_kept(lab, client, changes, words):
    answer = client.post(NEED, typed(lab, **{"logins": "bo-builder", **changes}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert not Part.objects.exists()
    assert "<b>" not in text


def test_twice_for_one_generation_is_put_together(lab, client):
    twice = typed(lab) | {k.replace("ci-0", "ci-1"): v for k, v in typed(lab).items()} | {"ci-count": 2}
    assert "CI is asked for twice" in client.post(NEED, twice).content.decode()


def test_a_lab_without_a_jenkins_does_not_offer_it(lab, client, settings):
    settings.JENKINS_URL = ""
    assert "CI" not in client.get(NEED).content.decode().split("<main", 1)[1]
    assert "lends no CI" in client.post(NEED, typed(lab)).content.decode()


@pytest.fixture
def operator(settings):
    return at_the_desk(settings, OperatorFactory())


def test_the_desk_grants_other_repositories_with_the_reason(lab, client, operator):
    request = SubmittedRequestFactory(name="Fastcodec")
    asked = Grant(ci=CiGrant((REPOSITORY, "https://example.org/other"))).as_json()
    part = PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"], kind="ci", asked=asked)
    client.force_login(operator)
    client.post(reverse("desk-claim", args=[request.pk]))
    page = client.get(reverse("desk-decide", args=[request.pk])).content.decode()
    assert f"{REPOSITORY}\nhttps://example.org/other</textarea>" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    answer = client.post(
        reverse("desk-decide", args=[request.pk]),
        {
            "seen": seen,
            "do": "approve",
            "override_reason": "Nobody asked GitHub.",
            f"part-{part.pk}-fate": "other",
            f"part-{part.pk}-reason": "One is enough to begin with.",
            f"lines-{part.pk}-count": 1,
            f"lines-{part.pk}-0-repositories": REPOSITORY,
            f"lines-{part.pk}-0-logins": "",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    assert Grant.from_json(Allocation.objects.get().grant).ci == CiGrant((REPOSITORY,))


def asks_of_nobody(page) -> bool:
    """Whether the page asks for repositories, and neither for logins nor for what it does not have."""
    text = page.content.decode().split("<h1", 1)[1]
    return "Repositories" in text and "GitHub logins" not in text and "None" not in text


def test_a_change_asks_for_nobody(lab, client, owner, operator):
    grant = Grant(ci=CiGrant((REPOSITORY,))).as_json()
    held = AllocationFactory(
        kind="ci", cloud=lab.cloud, generation=lab.generations["power9"], grant=grant, granted={}, project__owner=owner
    )
    client.force_login(owner)
    page = reverse("provisioning:change", args=[held.pk])
    assert asks_of_nobody(client.get(page))
    sent = {"repositories": f"{REPOSITORY}\nhttps://a.org/x", "logins": "eve-outsider", "note": "More."}
    assert client.post(page, sent).status_code == 302
    assert Grant.from_json(Part.objects.get().asked).ci == CiGrant((REPOSITORY, "https://a.org/x"))
    request = AccessRequest.objects.get()
    client.force_login(operator)
    client.post(reverse("desk-claim", args=[request.pk]))
    assert asks_of_nobody(client.get(reverse("desk-decide", args=[request.pk])))


def test_a_change_that_drops_a_repository_names_what_it_deletes(lab, client, owner):
    grant = Grant(ci=CiGrant((REPOSITORY, "https://example.org/other"))).as_json()
    held = AllocationFactory(
        kind="ci", cloud=lab.cloud, generation=lab.generations["power9"], grant=grant, granted={}, project__owner=owner
    )
    client.force_login(owner)
    page = reverse("provisioning:change", args=[held.pk])
    sent = {"repositories": REPOSITORY, "logins": "", "note": "One will do."}
    text = client.post(page, sent).content.decode()
    assert "the CI job other with all its builds" in text
    assert not AccessRequest.objects.exists()
    gone = text.split('name="delete" value="')[1].split('"')[0]
    assert client.post(page, {**sent, "delete": gone}).status_code == 302
    assert Grant.from_json(Part.objects.get().asked).ci == CiGrant((REPOSITORY,))
