"""B1 Pipeline transparency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from oracle.cases import midnight_utc
from oracle.deals import Deal, Visit, deals
from oracle.lookup import History, People, Rates
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import UNKNOWN, KpiRow, Metric, Period, periods, status_row

CONDITIONS = ("activity", "next_step", "core_fields", "contact")
# Fields that field_history does not track: only the newest month can be seen (C8).
UNTRACKED = {"next_step", "contact"}


@dataclass(frozen=True)
class State:
    """A deal as it was at the close of a day."""

    deal: Deal
    visit: Visit
    owner: str | None
    net_amount: float | None
    expected_close_date: date | None

    @property
    def is_open(self) -> bool:
        """Neither won nor lost yet, or open again."""
        return bool(self.visit.stage["is_open"])


class Snapshots:
    """Deals as they were (G12)."""

    def __init__(self, crm: Crm) -> None:
        self.deals, self.history = deals(crm), History(crm)

    def at(self, day: date) -> Iterator[State]:
        """Every deal created by then."""
        moment = midnight_utc(day_after(day)) - timedelta(microseconds=1)
        for key, deal in self.deals.items():
            visits = [visit for visit in deal.visits if visit.entered_at <= moment]
            if not visits or deal.row["created_at"] > moment:
                continue
            amount = self.value(key, deal, "net_amount", moment)
            close = self.value(key, deal, "expected_close_date", moment)
            yield State(
                deal=deal,
                visit=visits[-1],
                owner=self.value(key, deal, "owner_user_id", moment),
                net_amount=None if amount is None else float(amount),
                expected_close_date=_day(close),
            )

    def value(self, key: str, deal: Deal, field: str, moment: datetime) -> str | None:
        """A field of a deal at a moment, as text."""
        now = deal.row[field]
        text = None if now is None else str(now)
        return self.history.at("opportunity", field, key, moment, text)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


class Visibility:
    """Which of the four conditions of a visible deal hold on a day."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.users = crm, crm.by("app_user")
        self.touches: dict[str, list[date]] = defaultdict(list)
        for activity in crm["activity"]:
            deal, completed_at = activity["opportunity_id"], activity["completed_at"]
            if deal and completed_at and not activity["is_automated"]:
                self.touches[deal].append(local_date(completed_at))
        self.placeholders = {row["value"] for row in crm.seed("placeholder_value")}

    def holds(self, condition: str, state: State, day: date) -> bool:
        row = state.deal.row
        if condition == "activity":
            return self.has_activity(state, day)
        if condition == "next_step":
            step, due = row["next_step"], row["next_step_due_date"]
            is_filled = step is not None and step.lower() not in self.placeholders
            return is_filled and due is not None and due >= day
        if condition == "core_fields":
            close = state.expected_close_date
            is_dated = close is not None and close >= day
            # 0 is a placeholder, except for renewals.
            has_amount = bool(state.net_amount) or (
                state.net_amount is not None and row["opportunity_type"] == "renewal"
            )
            return has_amount and is_dated and self.is_at_work(state.owner, day)
        return (row["contact_count"] or 0) >= 1

    def has_activity(self, state: State, day: date) -> bool:
        created_on = local_date(state.deal.row["created_at"])
        if days_between(created_on, day) < self.crm.days("new_opp_exempt_days"):
            return True
        rot = state.visit.stage["rot_after_days"] or self.crm.days("rot_days")
        touches = self.touches[state.deal.row["opportunity_id"]]
        return any(0 <= days_between(touch, day) <= rot for touch in touches)

    def is_at_work(self, user: str | None, day: date) -> bool:
        found: Row | None = self.users.get(user or "")
        if found is None:
            return False
        return bool(found["is_active"]) or (
            found["left_on"] is not None and found["left_on"] >= day
        )


def pipeline_visibility_rate(crm: Crm) -> list[KpiRow]:
    """Open deals that meet all four conditions ÷ open deals, at the end of each month."""
    people, snapshots, visibility = People(crm), Snapshots(crm), Visibility(crm)
    metric = Metric("pipeline_visibility_rate", ["activity", "opportunity"], [])
    rows = []
    for period in periods(crm, "month"):
        day = min(period.end, crm.as_of)
        cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
        cells["total", "total"] = []
        for state in snapshots.at(day):
            if not state.is_open:
                continue
            met = {name: visibility.holds(name, state, day) for name in CONDITIONS}
            account = state.deal.row["account_id"]
            members = {
                "total": "total",
                "rep": people.rep(state.owner),
                "team": people.team(state.owner),
                "region": people.account(account, "region"),
                "segment": people.account(account, "segment"),
                "stage": state.visit.stage["stage_name"],
            }
            for dimension, member in members.items():
                cells[dimension, member or UNKNOWN].append(all(met.values()))
            for name in CONDITIONS:
                cells["condition", name].append(met[name])
        for place, found in cells.items():
            parts = (float(sum(found)), float(len(found)))
            row = status_row(crm, metric, period, place, parts, len(found))
            is_tracked = place[0] == "condition" and place[1] not in UNTRACKED
            if period.end < crm.as_of and not is_tracked:
                key = (row.metric_name, row.grain, row.period_start, *place)
                row = KpiRow(*key, None, None, None, None, "no_data")
            rows.append(row)
    return rows


def pipeline_coverage_ratio(crm: Crm) -> list[KpiRow]:
    """Open amount due to close in the next quota period ÷ what its quota still lacks."""
    people, snapshots, rates = People(crm), Snapshots(crm), Rates(crm)
    metric = Metric("pipeline_coverage_ratio", ["opportunity"], [], has_interval=False)
    rows = []
    for period in periods(crm, "month"):
        day = min(period.end, crm.as_of)
        quotas = _quotas(crm, day_after(day))
        if not quotas:
            continue
        start, end = quotas[0]["period_start"], quotas[0]["period_end"]
        cells: dict[tuple[str, str], _Coverage] = defaultdict(_Coverage)
        for quota in quotas:
            for place in _places(people, quota["dim_value"]):
                cells[place].quota += quota["target_value"]
                cells[place].has_quota = True
        for state in snapshots.at(day):
            for place in _places(people, state.owner):
                cells[place].add(state, rates, day, start, end)
        rows += [
            _coverage_row(crm, metric, period, place, cell)
            for place, cell in cells.items()
            if cell.has_quota or cell.n or cell.won
        ]
    return rows


@dataclass
class _Coverage:
    quota: float = 0.0
    has_quota: bool = False
    won: float = 0.0
    due: float = 0.0
    n: int = 0
    missing: float = 0.0

    def add(self, state: State, rates: Rates, day: date, start: date, end: date) -> None:
        currency = state.deal.row["currency"]
        entered_on = local_date(state.visit.entered_at)
        if state.is_open:
            close = state.expected_close_date
            if close is not None and start <= close <= end:
                amount, missing = rates.split(state.net_amount or 0.0, currency, day)
                self.due, self.n = self.due + amount, self.n + 1
                self.missing += missing
        elif state.visit.stage["is_won"] and start <= entered_on <= end:
            self.won += rates.split(state.net_amount or 0.0, currency, entered_on)[0]


def _quotas(crm: Crm, day: date) -> list[Row]:
    return [
        row
        for row in crm["kpi_target"]
        if row["metric_name"] == "quota_net_amount"
        and row["period_start"] <= day <= row["period_end"]
    ]


def _places(people: People, user: str | None) -> list[tuple[str, str]]:
    return [
        ("total", "total"),
        ("rep", people.rep(user) or UNKNOWN),
        ("team", people.team(user) or UNKNOWN),
    ]


def _coverage_row(
    crm: Crm, metric: Metric, period: Period, place: tuple[str, str], cell: _Coverage
) -> KpiRow:
    key = (metric.name, period.grain, period.start, *place)
    # Who has no quota keeps its parts, so that slices add up to the total (C3).
    lacking = cell.quota - cell.won
    if lacking <= 0 or not cell.has_quota:
        return KpiRow(*key, cell.due, lacking, None, cell.n, "not_applicable")
    share = cell.missing / (cell.due + cell.missing) if cell.missing else 0.0
    return status_row(crm, metric, period, place, (cell.due, lacking), cell.n, missing_share=share)
