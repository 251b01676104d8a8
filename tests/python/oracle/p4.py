"""P4 Campaigns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime

from oracle.customers import DAYS_PER_MONTH, spells_by_account
from oracle.deals import bookings, deals
from oracle.lookup import People
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
