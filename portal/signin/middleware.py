"""Failed sign-ins become a page; a role that was taken away ends the login."""

from collections.abc import Callable

import structlog
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
            # a part of a page that htmx asked for must not be filled with the sign-in page
            as_part = "HX-Request" in request.headers
            return HttpResponseClientRedirect(reverse("signin:page")) if as_part else redirect("signin:page")
        return self.get_response(request)
