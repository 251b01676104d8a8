"""Costs, targets, quotas, budgets and baselines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.simulate.arrays import NA, Ints, full, ints, known
from warehouse.simulate.campaigns import FRAME, Campaigns
from warehouse.simulate.companies import CURRENCIES
from warehouse.simulate.customers import Customers
from warehouse.simulate.draw import Stream
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.offer import SEASON_OF_SALES
from warehouse.simulate.routine import REVIEWED, REVIEWER_DEPARTMENT, head_of
from warehouse.simulate.service import ONSITE, T_ONBOARDING, TYPES, Cases
from warehouse.simulate.staff import DEPARTMENTS, SALES_GROUPS, Staff
from warehouse.simulate.tables import Keys, frame, label
from warehouse.simulate.timeline import (
    FIRST_DAY,
    LAST_DAY,
    MONTH_START,
    MONTHS,
    add_months,
    calendar_month,
    day,
    local_day,
)

POOLS = ("acquisition", "retention", "service", "crm_tco")
ACQUISITION, RETENTION, SERVICE, TCO = range(4)
CATEGORIES = (
    "sales", "marketing", "content", "pr", "advertising", "phone_support", "onsite_visit",
    "consulting", "implementation", "license", "maintenance", "training", "integration", "growth",
    "legacy", "loyalty",
)  # fmt: skip
ENTRY_TYPES = ("actual", "committed", "deferred")

ACQUISITION_BUDGET = 6_300_000
"""Cents per month and demo size in the first month, all categories."""
_ACQUISITION_SPLIT = ((0, 56, 0), (1, 22, 1), (2, 9, 1), (3, 4, 1), (4, 9, 1))
SERVICE_SHARE = (0.052, 0.022, 0.02)
"""Phone and desk support, visits, consulting: share of recurring revenue."""


@dataclass(frozen=True)
class Budget:
    """A CRM cost category: monthly cost at demo size (cents), department, budget factor."""

    category: int
    monthly: int
    department: int
    from_month: int = 0
    to_month: int = MONTHS


_TCO = (
    Budget(8, 680_000, 4, 0, 9),  # implementation
    Budget(9, 420_000, 4),  # licences
    Budget(10, 150_000, 4),  # maintenance
    Budget(11, 60_000, 0),  # training
    Budget(12, 130_000, 4, 2, 20),  # integration
    Budget(13, 170_000, 1, 8, MONTHS),  # growth
)


def book_costs(
    stream: Stream,
    staff: Staff,
    customers: Customers,
    cases: Cases,
    campaigns: Campaigns,
    units: float,
) -> Ledger:
    """All bookings; revenue-driven costs follow the running contracts."""
    rng = stream.child("costs")
    costs = Ledger(
        "date",
        "net",
        "currency",
        "pool",
        "category",
        "entry",
        "account",
        "case",
        "campaign",
        "department",
        "hours",
    )
    month = np.arange(MONTHS)
    season = SEASON_OF_SALES[calendar_month(MONTH_START[:MONTHS]) - 1]
    recurring = _recurring(customers)

    def book(pool: int, category: int, dates: Ints, net: Ints, **more: Ints | int) -> None:
        n = len(dates)
        values: dict[str, Ints | int] = {"currency": 0, "entry": 0, **more}
        good = known(net) | (np.broadcast_to(np.asarray(values.get("hours", NA)), (n,)) > 0)
        rows = np.flatnonzero(good)
        picked = {k: v[rows] if isinstance(v, np.ndarray) else v for k, v in values.items()}
        costs.add(
            len(rows), pool=pool, category=category, date=dates[rows], net=net[rows], **picked
        )

    end_of_month = MONTH_START[1 : MONTHS + 1] - 1
    growth = 1 + 0.30 * month / MONTHS
    base = ACQUISITION_BUDGET * units * growth * season
    for category, percent, department in _ACQUISITION_SPLIT:
        noise = rng.between(92, 108, MONTHS) / 100
        net = np.floor(base * percent / 100 * noise / 100).astype(np.int64) * 100
        book(ACQUISITION, category, end_of_month, net, department=department, currency=0)
    credit = ints([MONTH_START[7] + 12, MONTH_START[21] + 9])
    book(ACQUISITION, 4, credit, ints([-180_000, -95_000]) * max(1, round(units)), department=1)
    c = campaigns.list
    rows = np.flatnonzero(known(c["actual"]) & (c["audience"] != FRAME))
    when = np.minimum(c["start"][rows] + 20, LAST_DAY)
    book(ACQUISITION, 4, when, c["actual"][rows], campaign=rows, department=1)

    net = np.floor(recurring * 0.034 * rng.between(90, 110, MONTHS) / 10_000).astype(np.int64) * 100
    book(RETENTION, 15, end_of_month, net, department=0)
    book(
        RETENTION,
        0,
        end_of_month,
        np.floor(recurring * 0.012 / 100).astype(np.int64) * 100,
        department=0,
    )

    # The service cost centre opened in August 2023: July has no pool booking.
    for category, share in zip((5, 6, 7), SERVICE_SHARE, strict=True):
        net = (
            np.floor(recurring * share * rng.between(88, 112, MONTHS) / 10_000).astype(np.int64)
            * 100
        )
        book(SERVICE, category, end_of_month[1:], net[1:], department=2)
    visits = np.flatnonzero((cases.channel == ONSITE) & known(cases.solved) & known(cases.account))
    book(
        SERVICE,
        6,
        local_day(cases.solved[visits]),
        rng.between(180, 520, len(visits)) * 100,
        case=visits,
        department=2,
    )
    starts = np.flatnonzero(
        (cases.kind == T_ONBOARDING) & known(cases.solved) & known(cases.account)
    )
    abroad = customers.companies.currency[cases.account[starts]] == 1
    starts = np.union1d(starts[rng.chance(0.4, len(starts))], rng.some(starts[abroad], 0.3))
    swiss = customers.companies.currency[cases.account[starts]]
    book(
        SERVICE,
        7,
        local_day(cases.solved[starts]),
        rng.between(300, 1400, len(starts)) * 100,
        account=cases.account[starts],
        department=2,
        currency=swiss,
    )
    # A few customers need a lot of unpaid help every quarter: they cost more than they bring.
    needy = rng.some(
        np.flatnonzero(
            (customers.since < FIRST_DAY - 100)
            & (customers.companies.segment >= 2)
            & ~known(customers.until)
        ),
        0.05,
        4,
    )
    for quarter in range(1, 12):
        still = needy[
            ~known(customers.until[needy]) | (customers.until[needy] > MONTH_START[3 * quarter])
        ]
        book(
            SERVICE,
            7,
            MONTH_START[3 * quarter] + rng.between(4, 60, len(still)),
            rng.between(1500, 5200, len(still)) * 100,
            account=still,
            department=2,
        )

    for item in _TCO:
        months = np.arange(item.from_month, item.to_month)
        noise = rng.between(86, 109, len(months)) / 100
        trend = 1 + (0.12 if item.category == 9 else 0.0) * months / MONTHS
        net = np.floor(item.monthly * units * noise * trend / 100).astype(np.int64) * 100
        book(TCO, item.category, MONTH_START[months] + 14, net, department=item.department)
    legacy = np.arange(0, 8)
    book(TCO, 14, MONTH_START[legacy] + 9, full(8, round(95_000 * units)), department=4)
    # Hours of the project team without an amount; orders placed and work put off.
    book(
        TCO,
        8,
        MONTH_START[1:7] + 20,
        full(6),
        hours=rng.between(1200, 4000, 6) * max(1, round(units)),
        department=4,
    )
    future = ints([LAST_DAY + 40, LAST_DAY + 75, LAST_DAY + 130, LAST_DAY - 20])
    book(
        TCO,
        13,
        future,
        rng.between(2500, 9000, 4) * 100 * max(1, round(units)),
        entry=1,
        department=1,
    )
    postponed = ints([MONTH_START[17] + 20, MONTH_START[29] + 20, MONTH_START[34] + 10])
    book(
        TCO,
        13,
        postponed,
        rng.between(3000, 8000, 3) * 100 * max(1, round(units)),
        entry=2,
        department=1,
    )
    return costs


def _recurring(customers: Customers) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Monthly recurring revenue per month in cents."""
    lines = customers.lines
    result = np.zeros(MONTHS)
    for month in range(MONTHS):
        at = MONTH_START[month] + 14
        on = (lines["start"] <= at) & (~known(lines["end"]) | (lines["end"] >= at))
        result[month] = lines["mrr"][on].sum()
    return result


def cost_table(costs: Ledger, account: Ints, keys: Keys) -> pl.DataFrame:
    """`cost_entry` in order of date."""
    order = np.lexsort((np.arange(costs.n), costs["date"]))
    return frame(
        "cost_entry",
        {
            "cost_entry_id": keys.of("cost_entry", np.arange(costs.n, dtype=np.int64)),
            "cost_date": costs["date"][order],
            "net_amount": costs["net"][order],
            "currency": label(costs["currency"][order], CURRENCIES),
            "cost_pool": label(costs["pool"][order], POOLS),
            "category": label(costs["category"][order], CATEGORIES),
            "entry_type": label(costs["entry"][order], ENTRY_TYPES),
            "account_id": keys.of("account", account[order]),
            "case_id": keys.of("support_case", costs["case"][order]),
            "campaign_id": keys.of("campaign", costs["campaign"][order]),
            "department": label(costs["department"][order], DEPARTMENTS),
            "hours": costs["hours"][order],
        },
        costs.n,
    )


class Targets:
    """Rows of `kpi_target`: plain lists, there are only a few hundred."""

    def __init__(self) -> None:
        self.rows: list[
            tuple[
                str,
                int,
                int,
                str,
                str,
                int | None,
                int | None,
                int | None,
                int | None,
                str | None,
                bool,
                int | None,
            ]
        ] = []

    def add(
        self,
        metric: str,
        start: int,
        end: int,
        dim: str = "total",
        value: str = "total",
        *,
        target: float | None = None,
        baseline: float | None = None,
        budget: int | None = None,
        owner: int | None = None,
        source: str | None = None,
        headline: bool = False,
        cadence: int | None = None,
    ) -> None:
        """Target and baseline in machine units, budget in cents."""

        def millionths(number: float | None) -> int | None:
            return (
                None if number is None else int(number * 1_000_000 + (0.5 if number >= 0 else -0.5))
            )

        self.rows.append(
            (
                metric,
                start,
                end,
                dim,
                value,
                millionths(target),
                millionths(baseline),
                budget,
                owner,
                source,
                headline,
                cadence,
            )
        )


_HEADLINES = {  # target, baseline
    "win_rate": (0.56, 0.53), "net_revenue_retention": (1.04, 1.0),
    "customer_churn_rate": (0.010, 0.012), "sla_compliance_rate": (0.92, 0.9),
    "nps_score": (25.0, 18.0), "crm_adoption_rate": (0.85, 0.72),
    "mql_acceptance_rate": (0.7, 0.62), "campaign_incremental_lift": (2.0, None),
    "dso_countback": (36.0, 44.0), "customer_acquisition_cost": (30_000.0, 34_000.0),
}  # fmt: skip
_YEARS = (2023, 2024, 2025, 2026)


def company_targets(staff: Staff, scale_of_costs: float) -> Targets:
    """Targets of the whole company: headline KPIs, budgets, references, baselines."""
    t = Targets()
    for year in _YEARS:
        start, end = day(year, 1, 1), day(year, 12, 31)
        step = year - 2023
        for k, (metric, cadence) in enumerate(REVIEWED):
            target, baseline = _HEADLINES[metric]
            better = {
                "win_rate": 0.005,
                "net_revenue_retention": 0.005,
                "nps_score": 1.0,
                "dso_countback": -1.0,
            }
            owner = head_of(staff, REVIEWER_DEPARTMENT[k])
            t.add(
                metric,
                start,
                end,
                target=target + better.get(metric, 0.0) * step,
                baseline=baseline,
                owner=None if metric == "mql_acceptance_rate" and year == 2026 else owner,
                source="Management review" if metric != "dso_countback" else None,
                headline=True,
                cadence=cadence,
            )
        for pipeline, rate in (("NEW", 0.3), ("EXI", 0.7)):
            t.add(
                "win_rate",
                start,
                end,
                "pipeline",
                pipeline,
                target=rate + 0.005 * step,
                baseline=rate - 0.02,
                owner=head_of(staff, 0),
                source="Sales plan",
            )
        for department, adoption in (
            ("Sales", 0.9),
            ("Marketing", 0.8),
            ("Service", 0.9),
            ("Finance", 0.7),
        ):
            t.add(
                "crm_adoption_rate",
                start,
                end,
                "department",
                department,
                target=adoption + 0.01 * step,
                baseline=adoption - 0.15,
                owner=head_of(staff, DEPARTMENTS.index(department)),
                source="Adoption plan",
            )
        months = range(max(0, (year - 2023) * 12 - 6), min(MONTHS + 6, (year - 2023) * 12 + 6))
        by_department: dict[int, int] = {}
        for item in _TCO:
            planned = sum(
                1
                for m in months
                if item.from_month <= m < item.to_month + 6 * (item.to_month == MONTHS)
            )
            if planned:
                amount = (
                    int(
                        item.monthly
                        * planned
                        * scale_of_costs
                        * (1.02 if item.category != 8 else 0.92)
                    )
                    // 10_000
                    * 10_000
                )
                t.add(
                    "tco_budget",
                    start,
                    end,
                    "cost_category",
                    CATEGORIES[item.category],
                    budget=amount,
                    owner=head_of(staff, 4),
                    source="Budget",
                )
                by_department[item.department] = by_department.get(item.department, 0) + amount
        for number, amount in sorted(by_department.items()):
            t.add(
                "tco_budget",
                start,
                end,
                "department",
                DEPARTMENTS[number],
                budget=amount,
                owner=head_of(staff, number),
                source="Budget",
            )
        lasting = [item for item in _TCO if item.to_month == MONTHS]
        yearly = [item.monthly * 12 * scale_of_costs / 100 for item in lasting]
        old_costs = [round(amount * 1.28) for amount in yearly]
        savings = [round(amount * 0.12) for amount in yearly]
        t.add("tco_actual", start, end, baseline=sum(old_costs), source="Old system")
        t.add("cost_saving_realised", start, end, target=sum(savings), source="Business case")
        for item, old_cost, saving in zip(lasting, old_costs, savings, strict=True):
            category = CATEGORIES[item.category]
            t.add(
                "tco_actual",
                start,
                end,
                "cost_category",
                category,
                baseline=old_cost,
                source="Old system",
            )
            t.add(
                "cost_saving_realised",
                start,
                end,
                "cost_category",
                category,
                target=saving,
                source="Business case",
            )
        t.add(
            "legacy_cost", start, end, baseline=round(11_400 * scale_of_costs), source="Old system"
        )
        t.add(
            "crm_benefit", start, end, target=round(60_000 * scale_of_costs), source="Business case"
        )
        for subject in ("company", "product", "service"):
            t.add(
                "csat_score",
                start,
                end,
                "subject",
                subject,
                target=0.82,
                baseline=0.78,
                cadence=365,
                owner=head_of(staff, 2),
                source="Service strategy",
            )
        for country, level in (("DE", 8.0), ("AT", 22.0), ("CH", 28.0)):
            # Small countries are asked for a verdict once a year.
            t.add(
                "nps_score",
                start,
                end,
                "country",
                country,
                target=level + 2,
                baseline=level,
                cadence=180 if country == "DE" else 365,
                owner=head_of(staff, 2),
                source="Country plan",
            )
            t.add(
                "nps_reference",
                start,
                end,
                "country",
                country,
                baseline=level,
                source="Industry panel",
            )
    start, end = day(2023, 7, 1), day(2026, 12, 31)
    for kind, minutes in zip(TYPES[:7], (42, 38, 45, 150, 40, 38, 36), strict=True):
        t.add(
            "service_minutes_per_case",
            start,
            end,
            "case_type",
            kind,
            baseline=float(minutes),
            source="Time study 2023",
        )
    for metric, level in (
        ("first_response_time", 190.0),
        ("resolution_time", 30.0),
        ("post_sales_cycle_time", 3.4),
    ):
        t.add(metric, start, end, baseline=level, source="Old ticket system")
    for kind, level in (("incident", 26.0), ("question", 24.0), ("billing", 30.0)):
        t.add(
            "resolution_time",
            start,
            end,
            "case_type",
            kind,
            baseline=level,
            source="Old ticket system",
        )
    for pipeline, names, levels in (
        (
            "NEW",
            ("Qualification", "Discovery", "Offer", "Negotiation", "Won"),
            (0.74, 0.72, 0.72, 0.74),
        ),
        ("EXI", ("Identified", "Offer", "Negotiation", "Won"), (0.9, 0.86, 0.85)),
    ):
        for k, level in enumerate(levels):
            t.add(
                "stage_conversion_rate",
                start,
                end,
                "stage_step",
                f"{pipeline}: {names[k]} → {names[k + 1]}",
                baseline=level,
                source="First year",
            )
    t.add(
        "enps_score",
        start,
        end,
        target=15.0,
        baseline=8.0,
        owner=head_of(staff, 4),
        source="HR plan",
        cadence=90,
    )
    t.add(
        "new_customer_count",
        day(2026, 1, 1),
        day(2026, 12, 31),
        target=round(60 * scale_of_costs),
        source="Sales plan",
    )
    return t


def team_targets(
    stream: Stream, staff: Staff, t: Targets, campaigns: Campaigns, keys: Keys
) -> None:
    """Quotas per rep and quarter, and targets of campaigns."""
    rng = stream.child("targets")
    seats = staff.seats_of(SALES_GROUPS)
    user_keys = keys.of("app_user", np.arange(staff.n, dtype=np.int64)).to_list()
    for quarter in range(14):
        start = int(add_months(ints([FIRST_DAY]), 3 * quarter)[0])
        end = int(add_months(ints([FIRST_DAY]), 3 * quarter + 3)[0]) - 1
        holders = staff.occupant(seats, full(len(seats), min(start + 20, LAST_DAY)))
        for user in np.unique(holders).tolist():
            if user in staff.leads.tolist() or rng.uniform(1)[0] < 0.02:
                continue
            quota = int(5.5 + 0.3 * quarter + rng.uniform(1)[0] * 5) * 10_000
            t.add(
                "quota_net_amount",
                start,
                end,
                "rep",
                str(user_keys[user]),
                target=float(quota),
                owner=user,
                source="Sales plan",
            )
    c = campaigns.list
    rows = np.flatnonzero((c["audience"] != FRAME) & known(c["kpi"]))
    campaign_keys = keys.of("campaign", rows).to_list()
    for row, key in zip(rows.tolist(), campaign_keys, strict=True):
        if rng.uniform(1)[0] < 0.72:
            start, end = int(c["start"][row]), int(c["end"][row]) + 30
            t.add(
                "offer_acceptance_rate",
                start,
                end,
                "campaign",
                str(key),
                target=0.05,
                source="Campaign brief",
            )


def target_table(t: Targets, keys: Keys) -> pl.DataFrame:
    """`kpi_target`."""
    n = len(t.rows)

    def column(k: int) -> Ints:
        return ints([NA if row[k] is None else int(str(row[k])) for row in t.rows])

    return frame(
        "kpi_target",
        {
            "kpi_target_id": keys.of("kpi_target", np.arange(n, dtype=np.int64)),
            "metric_name": [row[0] for row in t.rows],
            "period_start": ints([row[1] for row in t.rows]),
            "period_end": ints([row[2] for row in t.rows]),
            "dim_name": [row[3] for row in t.rows],
            "dim_value": [row[4] for row in t.rows],
            "target_value": column(5),
            "baseline_value": column(6),
            "budget_amount": column(7),
            "owner_user_id": keys.of("app_user", column(8)),
            "source": [row[9] for row in t.rows],
            "is_headline": np.asarray([row[10] for row in t.rows], dtype=np.bool_),
            "review_cadence_days": column(11),
        },
        n,
    )
