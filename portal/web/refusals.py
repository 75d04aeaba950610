"""What a browser sees when something is refused: one plain sentence, in the frame of every page."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from projects.errors import DomainError

TOO_BIG = "This is more than the portal takes in one go (1 MiB). Shorten what you typed and send it again."
NOT_READ = "The portal could not read what the browser sent. Go back, reload the page and try again."
NO_PAGE = "There is nothing to look at here: this address only takes what a form sends. Go back and use the form."
NOT_YOURS = "This is not open to you."
ABSENT = "There is nothing at this address, or it belongs to somebody else."
STALE_FORM = (
    "This form was open for too long, or the browser keeps no cookies. Go back, reload the page, send it again."
)


class Refusals:
    """Turns what is refused into a page with its sentence and status, and keeps pages of a login out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if too_long(request):
            return bad_request(request, RequestDataTooBig())
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            allowed, response = response["Allow"], _page(request, "Not a page", NO_PAGE, HTTPStatus.METHOD_NOT_ALLOWED)
            response["Allow"] = allowed
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a DomainError; None leaves every other exception to Django."""
        if isinstance(exception, DomainError):
            response = _page(request, "This could not be done", str(exception), exception.status)
            for name, value in exception.headers.items():
                response[name] = value
            return response
        return None


def too_long(request: HttpRequest) -> bool:
    """Whether a body is longer than we take, files included, which Django would write to disk without an end."""
    told = str(request.META.get("CONTENT_LENGTH") or "")
    return told.isascii() and told.isdigit() and int(told[:18]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that Django would not read; 413 where it is too large."""
    too_big = isinstance(exception, RequestDataTooBig | TooManyFieldsSent)
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_big else HTTPStatus.BAD_REQUEST
    return _page(request, "This could not be read", TOO_BIG if too_big else NOT_READ, status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Somebody who may see a thing, but not do this with it."""
    return _page(request, "Not open to you", str(exception or "") or NOT_YOURS, HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django's call
    """Nothing here; the same answer for what is somebody else's, so that nothing is told about it."""
    return _page(request, "Not found", ABSENT, HTTPStatus.NOT_FOUND)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's call
    """A form without its token: an old tab, or another site's doing."""
    return _page(request, "This form is out of date", STALE_FORM, HTTPStatus.FORBIDDEN)


def _page(request: HttpRequest, title: str, sentence: str, status: HTTPStatus) -> HttpResponse:
    context: dict[str, Any] = {"title": title, "sentence": sentence}
    return render(request, "portal/refused.html", context, status=status)
