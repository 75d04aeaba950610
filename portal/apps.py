from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The room on top: pages and tasks that know both people and clouds."""

    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Have lookups answered as soon as they are asked (beat finds lost ones), and say where the desk is."""
        from portal.tasks import answer_lookups
        from projects import paths
        from projects.services.hooks import lookup_asked

        lookup_asked.register(answer_lookups.delay)
        paths.register(desk_request="desk-request")
