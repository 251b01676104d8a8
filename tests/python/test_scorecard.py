"""The scorecard and a KPI in depth, read from the published marts of the demo."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from conftest import ROOT
from warehouse.errors import UsageError
from warehouse.kpi import read_kpi
from warehouse.kpi_page import as_page
from warehouse.metrics import read_metrics
from warehouse.publish import publish
from warehouse.scorecard import Language, actions, as_table, formatted, read_scorecard

REFERENCE = ROOT / "seeds" / "reference"


def seed(name: str) -> list[dict[str, str]]:
    with (REFERENCE / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def printed(*parts: object) -> str:
    console = Console(width=250, record=True, file=StringIO())
    for part in parts:
        console.print(part)
    return console.export_text()


@pytest.fixture(scope="module")
def marts(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("published") / "marts.duckdb"
    publish(demo, target)
    return target


def test_every_headline_kpi_of_the_demo_has_a_final_value(marts: Path) -> None:
    rows = read_scorecard(marts)
    assert rows
    for row in rows:
        assert row.value is not None, row.metric_name
        assert row.value_status in ("ok", "low_n", "partial"), row.metric_name
        assert row.name_de
        assert row.name_en


def test_a_board_shows_its_own_kpis_in_its_order(marts: Path) -> None:
    rows = read_scorecard(marts, "sales")
    assert [row.board for row in rows] == ["sales"] * len(rows)
    assert [row.position for row in rows] == sorted(row.position for row in rows)


def test_an_unknown_board_is_named_with_those_there_are(marts: Path) -> None:
    with pytest.raises(UsageError, match=r"no board 'sails'.*management"):
        read_scorecard(marts, "sails")


def test_the_scorecard_is_published_as_json_for_machines(marts: Path) -> None:
    dumped = json.dumps([row.as_json() for row in read_scorecard(marts)])
    first = json.loads(dumped)[0]
    assert date.fromisoformat(first["period_end"])
    assert {"metric_name", "value", "unit", "value_status", "target_value", "n"} <= set(first)


@pytest.mark.parametrize(
    ("value", "unit", "currency", "text"),
    [
        (0.3124, "rate", None, "31.2 %"),
        (-1234567.8, "currency", "EUR", "-1,234,568 EUR"),
        (12, "count", None, "12"),
        (45.26, "days", None, "45.3 d"),
        (None, "rate", None, "–"),
    ],
)
def test_values_read_as_a_person_writes_them(
    value: float | None, unit: str, currency: str | None, text: str
) -> None:
    assert formatted(value, unit, currency) == text


def test_a_change_of_a_rate_is_in_percentage_points() -> None:
    assert formatted(-0.043, "rate", None, signed=True) == "-4.3 pp"


def test_the_scorecard_speaks_german(marts: Path) -> None:
    rows = read_scorecard(marts, "sales")
    text = printed(as_table(rows, Language.de))
    assert "Abschlussquote" in text
    assert "Vorjahr" in text
    assert formatted(1234.5, "currency", "EUR", language=Language.de) == "1.234 EUR"


def test_what_is_off_target_comes_with_an_action(marts: Path) -> None:
    rows = read_scorecard(marts)
    off_target = {row.name_en for row in rows if row.rag in ("red", "amber")}
    assert off_target
    assert {name for name, _ in actions(rows)} == off_target


@pytest.mark.parametrize("drill", seed("kpi_drill"), ids=lambda drill: drill["metric_name"])
def test_a_kpi_in_depth_ends_in_the_rows_behind_it(marts: Path, drill: dict[str, str]) -> None:
    kpi = read_kpi(marts, drill["metric_name"])
    assert kpi.latest is not None
    assert kpi.latest.value is not None
    assert kpi.rows is not None
    assert kpi.rows.rows
    assert kpi.rows.total >= len(kpi.rows.rows)
    text = printed(*as_page(kpi, Language.en))
    assert kpi.definition.name_de in text
    assert kpi.definition.name_en in text


def test_drivers_are_followed_down_the_tree_and_never_in_a_circle(marts: Path) -> None:
    drivers = read_kpi(marts, "win_rate").drivers
    names = [driver.metric_name for driver in drivers]
    assert names[0] == "stage_conversion_rate"
    assert "time_in_stage_days" in names
    assert len(names) == len(set(names))
    assert {driver.depth for driver in drivers} >= {1, 2}


def test_slices_of_a_kpi_say_what_they_did_to_the_change(marts: Path) -> None:
    slices = read_kpi(marts, "win_rate").slices
    regions = [part for part in slices if part.dimension == "region"]
    assert regions
    for part in regions:
        assert part.contribution is not None
        assert part.mix_change is not None
        assert part.rate_change is not None
        assert part.contribution == pytest.approx(part.mix_change + part.rate_change)


def test_an_unknown_kpi_is_named_with_those_it_may_mean(marts: Path) -> None:
    with pytest.raises(UsageError, match=r"no KPI 'win_rat'.*win_rate"):
        read_kpi(marts, "win_rat")


def test_every_kpi_of_a_built_area_is_in_the_marts(marts: Path) -> None:
    metrics = read_metrics(marts)
    assert len(metrics) == len(seed("kpi_definition"))
    built = {metric.area for metric in metrics if metric.rows}
    assert built
    assert [
        metric.metric_name for metric in metrics if metric.area in built and not metric.rows
    ] == []
