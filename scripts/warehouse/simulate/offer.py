"""What is sold and promised: products and prices, pipelines, service levels, opening hours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.simulate.arrays import NA, Ints, ints
from warehouse.simulate.draw import Stream
from warehouse.simulate.tables import frame
from warehouse.simulate.timeline import (
    CONTRACTS_FROM,
    FIRST_DAY,
    LAST_DAY,
    day,
    holidays,
    is_workday,
    month_floor,
)


@dataclass(frozen=True)
class Product:
    """A product; `price` is cents per seat and month, for one-off products cents per piece."""

    key: str
    name: str
    family: str | None
    tier: int | None
    price: int
    direct_cost: int | None  # share of net price, 1/10000
    is_service: bool = False
    service_tier: str | None = None


PRODUCTS = (
    Product("CRM-B", "Suite Basic", "CRM", 1, 3900, 2800),
    Product("CRM-P", "Suite Pro", "CRM", 2, 6900, 2900),
    Product("CRM-E", "Suite Enterprise", "CRM", 3, 9900, 3000),
    Product("ANA", "Analytics", "Analytics", 1, 1500, 2200),
    Product("ANA-P", "Analytics Plus", "Analytics", 2, 2400, 2200),
    Product("SUP-S", "Support Standard", "Support", 1, 0, 4200, True, "standard"),
    Product("SUP-P", "Support Premium", "Support", 2, 0, 4400, True, "premium"),
    Product("SUP-24", "Support 24x7", "Support", 3, 0, 4800, True, "24x7"),
    Product("ONB", "Onboarding Package", "Services", None, 240_000, 5500, True),
    Product("TRN", "Training Day", "Training", None, 130_000, 5200, True),
    Product("CON", "Consulting Day", "Services", None, 148_000, 5800, True),
    Product("MIG", "Data Migration", None, None, 180_000, None, True),
)
CRM_BASIC, CRM_PRO, CRM_ENT, ANALYTICS, ANALYTICS_PLUS = range(5)
SUPPORT, SUPPORT_PREMIUM, SUPPORT_24X7, ONBOARDING, TRAINING, CONSULTING, MIGRATION = range(5, 12)
RECURRING = 8
"""Products 0…7 are subscriptions, the rest is billed once."""

SUPPORT_SHARE = (8, 15, 22)
"""Monthly support fee in percent of the suite's monthly fee, per support tier."""

UNIT_PRICE = ints([p.price for p in PRODUCTS])
DIRECT_COST = ints([p.direct_cost if p.direct_cost is not None else 5000 for p in PRODUCTS])

NEW, EXISTING = 0, 1
PIPELINES = ("NEW", "EXI")


@dataclass(frozen=True)
class Stage:
    """A pipeline stage; `probability` in 1/10000."""

    key: str
    pipeline: int
    name: str
    order: int | None
    probability: int
    rot_days: int | None


STAGES = (
    Stage("N1", NEW, "Qualification", 1, 1000, 21),
    Stage("N2", NEW, "Discovery", 2, 2000, 30),
    Stage("N3", NEW, "Offer", 3, 4500, 30),
    Stage("N4", NEW, "Negotiation", 4, 7000, 21),
    Stage("NW", NEW, "Won", 5, 10000, None),
    Stage("NL", NEW, "Lost", None, 0, None),
    Stage("E1", EXISTING, "Identified", 1, 3000, 30),
    Stage("E2", EXISTING, "Offer", 2, 5500, 30),
    Stage("E3", EXISTING, "Negotiation", 3, 7500, 21),
    Stage("EW", EXISTING, "Won", 4, 10000, None),
    Stage("EL", EXISTING, "Lost", None, 0, None),
)
STAGE_KEYS = tuple(s.key for s in STAGES)
FIRST_STAGE = ints([0, 6])
OPEN_STAGES = ints([4, 3])
OFFER_STAGE = ints([2, 7])
WON_STAGE = ints([4, 9])
LOST_STAGE = ints([5, 10])

PRIORITIES = ("low", "normal", "high", "urgent")
POLICIES = ("SLA-STD", "SLA-PRM", "SLA-247")
STANDARD, PREMIUM, ROUND_THE_CLOCK = range(3)
CALENDARS = ("BH-AT", "BH-DE", "BH-CH", "BH-247")

TIGHTENED = day(2025, 1, 1)
"""From this day the standard policy promises a faster resolution."""
# minutes by priority low, normal, high, urgent
RESPONSE_TARGET = ints([[480, 240, 120, 60], [240, 120, 60, 30], [240, 120, 60, 30]])
RESOLUTION_TARGET = ints([[3840, 1920, 960, 480], [1920, 960, 480, 240], [5760, 2880, 1440, 480]])
RESOLUTION_BEFORE = ints([4800, 2400, 1200, 480])
"""Resolution targets of the standard policy before it was tightened."""


def product_table() -> pl.DataFrame:
    """`product`."""
    return frame(
        "product",
        {
            "product_id": [p.key for p in PRODUCTS],
            "product_name": [p.name for p in PRODUCTS],
            "product_family": [p.family for p in PRODUCTS],
            "tier_rank": ints([p.tier if p.tier is not None else NA for p in PRODUCTS]),
            "is_service": np.asarray([p.is_service for p in PRODUCTS]),
            "service_tier": [p.service_tier for p in PRODUCTS],
            "standard_direct_cost_pct": ints(
                [p.direct_cost if p.direct_cost is not None else NA for p in PRODUCTS]
            ),
        },
        len(PRODUCTS),
    )


def stage_table() -> pl.DataFrame:
    """`pipeline_stage`."""
    return frame(
        "pipeline_stage",
        {
            "stage_id": list(STAGE_KEYS),
            "pipeline_id": [PIPELINES[s.pipeline] for s in STAGES],
            "stage_name": [s.name for s in STAGES],
            "sort_order": ints([s.order if s.order is not None else NA for s in STAGES]),
            "is_open": np.asarray([s.rot_days is not None for s in STAGES]),
            "is_won": np.asarray([s.name == "Won" for s in STAGES]),
            "is_lost": np.asarray([s.name == "Lost" for s in STAGES]),
            "default_probability": ints([s.probability for s in STAGES]),
            "rot_after_days": ints([s.rot_days if s.rot_days is not None else NA for s in STAGES]),
        },
        len(STAGES),
    )


def policy_table() -> pl.DataFrame:
    """`sla_policy`: two versions of the standard policy, a premium and a round-the-clock one."""
    rows: list[tuple[str, str, str, int, int, int, str, str, bool]] = []
    since = CONTRACTS_FROM
    for p, policy in enumerate(POLICIES):
        clock = "calendar" if p == ROUND_THE_CLOCK else "business"
        for q, priority in enumerate(PRIORITIES):
            response, resolution = int(RESPONSE_TARGET[p, q]), int(RESOLUTION_TARGET[p, q])
            paid = p != STANDARD
            rows.append((policy, "first_response", priority, since, NA, response, clock, "", paid))
            pause = "pending|on_hold" if p == STANDARD else "pending"
            if p == STANDARD:
                before = int(RESOLUTION_BEFORE[q])
                rows.append(
                    (
                        policy,
                        "resolution",
                        priority,
                        since,
                        TIGHTENED - 1,
                        before,
                        clock,
                        pause,
                        paid,
                    )
                )
            start = TIGHTENED if p == STANDARD else since
            rows.append((policy, "resolution", priority, start, NA, resolution, clock, pause, paid))
        if p == STANDARD:
            rows.append(
                (policy, "next_response", "urgent", TIGHTENED, NA, 120, clock, "pending", False)
            )
    return frame(
        "sla_policy",
        {
            "sla_policy_id": [r[0] for r in rows],
            "metric": [r[1] for r in rows],
            "priority": [r[2] for r in rows],
            "valid_from": ints([r[3] for r in rows]),
            "valid_to": ints([r[4] for r in rows]),
            "target_minutes": ints([r[5] for r in rows]),
            "clock": [r[6] for r in rows],
            "pause_statuses": [r[7] or None for r in rows],
            "is_premium": np.asarray([r[8] for r in rows]),
        },
        len(rows),
    )


def hours_table() -> pl.DataFrame:
    """`business_hours`: office hours per country (a split shift in CH), 24x7, and holidays."""
    rows: list[tuple[str, str, int, str | None, str | None, int, str]] = []
    for calendar, zone in (("BH-AT", "Europe/Vienna"), ("BH-DE", "Europe/Berlin")):
        rows += [(calendar, "window", d, "09:00", "17:00", NA, zone) for d in range(1, 6)]
    for d in range(1, 6):
        closes = "17:00" if d < 5 else "16:00"
        rows.append(("BH-CH", "window", d, "08:00", "12:00", NA, "Europe/Zurich"))
        rows.append(("BH-CH", "window", d, "13:00", closes, NA, "Europe/Zurich"))
    rows += [("BH-247", "window", d, "00:00", "00:00", NA, "Europe/Vienna") for d in range(1, 8)]
    zones = {"AT": "Europe/Vienna", "DE": "Europe/Berlin", "CH": "Europe/Zurich"}
    for country, zone in zones.items():
        for of_day in holidays(country, 2023, 2027).tolist():
            rows.append((f"BH-{country}", "holiday", NA, None, None, of_day, zone))
    return frame(
        "business_hours",
        {
            "business_hours_id": [r[0] for r in rows],
            "row_type": [r[1] for r in rows],
            "iso_weekday": ints([r[2] for r in rows]),
            "opens_at": [r[3] for r in rows],
            "closes_at": [r[4] for r in rows],
            "holiday_date": ints([r[5] for r in rows]),
            "timezone": [r[6] for r in rows],
        },
        len(rows),
    )


@dataclass(frozen=True)
class Rates:
    """EUR per CHF in 1/10^8, one per working day."""

    days: Ints
    rates: Ints

    def at(self, days: Ints) -> Ints:
        """The last rate on or before a day."""
        return ints(self.rates[np.maximum(np.searchsorted(self.days, days, side="right") - 1, 0)])


def exchange_rates(stream: Stream, document_days: Ints) -> Rates:
    """A slow random walk of the franc around 1.04 EUR, pulled back to that level.

    Once the import of rates stood still for a little more than a week, so that the documents of
    one day (one of `document_days`, in the middle of a month of 2024) have no usable rate.
    """
    rng = stream.child("rates")
    days = ints(range(FIRST_DAY - 7, LAST_DAY + 1))
    days = days[is_workday(days)]
    steps = rng.bell(len(days)) * 0.0022
    level, walk = 0.0, np.zeros(len(days))
    for i, step in enumerate(steps.tolist()):
        level = level * 0.995 + step
        walk[i] = level
    rates = np.floor((1.035 + 0.00002 * (days - FIRST_DAY) + walk) * 10_000).astype(np.int64)
    of_month = document_days - month_floor(document_days)
    quiet = (document_days > day(2024, 2, 1)) & (document_days < day(2024, 12, 1))
    quiet &= (of_month > 8) & (of_month < 24) & is_workday(document_days)
    missed, documents = np.unique(document_days[quiet], return_counts=True)
    if not len(missed):
        return Rates(days, rates * 10_000)
    gap = int(missed[np.argmin(documents)])
    # The last rate before it is eight days old or older, the next one comes the day after.
    keep = (days < gap - 7) | (days > gap)
    return Rates(days[keep], rates[keep] * 10_000)


def rate_table(rates: Rates) -> pl.DataFrame:
    """`currency_rate`."""
    return frame(
        "currency_rate",
        {"currency": "CHF", "rate_date": rates.days, "rate_to_reporting": rates.rates},
        len(rates.days),
    )


SEASON_OF_SALES = np.asarray([0.92, 1.0, 1.1, 1.0, 0.98, 1.05, 0.82, 0.75, 1.08, 1.1, 1.15, 1.05])
"""How busy sales and marketing are, by calendar month."""
SEASON_OF_CHURN = np.asarray([1.2, 0.95, 1.05, 0.92, 0.9, 1.12, 0.9, 0.85, 1.05, 1.0, 0.96, 1.1])
"""How ready customers are to leave, by calendar month (budgets end with the year)."""
