"""What people may type by mistake or on purpose: refused with the field and the cure, nothing half-done."""

import pytest

from projects.amounts import Amount
from projects.errors import Invalid
from projects.grants import Grant, ServerLine
from projects.models import AccessRequest
from projects.services.requests import PartAsked, begin_draft, save_draft, set_parts
from projects.services.requests.content import CLEANERS
from projects.states import Kind
from projects.web.forms.fields import AccessFields, ServerFields
from projects.web.offer import Offer
from tests.factories import PUBLIC_KEY, FlavorFactory, ImageFactory, managed_grant

pytestmark = pytest.mark.django_db

TEXTS = ("name", "web_page", "repository_url", "licence", "mission", "community", "usage", "advocate", "notes")


@pytest.fixture
def empty(requester):
    return begin_draft(user=requester)


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("typed", ["a\x00b", "a\x1b[31mb", "a\u202eb", "a\u200bb", "x" * 5001])
def test_every_text_refuses_what_cannot_be_seen_or_is_endless(empty, field, typed):
    before = empty.updated_at
    with pytest.raises(Invalid) as refused:
        save_draft(draft=empty, **{field: typed})
    assert refused.value.field == field
    assert AccessRequest.objects.get(pk=empty.pk).updated_at == before


@pytest.mark.parametrize("field", ["mission", "usage", "notes", "name", "community", "advocate"])
def test_markup_is_only_text(empty, field):
    typed = "<script>alert(1)</script> & 'x'"
    assert getattr(save_draft(draft=empty, **{field: typed}), field) == typed


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("web_page", "javascript:alert(1)"),
        ("web_page", "ftp://example.org"),
        ("web_page", "https://"),
        ("web_page", "https://user:secret@example.org/"),
        ("web_page", "https://[::1"),
        ("repository_url", "git@github.com:a/b"),
        ("repository_url", "example.org/x"),
        ("licence", "Proprietary"),
        ("purpose", "benchmarking"),
        ("purpose", "mining"),
        ("duration_days", 0),
        ("duration_days", -5),
        ("duration_days", 10**12),
        ("needed_by", "soon"),
        ("ssh_keys", ["-----BEGIN OPENSSH PRIVATE KEY-----"]),
        ("ssh_keys", [f"no-pty {PUBLIC_KEY}"]),
        ("contacts", [{"name": "Ada", "email": "not an address"}]),
        ("contacts", [{"name": "A\x00", "email": "a@example.org"}]),
        ("contacts", [{"name": "A", "email": "a@example.org"}] * 11),
        ("name", "..."),
    ],
)
def test_each_field_says_what_is_wrong(empty, field, value):
    with pytest.raises(Invalid) as refused:
        save_draft(draft=empty, **{field: value})
    assert refused.value.field == field
    assert str(refused.value)


def test_good_fields_are_tidied(empty):
    saved = save_draft(draft=empty, name="  Open\tBLAS ", licence="mit", ssh_keys=[PUBLIC_KEY, PUBLIC_KEY])
    assert (saved.name, saved.licence, saved.ssh_keys) == ("Open BLAS", "MIT", [PUBLIC_KEY])


def test_there_are_no_other_fields(empty):
    assert "state" not in CLEANERS
    with pytest.raises(TypeError):
        save_draft(draft=empty, state="approved")


def asked(lab, grant, kind=Kind.MANAGED, slug="power9"):
    return PartAsked(kind, lab.cloud, lab.generations[slug], grant)


def line(**changes):
    return Grant(lines=(ServerLine(**{"key": "web", "flavor": "p9.small", "image": "debian-12-ppc64le"} | changes),))


@pytest.mark.parametrize(
    ("grant", "field"),
    [
        (line(flavor="p8.small"), "lines.0.flavor"),
        (line(flavor="<b>"), "lines.0.flavor"),
        (line(image="debian-12-x86_64"), "lines.0.image"),
        (line(count=0), "lines.0.count"),
        (line(volume_gib=10**12), "lines.0.volume_gib"),
        (line(key="Web Server"), "lines.0.key"),
        (line(key=""), "lines.0.key"),
        (line(ports=tuple(range(1, 30))), "lines.0.ports"),
        (Grant(lines=line().lines * 2), ""),
        (Grant(), ""),
    ],
)
def test_servers_that_cannot_be_given(empty, lab, grant, field):
    with pytest.raises(Invalid) as refused:
        set_parts(draft=empty, parts=[asked(lab, grant)])
    assert refused.value.field == f"parts.0.{field}".rstrip(".")
    assert not empty.parts.exists()


@pytest.mark.parametrize(
    ("amount", "field"),
    [
        (Amount(0, 1024, 0, 0, 1), "vcpus"),
        (Amount(1, 0, 0, 0, 1), "ram_mib"),
        (Amount(1, 1024, 0, 0, 0), "instances"),
        (Amount(1, 1024, -1, 0, 1), "volumes"),
        (Amount(1, 10**12, 0, 0, 1), "ram_mib"),
        (Amount(1, 1024, 0, 0, 1, 10**6), "gpus"),
    ],
)
def test_amounts_that_make_no_sense(empty, lab, amount, field):
    with pytest.raises(Invalid) as refused:
        set_parts(draft=empty, parts=[asked(lab, Grant(access=amount), Kind.CLOUD)])
    assert refused.value.field == f"parts.0.{field}"


@pytest.mark.parametrize("name", AccessFields.base_fields)
def test_the_form_of_cloud_access_names_the_limits_that_hold(empty, lab, name):
    def ask(figure):
        figures = {"instances": 1, "vcpus": 1, "ram_gib": 1, "volumes": 1, "volume_gib": 1, name: figure}
        amount = Amount(ram_mib=figures.pop("ram_gib") * 1024, **figures)
        set_parts(draft=empty, parts=[asked(lab, Grant(access=amount), Kind.CLOUD)])

    most = AccessFields.base_fields[name].max_value
    ask(most)
    with pytest.raises(Invalid):
        ask(most + 1)


@pytest.mark.parametrize("name", ["count", "volume_gib"])
def test_the_form_of_servers_names_the_limits_that_hold(empty, lab, name):
    most = ServerFields.base_fields[name].max_value
    set_parts(draft=empty, parts=[asked(lab, line(**{name: most}))])
    with pytest.raises(Invalid):
        set_parts(draft=empty, parts=[asked(lab, line(**{name: most + 1}))])


def test_the_same_part_twice_is_told(empty, lab):
    with pytest.raises(Invalid, match="twice"):
        set_parts(draft=empty, parts=[asked(lab, managed_grant()), asked(lab, managed_grant())])


def test_what_is_not_offered_is_not_given(empty, lab):
    lab.generations["power9"].offered = False
    with pytest.raises(Invalid, match="no longer lent"):
        set_parts(draft=empty, parts=[asked(lab, managed_grant())])
    lab.generations["power9"].offered = True
    lab.cloud.flavors.update(unclassified="Nobody knows.")
    with pytest.raises(Invalid, match="no such flavor; none is offered now"):
        set_parts(draft=empty, parts=[asked(lab, managed_grant())])


def test_a_flavor_without_a_disk_is_no_flavor_for_a_server(empty, lab):
    FlavorFactory(cloud=lab.cloud, generation=lab.generations["power9"], name="p9.diskless", disk_gib=0)
    with pytest.raises(Invalid, match="no such flavor"):
        set_parts(draft=empty, parts=[asked(lab, managed_grant("p9.diskless"))])
    assert "p9.diskless" not in {row.name for row in Offer.load().flavors.values()}


def test_an_image_larger_than_the_disk_is_told(empty, lab):
    ImageFactory(cloud=lab.cloud, name="huge", min_disk_gib=21)
    with pytest.raises(Invalid, match="needs a disk of 21 GiB"):
        set_parts(draft=empty, parts=[asked(lab, managed_grant(image="huge"))])


def test_new_parts_take_the_place_of_the_old(empty, lab):
    set_parts(draft=empty, parts=[asked(lab, managed_grant())])
    set_parts(draft=empty, parts=[asked(lab, managed_grant("p8.small"), slug="power8")])
    assert empty.parts.get().generation.slug == "power8"
