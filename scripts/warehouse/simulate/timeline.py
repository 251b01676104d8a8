"""The calendar of the simulated company: months, local time, working days and opening hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from warehouse.simulate.arrays import NA, Flags, Floats, Ints, ints, where

DAY = 86_400
HOUR = 3_600
MINUTE = 60


def day(year: int, month: int, of_month: int) -> int:
    """Days since 1970-01-01."""
    return date(year, month, of_month).toordinal() - date(1970, 1, 1).toordinal()


FIRST_DAY = day(2023, 7, 1)
"""First day of CRM operation: nothing but master data and contracts is older."""
LAST_DAY = day(2026, 6, 30)
"""Last simulated day: nothing that has happened is later."""
CONTRACTS_FROM = day(2021, 1, 1)
"""The subscription business started here; contracts were migrated back to this day."""
MONTHS = 36

MONTH_START = ints([day(2023 + (6 + m) // 12, (6 + m) % 12 + 1, 1) for m in range(MONTHS + 13)])
"""First day of simulated month 0 (July 2023), 1, … and of the twelve months after the last."""


def month_of(days: Ints) -> Ints:
    """Simulated month of a day, clipped to the simulated range."""
    month = np.searchsorted(MONTH_START, days, side="right") - 1
    return np.clip(month, 0, MONTHS - 1).astype(np.int64)


def calendar_month(days: Ints) -> Ints:
    """1 to 12."""
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months % 12 + 1


def weekday(days: Ints) -> Ints:
    """0 = Monday … 6 = Sunday."""
    return (days + 3) % 7


def add_months(days: Ints, months: Ints | int) -> Ints:
    """The same day of month, `months` later; the last of the month where it does not exist."""
    first = days.astype("datetime64[D]").astype("datetime64[M]")
    of_month = (days.astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    target = first + np.asarray(months).astype("timedelta64[M]")
    length = ((target + 1).astype("datetime64[D]") - target.astype("datetime64[D]")).astype(
        np.int64
    )
    return ints(target.astype("datetime64[D]").astype(np.int64) + np.minimum(of_month, length - 1))


def month_floor(days: Ints) -> Ints:
    """First day of the day's month."""
    return (
        days.astype("datetime64[D]")
        .astype("datetime64[M]")
        .astype("datetime64[D]")
        .astype(np.int64)
    )


def _last_sunday(year: int, month: int) -> int:
    last = day(year, month, 31)
    return last - (last + 4) % 7


# Vienna, Berlin and Zurich change their clocks together: the last Sundays of March and October.
_YEARS = range(2018, 2031)
_UTC_CHANGES = ints(
    sorted(_last_sunday(y, m) * DAY + HOUR for y in _YEARS for m in (3, 10)),
)
_LOCAL_CHANGES = ints(
    sorted(_last_sunday(y, m) * DAY + (2 if m == 3 else 3) * HOUR for y in _YEARS for m in (3, 10)),
)


def to_utc(local: Ints) -> Ints:
    """Local wall-clock seconds (Central European time) to UTC seconds."""
    summer = np.searchsorted(_LOCAL_CHANGES, local, side="right") % 2
    return where(local != NA, local - HOUR * (1 + summer))


def to_local(utc: Ints) -> Ints:
    """UTC seconds to local wall-clock seconds."""
    summer = np.searchsorted(_UTC_CHANGES, utc, side="right") % 2
    return where(utc != NA, utc + HOUR * (1 + summer))


def local_day(utc: Ints) -> Ints:
    """Local calendar day of a moment."""
    return where(utc != NA, to_local(utc) // DAY)


def moment(days: Ints | int, minute_of_day: Ints | int) -> Ints:
    """UTC seconds of a local day and minute."""
    return to_utc(ints(np.asarray(days)) * DAY + ints(np.asarray(minute_of_day)) * MINUTE)


END = int(moment(LAST_DAY, 24 * 60))
"""End of the last simulated day, UTC seconds; every happened event lies before it."""
START = int(moment(FIRST_DAY, 0))

EASTER = [
    day(2018, 4, 1), day(2019, 4, 21), day(2020, 4, 12), day(2021, 4, 4), day(2022, 4, 17),
    day(2023, 4, 9), day(2024, 3, 31), day(2025, 4, 20), day(2026, 4, 5), day(2027, 3, 28),
    day(2028, 4, 16), day(2029, 4, 1), day(2030, 4, 21),
]  # fmt: skip

_FIXED = {
    "AT": ((1, 1), (1, 6), (5, 1), (8, 15), (10, 26), (11, 1), (12, 8), (12, 25), (12, 26)),
    "DE": ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26)),
    "CH": ((1, 1), (1, 2), (5, 1), (8, 1), (12, 25), (12, 26)),
}
_AFTER_EASTER = {"AT": (1, 39, 50, 60), "DE": (-2, 1, 39, 50), "CH": (-2, 1, 39, 50)}


def holidays(country: str, first_year: int = 2018, last_year: int = 2030) -> Ints:
    """Public holidays of a country, as days."""
    fixed = [day(y, m, d) for y in range(first_year, last_year + 1) for m, d in _FIXED[country]]
    moving = [
        easter + offset
        for easter in EASTER
        if day(first_year, 1, 1) <= easter <= day(last_year, 12, 31)
        for offset in _AFTER_EASTER[country]
    ]
    return ints(sorted(set(fixed + moving)))


_SPAN_FROM, _SPAN_TO = day(2018, 1, 1), day(2030, 12, 31)
_SPAN = np.arange(_SPAN_FROM, _SPAN_TO + 1, dtype=np.int64)
_IS_WORKDAY: Flags = (weekday(_SPAN) < 5) & ~np.isin(_SPAN, holidays("AT"))
_WORKDAYS = _SPAN[_IS_WORKDAY]


def is_workday(days: Ints) -> Flags:
    """Monday to Friday and no Austrian holiday."""
    return np.asarray(_IS_WORKDAY[days - _SPAN_FROM])


def workday_from(days: Ints, ahead: Ints | int = 0) -> Ints:
    """The first working day on or after a day, then `ahead` working days further."""
    return ints(_WORKDAYS[np.searchsorted(_WORKDAYS, days, side="left") + ahead])


@dataclass(frozen=True)
class Clock:
    """Opening hours as a time axis: only open minutes count.

    `position` turns a moment into open seconds since the start of the axis, `moment_at` turns open
    seconds back into a moment. Adding open seconds is an addition on that axis.
    """

    opens: Ints  # local seconds, ascending
    closes: Ints

    @staticmethod
    def of(windows: Mapping[int, tuple[tuple[int, int], ...]], closed: Ints) -> Clock:
        """Windows per weekday (0 = Monday) in minutes of the day, minus closed days."""
        rows: list[tuple[int, int]] = []
        closed_days = set(closed.tolist())
        for of_day, week_day in zip(_SPAN.tolist(), weekday(_SPAN).tolist(), strict=True):
            if of_day in closed_days or of_day < day(2023, 1, 1):
                continue
            for start, stop in windows.get(week_day, ()):
                rows.append((of_day * DAY + start * MINUTE, of_day * DAY + stop * MINUTE))
        return Clock(ints([r[0] for r in rows]), ints([r[1] for r in rows]))

    @cached_property
    def _before(self) -> Ints:
        length = self.closes - self.opens
        return ints(np.cumsum(length) - length)

    def position(self, utc: Ints) -> Ints:
        """Open seconds from the start of the axis to a moment."""
        local = to_local(utc)
        window = np.searchsorted(self.opens, local, side="right") - 1
        window = np.maximum(window, 0)
        inside = np.clip(local - self.opens[window], 0, (self.closes - self.opens)[window])
        return self._before[window] + inside

    def moment_at(self, position: Ints) -> Ints:
        """The first moment at which so many open seconds have passed."""
        before = self._before
        window = np.searchsorted(before, position, side="left") - 1
        window = np.maximum(window, 0)
        return to_utc(self.opens[window] + position - before[window])

    def is_open(self, utc: Ints) -> Flags:
        """True inside a window."""
        local = to_local(utc)
        window = np.maximum(np.searchsorted(self.opens, local, side="right") - 1, 0)
        return np.asarray((local >= self.opens[window]) & (local < self.closes[window]))


NINE_TO_FIVE = dict.fromkeys(range(5), ((9 * 60, 17 * 60),))
SPLIT_SHIFT = {
    **dict.fromkeys(range(4), ((8 * 60, 12 * 60), (13 * 60, 17 * 60))),
    4: ((8 * 60, 12 * 60), (13 * 60, 16 * 60)),
}

OFFICE = Clock.of(NINE_TO_FIVE, holidays("AT"))
OFFICE_DE = Clock.of(NINE_TO_FIVE, holidays("DE"))
OFFICE_CH = Clock.of(SPLIT_SHIFT, holidays("CH"))


def office_moment(days: Ints, part_of_day: Floats) -> Ints:
    """A moment in office hours (08:00–18:00) on or after a day; `part_of_day` in 0…1."""
    seconds = np.floor(part_of_day * 10 * HOUR).astype(np.int64)
    return to_utc(workday_from(days) * DAY + 8 * HOUR + seconds)
