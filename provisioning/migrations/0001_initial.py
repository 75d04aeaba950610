"""The tables of plans, steps and sightings."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import provisioning.states


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("projects", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Deployment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cloud", models.CharField(max_length=40, unique=True)),
                ("look_until", models.DateTimeField(blank=True, null=True)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
                ("full_at", models.DateTimeField(blank=True, null=True)),
                ("pass_began_at", models.DateTimeField(blank=True, null=True)),
                ("paused_until", models.DateTimeField(blank=True, null=True)),
                ("paused_words", models.CharField(blank=True, max_length=300)),
                ("breakers", models.JSONField(blank=True, default=dict)),
                ("marks", models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cloud", models.CharField(max_length=40)),
                ("title", models.CharField(max_length=80)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("desired", models.CharField(default="present", max_length=12)),
                ("spec_hash", models.CharField(blank=True, max_length=64)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_no", models.PositiveBigIntegerField(default=0)),
                ("settled", models.BooleanField(default=True)),
                ("credential_turn", models.PositiveIntegerField(default=1)),
                ("planned_turn", models.PositiveIntegerField(default=1)),
                ("trouble", models.CharField(blank=True, max_length=300)),
                ("trouble_who", models.CharField(default="lab", max_length=12)),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "allocation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan", to="projects.allocation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Secret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("audience", models.CharField(max_length=10)),
                ("ciphertext", models.TextField(blank=True)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="secrets", to="provisioning.plan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cloud", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=12)),
                ("external_id", models.CharField(max_length=64)),
                ("project_id", models.CharField(blank=True, max_length=64)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("row", models.JSONField(default=dict)),
                ("allocation", models.UUIDField(blank=True, null=True)),
                ("seen_at", models.DateTimeField()),
                ("gone_at", models.DateTimeField(blank=True, null=True)),
                ("stray_since", models.DateTimeField(blank=True, null=True)),
                ("stray_count", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["cloud", "project_id"], name="sighting_of_project"),
                    models.Index(fields=["allocation"], name="sighting_of_allocation"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("cloud", "kind", "external_id"), name="one_sighting_per_thing")
                ],
            },
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=20)),
                ("position", models.PositiveIntegerField(default=0)),
                ("needs", models.JSONField(default=list)),
                ("want", models.JSONField(default=dict)),
                ("wanted", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (provisioning.states.StepState["WAITING"], provisioning.states.StepState["WAITING"]),
                            (provisioning.states.StepState["RUNNING"], provisioning.states.StepState["RUNNING"]),
                            (provisioning.states.StepState["READY"], provisioning.states.StepState["READY"]),
                            (provisioning.states.StepState["FAILED"], provisioning.states.StepState["FAILED"]),
                            (provisioning.states.StepState["UNDOING"], provisioning.states.StepState["UNDOING"]),
                            (provisioning.states.StepState["UNDONE"], provisioning.states.StepState["UNDONE"]),
                        ],
                        default=provisioning.states.StepState["WAITING"],
                        max_length=10,
                    ),
                ),
                ("incarnation", models.PositiveIntegerField(default=1)),
                ("called_at", models.DateTimeField(blank=True, null=True)),
                ("external_id", models.CharField(blank=True, max_length=64)),
                ("facts", models.JSONField(blank=True, default=dict)),
                ("was_active", models.BooleanField(default=False)),
                ("rebuilds", models.PositiveSmallIntegerField(default=0)),
                ("missing_since", models.DateTimeField(blank=True, null=True)),
                ("absences", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("failure", models.CharField(blank=True, max_length=30)),
                ("who", models.CharField(default="nobody", max_length=12)),
                ("place", models.CharField(blank=True, max_length=160)),
                ("told", models.BooleanField(default=True)),
                ("began_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="provisioning.plan"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verb", models.CharField(max_length=20)),
                ("args", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (provisioning.states.ActionState["ASKED"], provisioning.states.ActionState["ASKED"]),
                            (provisioning.states.ActionState["CALLED"], provisioning.states.ActionState["CALLED"]),
                            (provisioning.states.ActionState["DONE"], provisioning.states.ActionState["DONE"]),
                            (provisioning.states.ActionState["UNKNOWN"], provisioning.states.ActionState["UNKNOWN"]),
                            (provisioning.states.ActionState["REFUSED"], provisioning.states.ActionState["REFUSED"]),
                        ],
                        default=provisioning.states.ActionState["ASKED"],
                        max_length=10,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=300)),
                ("before", models.JSONField(blank=True, default=dict)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("called_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="provisioning.plan"
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="provisioning.step"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["cloud", "due_at"], name="plan_due"
            ),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(condition=models.Q(("settled", False)), fields=["id"], name="plan_to_settle"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)), fields=["cloud"], name="plan_leased"
            ),
        ),
        migrations.AddConstraint(
            model_name="secret",
            constraint=models.UniqueConstraint(
                fields=("plan", "name", "audience"), name="one_secret_per_name_and_audience"
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(fields=["plan", "position"], name="step_order"),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(fields=["external_id"], name="step_by_external_id"),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(condition=models.Q(("told", False)), fields=["id"], name="step_to_tell"),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(fields=("plan", "key"), name="one_step_per_key"),
        ),
        migrations.AddConstraint(
            model_name="action",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["asked", "called"])),
                fields=("step",),
                name="one_action_at_a_time_on_a_server",
            ),
        ),
    ]
