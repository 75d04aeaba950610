"""Whether staff suspended an allocation is a fact of its own, so that one they paused can come to its end too."""

from django.db import migrations, models

# Until now, what was suspended without being on its way out was paused by staff.
MARK = "UPDATE projects_allocation SET paused = true WHERE desired = 'suspended' AND absent_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0002_append_only_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="allocation",
            name="paused",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
