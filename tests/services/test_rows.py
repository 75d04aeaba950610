"""The tables themselves: what the database refuses whatever the services do."""

import pytest
from django.db import IntegrityError, transaction

from projects.models import Event
from tests import factories

pytestmark = pytest.mark.django_db


def test_every_factory_makes_a_row():
    made = [
        getattr(factories, name)()
        for name in dir(factories)
        if name.endswith("Factory") and name not in {"SeenFactory", "DjangoModelFactory"}
    ]
    assert all(row.pk for row in made)


def test_an_event_is_never_changed():
    event = factories.EventFactory()
    with pytest.raises(IntegrityError, match="append-only: UPDATE"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(text="Nothing happened")
    assert Event.objects.get(pk=event.pk).text == event.text


def test_an_event_is_never_deleted():
    event = factories.EventFactory()
    with pytest.raises(IntegrityError, match="append-only: DELETE"), transaction.atomic():
        Event.objects.filter(pk=event.pk).delete()


@pytest.mark.parametrize("other", ["OPENBLAS", "openBLAS", "ＯpenBLAS", "OpenBLAS "])
def test_names_that_count_as_the_same_cannot_both_stand(other):
    factories.ProjectFactory(name="OpenBLAS")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.ProjectFactory(name=other)


def test_the_lab_stands_up_whole():
    lab = factories.portico_lab()
    assert set(lab.pools) == {"power8", "power9", "x86_64"}
    assert lab.cloud.flavors.count() == 12


def test_who_has_no_number_sees_nothing_of_memberships_that_wait_for_theirs():
    waiting = factories.MemberFactory(github_id=None, github_login="ben-builder")
    rows = [factories.AllocationFactory, factories.TicketFactory, factories.EventFactory]
    made = [waiting.project, *(row(project=waiting.project) for row in rows)]
    nobody = factories.UserFactory(github_id=None)
    assert not any(type(row).objects.visible_to(nobody).exists() for row in made)
