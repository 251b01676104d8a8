"""Business time: the windows of a calendar in its own zone, holidays left out (G11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oracle.raw import UTC, Crm, local_time

Span = tuple[datetime, datetime]


class Calendars:
    """Opening hours of every calendar, as spans in UTC."""

    def __init__(self, crm: Crm) -> None:
        self._zones: dict[str, ZoneInfo] = {}
        self._windows: dict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
        self._holidays: set[tuple[str, date]] = set()
        for row in crm["business_hours"]:
            key = row["business_hours_id"]
            self._zones[key] = ZoneInfo(row["timezone"])
            if row["row_type"] == "holiday":
                self._holidays.add((key, row["holiday_date"]))
            else:
                self._windows[key, row["iso_weekday"]].append((row["opens_at"], row["closes_at"]))

    def spans(self, calendar: str, start: datetime, end: datetime) -> Iterator[Span]:
        """The open parts of a stretch of time, in order."""
        zone = self._zones[calendar]
        day, last = local_time(start, zone).date(), local_time(end, zone).date()
        while day <= last:
            if (calendar, day) not in self._holidays:
                for opens, closes in sorted(self._windows[calendar, day.isoweekday()]):
                    low = max(start, _utc(day, opens, zone))
                    # 00:00 closes at the end of the day.
                    next_day = day + timedelta(days=1)
                    high = min(end, _utc(next_day if closes == "00:00" else day, closes, zone))
                    if low < high:
                        yield low, high
            day += timedelta(days=1)


def _utc(day: date, clock: str, zone: ZoneInfo) -> datetime:
    moment = datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def minutes(span: Span) -> float:
    """Length of a span."""
    return (span[1] - span[0]).total_seconds() / 60
