"""Whose a thread is, so that one which follows a request's thread is still the requester's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OF_REQUESTS = (
    "UPDATE projects_ticket SET requester_id = asked.requester_id "
    "FROM projects_accessrequest asked WHERE asked.id = projects_ticket.request_id"
)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0004_image_generation"),
    ]

    operations = [
        migrations.AddField(
            model_name="ticket",
            name="requester",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(OF_REQUESTS, migrations.RunSQL.noop),
    ]
