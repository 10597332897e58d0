"""How a stage becomes a Dagster asset: the one shape that all stage assets share.

What belongs here: partitioning, data version, metadata, and the check that rows reconcile. What a stage asset adds
(name, dependencies, description, further checks) stands in its own file.
"""

from collections.abc import Callable, Iterator, Sequence

import dagster as dg

from jd_assets.automation.partitions import dumps_partitions
from jd_assets.pipeline import StageReport
from jd_assets.workbench import Workbench

OWNERS = ["team:data-platform"]
LIBRARY, INGEST, SKILLS, ROLES, OUTPUTS = "library", "ingest", "skills", "roles", "outputs"

# Fires once per changed upstream data version, never for a mere re-materialization, and leaves missing partitions to
# the sensor. (`eager()` fires on every re-materialization, also one that changed nothing.)
WHEN_DATA_CHANGED = (
    dg.AutomationCondition.any_deps_match(dg.AutomationCondition.data_version_changed()).since(
        dg.AutomationCondition.newly_requested()
    )
    & ~dg.AutomationCondition.in_progress()
)

Check = Callable[[Workbench, str], dg.AssetCheckResult]


def stage_asset(
    name: str,
    *,
    deps: Sequence[str],
    group: str,
    description: str,
    kinds: set[str],
    checks: Sequence[tuple[str, str, Check]] = (),
) -> dg.AssetsDefinition:
    """An asset that brings one stage's rows of one dump up to date.

    `checks` are (name, description, function of workbench and dump), run after the rows are written.
    """
    specs = [
        dg.AssetCheckSpec("rows_reconcile", asset=name, description="Rows out equal rows in, minus named drops."),
        *(dg.AssetCheckSpec(check, asset=name, description=says) for check, says, _ in checks),
    ]

    @dg.asset(
        name=name,
        deps=list(deps),
        partitions_def=dumps_partitions,
        group_name=group,
        description=description,
        kinds=kinds,
        owners=OWNERS,
        check_specs=specs,
        automation_condition=WHEN_DATA_CHANGED,
    )
    def build(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        bench = workbench
        dump = context.partition_key
        report = bench.run_stage(name, dump, run_id=context.run_id)
        yield dg.MaterializeResult(metadata=metadata(report), data_version=dg.DataVersion(report.data_version))
        rows = bench.store.rows.count(name, dump)
        yield dg.AssetCheckResult(
            check_name="rows_reconcile",
            passed=rows == report.rows_in,
            metadata={"rows_in": report.rows_in, "rows_out": rows},
        )
        for check, _, function in checks:
            yield function(bench, dump)._replace(check_name=check)

    return build


def metadata(report: StageReport) -> dict[str, dg.MetadataValue]:
    """What a materialization says: counts and times, no posting text (it would stay in the event log for ever)."""
    return {
        "rows_in": dg.MetadataValue.int(report.rows_in),
        "computed": dg.MetadataValue.int(report.computed),
        "unchanged": dg.MetadataValue.int(report.unchanged),
        "written": dg.MetadataValue.int(report.written),
        "superseded": dg.MetadataValue.int(report.superseded),
        "retired": dg.MetadataValue.int(report.retired),
        "shared_by_duplicates": dg.MetadataValue.int(report.shared),
        "model_calls": dg.MetadataValue.int(0),
        "cache_hits": dg.MetadataValue.int(0),
        "cost_usd": dg.MetadataValue.float(0.0),
        "cpu_seconds": dg.MetadataValue.float(round(report.cpu_seconds, 3)),
        "seconds": dg.MetadataValue.float(round(report.seconds, 3)),
        "postings_per_second": dg.MetadataValue.float(round(report.per_second, 1)),
        "code_version": dg.MetadataValue.text(report.code_version),
        "trace": dg.MetadataValue.text(f"jd-assets trace POSTING   (any posting of {report.dump})"),
        **{
            name: dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.json(value)
            for name, value in report.details.items()
        },
    }
