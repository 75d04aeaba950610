"""Addresses of the pages that show what was provisioned."""

from django.urls import path

from provisioning.web import agents, allocations, ci, desk, members, projects, servers, suspension

app_name = "provisioning"

urlpatterns = [
    path("projects/", projects.listing, name="projects"),
    path("projects/<slug:slug>/", projects.page, name="project"),
    path("projects/<slug:slug>/history/", projects.history, name="history"),
    path("projects/<slug:slug>/members/", members.add, name="members"),
    path("projects/<slug:slug>/members/<int:pk>/", members.change, name="member"),
    path("allocations/<uuid:pk>/live/", allocations.live, name="live"),
    path("allocations/<uuid:pk>/release/", allocations.release, name="release"),
    path("allocations/<uuid:pk>/renew/", allocations.renew, name="renew"),
    path("allocations/<uuid:pk>/suspend/", suspension.suspend, name="suspend"),
    path("allocations/<uuid:pk>/resume/", suspension.resume, name="resume"),
    path("allocations/<uuid:pk>/change/", allocations.change, name="change"),
    path("allocations/<uuid:pk>/credential/", allocations.credential, name="credential"),
    path("allocations/<uuid:pk>/clouds.yaml", allocations.clouds_yaml, name="clouds-yaml"),
    path("allocations/<uuid:pk>/steps/<int:number>/retry/", allocations.retry, name="retry-step"),
    path("allocations/<uuid:pk>/servers/<slug:name>/", servers.act, name="server-act"),
    path("allocations/<uuid:pk>/servers/<slug:name>/reinstall/", servers.reinstall, name="server-reinstall"),
    path("allocations/<uuid:pk>/servers/<slug:name>/log/", servers.log, name="server-log"),
    path("allocations/<uuid:pk>/servers/<slug:name>/console/", servers.console, name="server-console"),
    path("allocations/<uuid:pk>/jobs/<str:name>/", ci.job, name="job"),
    path("allocations/<uuid:pk>/jobs/<str:name>/act/", ci.act, name="job-act"),
    path("allocations/<uuid:pk>/jobs/<str:name>/<int:number>/", ci.build, name="build"),
    path("peek/<str:key>/", servers.peek, name="peek"),
    path("desk/trouble/", desk.trouble, name="trouble"),
    path("desk/trouble/<int:pk>/retry/", desk.retry, name="retry"),
    path("desk/endings/", desk.endings, name="endings"),
    path("desk/leaks/", desk.leaks, name="leaks"),
    path("desk/leaks/<int:pk>/", desk.leak, name="leak"),
    path("desk/clouds/", desk.clouds, name="clouds"),
    path("desk/agents/", agents.agents, name="agents"),
    path("desk/clouds/<int:pk>/", desk.maintenance, name="maintenance"),
]
