"""How a page tells what the domain refused: one sentence where the visitor was, or a 403 for what is not theirs."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from projects.errors import DomainError, NotAllowed


@contextmanager
def told(http: HttpRequest, success: str = "", form: forms.Form | None = None) -> Iterator[None]:
    """Turn a refusal into an error of `form`, or a message for the next page; `success` is said where there was none.

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
            form.add_error(error.field if error.field in form.fields else None, str(error))
    else:
        if success:
            messages.success(http, success)
