"""Whose a thread is, so that one which follows a request's thread is still the requester's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OF_REQUESTS = """
    WITH RECURSIVE thread AS (
        SELECT ticket.id, asked.requester_id
        FROM projects_ticket ticket JOIN projects_accessrequest asked ON asked.id = ticket.request_id
        UNION
        SELECT later.id, thread.requester_id
        FROM projects_ticket later JOIN thread ON later.follows_id = thread.id
    )
    UPDATE projects_ticket SET requester_id = thread.requester_id FROM thread WHERE thread.id = projects_ticket.id
"""


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
