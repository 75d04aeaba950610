"""Sign-in and sign-out, as a browser meets them."""

from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe
from social_core.exceptions import SocialAuthBaseException
from social_django import views as social

from portal.signin.roles import SESSION_KEY, role_of


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page with the button; it names what is read from GitHub and what is kept."""
    target = safe_target(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return HttpResponseRedirect(target or "/")  # redirect() would take a word for the name of a page
    return render(request, "signin/page.html", {"next": target, "signin_next": target or "/"})


@never_cache
@require_GET
def complete(request: HttpRequest, backend: str) -> HttpResponse:
    """Where GitHub sends the browser back to; whoever comes back becomes the owner of the session.

    The flow is run as for somebody anonymous: social-auth would join a second identity to an account that is
    signed in. A failure leaves the earlier login as it was.
    """
    before = request.user
    request.user = AnonymousUser()
    try:
        response = social.complete(request, backend)
    except SocialAuthBaseException:
        request.user = before
        raise
    if role := role_of(request.user):
        request.session[SESSION_KEY] = role
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's login."""
    logout(request)
    return redirect("/")


def safe_target(request: HttpRequest, target: str) -> str:
    """A path of ours to go on to, empty for anything else."""
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if own else ""
