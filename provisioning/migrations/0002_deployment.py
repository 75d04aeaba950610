"""Gives this installation its name towards the clouds."""

from typing import Any

from django.db import migrations


def make_deployment(apps: Any, _: Any) -> None:
    model = apps.get_model("provisioning", "Deployment")
    if not model.objects.exists():
        model.objects.create()


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0001_initial")]

    operations = [migrations.RunPython(make_deployment, migrations.RunPython.noop)]
