"""One KPI in depth for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from warehouse.kpi import Definition, Driver, KpiInDepth, Reading
from warehouse.scorecard import Language, formatted, translated


def as_page(kpi: KpiInDepth, language: Language) -> Iterator[RenderableType]:
    """Definition, trend, slices, driver tree and the rows behind the value, in this order."""
    yield _head(kpi.definition, language)
    if kpi.latest is None:
        yield Text(translated("not built yet", language))
        return
    yield _trend(kpi, language)
    if kpi.slices:
        yield _slices(kpi, language)
    if kpi.drivers:
        yield _drivers(kpi, language)
    if kpi.rows:
        yield _rows(kpi, language)


def _head(definition: Definition, language: Language) -> Table:
    names = [definition.name_en, definition.name_de]
    if language is Language.de:
        names.reverse()
    table = Table(
        title=f"{names[0]} · {names[1]} ({definition.metric_name}, {definition.area})",
        show_header=False,
    )
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for heading, text in (
        ("Formula", definition.formula),
        ("Attributed", definition.time_attribution),
        ("Edge cases", definition.edge_cases),
        ("Action", definition.action_off_target),
    ):
        if text:
            table.add_row(translated(heading, language), escape(text))
    return table


def _value(reading: Reading, language: Language) -> str:
    return formatted(reading.value, reading.unit, reading.currency, language=language)


def _trend(kpi: KpiInDepth, language: Language) -> Table:
    table = Table(title=translated("Trend", language))
    for heading in ("period", "value", "95 % interval", "n", "status"):
        justify = "left" if heading in ("period", "status") else "right"
        table.add_column(translated(heading, language), justify=justify)  # type: ignore[arg-type]
    for reading in kpi.trend or filter(None, [kpi.latest]):
        interval = ""
        if reading.ci_low is not None and reading.ci_high is not None:
            low = formatted(reading.ci_low, reading.unit, None, language=language)
            high = formatted(reading.ci_high, reading.unit, None, language=language)
            interval = f"{low.removesuffix(' %')}–{high}"
        table.add_row(
            f"{reading.grain} {reading.period_start} – {reading.period_end}",
            _value(reading, language),
            interval,
            "–" if reading.n is None else f"{reading.n}",
            escape("; ".join(filter(None, (reading.value_status, reading.status_reason)))),
        )
    return table


def _slices(kpi: KpiInDepth, language: Language) -> Table:
    assert kpi.latest is not None
    unit, currency = kpi.latest.unit, kpi.latest.currency
    table = Table(title=translated("Slices", language))
    for heading in ("dimension", "slice", "value", "n", "contribution", "of it mix", "of it rate"):
        justify = "left" if heading in ("dimension", "slice") else "right"
        table.add_column(translated(heading, language), justify=justify)  # type: ignore[arg-type]
    previous = None
    for part in kpi.slices:
        changes = (
            "" if change is None else formatted(change, unit, currency, True, language)
            for change in (part.contribution, part.mix_change, part.rate_change)
        )
        table.add_row(
            part.dimension if part.dimension != previous else "",
            escape(part.member),
            formatted(part.value, unit, currency, language=language),
            "–" if part.n is None else f"{part.n}",
            *changes,
        )
        previous = part.dimension
    return table


def _drivers(kpi: KpiInDepth, language: Language) -> Tree:
    tree = Tree(f"[bold]{translated('Drivers', language)}[/]")
    branches = {0: tree}
    for driver in kpi.drivers:
        branches[driver.depth] = branches[driver.depth - 1].add(_driver(driver, language))
    return tree


def _driver(driver: Driver, language: Language) -> str:
    name = driver.name_de if language is Language.de else driver.name_en
    if driver.reading is None:
        return f"{name}: {translated('not built yet', language)}"
    reading = driver.reading
    status = "" if reading.value_status == "ok" else f", {reading.value_status}"
    return (
        f"{name}: {_value(reading, language)} ({reading.grain} {reading.period_end:%Y-%m}{status})"
    )


def _rows(kpi: KpiInDepth, language: Language) -> Table:
    assert kpi.rows is not None
    behind = kpi.rows
    table = Table(
        title=f"{translated('Rows behind it', language)}: core.{behind.fact} "
        f"{translated('where', language)} {escape(behind.condition)} "
        f"({len(behind.rows)} {translated('of', language)} {behind.total})"
    )
    for column in behind.columns:
        table.add_column(column)
    for row in behind.rows:
        table.add_row(*(_cell(cell, language) for cell in row))
    return table


def _cell(cell: object, language: Language) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return formatted(round(cell, 2), "currency", None, language=language)
    return escape(str(cell))
