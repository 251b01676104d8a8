"""Read the scorecard out of the published marts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

from rich.table import Table

from warehouse.database import read_published
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
    compared_with: str | None
    change_value: float | None
    first_published_value: float | None
    rag: str | None
    trend: str | None
    moved_by_dimension: str | None
    moved_by_1: str | None
    moved_by_1_change: float | None
    moved_by_2: str | None
    moved_by_2_change: float | None
    moved_by_3: str | None
    moved_by_3_change: float | None
    moved_by_others_change: float | None
    suggested_action: str | None

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
    columns = ", ".join(ScorecardRow.__dataclass_fields__)
    with read_published(marts) as connection:
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


class Language(str, Enum):
    """The language of headings and names."""

    en = "en"
    de = "de"


#: Headings and words of the scorecard in German; English is what the code says.
_GERMAN = {
    "period": "Periode",
    "value": "Wert",
    "95 % interval": "95-%-Intervall",
    "target": "Ziel",
    "a year ago": "Vorjahr",
    "moved most by": "am stärksten bewegt von",
    "status": "Status",
    "green": "grün",
    "amber": "gelb",
    "red": "rot",
    "baseline": "Basiswert",
    "quarter to": "Quartal bis",
    "year to": "Jahr bis",
    "as of": "zum",
    "Scorecard": "Scorecard",
    "Off target, suggested": "Abseits des Ziels, empfohlen",
    "Formula": "Formel",
    "Attributed": "Zuordnung",
    "Edge cases": "Sonderfälle",
    "Action": "Maßnahme",
    "Trend": "Verlauf",
    "Slices": "Ausprägungen",
    "dimension": "Dimension",
    "slice": "Ausprägung",
    "contribution": "Beitrag zur Änderung",
    "of it mix": "davon Mix",
    "of it rate": "davon Rate",
    "Drivers": "Treiber",
    "Rows behind it": "Zeilen dahinter",
    "of": "von",
    "where": "mit",
    "not built yet": "noch nicht gebaut",
}


def translated(word: str, language: Language) -> str:
    """A heading or status word in the language asked for."""
    return _GERMAN.get(word, word) if language is Language.de else word


def formatted(
    value: float | None,
    unit: str,
    currency: str | None,
    signed: bool = False,
    language: Language = Language.en,
) -> str:
    """A value, or with `signed` a change, as a person reads it: rates in per cent, whole money."""
    if value is None:
        return "–"
    sign = "+" if signed else ""
    if unit == "rate":
        # The change of a rate is no rate: from 50 % to 55 % are 5 percentage points.
        text = f"{100 * value:{sign}.1f} {'pp' if signed else '%'}"
    elif unit == "currency":
        text = f"{value:{sign},.0f} {currency or ''}".strip()
    elif unit == "count":
        text = f"{value:{sign},.0f}"
    else:
        text = f"{value:{sign},.1f}{_SYMBOLS.get(unit, '')}"
    if language is Language.de:
        text = text.translate(str.maketrans(",.", ".,"))
    return text


_COLOURS = {"green": "green", "amber": "yellow", "red": "red"}
_ARROWS = {"up": "▲", "down": "▼", "flat": "▶"}
_COMPARATORS = {"min": "≥ ", "max": "≤ ", "range": "", "reference": "ref. "}


def as_table(rows: list[ScorecardRow], language: Language = Language.en) -> Table:
    """The scorecard for a terminal: names, value, interval, target, trend, movers, status, n."""
    title = translated("Scorecard", language)
    if rows:
        title += f" {translated('as of', language)} {max(row.period_end for row in rows)}"
    table = Table(title=title)
    names = ("Kennzahl", "KPI") if language is Language.de else ("KPI", "Kennzahl")
    for name in names:
        table.add_column(name)
    for heading in ("period", "value", "95 % interval", "target", "a year ago"):
        table.add_column(translated(heading, language), justify="right")
    table.add_column(translated("moved most by", language))
    table.add_column(translated("status", language))
    table.add_column("n", justify="right")
    for row in rows:
        table.add_row(
            *(
                (row.name_de, row.name_en)
                if language is Language.de
                else (row.name_en, row.name_de)
            ),
            _period(row, language),
            formatted(row.value, row.unit, row.currency, language=language),
            _interval(row, language),
            _target(row, language),
            _trend(row, language),
            _mover(row, language),
            _status(row, language),
            "–" if row.n is None else formatted(row.n, "count", None, language=language),
        )
    return table


def actions(rows: list[ScorecardRow], language: Language = Language.en) -> list[tuple[str, str]]:
    """Name and suggested action of every KPI that is off target, each once."""
    found = {
        (row.name_de if language is Language.de else row.name_en): row.suggested_action
        for row in rows
        if row.suggested_action is not None
    }
    return [(name, action) for name, action in found.items() if action is not None]


def _period(row: ScorecardRow, language: Language) -> str:
    words = {"month": "", "quarter": "quarter to", "year": "year to"}
    prefix = translated(words.get(row.grain, f"{row.grain} to"), language)
    return f"{prefix} {row.period_end:%Y-%m}".strip()


def _interval(row: ScorecardRow, language: Language) -> str:
    if row.ci_low is None or row.ci_high is None:
        return ""
    low = formatted(row.ci_low, row.unit, None, language=language)
    return f"{low.removesuffix(' %')}–{formatted(row.ci_high, row.unit, None, language=language)}"


def _target(row: ScorecardRow, language: Language) -> str:
    if row.target_value is not None:
        value = formatted(row.target_value, row.unit, row.currency, language=language)
        return f"{_COMPARATORS.get(row.comparator or '', '')}{value}"
    if row.baseline_value is not None:
        value = formatted(row.baseline_value, row.unit, row.currency, language=language)
        return f"{translated('baseline', language)} {value}"
    return ""


def _trend(row: ScorecardRow, language: Language) -> str:
    if row.trend is None:
        return ""
    earlier = row.last_year_value if row.last_year_value is not None else row.previous_value
    return f"{_ARROWS[row.trend]} {formatted(earlier, row.unit, row.currency, language=language)}"


def _mover(row: ScorecardRow, language: Language) -> str:
    """The slice that moved the KPI most, and by how much."""
    if row.moved_by_1 is None:
        return ""
    change = formatted(row.moved_by_1_change, row.unit, row.currency, True, language)
    return f"{row.moved_by_1} {change}"


def _status(row: ScorecardRow, language: Language) -> str:
    if row.rag is not None:
        return f"[{_COLOURS[row.rag]}]{translated(row.rag, language)}[/]"
    if row.value_status == "ok":
        return "ok"
    return f"{row.value_status}{f': {row.status_reason}' if row.status_reason else ''}"
