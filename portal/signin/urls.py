"""The addresses of sign-in. Of social-auth's own only two are served: no linking, unlinking or launching."""

from django.urls import path
from social_django import views as social

from portal.signin import views

app_name = "signin"

urlpatterns = [
    path("sign-in/", views.page, name="page"),
    path("sign-out/", views.sign_out, name="out"),
    path("login/<str:backend>/", social.auth, name="begin"),
    path("complete/<str:backend>/", views.complete, name="complete"),
]
