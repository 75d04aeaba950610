"""How a page tells what the domain refused: one sentence where the visitor was, or a 403 for what is not theirs."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from projects.errors import DomainError, NotAllowed

LINE: Final = re.compile(r"\blines\.(\d+)\.(\w+)$")  # a field of a line of a grant, as the services name it


@contextmanager
def told(
    http: HttpRequest, success: str = "", form: forms.Form | None = None, lines: Sequence[forms.Form] = ()
) -> Iterator[None]:
    """Turn a refusal into an error of `form`, or a message for the next page; `success` is said where there was none.

    What is refused of a line of a grant becomes an error of that one of `lines`, the forms of those that were sent.
    Raises PermissionDenied for NotAllowed, so that no page looks as if it had worked.
    """
    try:
        yield
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except DomainError as error:
        if form is None:
            messages.error(http, str(error))
        else:
            line = LINE.search(error.field) if lines else None
            blamed, field = (lines[int(line[1])], line[2]) if line else (form, error.field)
            blamed.add_error(field if field in blamed.fields else None, str(error))
    else:
        if success:
            messages.success(http, success)
