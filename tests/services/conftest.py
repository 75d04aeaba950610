"""A lab with people in it."""

import pytest

# Models can only be imported once pytest is configured, and this file is read before: imports stand in the fixtures.


@pytest.fixture
def factories():
    from tests import factories as module

    return module


@pytest.fixture
def lab(db, factories):
    return factories.portico_lab()


@pytest.fixture
def requester(db, factories):
    return factories.UserFactory(github_login="ada-porter")


@pytest.fixture
def operator(db, settings, factories):
    return factories.at_the_desk(settings, factories.OperatorFactory())


@pytest.fixture
def staff(db, settings, factories):
    return factories.at_the_desk(settings, factories.OperatorFactory(), staff=True)


@pytest.fixture
def draft(lab, requester, factories):
    """A draft of the requester, with one part on POWER9, that could be sent as it stands."""
    request = factories.AccessRequestFactory(requester=requester, name="OpenBLAS")
    factories.PartFactory(request=request, cloud=lab.cloud, generation=lab.generations["power9"])
    return request


@pytest.fixture
def submitted(draft, requester, repository_found):
    """That draft, sent, its repository found by GitHub."""
    from projects.services.requests import submit_request

    sent = submit_request(request=draft, by=requester, rules_version="2026-01")
    repository_found(sent)
    return sent


@pytest.fixture
def repository_found(db):
    """Answers the lookup of a request's repository as GitHub would."""
    from django.utils import timezone

    from projects.review import repository_lookup
    from projects.services.lookups import ask_repository, record_answer
    from projects.states import LookupState

    def answer(request, state=LookupState.FOUND, **facts):
        full_name, lookup = repository_lookup(request)
        lookup = lookup or ask_repository(full_name)
        told = {"full_name": full_name, "licence": "MIT", "archived": False} | facts
        return record_answer(lookup=lookup, state=state, now=timezone.now(), answer=told)

    return answer
