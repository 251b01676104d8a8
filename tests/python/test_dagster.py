"""The warehouse in Dagster: what it shows, and what it says of a refresh that went well or badly.

A build that reports a result for every node stands in for dbt's; the audit, the publication and the
record are those of the refresh, on a copy of the demo.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster
import duckdb
import pytest

from conftest import ROOT
from test_refresh import Company
from warehouse.dagster_location import manifest as manifests
from warehouse.dagster_location.assets import Shown, definitions_of
from warehouse.errors import AuditError, BuildError, RefreshRunningError, UsageError
from warehouse.publish import published_version
from warehouse.refresh import Place, place_of
from warehouse.refresh.build import BuildReport, Failure, Mode, NodeResult, Verdict
from warehouse.refresh.lock import refresh_lock

PUBLISHED = dagster.AssetKey(["published", "marts"])


@pytest.fixture(scope="module")
def described(demo: Path) -> dict[str, Any]:
    """What dbt said of the project when it built the demo."""
    loaded: dict[str, Any] = json.loads((demo.parent / "target" / "manifest.json").read_text())
    return loaded


@dataclass
class Dbt:
    """A build that reports what it is told; its tables are those that are there."""

    results: Sequence[NodeResult]
    failures: tuple[Failure, ...] = ()
    times: int = 0

    def build(self, place: Place, mode: Mode, progress: object) -> BuildReport:
        self.times += 1
        return BuildReport(0, 0, 0, self.failures, results=tuple(self.results))


def part_of(manifest: dict[str, Any], is_part: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """A part of the project: Dagster takes some 20 ms for each thing it is told of."""
    nodes = {unique_id: node for unique_id, node in manifest["nodes"].items() if is_part(node)}
    for unique_id, node in nodes.items():
        parents = [parent for parent in node["depends_on"].get("nodes", []) if parent in nodes]
        nodes[unique_id] = {**node, "depends_on": {"macros": [], "nodes": parents}}
    return {**manifest, "nodes": nodes}


def in_order(shown: Shown) -> list[NodeResult]:
    """A good result for everything, parents first, as dbt reports them."""
    nodes, order, seen = shown.nodes, list[str](), set[str]()

    def visit(unique_id: str) -> None:
        if unique_id in nodes and unique_id not in seen:
            seen.add(unique_id)
            for parent in nodes[unique_id]["depends_on"].get("nodes", []):
                visit(parent)
            order.append(unique_id)

    for unique_id in nodes:
        visit(unique_id)
    return [
        *(NodeResult(unique_id, Verdict.built, 0.1) for unique_id in order),
        *(NodeResult(unique_id, Verdict.passed, 0.1) for unique_id in shown.checks),
    ]


def keep_nothing(place: Place, version: str) -> None:
    """Keeping the first published values is dbt's, and tried with the refresh."""


def execute(definitions: dagster.Definitions, **config: bool) -> dagster.ExecuteInProcessResult:
    job = definitions.resolve_job_def("refresh")
    run_config = {"ops": {"warehouse_refresh": {"config": config}}}
    return job.execute_in_process(run_config=run_config, raise_on_error=False)


def told(result: dagster.ExecuteInProcessResult) -> tuple[str, dict[str, Any]]:
    """Message and metadata of a failed run, and that Dagster keeps nothing else of its error."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    data = event.step_failure_data
    assert data.user_failure_data is not None
    assert data.error is None or data.error.cause is None, data.error
    metadata = {name: value.value for name, value in data.user_failure_data.metadata.items()}
    return str(data.user_failure_data.description), metadata


def checks(result: dagster.ExecuteInProcessResult) -> dict[str, Any]:
    return {check.check_name: check for check in result.get_asset_check_evaluations()}


def test_every_model_and_test_is_shown(described: dict[str, Any]) -> None:
    definitions = definitions_of(place_of(ROOT), described)
    # Dagster loads it: more is asked then than when a job runs in this process.
    dagster.Definitions.validate_loadable(definitions)
    graph = definitions.resolve_asset_graph()
    nodes = described["nodes"].values()
    tables = [node for node in nodes if node["resource_type"] in ("model", "seed")]
    assert len(tables) > 400
    keys = {dagster.AssetKey([node["schema"], node["name"]]) for node in tables}
    published = dagster.AssetKey(["published", place_of(ROOT).published.stem])
    assert graph.get_all_asset_keys() - {dagster.AssetKey(["meta", "meta_run"])} >= keys
    assert graph.materializable_asset_keys == keys | {published}
    scorecard = graph.get(dagster.AssetKey(["kpi", "kpi_scorecard"]))
    assert scorecard.group_name == "kpi"
    assert str(scorecard.description).startswith("One row per ")
    groups = {graph.get(key).group_name for key in keys}
    assert groups == {"crm", "intermediate", "core", "kpi", "reference", "demo"}
    # A published mart is a parent of the published file, and its own parents are those of dbt.
    assert dagster.AssetKey(["core", "fct_opportunity"]) in graph.get(published).parent_keys
    assert (
        dagster.AssetKey(["intermediate", "int_opportunity"])
        not in graph.get(published).parent_keys
    )
    # Every test of dbt is a check somewhere, and the guards are checks of the published file.
    tests = {node["name"] for node in nodes if node["resource_type"] == "test"}
    shown = {key.name: key.asset_key for key in graph.asset_check_keys}
    assert set(shown) - tests == {
        "guard_freshness", "guard_rejects", "guard_shrink", "guard_landed", "guard_jump"
    }  # fmt: skip
    assert tests <= set(shown)
    assert shown["guard_jump"] == published
    assert shown["unique_key_crm_account_account_id"] == dagster.AssetKey(["crm", "crm_account"])
    # One that reads several tables is shown at one of the last layer, one that reads none at all
    # at the published file.
    assert shown["churn_kpis_agree_with_each_other"].path[0] == "kpi"
    assert shown["readers_read_dates"] == published


def test_the_schedule_is_that_of_the_environment(
    little: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = place_of(ROOT)
    default = definitions_of(place, little).resolve_schedule_def("refresh")
    assert (default.cron_schedule, default.execution_timezone, default.job_name) == (
        "0 2 * * *", "Europe/Vienna", "refresh"
    )  # fmt: skip
    assert default.default_status is dagster.DefaultScheduleStatus.RUNNING
    monkeypatch.setenv("WAREHOUSE_SCHEDULE", "*/30 6-18 * * 1-5")
    berlin = {**place.project, "vars": {**place.vars, "reporting_tz": "Europe/Berlin"}}
    changed = definitions_of(replace(place, project=berlin), little)
    schedule = changed.resolve_schedule_def("refresh")
    assert (schedule.cron_schedule, schedule.execution_timezone) == (
        "*/30 6-18 * * 1-5", "Europe/Berlin"
    )  # fmt: skip


def test_a_refresh_of_the_demo_materialises_what_was_built_and_then_nothing(
    demo: Path, described: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_DB", str(tmp_path / "warehouse.duckdb"))
    monkeypatch.setenv("WAREHOUSE_PUBLISHED", str(tmp_path / "published"))
    monkeypatch.setenv("WAREHOUSE_INBOX", str(tmp_path / "inbox"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    shutil.copy(demo, tmp_path / "warehouse.duckdb")
    place = place_of(ROOT)
    marts = part_of(
        described,
        lambda node: (
            node["fqn"][1:3] == ["marts", "kpi"]
            and (node["resource_type"] == "model" or node["name"].startswith("unique_key"))
        ),
    )
    shown = Shown(place, marts)
    dbt = Dbt(in_order(shown))
    definitions = definitions_of(place, marts, dbt.build, keep_nothing)

    # In full, for the demo may have been refreshed before, and then there is nothing new in it.
    first = execute(definitions, full=True)
    assert first.success
    made = {event.asset_key for event in first.get_asset_materialization_events()}
    assert made == set(shown.assets.values()) | {shown.published}
    [published] = [
        event.materialization
        for event in first.get_asset_materialization_events()
        if event.asset_key == shown.published
    ]
    version = published_version(place.published)
    assert published.metadata["version"].value == version
    found = checks(first)
    assert len(found) == len(shown.checks) + 1
    assert all(check.passed for check in found.values())
    assert found["guard_rejects"].asset_key == shown.published
    with duckdb.connect(str(place.published), read_only=True) as connection:
        runs = connection.execute(
            "select outcome, published_version from meta.meta_run where trigger_name = 'dagster'"
        ).fetchall()
    assert runs == [("published", version)]

    second = execute(definitions)
    assert second.success
    assert not second.get_asset_materialization_events()
    assert dbt.times == 1
    assert published_version(place.published) == version


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: tiny\nversion: '1'\nvars: {}\n")
    place = place_of(tmp_path)
    return Company(replace(place, log=tmp_path / "logs" / "refresh.jsonl"))


@pytest.fixture(scope="module")
def little(described: dict[str, Any]) -> dict[str, Any]:
    """One table, and the test of its key."""
    names = ("kpi_scorecard", "unique_key_kpi_scorecard_board__metric_name__grain__period_start")
    manifest = part_of(described, lambda node: node["name"] in names)
    assert len(manifest["nodes"]) == 2
    return manifest


def little_of(company: Company, little: dict[str, Any]) -> dagster.Definitions:
    return definitions_of(company.place, little, company.build, company.keep)


def test_a_guard_that_stops_the_publication_is_a_red_check_and_a_failed_run(
    company: Company, little: dict[str, Any]
) -> None:
    definitions = little_of(company, little)
    assert execute(definitions).success
    served = published_version(company.place.published)
    company.change()
    company.rows = 50
    stopped = execute(definitions)
    assert not stopped.success
    message, metadata = told(stopped)
    assert metadata["exit_code"] == AuditError.exit_code
    assert metadata["failed_step"] == "audit"
    assert "2 guards stop the publication" in message
    assert "table core.fct_deal: 100 rows -> 50 rows (-50.0%)" in message
    assert "warehouse refresh --accept" in message
    found = checks(stopped)
    assert not found["guard_shrink"].passed
    assert found["guard_shrink"].severity is dagster.AssetCheckSeverity.ERROR
    assert "core.fct_deal: 100 rows -> 50 rows" in found["guard_shrink"].description
    assert found["guard_shrink"].metadata["exceeded"].value == 1
    assert found["guard_jump"].passed
    assert not stopped.get_asset_materialization_events()
    assert published_version(company.place.published) == served

    accepted = execute(definitions, accept=True)
    assert accepted.success
    check = checks(accepted)["guard_shrink"]
    assert (check.passed, check.severity) == (False, dagster.AssetCheckSeverity.WARN)
    assert [event.asset_key for event in accepted.get_asset_materialization_events()] == [PUBLISHED]
    assert published_version(company.place.published) != served


def test_a_build_that_fails_is_a_failed_run_that_names_the_test_and_no_row(
    company: Company, little: dict[str, Any]
) -> None:
    shown = Shown(company.place, little)
    [model], [test] = shown.assets, shown.checks
    dbt = Dbt(
        [
            NodeResult(model, Verdict.built, 0.1),
            NodeResult(test, Verdict.failed, 0.1, 1, '"w"."test_failures"."no_negative_deal"'),
        ],
        (
            Failure("test", little["nodes"][test]["name"], "models/a.yml", "Got 1 result", 1,
                    '"w"."test_failures"."no_negative_deal"'),
            Failure("model", "broken", "models/broken.sql",
                    "Conversion Error: Could not convert string 'Secret Ltd' to INT32"),
        ),
    )  # fmt: skip

    def build(place: Place, mode: Mode, progress: object) -> BuildReport:
        company.build(place, mode, str)
        return dbt.build(place, mode, progress)

    failed = execute(definitions_of(company.place, little, build, company.keep))
    assert not failed.success
    message, metadata = told(failed)
    assert (metadata["exit_code"], metadata["failed_step"]) == (BuildError.exit_code, "build")
    for part in ("The build failed: 1 test, 1 model", "read the 1 rows in test_failures.",
                 "model broken (models/broken.sql)", "Could not convert string '…'"):  # fmt: skip
        assert part in message
    [check] = checks(failed).values()
    assert (check.check_name, check.passed) == (little["nodes"][test]["name"], False)
    assert check.metadata["rows"].value == 1
    made = [event.asset_key for event in failed.get_asset_materialization_events()]
    assert made == [shown.assets[model]]
    # The rows are on the terminal of `warehouse refresh`; Dagster keeps what it is told.
    assert not any("Secret Ltd" in str(event) for event in failed.all_events)
    assert not company.place.published.exists()


def test_what_was_kept_or_skipped_is_no_news(company: Company, little: dict[str, Any]) -> None:
    shown = Shown(company.place, little)
    [model], [test] = shown.assets, shown.checks

    def build(place: Place, mode: Mode, progress: object) -> BuildReport:
        company.build(place, mode, str)
        results = (NodeResult(model, Verdict.unchanged), NodeResult(test, Verdict.warned, 0, 3))
        # A model that is newer than the code location is no reason to fail.
        return BuildReport(
            0, 0, 1, (), results=(*results, NodeResult("model.w.new", Verdict.built))
        )

    result = execute(definitions_of(company.place, little, build, company.keep))
    assert result.success
    assert [event.asset_key for event in result.get_asset_materialization_events()] == [PUBLISHED]
    check = checks(result)[little["nodes"][test]["name"]]
    assert (check.passed, check.severity) == (False, dagster.AssetCheckSeverity.WARN)


def test_a_refresh_that_runs_already_and_one_of_a_few_assets_are_refused(
    company: Company, little: dict[str, Any]
) -> None:
    definitions = little_of(company, little)
    with refresh_lock(company.place.database, "a refresh (cron)"):
        message, metadata = told(execute(definitions))
    assert metadata["exit_code"] == RefreshRunningError.exit_code
    assert "a refresh (cron) runs since" in message
    [asset] = [a for a in definitions.assets or [] if isinstance(a, dagster.AssetsDefinition)]
    some = dagster.materialize([asset], selection=[PUBLISHED], raise_on_error=False)
    assert not some.success
    message, metadata = told(some)
    assert metadata["exit_code"] == UsageError.exit_code
    assert "choose all assets" in message
    assert company.built == []


def test_an_error_nobody_foresaw_keeps_its_place(company: Company, little: dict[str, Any]) -> None:
    def build(place: Place, mode: Mode, progress: object) -> BuildReport:
        raise KeyError("secret")

    message, metadata = told(execute(definitions_of(company.place, little, build, company.keep)))
    assert message == "KeyError: 'secret'"
    assert metadata["exit_code"] == 1
    assert "in build" in metadata["traceback"]


def test_the_project_is_parsed_again_only_when_it_has_changed(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[tuple[str, ...]] = []

    def parse(root: Path, *arguments: str) -> None:
        parsed.append(arguments)
        (Path(arguments[-1]) / "manifest.json").write_text(json.dumps({"n": len(parsed)}))

    monkeypatch.setattr(manifests, "run_dbt", parse)
    assert manifests.manifest_of(company.place) == {"n": 1}
    assert manifests.manifest_of(company.place) == {"n": 1}
    company.change()
    assert manifests.manifest_of(company.place) == {"n": 2}
    assert [arguments[0] for arguments in parsed] == ["parse", "parse"]
    made = [p for p in (company.place.root / "target").rglob("*") if p.is_file()]
    assert made
    assert not any(p.stat().st_mode & 0o007 for p in made)
