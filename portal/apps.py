from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The room on top: pages and tasks that know both people and clouds."""

    name = "portal"
    verbose_name = "Portal"
