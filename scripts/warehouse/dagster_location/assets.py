"""The assets, checks, job and schedule."""

# Dagster reads the annotations of the asset, so they may not be text.
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dagster
from dagster_dbt import DagsterDbtTranslator
from rich.console import Console

from warehouse.dagster_location.manifest import for_owner_and_group, manifest_of
from warehouse.dagster_location.results import (
    GUARDS,
    Event,
    check_results,
    failed,
    failure_of,
    guard_results,
    materialisations,
)
from warehouse.errors import RefreshRunningError, UsageError
from warehouse.publish import PUBLISHED_SCHEMAS
from warehouse.refresh import Options, Outcome, Place, refresh
from warehouse.refresh.build import BuildReport, Mode, dbt_build
from warehouse.refresh.notify import body, notify
from warehouse.refresh.run import Build, Keep, keep_with_dbt, left_out

#: The layers, the last one first: a test of several tables is shown at one of the last.
_LAYERS = ("kpi", "core", "meta", "intermediate", "crm", "staging")
_EVERY_NIGHT_AT_TWO = "0 2 * * *"


class Choice(dagster.Config):
    """What may be chosen in the launchpad, as with `warehouse refresh --full --accept`."""

    full: bool = False
    accept: bool = False


class Translator(DagsterDbtTranslator):
    """How a model or seed is shown: by its layer, with its description."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer, as the folders name it: crm, intermediate, core, kpi, reference, demo."""
        folders = [name for name in dbt_resource_props["fqn"][1:-1] if name != "marts"]
        return str(folders[0]) if folders else "other"

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description alone; the SQL is a click away in dbt's documentation."""
        return str(dbt_resource_props.get("description") or "")


class Shown:
    """What the manifest makes of the project in Dagster."""

    def __init__(self, place: Place, manifest: dict[str, Any]) -> None:
        self.published = dagster.AssetKey(["published", place.published.stem])
        translator = Translator()
        self.nodes = {
            unique_id: node
            for unique_id, node in manifest["nodes"].items()
            if node["resource_type"] in ("model", "seed", "snapshot")
            and node["config"]["materialized"] != "ephemeral"
        }
        models = [translator.get_asset_spec(manifest, unique_id, None) for unique_id in self.nodes]
        #: The asset of every model and seed.
        self.assets = dict(zip(self.nodes, (spec.key for spec in models), strict=True))
        without = left_out(place)
        self.specs = [
            *models,
            dagster.AssetSpec(
                self.published,
                deps=[
                    self.assets[unique_id]
                    for unique_id, node in self.nodes.items()
                    if node["schema"] in PUBLISHED_SCHEMAS
                    and f"{node['schema']}.{node['alias']}" not in without
                ],
                description="The marts that BI tools read: swapped in whole, once every test has "
                "passed and every guard is within its limits.",
                group_name="published",
                kinds={"duckdb"},
                skippable=True,
            ),
        ]
        tests = {
            unique_id: node
            for unique_id, node in manifest["nodes"].items()
            if node["resource_type"] == "test"
        }
        #: The check of every test.
        self.checks = {
            unique_id: dagster.AssetCheckKey(self._tested(node), node["name"])
            for unique_id, node in tests.items()
        }
        self.check_specs = [
            *(
                dagster.AssetCheckSpec(
                    key.name,
                    asset=key.asset_key,
                    description=tests[unique_id].get("description") or None,
                    metadata={"path": tests[unique_id]["original_file_path"]},
                )
                for unique_id, key in self.checks.items()
            ),
            *(
                dagster.AssetCheckSpec(f"guard_{name}", asset=self.published, description=text)
                for name, text in GUARDS.items()
            ),
        ]

    def _tested(self, test: Mapping[str, Any]) -> dagster.AssetKey:
        """The table a test is about: its own, else the last of those it reads, else the marts."""
        attached: str | None = test.get("attached_node")
        read: list[str] = [attached] if attached else test["depends_on"]["nodes"]
        tables = sorted((parent for parent in read if parent in self.assets), key=self._rank)
        return self.assets[tables[0]] if tables else self.published

    def _rank(self, unique_id: str) -> tuple[int, str]:
        schema = self.nodes[unique_id]["schema"]
        return (_LAYERS.index(schema) if schema in _LAYERS else len(_LAYERS), unique_id)


def definitions_of(
    place: Place,
    manifest: dict[str, Any] | None = None,
    build: Build = dbt_build,
    keep: Keep = keep_with_dbt,
) -> dagster.Definitions:
    """The code location of the project at `place`."""
    shown = Shown(place, manifest_of(place) if manifest is None else manifest)

    # All or nothing is chosen; that an asset or a check may have no news is what `can_subset` says.
    @dagster.multi_asset(
        name="warehouse_refresh", specs=shown.specs, check_specs=shown.check_specs, can_subset=True
    )
    def run_refresh(context: dagster.AssetExecutionContext, config: Choice) -> Iterator[Event]:
        if context.is_subset:
            raise failed(
                "A refresh lands, builds, audits and publishes what changed, as a whole: start the "
                "job `refresh`, or choose all assets. For one model use `dbt build --select`.",
                exit_code=UsageError.exit_code,
            )
        yield from _refresh(context.log, place, config, shown, build, keep)

    job = dagster.define_asset_job(
        "refresh", selection=[run_refresh], description="`warehouse refresh`, as a whole."
    )
    return dagster.Definitions(
        assets=[run_refresh],
        jobs=[job],
        schedules=[
            dagster.ScheduleDefinition(
                name="refresh",
                job=job,
                cron_schedule=os.environ.get("WAREHOUSE_SCHEDULE", _EVERY_NIGHT_AT_TWO),
                execution_timezone=str(place.vars.get("reporting_tz") or "UTC"),
                default_status=dagster.DefaultScheduleStatus.RUNNING,
            )
        ],
        # One step: a process of its own would load the project a second time.
        executor=dagster.in_process_executor,
    )


def _refresh(
    log: dagster.DagsterLogManager,
    place: Place,
    config: Choice,
    shown: Shown,
    build: Build,
    keep: Keep,
) -> Iterator[Event]:
    """Refresh, then tell Dagster what was built, what was asked and how it ended."""
    reports: list[BuildReport] = []

    def observed(place: Place, mode: Mode, progress: Callable[[str], None]) -> BuildReport:
        reports.append(build(place, mode, progress))
        return reports[-1]

    options = Options(config.full, config.accept, "dagster")
    try:
        with for_owner_and_group():
            run = refresh(place, options, Console(width=200), observed, keep)
    except RefreshRunningError as error:
        raise failed(str(error), exit_code=error.exit_code) from None
    if url := os.environ.get("WAREHOUSE_NOTIFY"):
        problem = notify(url, run, place.root.name)
        if problem is not None:
            log.warning(problem)
    report = reports[-1] if reports else None
    if report is not None:
        unknown = [
            result.unique_id
            for result in report.results
            if result.unique_id.split(".")[0] in ("model", "seed", "test")
            and result.unique_id not in shown.assets
            and result.unique_id not in shown.checks
        ]
        if unknown:
            log.warning(
                f"{len(unknown)} models and tests are newer than this code location, which has to "
                f"be loaded again: {', '.join(unknown[:5])}"
            )
        yield from materialisations(report, shown.assets)
        yield from check_results(report, shown.checks)
    yield from guard_results(run, shown.published)
    if run.exit_code:
        raise failure_of(run, report)
    log.info(body(run))
    if run.outcome is Outcome.published:
        yield dagster.MaterializeResult(
            asset_key=shown.published,
            metadata={
                "version": run.published_version,
                "dagster/row_count": run.published_rows,
                "run_id": run.run_id,
                "restatements": run.restatement_count or 0,
            },
        )
