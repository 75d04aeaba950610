"""What an operator may not approve is said before it is tried, and the button comes back where it may be."""

from dataclasses import replace

import pytest

from projects.grants import Grant
from projects.models import User
from tests.factories import Lab, managed_grant
from tests.web.test_desk import decide, signed_in
from tests.web.test_desk_change import change, dana, lab, olga  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
APPROVE, DELETES, ABOVE = 'value="approve"', "This deletes servers or volumes.", "This is above the operator limit."
OTHER_LINE = Grant(lines=(replace(managed_grant().lines[0], key="db"),))


def decision(user: User, request) -> str:
    return signed_in(user).get(f"/desk/requests/{request.pk}/decide/").content.decode()


@pytest.mark.parametrize(
    ("held", "asked", "why"),
    [
        (managed_grant(count=2), managed_grant(count=3), ""),
        (managed_grant(), OTHER_LINE, DELETES),
        (managed_grant(count=2), managed_grant(count=50), ABOVE),
    ],
)
def test_an_operator_is_told_what_needs_staff(lab: Lab, olga: User, dana: User, held, asked, why: str) -> None:  # noqa: F811
    request = change(lab, held, asked)
    page = decision(olga, request)
    assert (APPROVE in page, "Needs staff" in page) == ((True, False) if not why else (False, True))
    assert [words for words in (DELETES, ABOVE) if words in page] == [why] * bool(why)
    assert APPROVE in decision(dana, request)


def test_another_grant_that_an_operator_may_give_has_its_button(lab: Lab, olga: User) -> None:  # noqa: F811
    request = change(lab, managed_grant(count=2), managed_grant(count=50))
    part = request.parts.get()
    other = {f"part-{part.pk}-fate": "other", f"lines-{part.pk}-0-count": "3", "do": "look"}
    assert APPROVE in decide(signed_in(olga), request, **other).content.decode()
