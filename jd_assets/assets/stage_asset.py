"""How a stage becomes a Dagster asset: the one shape that all stage assets share.

What belongs here: partitioning, versions, metadata, and the check that rows reconcile. What a stage asset adds
(name, dependencies, description, further checks) stands in its own file.
"""

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from jd_assets.automation.partitions import dumps_partitions
from jd_assets.engines.openai.config import load_models
from jd_assets.errors import PermanentError, TransientError
from jd_assets.hashing import digest
from jd_assets.judging import StageReport
from jd_assets.library.model import Taxonomy
from jd_assets.settings import Settings
from jd_assets.tasks.registry import used_tasks
from jd_assets.versions import source_version
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

SHOWN_DROPS = 50  # postings named in the check; all of them are in jd.unanswered
RETRIES, RETRY_SECONDS = 3, 20  # for a database that does not answer: long enough for a restart

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
        partition_check(name, "rows_reconcile", "As many rows out as postings in; those left out are named."),
        *(partition_check(name, check, says) for check, says, _ in checks),
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
        code_version=code_version(name),
        automation_condition=WHEN_DATA_CHANGED,
    )
    def build(
        context: dg.AssetExecutionContext, workbench: dg.ResourceParam[Workbench]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        dump = context.partition_key
        with told_to_dagster():
            report = workbench.run_stage(name, dump, run_id=context.run_id)
        yield materialized(report)
        yield rows_reconcile(workbench, report)
        for check, _, function in checks:
            yield function(workbench, dump)._replace(check_name=check)

    return build


def code_version(stage: str) -> str:
    """A stage's version as Dagster shows it: of its code, and of the tasks that models answer for it."""
    used = used_tasks(stage, Taxonomy(), load_models(Settings.load().models_file))
    own = source_version(f"jd_assets.stages.{stage}")
    return digest(own, [task.version for task in used]) if used else own


def rows_reconcile(workbench: Workbench, report: StageReport) -> dg.AssetCheckResult:
    """Each posting that came in has a row, or is named among those that a model gave no answer about."""
    rows = workbench.store.rows.count(report.stage, report.dump)
    drops = workbench.store.unanswered.listed(report.dump, [report.stage])
    return dg.AssetCheckResult(
        check_name="rows_reconcile",
        passed=rows + len(drops) == report.rows_in,
        metadata={
            "rows_in": report.rows_in,
            "rows_out": rows,
            "unanswered": len(drops),
            "kinds": dict(Counter(drop.kind for drop in drops)),
            "unanswered_postings": [drop.posting_id for drop in drops[:SHOWN_DROPS]],
        },
    )


def partition_check(asset: str, name: str, description: str) -> dg.AssetCheckSpec:
    """A check that is kept for each dump."""
    with warnings.catch_warnings():  # Dagster calls it a preview; a test holds it to what we rely on
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return dg.AssetCheckSpec(name, asset=asset, description=description, partitions_def=dumps_partitions)


@contextmanager
def told_to_dagster() -> Iterator[None]:
    """Errors of this package as Dagster acts on them: what may pass is tried again, what cannot help is not."""
    try:
        yield
    except PermanentError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except TransientError as error:
        raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=RETRY_SECONDS) from error


def materialized(report: StageReport) -> dg.MaterializeResult[None]:
    """What a partition reports: the hash of its rows as its data version, and what was done."""
    return dg.MaterializeResult(metadata=figures(report), data_version=dg.DataVersion(report.data_version))


def figures(report: StageReport) -> dict[str, Any]:
    """Counts, times and hashes of a report; no posting text, which would stay in the event log for ever."""
    return {
        "rows_in": report.rows_in,
        "computed": report.computed,
        "unchanged": report.unchanged,
        "written": report.written,
        "superseded": report.superseded,
        "retired": report.retired,
        "shared_by_duplicates": report.shared,
        "unanswered": report.unanswered,
        "model_calls": report.model_calls,
        "cache_hits": report.cache_hits,
        "escalated": report.escalated,
        "share_escalated": round(report.escalated / report.computed, 4) if report.computed else 0.0,
        "kept_rules_record": report.fell_back,
        "cost_usd": float(report.cost_usd),
        "saved_usd": float(report.saved_usd),
        "seconds": round(report.seconds, 3),
        "cpu_seconds": round(report.cpu_seconds, 3),
        "postings_per_second": round(report.per_second, 1),
        "code_version": report.code_version,
        "trace": f"jd-assets trace POSTING (any posting of {report.dump})",
        **report.details,
    }
