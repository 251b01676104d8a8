"""P1 CRM usage."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from oracle.customers import all_spells
from oracle.lookup import People
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, periods, roll_up, status_row

CUSTOMERS = "contract_line|invoice|opportunity"


def monday(day: date) -> date:
    """The start of the ISO week of a day."""
    return day - timedelta(days=day.weekday())


def crm_adoption_rate(crm: Crm) -> list[KpiRow]:
    """Licensed people that logged in and maintained something in a week ÷ licensed people."""
    people = People(crm)
    logged_in: set[tuple[str, date]] = set()
    for row in crm["login_history"]:
        is_login = row["event_type"] == "login" and row["login_status"] == "success"
        if is_login and row["channel"] != "api":
            logged_in.add((row["user_id"], monday(local_date(row["event_at"]))))
    maintained: dict[tuple[str, date], int] = defaultdict(int)
    for row in crm["activity"]:
        if row["completed_at"] and not row["is_automated"] and row["user_id"]:
            maintained[row["user_id"], monday(local_date(row["completed_at"]))] += 1
    for row in crm["field_history"]:
        if row["changed_by_user_id"]:
            maintained[row["changed_by_user_id"], monday(local_date(row["changed_at"]))] += 1
    for row in crm["quote"]:
        if row["sent_at"] and row["created_by_user_id"]:
            maintained[row["created_by_user_id"], monday(local_date(row["sent_at"]))] += 1
    metric = Metric(
        "crm_adoption_rate",
        ["login_history"],
        ["department", "team", "region"],
        grains=("iso_week", "month", "quarter", "r12m"),
    )
    facts = []
    week = monday(crm.first_month)
    while week <= crm.as_of:
        for user in crm["app_user"]:
            if not user["is_crm_licensed"] or user["user_type"] != "human":
                continue
            first = max(week, user["licensed_from"] or date.min)
            last = min(week + timedelta(days=6), user["licensed_to"] or date.max)
            if (last - first).days + 1 < crm.days("licence_days_in_week"):
                continue
            key = user["user_id"], week
            facts.append(
                Fact(
                    week + timedelta(days=3),  # a week belongs to the month of its Thursday
                    float(key in logged_in and maintained[key] > 0),
                    1.0,
                    members={
                        "department": user["department"],
                        "team": people.team(user["user_id"]),
                        "region": user["region"],
                    },
                )
            )
        week += timedelta(days=7)
    return roll_up(crm, metric, facts)


def relationship_freshness_rate(crm: Crm) -> list[KpiRow]:
    """Customers with an active owner, a recent talk, a valid contact and verified master data.

    Only talks have a history: the other conditions are known of today alone (C8).
    """
    people, relationships, spells = People(crm), _Relationships(crm), all_spells(crm)
    metric = Metric("relationship_freshness_rate", [CUSTOMERS], ["region", "segment"])
    rows: list[KpiRow] = []
    for period in periods(crm, "month"):
        day = min(period.end, crm.as_of)
        is_today = day == crm.as_of
        has_talks = day_after(day, -crm.days("freshness_days")) >= crm.coverage("activity")[0]
        cells: dict[tuple[str, str], list[bool]] = defaultdict(list)
        cells["total", "total"] = []
        for account in sorted({spell.account for spell in spells if spell.is_active(day)}):
            met = {name: check(account, day) for name, check in relationships.checks.items()}
            is_fresh = all(met.values())
            cells["total", "total"].append(is_fresh)
            for name in metric.dimensions:
                cells[name, people.account(account, name) or UNKNOWN].append(is_fresh)
            for name, is_met in met.items():
                cells["condition", name].append(is_met)
        for place, found in cells.items():
            row = status_row(
                crm, metric, period, place, (float(sum(found)), float(len(found))), len(found)
            )
            if is_today or (place == ("condition", "interaction") and has_talks):
                rows.append(row)
            elif place == ("total", "total"):
                key = (metric.name, period.grain, period.start, *place)
                rows.append(KpiRow(*key, None, None, None, None, "no_data"))
    return rows


class _Relationships:
    """What makes the relationship with a customer fresh on a day."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.people, self.users = crm, People(crm), crm.by("app_user")
        self.contacts: dict[str, list[Row]] = defaultdict(list)
        for contact in crm["contact"]:
            self.contacts[contact["account_id"]].append(contact)
        self.talks = self._talks()
        self.checks = {
            "owner": self.has_owner,
            "interaction": self.has_talked,
            "contact": self.has_contact,
            "verified": self.is_verified,
        }

    def _talks(self) -> dict[str, list[date]]:
        """Days on which somebody of the customer and somebody of the company met."""
        parents = {
            "contact_id": self.crm.by("contact"),
            "opportunity_id": self.crm.by("opportunity"),
            "case_id": self.crm.by("support_case"),
        }
        found: dict[str, list[date]] = defaultdict(list)
        for row in self.crm["activity"]:
            is_mutual = row["direction"] == "inbound" or row["outcome"] in {"held", "connected"}
            is_missed = row["outcome"] in {"no_answer", "no_show", "cancelled"}
            if row["is_automated"] or row["completed_at"] is None or not is_mutual or is_missed:
                continue
            if row["direction"] == "internal":
                continue
            account = row["account_id"]
            for column, records in parents.items():
                if account is None and row[column] in records:
                    account = records[row[column]]["account_id"]
            if account is not None:
                found[account].append(local_date(row["completed_at"]))
        return found

    def has_owner(self, account: str, _: date) -> bool:
        """The owner still works here."""
        owner = self.users.get(self.people.account(account, "owner_user_id") or "")
        return bool(owner and owner["is_active"])

    def has_talked(self, account: str, day: date) -> bool:
        """The last talk is not long ago."""
        limit = self.crm.days("freshness_days")
        return any(0 <= days_between(on, day) <= limit for on in self.talks[account])

    def has_contact(self, account: str, _: date) -> bool:
        """Somebody can be reached."""
        return any(
            (contact["email"] or contact["phone"]) and contact["email_status"] != "bounced"
            for contact in self.contacts[account]
        )

    def is_verified(self, account: str, day: date) -> bool:
        """Master data of the account or of a contact were looked at within a year."""
        stamps = [self.crm.by("account")[account]["last_verified_at"]]
        stamps += [contact["last_verified_at"] for contact in self.contacts[account]]
        limit = self.crm.days("verified_days")
        return any(0 <= days_between(local_date(stamp), day) <= limit for stamp in stamps if stamp)
