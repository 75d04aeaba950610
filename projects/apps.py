"""The Django app of people and promises."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Requests, projects, allocations, tickets and the catalog."""

    name = "projects"
    verbose_name = "Projects"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the checks registered."""
        from projects import checks  # noqa: F401
