"""Failed sign-ins become a page; a role that was taken away ends the login; who must sign in comes back to a page."""

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

import structlog
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django_htmx.http import HttpResponseClientRedirect
from social_core.exceptions import SocialAuthBaseException
from social_django.middleware import SocialAuthExceptionMiddleware

from portal.signin.errors import Acts, cause_of
from portal.signin.roles import SESSION_KEY, has_lost
from portal.signin.views import safe_target

log = structlog.get_logger(__name__)


class SignInErrors(SocialAuthExceptionMiddleware):
    """Show a failed sign-in as one plain sentence, and log its kind without anything secret."""

    def render_error(self, request: HttpRequest, exception: SocialAuthBaseException) -> HttpResponse:
        cause, status = cause_of(exception), int(self.get_error_status(request, exception))
        # no traceback: its frames hold code and token
        tell = log.error if cause.acts is Acts.LAB else log.info
        tell("sign_in.failed", cause=cause.key, code=exception.code, stage=exception.stage, answered=status)
        # the frame's button would lead back to this very address, whose code is spent
        response = render(request, "signin/error.html", {"cause": cause, "signin_next": "/"}, status=status)
        if exception.retry_after and exception.retry_after.isdigit():
            response["Retry-After"] = exception.retry_after
        add_never_cache_headers(response)
        return response


class RoleGuard:
    """End the login of somebody who signed in as operator or staff and no longer is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # only the desk's logins carry a role, so members and visitors cost nothing here
        role = request.session.get(SESSION_KEY)
        if role and has_lost(role, request.user):
            logout(request)
            return redirect("signin:page")
        return self.get_response(request)


class WayBack:
    """Send who must sign in first back to a page: to the one they were on, where a form or a part of it was asked for.

    After signing in the browser looks at what `next` names, and neither a form's address nor a part is a page. What
    htmx asked for must not be filled with the sign-in page either, so there the browser itself is sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        as_part, as_form = "HX-Request" in request.headers, request.method == "POST"
        if not (as_part or as_form) or not to_sign_in(response):
            return response
        if as_form:
            messages.warning(request, "You were signed out, so this was not sent. Sign in and send it again.")
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        parts = urlsplit(safe_target(request, page))
        url = f"{reverse('signin:page')}?{urlencode({'next': parts._replace(scheme='', netloc='').geturl() or '/'})}"
        return HttpResponseClientRedirect(url) if as_part else redirect(url)


def to_sign_in(response: HttpResponse) -> bool:
    """Whether this answer sends the browser to the sign-in page."""
    found = response.status_code == HTTPStatus.FOUND
    return found and urlsplit(response.headers["Location"]).path == reverse("signin:page")
