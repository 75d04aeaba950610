"""The Django app of plans and steps."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Plans, steps, actions and what the clouds show."""

    name = "provisioning"
    verbose_name = "Provisioning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the engine woken after each commit that changes what is desired, and say where the pages are."""
        from projects import paths
        from projects.services.hooks import allocation_changed, cloud_opened, members_changed
        from provisioning import wake

        allocation_changed.register(wake.allocation_changed)
        cloud_opened.register(wake.cloud_opened)
        members_changed.register(wake.members_changed)
        desk = {"endings": "endings", "step": "trouble", "stray": "leaks", "broken": "clouds"}
        desk |= {"disk": "agents", "jenkins": "agents", "broken:jenkins": "agents"}
        named = {key: f"{self.name}:{page}" for key, page in desk.items()}
        paths.register(projects=f"{self.name}:projects", project=f"{self.name}:project", desk=named)
