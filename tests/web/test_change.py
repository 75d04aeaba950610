"""The change form: what it passes over, and what it names before it is sent."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from projects.amounts import Amount
from projects.grants import Grant
from projects.models import Allocation, Image
from projects.states import MemberRole
from projects.text import day_words
from tests.factories import FlavorFactory, ImageFactory, MemberFactory, UserFactory, managed_grant
from tests.factories_provisioning import built
from tests.web.test_requests import signed_in

pytestmark = pytest.mark.django_db


def as_a_browser_sends(page) -> dict[str, str]:
    """The change form's fields as they stand untouched; a browser sends a select's first choice where none is set."""
    typed = {}
    for field in (field for form in page.context["forms"] for field in form if field.name != "leaving"):
        chosen = field.value()
        if choices := getattr(field.field, "choices", None):
            names = [value for value, _ in choices]
            chosen = chosen if chosen in names else names[0]
        if chosen not in (None, False):
            typed[field.html_name] = "on" if chosen is True else str(chosen)
    return typed


def two_servers(owner):
    allocation = built(project__slug="two", project__owner=owner, grant=managed_grant(count=2).as_json())
    FlavorFactory(cloud=allocation.cloud, generation=allocation.generation, name="p9.small")
    ImageFactory(cloud=allocation.cloud, name="debian-12-ppc64le")
    return allocation, reverse("provisioning:change", args=[allocation.pk])


def test_the_blank_line_of_a_change_is_passed_over(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": "3", "note": "More load"}
    assert "line1-flavor" in typed, "a browser sends it"
    assert client.post(url, typed).status_code == 302
    (line,) = allocation.change_requests.get().parts.get().asked["lines"]
    assert line["count"] == 3


def test_an_image_that_ends_before_the_allocation_says_so(owner):
    allocation, url = two_servers(owner)
    ImageFactory(cloud=allocation.cloud, name="debian-13-ppc64le")
    last = allocation.ends_at.date() - timedelta(days=1)
    Image.objects.filter(name="debian-12-ppc64le").update(end_of_life=last)
    standing, new = (dict(form.fields["image"].choices) for form in signed_in(owner).get(url).context["forms"])
    noted = f"debian-12-ppc64le (security updates only until {day_words(last)})"
    assert standing == {"debian-12-ppc64le": noted}
    assert (new["debian-12-ppc64le"], new["debian-13-ppc64le"]) == (noted, "debian-13-ppc64le")


@pytest.mark.parametrize("half", [{"line1-key": "db"}, {"line1-count": "3"}, {"line1-volume_gib": "50"}])
def test_a_line_that_is_half_filled_in_is_not_passed_over(owner, half):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | half | {"note": "A database"}
    assert "Choose a flavor." in client.post(url, typed).content.decode()
    assert not allocation.change_requests.exists()


def test_a_change_that_deletes_is_sent_only_after_it_was_named(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": "1", "line0-leaving": "1", "note": "Less"}
    warned = client.post(url, typed)
    assert "<li>server web-1 with its volume of 50 GiB</li>" in warned.content.decode()
    assert not allocation.change_requests.exists()
    agreed = typed | {"delete": warned.context["gone_key"]}
    other = agreed | {"line0-volume_gib": "0"}
    assert "the volume of web-2 (50 GiB)" in client.post(url, other).content.decode(), "another loss is named anew"
    assert client.post(url, agreed).status_code == 302
    (line,) = Grant.from_json(allocation.change_requests.get().parts.get().asked).lines
    assert line.numbers == (2,)


@pytest.mark.parametrize(
    ("count", "leaving", "words"),
    [
        ("1", [], "From 2 to 1 servers: choose 1 of web-1, web-2 to leave, not 0."),
        ("1", ["1", "2"], "choose 1 of web-1, web-2 to leave, not 2."),
        ("2", ["1"], "choose none, or ask for 1 in all."),
        ("1", ["7"], "Server 7 is none of this line"),
        ("1", ["web-1"], "Server web-1 is none of this line"),
    ],
)
def test_who_leaves_is_named_as_often_as_the_figure_says(owner, count, leaving, words):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": count, "line0-leaving": leaving, "note": "Less"}
    page = client.post(url, typed)
    assert words in page.context["forms"][0].errors["leaving"][0]
    assert words in page.content.decode()
    assert not allocation.change_requests.exists()


def test_the_numbers_of_who_left_stay_free(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    held = Grant(lines=(replace(managed_grant(count=2).lines[0], gone=(2,)),))
    Allocation.objects.update(grant=held.as_json())
    page = client.get(url)
    assert [name for _, name in page.context["forms"][0].fields["leaving"].choices] == [
        "web-1 with its volume of 50 GiB",
        "web-3 with its volume of 50 GiB",
    ]
    client.post(url, as_a_browser_sends(page) | {"line0-count": "3", "note": "More"})
    (line,) = Grant.from_json(allocation.change_requests.get().parts.get().asked).lines
    assert line.numbers == (1, 3, 4)


def test_a_line_that_goes_as_a_whole_needs_no_names(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    line = {"key": "db", "flavor": "p9.small", "image": "debian-12-ppc64le", "count": "1", "volume_gib": "0"}
    new = {f"line1-{name}": value for name, value in line.items()}
    typed = as_a_browser_sends(client.get(url)) | new | {"line0-count": "0", "note": "A database"}
    warned = client.post(url, typed)
    assert warned.context["gone"] == tuple(f"server web-{n} with its volume of 50 GiB" for n in (1, 2))
    assert client.post(url, typed | {"delete": warned.context["gone_key"]}).status_code == 302
    assert [line["key"] for line in allocation.change_requests.get().parts.get().asked["lines"]] == ["db"]


def labels(page: str) -> list[str]:
    """What the fields of a page are called, in their order."""
    found = re.findall(r"<label for=\"id_[^\"]+\">([^<]+?)\s*(?:<|$)", page)
    return [label for label in found if label not in {"Name", "Why is this needed?"}]


@pytest.mark.parametrize("kind", ["servers", "access"])
def test_a_change_speaks_as_the_request_did(owner, kind):
    (_, url), client = two_servers(owner), signed_in(owner)
    if kind == "access":
        grant = Grant(access=Amount(instances=1, vcpus=2, ram_mib=4096)).as_json()
        Allocation.objects.update(kind="cloud", grant=grant)
    asked = client.post("/ask/need/", {"servers-count": "0", "access-count": "0", "edit": f"add-{kind}"})
    words = labels(asked.content.decode())
    if kind == "access":
        words.remove("Generation")  # it stays
    assert words
    changed = labels(client.get(url).content.decode())
    assert changed == (words if kind == "access" else words * 2)


def test_flavors_are_offered_with_their_figures(owner):
    (_, url), client = two_servers(owner), signed_in(owner)
    assert "p9.small (POWER9): 2 vCPUs, 4 GiB RAM, 20 GiB disk</option>" in client.get(url).content.decode()


def test_what_is_wrong_in_a_change_is_summed_up_once(owner):
    (_, url), client = two_servers(owner), signed_in(owner)
    page = client.post(url, as_a_browser_sends(client.get(url)) | {"line0-ports": "web", "line1-key": "db"})
    text = page.content.decode()
    assert text.count("data-focus") == 1
    assert '<form method="post" novalidate>' in text, "the browser leaves the telling to the page"
    assert '<a href="#id_line0-ports">Line web, Open TCP ports</a>: “web” is no port' in text
    assert '<a href="#id_line1-flavor">New line, Flavor</a>: Choose a flavor' in text
    assert '<a href="#id_note">Why is this needed?</a>' in text
    typed = as_a_browser_sends(client.get(url)) | {"line0-ports": "web"}
    assert "Choose a flavor." not in client.post(url, typed).content.decode(), "the blank line is passed over"


def test_who_may_not_ask_for_a_change_is_told_before_a_form_is_filled_in(owner):
    allocation, url = two_servers(owner)
    member = UserFactory()
    MemberFactory(project=allocation.project, user=member, role=MemberRole.MEMBER)
    client = signed_in(member)
    assert [client.get(url).status_code, client.post(url, {"note": ""}).status_code] == [403, 403]


def test_a_new_line_has_at_least_one_server(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    line = {"key": "db", "flavor": "p9.small", "image": "debian-12-ppc64le", "count": "0", "volume_gib": "0"}
    new = {f"line1-{name}": value for name, value in line.items()}
    page = client.post(url, as_a_browser_sends(client.get(url)) | new | {"line0-count": "3", "note": "A database"})
    assert page.context["forms"][1].errors["count"] == ["Give a whole number from 1 to 64."]
    assert not allocation.change_requests.exists()


def test_a_change_that_leaves_nothing_leads_to_giving_back(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    page = client.post(url, as_a_browser_sends(client.get(url)) | {"line0-count": "0", "note": "We are done"})
    assert (page.status_code, page.context["gone"]) == (422, ())
    assert "No server would be left: give it back instead" in page.content.decode()
    assert not allocation.change_requests.exists()


def test_what_is_refused_of_a_line_is_told_at_that_line(owner):
    (allocation, url), client = two_servers(owner), signed_in(owner)
    (web,) = managed_grant(count=2).lines
    Allocation.objects.update(grant=Grant(lines=(web, replace(web, key="db"))).as_json())
    typed = as_a_browser_sends(client.get(url)) | {"line0-count": "0", "line1-volume_gib": "20", "note": "Less"}
    page = client.post(url, typed | {"delete": client.post(url, typed).context["gone_key"]})
    assert page.status_code == 422
    assert '<a href="#id_line1-volume_gib">Line db, Volume, GiB</a>: A volume cannot shrink' in page.content.decode()
    assert not allocation.change_requests.exists()
