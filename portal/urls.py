"""All addresses. Health first: it must answer whatever else is broken."""

from django.urls import URLPattern, URLResolver, include, path

from portal import health
from portal.web import catalog, home
from portal.web.desk import gpus, queue, review

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", home.page, name="home"),
    path("catalog/", catalog.page, name="catalog"),
    path("desk/", queue.page, name="desk"),
    path("desk/gpus/", gpus.page, name="desk-gpus"),
    path("desk/gpus/new/", gpus.edit, name="desk-gpu-host-new"),
    path("desk/gpus/<int:pk>/", gpus.edit, name="desk-gpu-host"),
    path("desk/gpus/<int:pk>/remove/", gpus.remove, name="desk-gpu-host-remove"),
    path("desk/requests/<int:pk>/", review.page, name="desk-request"),
    path("desk/requests/<int:pk>/decide/", review.decide, name="desk-decide"),
    path("desk/requests/<int:pk>/return/", review.send_back, name="desk-return"),
    path("desk/requests/<int:pk>/decline/", review.decline, name="desk-decline"),
    path("desk/requests/<int:pk>/claim/", queue.claim, name="desk-claim"),
    path("", include("portal.signin.urls")),
    path("", include("provisioning.web.urls")),
    path("", include("projects.web.urls")),
]

handler400 = "portal.web.refusals.bad_request"
handler403 = "portal.web.refusals.forbidden"
handler404 = "portal.web.refusals.not_found"
