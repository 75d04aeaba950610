"""What the domain refuses: the docstring is the sentence a person reads, the class carries code and HTTP status."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class DomainError(Exception):
    """This cannot be done."""

    code: ClassVar[str] = "refused"
    status: ClassVar[HTTPStatus] = HTTPStatus.CONFLICT
    headers: Mapping[str, str] = {}  # what programs read with the answer

    def __init__(self, message: str = "", *, field: str = "", **details: Any) -> None:
        self.field = field
        self.details = details
        super().__init__(message or self.sentence())

    def sentence(self) -> str:
        """The class's docstring with the details filled in."""
        return (type(self).__doc__ or "").strip().splitlines()[0].format(**self.details)


class IllegalMove(DomainError):
    """This is no longer possible: it is “{was}” now, so it cannot become “{now}”."""

    code = "illegal_move"


class NotAllowed(DomainError):
    """You may not do this here."""

    code = "not_allowed"
    status = HTTPStatus.FORBIDDEN


class Invalid(DomainError):
    """Something in this form needs to be changed."""

    code = "invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class DoesNotFit(DomainError):
    """There is not enough free for this."""

    code = "does_not_fit"


class StaleObservation(DomainError):
    """The figures of this cloud are older than 10 minutes; give a reason to approve all the same."""

    code = "stale_observation"


class AlreadyOpen(DomainError):
    """There is an open request for this project already. Go on with that one, or withdraw it first."""

    code = "already_open"


class NameTaken(DomainError):
    """A project with this name exists already. Choose another name, or ask its owners to make you a member."""

    code = "name_taken"


class StalePage(DomainError):
    """Somebody changed this while you had the page open; look again before you decide."""

    code = "stale_page"


class AlreadyMember(DomainError):
    """This person belongs to the project already."""

    code = "already_member"


class LastOwner(DomainError):
    """{project} would be left without an owner; make somebody else an owner first, or give everything back."""

    code = "last_owner"
