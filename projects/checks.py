"""What `manage.py check` looks at before the portal starts."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from projects.facts import FactsError, gpu_facts


@register()
def gpu_facts_are_right(**_: Any) -> list[CheckMessage]:
    """The facts about GPUs can be read."""
    try:
        gpu_facts()
    except FactsError as error:
        return [Error(str(error), hint="Put projects/facts/gpu.toml right.", id="projects.E001")]
    return []
