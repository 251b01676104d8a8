"""Build and test the warehouse with dbt, in this process, and say what went wrong where."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from warehouse.refresh.place import Place

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt_common.events.base_types import EventMsg

#: Tables that are left out of the published file, `schema.table`, from `meta: {publish: false}`.
LeftOut = frozenset[str]

#: The environment variable that macros/engine/unchanged.sql asks.
KEEP_UNCHANGED = "WAREHOUSE_KEEP_UNCHANGED"


class Mode(str, Enum):
    """How much a build makes."""

    #: What can have changed since the last build.
    incremental = "incremental"
    #: What a full or incremental build that did not end well has left to do.
    resume = "resume"
    #: Everything, incremental tables too.
    full = "full"


@dataclass(frozen=True)
class Failure:
    """A model, seed or test that failed. `rows_in` is the table that keeps a test's rows."""

    kind: str
    name: str
    path: str
    message: str
    row_count: int | None = None
    rows_in: str | None = None


class Verdict(str, Enum):
    """What became of a model, seed or test."""

    built = "built"
    unchanged = "unchanged"
    passed = "passed"
    warned = "warned"
    failed = "failed"
    skipped = "skipped"


@dataclass(frozen=True)
class NodeResult:
    """What became of one node of dbt's, known by its unique id."""

    unique_id: str
    verdict: Verdict
    seconds: float = 0.0
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
    results: tuple[NodeResult, ...] = ()
    #: What had no room beside others was built alone.
    is_one_by_one: bool = False

    @property
    def tests_failed(self) -> int:
        """Tests that failed or could not be asked."""
        return sum(failure.kind == "test" for failure in self.failures)

    @property
    def models_kept(self) -> int:
        """Models that were left as they were, for nothing they are made of has changed."""
        return sum(node.verdict is Verdict.unchanged for node in self.results)


def is_out_of_memory(message: str) -> bool:
    """The memory limit was reached, or what is spilled found no room on the disk."""
    return "Out of Memory Error" in message


def dbt_build(place: Place, mode: Mode, progress: Callable[[str], None]) -> BuildReport:
    """Run `dbt build` without unit tests: they bring their own rows and say nothing about these.

    Tables and verdicts that cannot have changed are kept (macros/engine/unchanged.sql), unless the
    environment says otherwise. What runs out of memory beside others is built once more, alone.
    """
    options = [] if mode is Mode.incremental else ["--full-refresh"]
    keep_unchanged = "resume" if mode is Mode.resume else "true"
    report = _dbt_build(place, progress, keep_unchanged, *options)
    if any(is_out_of_memory(failure.message) for failure in report.failures):
        progress("out of memory; building the rest one at a time")
        again = _dbt_build(place, progress, "resume", "--threads", "1", *options)
        if again.results:
            return _of_both(report.results, again)
    return report


def _dbt_build(
    place: Place, progress: Callable[[str], None], keep_unchanged: str, *options: str
) -> BuildReport:
    """Run dbt; `keep_unchanged` is `true`, or `resume` where a build has begun."""
    # Loading dbt takes seconds; a refresh with nothing new does without.
    from dbt.artifacts.schemas.run import RunExecutionResult

    from warehouse.dbt import invoke

    keep = os.environ.get(KEEP_UNCHANGED)
    os.environ[KEEP_UNCHANGED] = keep or keep_unchanged
    try:
        result = invoke(
            place.root,
            *("build", "--log-level", "none", "--exclude-resource-type", "unit_test", *options),
            callback=_Progress(progress),
        )
    finally:
        if keep is None:
            del os.environ[KEEP_UNCHANGED]
        else:
            os.environ[KEEP_UNCHANGED] = keep
    if not isinstance(result.result, RunExecutionResult):
        reason = str(result.exception or "dbt gave no reason; `dbt build` says more").strip()
        return BuildReport(0, 0, 0, (Failure("project", "dbt build", "", reason),))
    return _report(result.result.results)


def _of_both(before: Sequence[NodeResult], again: BuildReport) -> BuildReport:
    """The second report, in which what the first run built is built and not unchanged."""
    built = {node.unique_id: node for node in before if node.verdict is Verdict.built}
    nodes = tuple(
        built.get(node.unique_id, node) if node.verdict is Verdict.unchanged else node
        for node in again.results
    )
    models_built = sum(node.verdict is Verdict.built for node in nodes)
    return replace(again, models_built=models_built, results=nodes, is_one_by_one=True)


def _report(results: Sequence[RunResult]) -> BuildReport:
    nodes, failures = [], []
    for result in results:
        node, verdict = result.node, _verdict(result)
        kind = str(node.resource_type)
        if kind == "operation" and verdict is not Verdict.failed:
            continue  # on-run-start and on-run-end build nothing
        rows_in = node.relation_name if kind == "test" and result.failures else None
        nodes.append(
            NodeResult(
                node.unique_id, verdict, result.execution_time or 0.0, result.failures, rows_in
            )
        )
        if verdict is Verdict.failed:
            failures.append(
                Failure(
                    kind=kind,
                    name=node.name,
                    path=node.original_file_path,
                    message=(result.message or "").strip(),
                    row_count=result.failures,
                    rows_in=rows_in,
                )
            )
    count = Counter(node.verdict for node in nodes)
    return BuildReport(
        count[Verdict.built],
        count[Verdict.passed],
        count[Verdict.warned],
        tuple(failures),
        count[Verdict.skipped],
        tuple(nodes),
    )


def _verdict(result: RunResult) -> Verdict:
    status = str(result.status)
    if status in ("error", "fail", "runtime error"):
        return Verdict.failed
    if status == "skipped":
        return Verdict.skipped
    if str(result.node.resource_type) == "test":
        return Verdict.warned if status == "warn" else Verdict.passed
    # macros/engine/unchanged.sql
    return Verdict.unchanged if result.message == "UNCHANGED" else Verdict.built


class _Progress:
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
