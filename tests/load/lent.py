"""Projects with access to a cloud, as the engine leaves them once all is ready."""

BATCH = 2_000


def lend_access(cloud: str, many: int) -> None:
    """So many allocations of cloud access for POWER9, each with its plan and all steps of it ready."""
    from projects.amounts import Amount
    from projects.grants import Grant
    from projects.models import Allocation, Cloud, Generation, Project
    from projects.states import Kind
    from provisioning import planner, upsert
    from provisioning.desired import Shelf, spec
    from provisioning.models import Plan, Step
    from provisioning.states import StepState
    from tests.factories import AllocationFactory, ProjectFactory
    from tests.factories_provisioning import PlanFactory

    row, power9 = Cloud.objects.get(name=cloud), Generation.objects.get(slug="power9")
    grant = Grant(access=Amount(vcpus=8, ram_mib=16384, volumes=4, volume_gib=100, instances=4)).as_json()
    lent = {"cloud": row, "generation": power9, "kind": Kind.CLOUD, "grant": grant, "phase": "ready"}
    projects = Project.objects.bulk_create(ProjectFactory.build_batch(many), batch_size=BATCH)
    allocations = [AllocationFactory.build(project=project, **lent) for project in projects]
    Allocation.objects.bulk_create(allocations, batch_size=BATCH)
    plans = [PlanFactory.build(allocation=allocation) for allocation in allocations]
    Plan.objects.bulk_create(plans, batch_size=BATCH)
    planned = list(enumerate(planner.plan(spec(allocations[0], Shelf.of(row), {}))))
    steps = [upsert.fresh(plan.pk, position, one) for plan in plans for position, one in planned]
    for step in steps:
        step.state = StepState.READY
    Step.objects.bulk_create(steps, batch_size=BATCH)
