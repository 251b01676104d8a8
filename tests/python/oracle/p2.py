"""P2 Employee satisfaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, combinations
from math import erfc, sqrt

from oracle import b2, b6, p5
from oracle.lifetime_value import Z95
from oracle.raw import Crm, Row, local_date
from oracle.rows import (
    UNKNOWN,
    KpiRow,
    Metric,
    is_covered,
    month_start,
    periods,
    status_row,
)

Group = frozenset[str]


def enps_score(crm: Crm) -> list[KpiRow]:
    """Promoters less detractors of every wave; no group that is small can be seen or worked out."""
    metric = Metric("enps_score", [], [], scale=100)  # a wave covers the whole of its quarter
    waves: dict[date, list[Row]] = {}
    for name in {row["survey_wave"] for row in crm["employee_survey_response"]}:
        rows = [row for row in crm["employee_survey_response"] if row["survey_wave"] == name]
        first = min(local_date(row["invited_at"]) for row in rows if row["invited_at"])
        waves[month_start(first, -((first.month - 1) % 3))] = rows
    found = []
    for period in periods(crm, "quarter"):
        answers = [row for row in waves[period.start] if _is_answer(row)]
        given = [row for row in answers if row["question_code"] == "ENPS"]
        hidden = _hidden(crm, answers)
        cells: dict[tuple[str, str], list[Row]] = {("total", "total"): given}
        for row in given:
            for name in ("department", "region"):
                cells.setdefault((name, row[name] or UNKNOWN), []).append(row)
        for place, rows in cells.items():
            scores = [row["score"] for row in rows]
            balance = sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)
            parts = float(balance), float(len(rows))
            if place in hidden:
                key = (metric.name, period.grain, period.start, *place)
                found.append(KpiRow(*key, None, None, None, None, "suppressed"))
            else:
                found.append(status_row(crm, metric, period, place, parts, len(rows)))
    return found


def _is_answer(row: Row) -> bool:
    is_scale_known = row["question_code"] != "ENPS" or row["scale_max"] == 10
    return row["score"] is not None and is_scale_known


def _hidden(crm: Crm, answers: list[Row]) -> set[tuple[str, str]]:
    """Groups that are too small, and those that would give them away."""
    limit = crm.days("suppress_n")
    departments, regions = _sizes(answers, "department"), _sizes(answers, "region")
    no_departments, no_regions = _too_small(departments, limit), _too_small(regions, limit)
    given = [row for row in answers if row["question_code"] == "ENPS"]
    by_department = _known(given, "department", set(departments) - no_departments)
    by_region = _known(given, "region", set(regions) - no_regions)
    # Departments and regions are two cuts of the same people: what is left of some departments
    # without the regions inside them can be worked out, too.
    if any(
        part < whole and len(whole - part) < limit for whole in by_department for part in by_region
    ):
        no_regions = set(regions)
    return {("department", name) for name in no_departments} | {
        ("region", name) for name in no_regions
    }


def _sizes(answers: list[Row], column: str) -> dict[str, int]:
    """Answers of every group to the question it answered least: all questions hide the same."""
    counts = Counter((row[column] or UNKNOWN, row["question_code"]) for row in answers)
    questions = {question for _, question in counts}
    return {name: min(counts[name, question] for question in questions) for name, _ in counts}


def _too_small(groups: dict[str, int], limit: int) -> set[str]:
    """Small groups; next ones too until the hidden ones do not give each other away."""
    hidden = {name for name, size in groups.items() if size < limit}
    rest = sorted(set(groups) - hidden, key=lambda name: (groups[name], name))
    while hidden and rest and (len(hidden) == 1 or sum(groups[name] for name in hidden) < limit):
        hidden.add(rest.pop(0))
    return hidden


def _known(answers: list[Row], column: str, shown: set[str]) -> list[Group]:
    """Every set of people whose sum can be worked out from the groups shown and the total."""
    everybody = frozenset(row["response_id"] for row in answers)
    names = sorted(shown)
    choices = chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))
    found = []
    for choice in choices:
        inside = frozenset(
            row["response_id"] for row in answers if (row[column] or UNKNOWN) in choice
        )
        found += [inside, everybody - inside]
    return found


def excellence_area_count(crm: Crm) -> list[KpiRow]:
    """Teams that are better at something than the company, beyond what chance would explain."""
    metric = Metric("excellence_area_count", [], [], is_ratio=False, has_interval=False)
    cells: dict[date, list[_Cell]] = defaultdict(list)
    for compared in (
        b2.win_rate,
        b2.stage_conversion_rate,
        b2.quote_acceptance_rate,
        b6.sla_compliance_rate,
        p5.first_contact_resolution_rate,
    ):
        for start, found in _cells(crm, compared(crm)).items():
            cells[start] += found
    rows = []
    for period in periods(crm, "r12m"):
        tested = cells[period.start]
        sure = _beyond_chance(tested, float(crm.parameters["bh_fdr"]))
        places: dict[tuple[str, str], list[_Cell]] = {("total", "total"): tested}
        for cell in tested:
            places.setdefault(("team", cell.team), []).append(cell)
            places.setdefault(("compared_metric", cell.metric), []).append(cell)
        for place, inside in places.items():
            count = sum(cell in sure and cell.is_better for cell in inside)
            row = status_row(crm, metric, period, place, (float(count), None), len(inside))
            if not is_covered(crm, ["opportunity|quote|support_case"], period):
                row = replace(row, numerator=None, value=None, n=None, value_status="no_data")
            elif not inside:
                row = replace(row, numerator=None, value=None, value_status="not_applicable")
            rows.append(row)
    return rows


@dataclass(frozen=True)
class _Cell:
    """What a team achieved in a metric over twelve months."""

    metric: str
    team: str
    successes: float
    trials: float
    company: float

    @property
    def is_better(self) -> bool:
        """Whether the lower end of the interval lies above the company."""
        rate, n = self.successes / self.trials, self.trials
        middle = rate + Z95**2 / (2 * n)
        width = Z95 * sqrt(rate * (1 - rate) / n + Z95**2 / (4 * n * n))
        return (middle - width) / (1 + Z95**2 / n) > self.company

    @property
    def p_value(self) -> float:
        """How likely so large a distance from the company is by chance."""
        spread = sqrt(self.company * (1 - self.company) / self.trials)
        if not spread:
            return 1.0
        return erfc(abs(self.successes / self.trials - self.company) / spread / sqrt(2))


def _cells(crm: Crm, rows: list[KpiRow]) -> dict[date, list[_Cell]]:
    """The teams of a metric by year: its months added up, a pair of team and step for the team."""
    months = [row for row in rows if row.grain == "month" and row.denominator]
    found: dict[date, list[_Cell]] = defaultdict(list)
    for period in periods(crm, "r12m"):
        successes: dict[str, float] = defaultdict(float)
        trials: dict[str, float] = defaultdict(float)
        for row in months:
            if not period.start <= row.period_start <= period.end:
                continue
            if row.dimension in {"total", "team", "team × stage_step"}:
                # No team is called total.
                place = row.dimension_value.split(" × ")[0]
                successes[place] += row.numerator or 0.0
                trials[place] += row.denominator or 0.0
        whole = trials.pop("total", 0.0)
        for team, n in trials.items():
            if team != UNKNOWN and crm.days("cell_min_n") <= n < whole:
                rate = successes["total"] / whole
                cell = _Cell(months[0].metric_name, team, successes[team], n, rate)
                found[period.start].append(cell)
    return found


def _beyond_chance(cells: list[_Cell], rate: float) -> set[_Cell]:
    """Benjamini–Hochberg: the cells up to the last one whose p lies below its share of the rate."""
    ranked = sorted(cells, key=lambda cell: cell.p_value)
    last = max(
        (
            place
            for place, cell in enumerate(ranked, 1)
            if cell.p_value <= rate * place / len(cells)
        ),
        default=0,
    )
    return set(ranked[:last])
