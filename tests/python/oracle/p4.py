"""P4 Campaigns."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from oracle.customers import DAYS_PER_MONTH, spells_by_account
from oracle.deals import bookings, deals, line_increment, sale_lines
from oracle.economics import DirectCost
from oracle.lookup import People, Rates
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, periods, roll_up, status_row


@dataclass(frozen=True)
class Target:
    """A person in a campaign: the row of the first step and the acceptance over all steps."""

    campaign: Row
    first: Row
    accepted_at: datetime | None
    account: str | None

    @property
    def enrolled_on(self) -> date:
        """The day of the first step."""
        return local_date(self.first["enrolled_at"])

    @property
    def has_accepted(self) -> bool:
        """Accepted within the campaign's window."""
        if self.accepted_at is None:
            return False
        days = days_between(self.enrolled_on, local_date(self.accepted_at))
        return 0 <= days <= int(self.campaign["conversion_window_days"])


def targets(crm: Crm) -> list[Target]:
    """Every person once per campaign."""
    campaigns, contacts, leads = crm.by("campaign"), crm.by("contact"), crm.by("lead")
    steps: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in crm["campaign_member"]:
        steps[row["campaign_id"], row["contact_id"] or row["lead_id"]].append(row)
    found = []
    for (campaign, _), rows in steps.items():
        rows.sort(key=lambda row: row["step_no"])
        accepted = [row["offer_accepted_at"] for row in rows if row["offer_accepted_at"]]
        contact, lead = contacts.get(rows[0]["contact_id"]), leads.get(rows[0]["lead_id"])
        accounts = (
            rows[0]["account_id"],
            contact["account_id"] if contact else None,
            lead["converted_account_id"] if lead else None,
        )
        account = next((str(one) for one in accounts if one is not None), None)
        found.append(Target(campaigns[campaign], rows[0], min(accepted, default=None), account))
    return found


def offer_acceptance_rate(crm: Crm) -> list[KpiRow]:
    """Treated people that accepted in time ÷ those the first step reached.

    Only campaigns that offer a product: without an offer there is none to accept.
    """
    people = People(crm)
    metric = Metric(
        "offer_acceptance_rate",
        ["campaign", "campaign_member"],
        ["campaign", "channel", "segment", "step_type"],
        grains=("month", "quarter", "r12m"),
        window_days=crm.days("conversion_window_days"),
    )
    facts = []
    for target in targets(crm):
        campaign = target.campaign
        is_offer = campaign["offer_product_id"] is not None
        is_reached = target.first["arm"] == "treatment" and target.first["delivered_at"] is not None
        if not is_offer or not is_reached:
            continue
        facts.append(
            Fact(
                target.enrolled_on,
                1.0 if target.has_accepted else 0.0,
                1.0,
                members={
                    "campaign": campaign["name"],
                    "channel": campaign["campaign_type"],
                    "segment": people.account(target.account, "segment"),
                    "step_type": "multi" if campaign["step_count"] > 1 else "single",
                },
            )
        )
    return roll_up(crm, metric, facts)


@dataclass
class _Arm:
    people: int = 0
    accepted: int = 0


class CustomerTypes:
    """New, loyal or other on the day of enrolment."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.spells = crm, spells_by_account(crm)
        self.purchases: dict[str, dict[str, date]] = defaultdict(dict)
        for booking in bookings(deals(crm)):
            if booking.cancelled_on is None:
                row = booking.deal.row
                self.purchases[row["account_id"]][row["opportunity_id"]] = booking.on
        for line in crm["contract_line"]:
            if line["opportunity_id"] is None:
                known = self.purchases[line["account_id"]]
                key = line["contract_id"]
                known[key] = min(known.get(key, date.max), line["start_date"])

    def of(self, account: str | None, day: date) -> str:
        """The customer type of an account at the close of the day before."""
        bought = sum(on < day for on in self.purchases.get(account or "", {}).values())
        if not bought:
            return "new"
        spells = self.spells.get(account or "", [])
        ages = [days_between(spell.start, day) for spell in spells if spell.is_active(day)]
        if bought >= self.crm.days("loyal_purchases"):
            return "loyal"
        months = self.crm.days("loyal_months")
        return "loyal" if any(age / DAYS_PER_MONTH >= months for age in ages) else "other"


def campaign_incremental_lift(crm: Crm) -> list[KpiRow]:
    """Acceptance of the treated less that of the control group, weighed over customer types."""
    types = CustomerTypes(crm)
    metric = Metric("campaign_incremental_lift", ["campaign", "campaign_member"], [], scale=100)
    window = crm.days("conversion_window_days")
    offered = [target for target in targets(crm) if target.campaign["offer_product_id"]]
    rows = []
    for grain in ("quarter", "r12m"):
        for period in periods(crm, grain):
            arms: dict[tuple[str, str], dict[tuple[str, str, str], _Arm]] = {("total", "total"): {}}
            youngest: dict[tuple[str, str], date] = {}
            for target in offered:
                day = target.enrolled_on
                if not period.start <= day <= period.end:
                    continue
                kind = types.of(target.account, day)
                members = {"total": "total", "campaign": target.campaign["name"]}
                for dimension, member in members.items():
                    place = dimension, member or UNKNOWN
                    strata = arms.setdefault(place, {})
                    youngest[place] = max(day, youngest.get(place, day))
                    stratum = target.campaign["campaign_id"], kind
                    if not target.first["is_randomised"]:
                        continue
                    arm = strata.setdefault((*stratum, target.first["arm"]), _Arm())
                    arm.people += 1
                    arm.accepted += target.has_accepted
            for place, strata in arms.items():
                parts, n = _lift(strata)
                last = youngest.get(place, period.end)
                is_open = period.end > crm.as_of or day_after(last, window) > crm.as_of
                row = status_row(crm, metric, period, place, parts, n, is_open=is_open)
                if not parts[1]:
                    row = replace(row, denominator=None)  # a composite has no parts of nothing
                if place in youngest and not n:
                    # Without a control group there is nothing to compare with.
                    key = (metric.name, grain, period.start, *place)
                    row = KpiRow(*key, None, None, None, None, "no_data")
                rows.append(row)
    return rows


def _lift(strata: dict[tuple[str, str, str], _Arm]) -> tuple[tuple[float, float], int]:
    incremental, treated, n = 0.0, 0, 0
    for (campaign, kind, name), arm in strata.items():
        control = strata.get((campaign, kind, "control"))
        if name == "treatment" and control:
            treated += arm.people
            n += arm.people + control.people
            incremental += arm.accepted - arm.people * control.accepted / control.people
    return (incremental, float(treated)), n


@dataclass(frozen=True)
class Trial:
    """Somebody who had not reacted yet and was sent a further step, or held back from it."""

    campaign: Row
    step: Row
    has_accepted: bool
    kind: str


def _trials(crm: Crm) -> list[Trial]:
    """Treated people without a response before a further step that lots decided on."""
    campaigns, types = crm.by("campaign"), CustomerTypes(crm)
    accounts = {
        (target.campaign["campaign_id"], _person(target.first)): target.account
        for target in targets(crm)
    }
    steps: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in crm["campaign_member"]:
        steps[row["campaign_id"], _person(row)].append(row)
    found = []
    for (campaign_id, person), rows in steps.items():
        campaign = campaigns[campaign_id]
        rows.sort(key=lambda row: row["step_no"])
        reactions = [
            row[column]
            for row in rows
            for column in ("responded_at", "offer_accepted_at")
            if row[column]
        ]
        accepted = [row["offer_accepted_at"] for row in rows if row["offer_accepted_at"]]
        for step in rows:
            start = step["enrolled_at"]
            if (
                step["step_no"] == 1
                or not step["is_randomised"]
                or campaign["offer_product_id"] is None
                or rows[0]["step_no"] != 1
                or rows[0]["arm"] != "treatment"
                or any(moment < start for moment in reactions)
            ):
                continue
            first = min((moment for moment in accepted if moment >= start), default=None)
            days = days_between(local_date(start), local_date(first)) if first else None
            window = int(campaign["conversion_window_days"])
            kind = types.of(accounts[campaign_id, person], local_date(rows[0]["enrolled_at"]))
            found.append(Trial(campaign, step, days is not None and days <= window, kind))
    return found


def _person(row: Row) -> str:
    return str(row["contact_id"] or row["lead_id"])


def followup_incremental_lift(crm: Crm) -> list[KpiRow]:
    """Acceptance of those sent a further step less that of those held back, by campaign."""
    metric = Metric("followup_incremental_lift", ["campaign", "campaign_member"], [], scale=100)
    trials, window = _trials(crm), crm.days("conversion_window_days")
    rows = []
    for grain in ("quarter", "r12m"):
        for period in periods(crm, grain):
            cells: dict[tuple[str, str], list[Trial]] = {("total", "total"): []}
            for trial in trials:
                if period.start <= local_date(trial.step["enrolled_at"]) <= period.end:
                    for place in (
                        ("total", "total"),
                        ("campaign", trial.campaign["name"]),
                        ("channel", trial.campaign["campaign_type"]),
                        ("step", str(trial.step["step_no"])),
                        ("customer_type", trial.kind),
                    ):
                        cells.setdefault(place, []).append(trial)
            for place, found in cells.items():
                strata: dict[tuple[str, str, str], _Arm] = {}
                for trial in found:
                    stratum = trial.campaign["campaign_id"], str(trial.step["step_no"])
                    arm = strata.setdefault((*stratum, trial.step["arm"]), _Arm())
                    arm.people += 1
                    arm.accepted += trial.has_accepted
                parts, n = _lift(strata)
                days = [local_date(trial.step["enrolled_at"]) for trial in found]
                last = max(days, default=period.end)
                is_open = period.end > crm.as_of or day_after(last, window) > crm.as_of
                row = status_row(crm, metric, period, place, parts, n, is_open=is_open)
                if not parts[1]:
                    row = replace(row, denominator=None)
                if found and not n:
                    key = (metric.name, grain, period.start, *place)
                    row = KpiRow(*key, None, None, None, None, "no_data")
                rows.append(row)
    return rows


@dataclass(frozen=True)
class _Stratum:
    """One customer type of a campaign: who was treated, who was withheld, what an order brings."""

    campaign: str
    treated: list[Target]
    withheld: list[Target]


def campaign_roi_incremental(crm: Crm) -> list[KpiRow]:
    """Contribution of the orders beyond those of the control group, less cost ÷ cost."""
    types, margins = CustomerTypes(crm), _OrderMargins(crm)
    # Lines of deals have no window: they are always there.
    metric = Metric(
        "campaign_roi_incremental", ["campaign", "campaign_member"], [], has_interval=False
    )
    window = crm.days("conversion_window_days")
    all_targets = targets(crm)
    per_head = _cost_per_head(crm, all_targets)
    offered = [target for target in all_targets if target.campaign["offer_product_id"]]
    rows = []
    for grain in ("quarter", "r12m"):
        for period in periods(crm, grain):
            cells: dict[tuple[str, str], list[Target]] = {("total", "total"): []}
            for target in offered:
                if period.start <= target.enrolled_on <= period.end:
                    for place in (
                        ("total", "total"),
                        ("campaign", target.campaign["name"]),
                        ("channel", target.campaign["campaign_type"]),
                    ):
                        cells.setdefault(place, []).append(target)
            for place, found in cells.items():
                strata: dict[tuple[str, str], _Stratum] = {}
                for target in found:
                    if target.first["is_randomised"]:
                        key = (
                            target.campaign["campaign_id"],
                            types.of(target.account, target.enrolled_on),
                        )
                        stratum = strata.setdefault(key, _Stratum(key[0], [], []))
                        is_treated = target.first["arm"] == "treatment"
                        (stratum.treated if is_treated else stratum.withheld).append(target)
                gain = cost = 0.0
                n = 0
                for stratum in strata.values():
                    head = per_head.get(stratum.campaign)
                    if not stratum.treated or not stratum.withheld or not head:
                        continue
                    n += len(stratum.treated) + len(stratum.withheld)
                    cost += head * len(stratum.treated)
                    gain += margins.gain(stratum.treated, stratum.withheld)
                last = max((target.enrolled_on for target in found), default=period.end)
                is_open = period.end > crm.as_of or day_after(last, window) > crm.as_of
                row = status_row(
                    crm, metric, period, place, (gain - cost, cost), n, is_open=is_open
                )
                if not cost:
                    row = replace(row, denominator=None)
                if found and not n:
                    blank = (metric.name, grain, period.start, *place)
                    row = KpiRow(*blank, None, None, None, None, "no_data")
                rows.append(row)
    return rows


def _cost_per_head(crm: Crm, all_targets: list[Target]) -> dict[str, float]:
    """Cost of a campaign for every treated person."""
    rates = Rates(crm)
    people: Counter[str] = Counter(
        target.campaign["campaign_id"]
        for target in all_targets
        if target.first["arm"] == "treatment"
    )
    booked: dict[str, float] = defaultdict(float)
    for cost in crm["cost_entry"]:
        if cost["campaign_id"] and cost["entry_type"] == "actual":
            amount = cost["net_amount"] or 0.0
            booked[cost["campaign_id"]] += rates.split(amount, cost["currency"], cost["cost_date"])[
                0
            ]
    found = {}
    for key, count in people.items():
        campaign = crm.by("campaign")[key]
        total = campaign["actual_cost_amount"]
        if total is not None:
            day = min(campaign["start_date"], crm.as_of)
            total = rates.split(total, campaign["currency"], day)[0]
        found[key] = (booked.get(key, 0.0) if total is None else total) / count
    return found


class _OrderMargins:
    """What an accepted offer was worth: the increment of its lines less its direct cost."""

    def __init__(self, crm: Crm) -> None:
        rates, costs = Rates(crm), DirectCost(crm)
        self.by_deal: dict[str, float] = defaultdict(float)
        all_deals = deals(crm)
        self.deal_of = {
            (row["campaign_id"], _person(row)): row["accepted_opportunity_id"]
            for row in crm["campaign_member"]
            if row["accepted_opportunity_id"]
        }
        for line in sale_lines(crm, all_deals):
            if line.sign > 0 and line.deal.outcome == "won":
                amount, _ = line_increment(rates, line)
                # What an upgrade adds bears its part of the cost, not that of what it replaces.
                net = line.row["net_amount"]
                share = (costs.line_cost(line.row) or 0.0) / net if net else 0.0
                self.by_deal[line.deal.row["opportunity_id"]] += amount * (1 - share)

    def of(self, target: Target) -> float:
        """CM1 of the order of a person; nothing for one that was not won."""
        deal = self.deal_of.get((target.campaign["campaign_id"], _person(target.first)))
        return self.by_deal.get(deal or "", 0.0)

    def gain(self, treated: list[Target], withheld: list[Target]) -> float:
        """Orders beyond what the control group makes expect, at what one brings on average."""
        accepted = [target for target in treated if target.has_accepted]
        expected = sum(target.has_accepted for target in withheld) / len(withheld) * len(treated)
        orders = accepted
        if not orders:
            return 0.0
        mean = sum(self.of(target) for target in orders) / len(orders)
        return (len(accepted) - expected) * mean
