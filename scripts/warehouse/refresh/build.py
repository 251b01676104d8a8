"""Build and test the warehouse with dbt, in this process, and say what went wrong where."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from warehouse.refresh.place import Place

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

#: Tables that are left out of the published file, `schema.table`, from `meta: {publish: false}`.
LeftOut = frozenset[str]


@dataclass(frozen=True)
class Failure:
    """A model, seed or test that failed. `rows_in` is the table that keeps a test's rows."""

    kind: str
    name: str
    path: str
    message: str
    row_count: int | None = None
    rows_in: str | None = None


@dataclass(frozen=True)
class BuildReport:
    """What dbt did."""

    models_built: int
    tests_passed: int
    tests_warned: int
    failures: tuple[Failure, ...]
    skipped: int = 0

    @property
    def tests_failed(self) -> int:
        """Tests that failed or could not be asked."""
        return sum(failure.kind == "test" for failure in self.failures)


def dbt_build(place: Place, full: bool, progress: Callable[[str], None]) -> BuildReport:
    """Run `dbt build` without unit tests: they bring their own rows and say nothing about these."""
    # Loading dbt takes seconds; a refresh with nothing new does without.
    from dbt.artifacts.schemas.run import RunExecutionResult

    from warehouse.dbt import invoke

    arguments = ["build", "--log-level", "none", "--exclude-resource-type", "unit_test"]
    if full:
        arguments.append("--full-refresh")
    counter = _Counter(progress)
    result = invoke(place.root, *arguments, callback=counter)
    if not isinstance(result.result, RunExecutionResult):
        reason = str(result.exception or "logs/dbt.log says more").strip()
        return BuildReport(0, 0, 0, (Failure("project", "dbt build", "", reason),))
    return _report(list(result.result.results))


def _report(results: list[Any]) -> BuildReport:
    built = passed = warned = skipped = 0
    failures = []
    for result in results:
        node, status = result.node, str(result.status)
        is_test = node.resource_type == "test"
        if status in ("error", "fail", "runtime error"):
            failures.append(
                Failure(
                    kind=str(getattr(node.resource_type, "value", node.resource_type)),
                    name=node.name,
                    path=node.original_file_path,
                    message=(result.message or "").strip(),
                    row_count=result.failures,
                    rows_in=node.relation_name if is_test and result.failures else None,
                )
            )
        elif status == "skipped":
            skipped += 1
        elif is_test:
            passed += status == "pass"
            warned += status == "warn"
        elif status == "success":
            built += result.message != "UNCHANGED"  # macros/engine/unchanged.sql
    return BuildReport(built, passed, warned, tuple(failures), skipped)


class _Counter:
    """Turns dbt's events into `120 of 900 models and tests`."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._lock = threading.Lock()
        self._done = 0

    def __call__(self, event: EventMsg) -> None:
        if event.info.name != "NodeFinished":
            return
        with self._lock:
            self._done += 1
            self._progress(f"{self._done:,} models and tests")
