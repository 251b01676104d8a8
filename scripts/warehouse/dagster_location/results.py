"""What a refresh did, in Dagster's words. No data row is among them: Dagster keeps them."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import dagster

from warehouse.errors import BuildError, LandingError, WarehouseError
from warehouse.refresh.build import BuildReport, Verdict
from warehouse.refresh.failure import explain, without_values
from warehouse.refresh.record import Guard, Run

Event: TypeAlias = "dagster.MaterializeResult[None] | dagster.AssetCheckResult"

#: The guards of the audit, each a check of the published file.
GUARDS = {
    "freshness": "Every source has delivered within its max_age_hours.",
    "rejects": "The rows without a key are within max_reject_share.",
    "shrink": "No table of core and kpi has lost more rows than the guards allow.",
    "landed": "No contract table of a source has lost more rows than the guards allow.",
    "jump": "No headline KPI has moved further than the guards allow.",
}
_SHOWN_GUARDS = 15


def materialisations(
    report: BuildReport, assets: Mapping[str, dagster.AssetKey]
) -> Iterator[dagster.MaterializeResult[None]]:
    """One per model and seed that was built."""
    for result in report.results:
        if result.verdict is Verdict.built and result.unique_id in assets:
            yield dagster.MaterializeResult(
                asset_key=assets[result.unique_id], metadata={"seconds": result.seconds}
            )


def check_results(
    report: BuildReport, checks: Mapping[str, dagster.AssetCheckKey]
) -> Iterator[dagster.AssetCheckResult]:
    """One per test of dbt's that was asked, with the place of the rows that failed it."""
    messages = {failure.name: failure.message for failure in report.failures}
    for result in report.results:
        key = checks.get(result.unique_id)
        if key is None or result.verdict is Verdict.skipped:
            continue
        metadata: dict[str, dagster.RawMetadataValue] = {"seconds": result.seconds}
        if result.rows_in is not None:
            metadata |= {"rows": result.row_count, "rows_in": result.rows_in}
        is_failed = result.verdict is Verdict.failed
        yield dagster.AssetCheckResult(
            asset_key=key.asset_key,
            check_name=key.name,
            passed=result.verdict is Verdict.passed,
            severity=_severity(is_failed),
            description=without_values(messages.get(key.name, "")) or None,
            metadata=metadata,
        )


def guard_results(run: Run, published: dagster.AssetKey) -> Iterator[dagster.AssetCheckResult]:
    """One per guard that was asked: red where it stops the publication, amber where accepted."""
    asked: dict[str, list[Guard]] = {}
    for guard in run.guards:
        asked.setdefault(guard.guard_name, []).append(guard)
    for name, guards in asked.items():
        exceeded = [guard.message for guard in guards if guard.is_exceeded]
        shown = exceeded[:_SHOWN_GUARDS]
        if len(exceeded) > len(shown):
            shown.append(f"and {len(exceeded) - len(shown)} more, all in meta.meta_run_guard")
        yield dagster.AssetCheckResult(
            asset_key=published,
            check_name=f"guard_{name}",
            passed=not exceeded,
            severity=_severity(not run.is_accepted),
            description="\n".join(shown) or None,
            metadata={"asked": len(guards), "exceeded": len(exceeded)},
        )


def failure_of(run: Run, report: BuildReport | None) -> dagster.Failure:
    """The failure of a run: its message on one screen, its exit code, and the step it was in."""
    trace = None
    error = run.error
    if isinstance(error, BuildError) and report is not None and report.failures:
        message = explain(report, None)
    elif isinstance(error, LandingError):
        message = without_values(str(error))
    elif isinstance(error, WarehouseError):
        message = str(error)
    else:
        message = run.message or "The refresh failed."
        if error is not None:
            trace = "".join(traceback.format_tb(error.__traceback__))
    return failed(
        message,
        exit_code=run.exit_code,
        failed_step=run.failed_step,
        run_id=run.run_id,
        traceback=trace,
    )


def failed(message: str, **metadata: dagster.RawMetadataValue) -> dagster.Failure:
    """A failure that Dagster does not try again: the refresh does itself, where that can help."""
    known = {name: value for name, value in metadata.items() if value is not None}
    return dagster.Failure(message, metadata=known, allow_retries=False)


def _severity(is_error: bool) -> dagster.AssetCheckSeverity:
    return dagster.AssetCheckSeverity.ERROR if is_error else dagster.AssetCheckSeverity.WARN
