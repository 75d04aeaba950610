"""Events are never changed and never deleted, not even by the application's own role."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION projects_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER projects_event_append_only BEFORE UPDATE OR DELETE ON projects_event
    FOR EACH ROW EXECUTE FUNCTION projects_event_is_append_only();
"""

BACKWARD = """
DROP TRIGGER projects_event_append_only ON projects_event;
DROP FUNCTION projects_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
