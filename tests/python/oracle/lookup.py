"""Exchange rates, values as they were, owners and accounts: what every area looks up."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import date, datetime, timedelta
from functools import cached_property

from oracle.raw import UTC, VIENNA, Crm, Row


class Rates:
    """Amounts in euro at the last rate of a day or before (G4)."""

    def __init__(self, crm: Crm) -> None:
        self._max_age = timedelta(days=crm.days("fx_max_age_days"))
        self._days: dict[str, list[date]] = defaultdict(list)
        self._rates: dict[str, list[float]] = defaultdict(list)
        for row in sorted(crm["currency_rate"], key=lambda row: row["rate_date"]):
            self._days[row["currency"]].append(row["rate_date"])
            self._rates[row["currency"]].append(row["rate_to_reporting"])

    def rate(self, currency: str | None, day: date, any_age: bool = False) -> float | None:
        """The rate of a day, None if the last one is too old."""
        if currency is None or currency == "EUR":
            return 1.0
        days = self._days[currency]
        place = bisect_right(days, day) - 1
        if place < 0 or (not any_age and day - days[place] > self._max_age):
            return None
        return self._rates[currency][place]

    def split(self, amount: float, currency: str | None, day: date) -> tuple[float, float]:
        """The converted amount and, if there was no rate, what is missing of it."""
        rate = self.rate(currency, day)
        if rate is not None:
            return amount * rate, 0.0
        return 0.0, amount * (self.rate(currency, day, any_age=True) or float("inf"))


class History:
    """Values of tracked fields as they were (C8)."""

    def __init__(self, crm: Crm) -> None:
        self._changes: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in sorted(crm["field_history"], key=lambda row: row["changed_at"]):
            self._changes[row["object_type"], row["field_name"], row["record_id"]].append(row)

    def changes(self, object_type: str, field: str, record: str) -> list[Row]:
        """The changes of a field of a record, oldest first."""
        return self._changes.get((object_type, field, record), [])

    def at(
        self, object_type: str, field: str, record: str, moment: datetime, now: str | None
    ) -> str | None:
        """The value at a moment: last change before it, else what it was before the first one."""
        changes = self.changes(object_type, field, record)
        if not changes:
            return now
        value: str | None = changes[0]["old_value"]
        for change in changes:
            if change["changed_at"] > moment:
                break
            value = change["new_value"]
        return value


class People:
    """Names, teams and regions as dimension members."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm

    def rep(self, user: str | None) -> str | None:
        """The name of a user."""
        found = self._users.get(user or "")
        return found["full_name"] if found else None

    def team(self, user: str | None) -> str | None:
        """The team of a user, current."""
        found = self._users.get(user or "")
        return found["team"] if found else None

    def owner(self, account: str, day: date) -> str | None:
        """The owner of an account at the close of a day."""
        now = self.account(account, "owner_user_id")
        end = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=VIENNA)
        moment = end.astimezone(UTC).replace(tzinfo=None) - timedelta(microseconds=1)
        return self._history.at("account", "owner_user_id", account, moment, now)

    @cached_property
    def _history(self) -> History:
        return History(self._crm)

    def account(self, account: str | None, column: str) -> str | None:
        """A column of an account."""
        found = self._crm.by("account").get(account or "")
        return found[column] if found else None

    @cached_property
    def _users(self) -> dict[str, Row]:
        return self._crm.by("app_user")


def band(crm: Crm, kind: str, value: float) -> str | None:
    """The band of a value; from inclusive, to exclusive."""
    for low, high, name in crm.bands(kind):
        if low <= value < high:
            return name
    return None
