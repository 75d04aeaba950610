"""All addresses. Health first: it must answer whatever else is broken."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
