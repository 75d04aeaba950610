"""The frame, the public pages, and rules that hold for all pages and templates."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, resolve, reverse
from django.utils import timezone

from projects.models import Flavor, Image, User
from projects.text import day_words
from tests.factories import AllocationFactory, Lab, UserFactory, at_the_desk, portico_lab

pytestmark = pytest.mark.django_db
ROOMS = ("projects", "provisioning", "portal")  # lowest first
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture
def lab() -> Lab:
    return portico_lab()


@pytest.fixture
def olga(settings) -> User:
    return at_the_desk(settings, UserFactory(github_login="olga-operator"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", ["/", "/catalog/", "/rules/", "/ask/project/", "/ask/need/", "/sign-in/"])
def test_public_pages_need_nothing(path: str, client: Client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(10):
        answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert '<a class="skip" href="#main">' in page
    assert page.count("<h1") == 1
    assert 'action="/login/github/"' in page


@pytest.mark.parametrize("path", ["/nope/", "/rules/1999-01/", "/ask/nope/", "/requests/999999/", "/tickets/999999/"])
def test_what_is_not_there_is_404_in_the_frame(path: str) -> None:
    answer = signed_in(UserFactory()).get(path)
    assert (answer.status_code, "There is nothing at this address" in answer.content.decode()) == (404, True)


def test_home_tells_what_is_free(lab: Lab, client: Client) -> None:
    AllocationFactory(cloud=lab.cloud, generation=lab.generations["power9"], granted={"ram_mib": 1_000_000, "vcpus": 2})
    page = client.get("/").content.decode()
    assert "plenty free" in page
    assert "little free" in page
    assert "nothing free now" not in page


def test_the_badge_says_that_it_is_simulated(client: Client, settings) -> None:
    settings.PORTAL_BADGE = "simulated"
    assert ">simulated</span>" in client.get("/").content.decode()


def test_the_catalog_shows_hosts_and_the_unclassified_to_the_desk_alone(lab: Lab, olga: User, client: Client) -> None:
    Flavor.objects.filter(name="p9.small").update(unclassified="no generation")
    Image.objects.filter(name="fedora-40-x86_64").update(unclassified="no architecture")
    public = client.get("/catalog/").content.decode()
    for words in ("p9.small", "fedora-40-x86_64", "host-", "no generation"):
        assert words not in public
    desk = signed_in(olga).get("/catalog/").content.decode()
    for words in ("p9.small", "fedora-40-x86_64", "host-", "no generation", "no architecture"):
        assert words in desk


def test_the_catalog_says_until_when_a_system_is_mended_and_where_it_runs(lab: Lab, client: Client) -> None:
    today = timezone.now().date()
    Image.objects.filter(name="fedora-40-ppc64le").update(end_of_life=today - timedelta(days=1))
    Image.objects.filter(name="debian-12-ppc64le").update(
        end_of_life=today + timedelta(days=400), generation=lab.generations["power9"]
    )
    rows = client.get("/catalog/").content.decode().split("<tr>")
    fedora, debian, other = (
        next(row for row in rows if f">{name}<" in row)
        for name in ("fedora-40-ppc64le", "debian-12-ppc64le", "fedora-40-x86_64")
    )
    assert day_words(today - timedelta(days=1)) in fedora
    assert ("past" in fedora, "past" in debian) == (True, False)
    assert ("POWER9 or later" in debian, "any" in fedora) == (True, True)
    assert "not known" in other


def test_flavors_stand_by_architecture_generation_and_size(lab: Lab, client: Client) -> None:
    page = client.get("/catalog/").content.decode()
    names = ("p8.small", "p8.medium", "p8.large", "p8.xlarge", "p9.small", "p9.xlarge", "x86.small", "x86.xlarge")
    places = [page.index(f">{name}<") for name in names]
    assert places == sorted(places)


def test_the_catalog_takes_as_many_queries_for_many(lab: Lab, olga: User, django_assert_max_num_queries) -> None:
    client = signed_in(olga)
    with django_assert_max_num_queries(10):
        client.get("/catalog/")


def test_the_desk_is_in_the_navigation_of_the_desk_alone(olga: User) -> None:
    assert 'href="/desk/"' in signed_in(olga).get("/").content.decode()
    assert 'href="/desk/"' not in signed_in(UserFactory()).get("/").content.decode()


def test_where_one_is_is_marked(client: Client) -> None:
    assert 'href="/catalog/" aria-current="page"' in client.get("/catalog/").content.decode()


def test_the_content_policy_allows_nothing_inline(client: Client) -> None:
    policy = client.get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def all_templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def test_no_template_has_style_or_script_of_its_own() -> None:
    for template in all_templates():
        text = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text), template


def test_no_template_trusts_text_as_markup() -> None:
    for template in all_templates():
        assert not re.search(r"\|\s*safe\b|autoescape", template.read_text()), template


def room_of(target: str) -> str:
    """The room that owns an address (`projects:ask`) or a template (`projects/ask.html`)."""
    first = re.split("[/:]", target, maxsplit=1)[0]
    return first if first in ROOMS else "portal"


def written_out(text: str) -> list[str]:
    """The names of the pages to which a template links by path, whatever it fills in."""
    paths = re.findall(r"""\b(?:href|action|hx-(?:get|post))=["'](/[^"'#?]*)""", text)
    return [resolve(re.sub(r"{{.*?}}", "1", path)).view_name for path in paths]


def test_templates_name_no_room_above_their_own() -> None:
    for template in all_templates():
        own = template.relative_to(TEMPLATES).parts[0]
        if own not in ROOMS[:2]:
            continue
        text = template.read_text()
        targets = re.findall(r"{% (?:url|include|extends) ['\"]([^'\"]+)['\"]", text)
        for target in [*targets, *written_out(text)]:
            if target.startswith("_components/") or target == "base.html":
                continue
            assert ROOMS.index(room_of(target)) <= ROOMS.index(own), f"{template} names {target}"


def test_every_address_that_a_template_names_exists() -> None:
    known = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    for space, (_, resolver) in get_resolver().namespace_dict.items():
        known |= {f"{space}:{name}" for name in resolver.reverse_dict if isinstance(name, str)}
    for template in all_templates():
        for name in re.findall(r"{% url ['\"]([^'\"]+)['\"]", template.read_text()):
            assert name in known, f"{template} names {name}"


def test_paths_in_mails_are_the_addresses_of_pages() -> None:
    from projects import paths

    assert paths.request_page(7) == reverse("projects:request", args=[7])
    assert paths.ticket_page(7) == reverse("projects:ticket", args=[7])
    assert paths.desk_request_page(7) == reverse("desk-request", args=[7])
    assert paths.projects_page() == reverse("provisioning:projects")
    assert paths.project_page("x") == reverse("provisioning:project", args=["x"])
    assert paths.desk_page("stray:lab:1") == reverse("provisioning:leaks")
    assert paths.desk_page("broken:lab") == reverse("provisioning:clouds")
    assert paths.desk_page("broken:jenkins") == paths.desk_page("broken:jenkins#7") == reverse("provisioning:agents")
    assert paths.desk_page("request:1") == paths.desk_page(None) == ""
    with pytest.raises(NoReverseMatch):
        reverse("nonsense")
