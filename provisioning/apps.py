"""The Django app of plans and steps."""

from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Plans, steps, actions and what the clouds show."""

    name = "provisioning"
    verbose_name = "Provisioning"
    default_auto_field = "django.db.models.BigAutoField"
