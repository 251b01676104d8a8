"""Read the scorecard out of the published marts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.table import Table

from warehouse.errors import UsageError

#: How each unit reads; a rate is stored as a fraction.
_SYMBOLS = {"points": " pts", "days": " d", "hours": " h", "minutes": " min", "months": " mo"}


@dataclass(frozen=True)
class ScorecardRow:
    """One headline KPI of a board at its latest final period."""

    board: str
    position: int
    metric_name: str
    name_de: str
    name_en: str
    grain: str
    period_start: date
    period_end: date
    value: float | None
    n: int | None
    ci_low: float | None
    ci_high: float | None
    unit: str
    currency: str | None
    value_status: str
    status_reason: str | None
    comparator: str | None
    target_value: float | None
    target_source: str | None
    baseline_value: float | None
    previous_value: float | None
    last_year_value: float | None
    rag: str | None
    trend: str | None

    def as_json(self) -> dict[str, Any]:
        """Plain values for a machine: dates as ISO text, rates as fractions."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }


def read_scorecard(marts: Path, board: str | None = None) -> list[ScorecardRow]:
    """The latest final row per board, KPI and grain; without a board each KPI once, by area.

    A KPI that has no final period yet is listed with its latest one, so that none disappears.
    """
    if not marts.is_file():
        raise UsageError(f"{marts} does not exist. Run `make run`, or `warehouse publish`.")
    columns = ", ".join(ScorecardRow.__dataclass_fields__)
    with duckdb.connect(str(marts), read_only=True) as connection:
        boards = [
            row[0]
            for row in connection.execute(
                "select distinct board from kpi.kpi_scorecard order by board"
            ).fetchall()
        ]
        if board is not None and board not in boards:
            raise UsageError(f"There is no board '{board}'. Boards: {', '.join(boards) or 'none'}.")
        rows = connection.execute(
            f"""
            select {columns}
            from kpi.kpi_scorecard
            where $board is null or board = $board
            qualify
                row_number() over (
                    partition by metric_name, grain
                    order by is_latest desc, period_start desc, board
                ) = 1
            order by
                case when $board is null then area end, position, metric_name,
                case grain when 'r12m' then 0 else 1 end, grain
            """,
            {"board": board},
        ).fetchall()
    return [ScorecardRow(*row) for row in rows]


def formatted(value: float | None, unit: str, currency: str | None, signed: bool = False) -> str:
    """A value as a person reads it: rates in per cent, money rounded to whole units."""
    if value is None:
        return "–"
    sign = "+" if signed else ""
    if unit == "rate":
        return f"{100 * value:{sign}.1f} %"
    if unit == "currency":
        return f"{value:{sign},.0f} {currency or ''}".strip()
    if unit == "count":
        return f"{value:{sign},.0f}"
    return f"{value:{sign},.1f}{_SYMBOLS.get(unit, '')}"


_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}
_ARROWS = {"up": "▲", "down": "▼", "flat": "▶"}
_COMPARATORS = {"min": "≥ ", "max": "≤ ", "range": "", "reference": "ref. "}


def as_table(rows: list[ScorecardRow]) -> Table:
    """The scorecard for a terminal: KPI in German and English, value, status, target, trend, n."""
    table = Table(title="Scorecard" + (f" as of {max(r.period_end for r in rows)}" if rows else ""))
    for heading in ("KPI", "Kennzahl", "period", "value", "95 % interval", "target", "a year ago"):
        table.add_column(heading, justify="left" if heading in ("KPI", "Kennzahl") else "right")
    table.add_column("status")
    table.add_column("n", justify="right")
    for row in rows:
        table.add_row(
            row.name_en,
            row.name_de,
            _period(row),
            formatted(row.value, row.unit, row.currency),
            _interval(row),
            _target(row),
            _trend(row),
            _status(row),
            "–" if row.n is None else f"{row.n:,}",
        )
    return table


def _period(row: ScorecardRow) -> str:
    months = {"month": "", "quarter": "quarter to ", "year": "year to "}
    prefix = months.get(row.grain, f"{row.grain} to ")
    return f"{prefix}{row.period_end:%Y-%m}"


def _interval(row: ScorecardRow) -> str:
    if row.ci_low is None or row.ci_high is None:
        return ""
    low = formatted(row.ci_low, row.unit, None)
    return f"{low.removesuffix(' %')}–{formatted(row.ci_high, row.unit, None)}"


def _target(row: ScorecardRow) -> str:
    if row.target_value is not None:
        value = formatted(row.target_value, row.unit, row.currency)
        return f"{_COMPARATORS.get(row.comparator or '', '')}{value}"
    if row.baseline_value is not None:
        return f"baseline {formatted(row.baseline_value, row.unit, row.currency)}"
    return ""


def _trend(row: ScorecardRow) -> str:
    if row.trend is None:
        return ""
    earlier = row.last_year_value if row.last_year_value is not None else row.previous_value
    return f"{_ARROWS[row.trend]} {formatted(earlier, row.unit, row.currency)}"


def _status(row: ScorecardRow) -> str:
    if row.rag is not None:
        return f"[{_COLOURS[row.rag]}]{row.rag}[/]"
    if row.value_status == "ok":
        return "ok"
    return f"{row.value_status}{f': {row.status_reason}' if row.status_reason else ''}"
