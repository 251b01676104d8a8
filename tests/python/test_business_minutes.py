"""Business minutes by subtraction against a slow count of open minutes that anybody can check."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import FULL, Built, copy_project, dbt_here

ZONES = [
    "Europe/Vienna",
    "America/New_York",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Africa/Casablanca",  # and these four times a year, around Ramadan
    "Asia/Kolkata",  # five and a half hours ahead
    "Pacific/Kiritimati",  # fourteen hours ahead
    "Pacific/Pago_Pago",
    "UTC",
]
#: Weeks in which clocks change somewhere, and one in which they change nowhere.
WEEKS = [
    date(2025, 2, 20),
    date(2025, 3, 3),
    date(2025, 3, 25),
    date(2025, 10, 1),
    date(2025, 10, 21),
]
SPINE = (date(2024, 12, 1), date(2026, 3, 1))
N_CALENDARS = 48
MODELS = [
    "int_business_window",
    "int_business_calendar",
    "int_zone_offset",
    "int_business_open",
    "int_business_time",
    "int_business_time_index",
    "int_business_day",
]


@dataclass(frozen=True)
class Calendar:
    """Windows per ISO weekday as (opens, closes) in minutes; closes ≤ opens means tomorrow."""

    name: str
    zone: str
    windows: dict[int, list[tuple[int, int]]]
    holidays: frozenset[date]

    def is_open(self, instant: datetime) -> bool:
        """Whether a window of today, or one of yesterday that runs over midnight, holds it."""
        local = instant.astimezone(ZoneInfo(self.zone))
        if local.date() in self.holidays:
            return False
        minute = 60 * local.hour + local.minute
        yesterday = (local.date() - timedelta(days=1)).isoweekday()
        today = self.windows.get(local.isoweekday(), [])
        return any(
            opens <= minute and (minute < closes or closes <= opens) for opens, closes in today
        ) or any(
            closes <= opens and minute < closes for opens, closes in self.windows.get(yesterday, [])
        )


def clock_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def random_calendar(number: int, draw: random.Random) -> Calendar:
    windows: dict[int, list[tuple[int, int]]] = {}
    for weekday in range(1, 8):
        kind = draw.choice(["none", "office", "split", "night", "whole", "late", "any", "overlap"])
        opens, closes = draw.randrange(1440), draw.randrange(1440)
        windows[weekday] = {
            "none": [],
            "office": [(9 * 60, 17 * 60)],
            "split": [(8 * 60, 12 * 60), (13 * 60, 16 * 60 + 30)],
            "night": [(22 * 60, 6 * 60)],
            "whole": [(0, 0)],
            "late": [(16 * 60, 0)],
            "any": [(opens, closes)],
            "overlap": [(7 * 60, 13 * 60), (11 * 60, 2 * 60), (13 * 60, 14 * 60)],
        }[kind]
    if not any(windows.values()):
        windows[1] = [(9 * 60, 17 * 60)]
    holidays = frozenset(
        week + timedelta(days=draw.randrange(14))
        for week in WEEKS
        for _ in range(draw.randrange(3))
    )
    return Calendar(f"C{number}", ZONES[number % len(ZONES)], windows, holidays)


def every_day(*windows: tuple[int, int]) -> dict[int, list[tuple[int, int]]]:
    return {weekday: list(windows) for weekday in range(1, 8)}


#: Shapes that chance may miss; every one of them in a zone whose clocks change.
SHAPES = {
    "round the clock": ("Europe/Vienna", every_day((0, 24 * 60))),
    "round the clock by midnight": ("America/New_York", every_day((0, 0))),
    "from nine to nine": ("Europe/Vienna", every_day((9 * 60, 9 * 60))),
    "every night": ("Europe/Vienna", every_day((22 * 60, 6 * 60))),
    "Sunday night into Monday": ("America/New_York", {7: [(23 * 60, 60)]}),
    "the hour that comes twice or never": ("Europe/Vienna", every_day((2 * 60, 3 * 60))),
    "across that hour": ("America/New_York", every_day((60, 4 * 60))),
    "windows that touch": ("Europe/Vienna", every_day((9 * 60, 720), (720, 17 * 60), (0, 1))),
    "a window within another": ("Europe/Vienna", every_day((8 * 60, 18 * 60), (10 * 60, 11 * 60))),
    "night and day": ("Australia/Lord_Howe", every_day((20 * 60, 8 * 60), (8 * 60, 20 * 60))),
    "the last minute": ("Europe/Vienna", every_day((23 * 60 + 59, 0))),
    "one morning a week": ("Africa/Casablanca", {3: [(8 * 60, 12 * 60)]}),
    "office without holidays": (
        "Europe/Vienna",
        {weekday: [(9 * 60, 17 * 60)] for weekday in range(1, 6)},
    ),
}


def shaped_calendars() -> list[Calendar]:
    """Each shape without holidays, and with holidays in a row and on the days of a clock change."""
    closed = frozenset(
        [
            *(date(2025, 3, 4) + timedelta(days=day) for day in range(3)),
            date(2025, 3, 9),
            date(2025, 3, 30),
            date(2025, 10, 26),
        ]
    )
    return [
        Calendar(f"{name}{suffix}", zone, windows, holidays)
        for name, (zone, windows) in SHAPES.items()
        for suffix, holidays in (("", frozenset()), (", with holidays", closed))
    ]


def random_pairs(draw: random.Random, n: int) -> list[tuple[datetime, datetime]]:
    """Two instants each, from the same second to nine days apart, many of them on the full hour."""
    pairs = []
    for _ in range(n):
        week = draw.choice(WEEKS)
        first = datetime(week.year, week.month, week.day, tzinfo=timezone.utc)
        first += timedelta(seconds=draw.randrange(5 * 86400))
        if draw.random() < 0.3:
            first = first.replace(minute=0, second=0)
        length = draw.choice([0, 60, 3600, 86400, draw.randrange(7200), draw.randrange(9 * 86400)])
        pairs.append((first, first + timedelta(seconds=length)))
    return pairs


def open_seconds(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Every minute between the two is asked whether it is open."""
    total = 0
    minute = start.replace(second=0)
    while minute < end:
        following = minute + timedelta(minutes=1)
        if calendar.is_open(minute):
            total += int((min(end, following) - max(start, minute)).total_seconds())
        minute = following
    return total


def instant_after(calendar: Calendar, start: datetime, seconds: int) -> datetime:
    """Minutes are walked until the open ones among them add up."""
    minute, missing = start.replace(second=0), seconds
    while True:
        following = minute + timedelta(minutes=1)
        begun = max(start, minute)
        usable = int((following - begun).total_seconds()) if calendar.is_open(minute) else 0
        if usable >= missing:
            return begun + timedelta(seconds=missing)
        missing -= usable
        minute = following


def naive(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


@pytest.fixture(scope="module")
def calendars() -> list[Calendar]:
    draw = random.Random(20250330)
    by_chance = [random_calendar(number, draw) for number in range(N_CALENDARS)]
    return by_chance + shaped_calendars()


@dataclass(frozen=True)
class Warehouse:
    """A database with the business-time models, and dbt to write SQL for it with the macros."""

    root: Path
    compiled: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.root / "warehouse.duckdb"

    def compile(self, sql: str) -> str:
        """All queries of this file at the first, since each run of dbt takes seconds."""
        if not self.compiled:
            queries = (ELAPSED_SECONDS, INSTANT_AFTER, NTH_BUSINESS_DAY)
            result = dbt_here(self.root, "compile", "--inline", BETWEEN.join(queries))
            assert result.success, result.exception
            compiled = result.result.results[0].node.compiled_code.split(BETWEEN)
            self.compiled.update(zip(queries, compiled, strict=True))
        return self.compiled[sql]

    def answers(self, sql: str, questions: list[tuple[object, ...]]) -> dict[int, Any]:
        """What a query over the table `asked` says: the answer by the question's number."""
        query = self.compile(sql)
        with duckdb.connect(str(self.database)) as connection:
            connection.execute(
                "create or replace table asked (number integer, calendar varchar,"
                " start_at timestamp, end_at timestamp, amount bigint)"
            )
            connection.executemany("insert into asked values (?, ?, ?, ?, ?)", questions)
            rows = connection.execute(query).fetchall()
        assert len(rows) == len(questions)
        return dict(rows)


def calendar_rows(calendar: Calendar) -> list[tuple[object, ...]]:
    name, zone = calendar.name, calendar.zone
    return [
        (name, "weekly", weekday, clock_text(opens), clock_text(closes), None, zone)
        for weekday, windows in calendar.windows.items()
        for opens, closes in windows
    ] + [(name, "holiday", None, None, None, day, zone) for day in calendar.holidays]


#: Calendars that cannot be read, with the reason int_business_calendar gives.
UNREADABLE = {
    "NO-ZONE": ("unknown time zone", [(1, "09:00", "17:00", "Europe/Atlantis")]),
    "NULL-ZONE": ("no time zone", [(1, "09:00", "17:00", None)]),
    "TWO-ZONES": (
        "more than one time zone",
        [(1, "09:00", "17:00", "UTC"), (2, "09:00", "17:00", "Europe/Vienna")],
    ),
    "NO-TIME": (
        "a window is not HH:MM",
        [(1, "9 am", "17:00", "UTC"), (2, "9:00", "17:00", "UTC")],
    ),
    "LATE-OPENING": ("a window is not HH:MM", [(1, "24:00", "24:00", "UTC")]),
    "NO-DAY": ("a weekday is not 1 to 7", [(8, "09:00", "17:00", "UTC")]),
}


@pytest.fixture(scope="module")
def warehouse(
    built: Built, calendars: list[Calendar], tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    root = copy_project(tmp_path_factory.mktemp("business_minutes"), built.target)
    database = root / "warehouse.duckdb"
    rows = [row for calendar in calendars for row in calendar_rows(calendar)]
    rows += [
        (name, "weekly", weekday, opens, closes, None, zone)
        for name, (_, windows) in UNREADABLE.items()
        for weekday, opens, closes, zone in windows
    ]
    rows.append(("NO-WINDOW", "holiday", None, None, None, WEEKS[0], "UTC"))
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema crm")
        connection.execute("create schema core")
        connection.execute(
            "create table crm.crm_business_hours (business_hours_id varchar, row_type varchar,"
            " iso_weekday integer, opens_at varchar, closes_at varchar, holiday_date date,"
            " timezone varchar, source_name varchar)"
        )
        connection.executemany(
            "insert into crm.crm_business_hours values (?, ?, ?, ?, ?, ?, ?, 'test')", rows
        )
        connection.execute("create table crm.crm_support_case (business_hours_id varchar)")
        connection.execute("insert into crm.crm_support_case values ('C0')")
        connection.execute(
            "create table core.dim_date as select cast(d as date) as date_day,"
            " cast(isodow(d) as integer) as iso_weekday, isodow(d) <= 5 as is_weekday"
            " from range(cast(? as timestamp), cast(? as timestamp), interval 1 day) as days (d)",
            SPINE,
        )
    result = dbt_here(root, "run", "--select", *MODELS)
    assert result.success, result.exception
    return Warehouse(root)


BETWEEN = "\n-- the next query\n"

ELAPSED_SECONDS = """
select
    asked.number,
    {{ business_clock('ended', 'asked.end_at') }} - {{ business_clock('begun', 'asked.start_at') }}
from asked
{{ business_clock_join('begun', 'asked.calendar', 'asked.start_at') }}
{{ business_clock_join('ended', 'asked.calendar', 'asked.end_at') }}
"""

INSTANT_AFTER = """
with begun as (
    select asked.*, {{ business_clock('begun', 'asked.start_at') }} + asked.amount as reading
    from asked
    {{ business_clock_join('begun', 'asked.calendar', 'asked.start_at') }}
)
select begun.number, {{ business_instant('due', 'begun.reading') }}
from begun
{{ business_instant_join('due', 'begun.calendar', 'begun.reading') }}
"""

NTH_BUSINESS_DAY = """
select asked.number, due.date_day
from asked
{{ business_day_join('due', 'cast(asked.start_at as date)', 'asked.amount') }}
"""


def test_business_time_is_the_count_of_open_minutes(
    calendars: list[Calendar], warehouse: Warehouse
) -> None:
    draw = random.Random(7)
    pairs = [
        (c, start, end) for c in calendars for start, end in random_pairs(draw, 15 if FULL else 5)
    ]
    questions = [
        (number, c.name, naive(start), naive(end), None)
        for number, (c, start, end) in enumerate(pairs)
    ]
    answers = warehouse.answers(ELAPSED_SECONDS, questions)
    wrong = [
        (calendar, start, end, answers[number], expected)
        for number, (calendar, start, end) in enumerate(pairs)
        if answers[number] != (expected := open_seconds(calendar, start, end))
    ]
    assert not wrong, wrong[:3]
    assert sum(1 for seconds in answers.values() if seconds) > len(pairs) / 3


N_ALL = N_CALENDARS + 2 * len(SHAPES)
#: Any second of the spine that leaves room for the longest stretch; near a clock change more often.
STARTS = st.one_of(
    st.integers(0, 450 * 86400),
    st.sampled_from(
        [
            int((datetime(*change) - datetime(2024, 12, 1)).total_seconds())
            for change in ((2025, 3, 30), (2025, 10, 26), (2025, 3, 9), (2025, 11, 2), (2025, 4, 6))
        ]
    ).flatmap(lambda midnight: st.integers(midnight - 86400, midnight + 86400)),
)


@settings(max_examples=120 if FULL else 40, deadline=None, derandomize=True, database=None)
@example(number=N_CALENDARS, start=119 * 86400, length=86400)
@given(
    number=st.integers(0, N_ALL - 1),
    start=STARTS,
    length=st.one_of(st.integers(0, 7200), st.integers(0, 3 * 86400)),
)
def test_any_stretch_of_any_calendar_counts_its_open_minutes(
    calendars: list[Calendar], warehouse: Warehouse, number: int, start: int, length: int
) -> None:
    calendar = calendars[number]
    first = datetime(2024, 12, 1, tzinfo=timezone.utc) + timedelta(seconds=start)
    last = first + timedelta(seconds=length)
    answers = warehouse.answers(
        ELAPSED_SECONDS, [(1, calendar.name, naive(first), naive(last), None)]
    )
    assert answers == {1: open_seconds(calendar, first, last)}, (calendar, first, last)


def test_the_instant_after_n_business_minutes_is_the_first_with_that_count(
    calendars: list[Calendar], warehouse: Warehouse
) -> None:
    draw = random.Random(8)
    asked = [
        (calendar, start, draw.choice([1, 60, 480 * 60, 960 * 60, draw.randrange(1, 200_000)]))
        for calendar in calendars[:N_CALENDARS]
        for start, _ in random_pairs(draw, 5 if FULL else 2)
    ]
    # Some of the shapes are open for a minute a day.
    asked += [
        (calendar, start, draw.choice([1, 60, draw.randrange(1, 600)]))
        for calendar in calendars[N_CALENDARS:]
        for start, _ in random_pairs(draw, 3 if FULL else 1)
    ]
    questions = [
        (number, c.name, naive(start), None, seconds)
        for number, (c, start, seconds) in enumerate(asked)
    ]
    answers = warehouse.answers(INSTANT_AFTER, questions)
    wrong = [
        (calendar, start, seconds, answers[number], expected)
        for number, (calendar, start, seconds) in enumerate(asked)
        if answers[number] != (expected := naive(instant_after(calendar, start, seconds)))
    ]
    assert not wrong, wrong[:3]


@pytest.mark.parametrize("calendar", [*UNREADABLE, "NO-WINDOW", "NOT-LOADED", None])
def test_a_calendar_that_cannot_be_read_gives_no_answer_and_never_zero(
    calendar: str | None, warehouse: Warehouse
) -> None:
    start = datetime(2025, 3, 3, 10)
    question = (1, calendar, start, start + timedelta(hours=3), 60)
    assert warehouse.answers(ELAPSED_SECONDS, [question]) == {1: None}
    assert warehouse.answers(INSTANT_AFTER, [question]) == {1: None}


def test_every_unreadable_calendar_says_why(warehouse: Warehouse) -> None:
    with duckdb.connect(str(warehouse.database)) as connection:
        problems = dict(
            connection.execute(
                "select business_hours_id, problem from intermediate.int_business_calendar"
                " where not is_usable"
            ).fetchall()
        )
    expected = {name: problem for name, (problem, _) in UNREADABLE.items()}
    assert problems == {**expected, "NO-WINDOW": "no weekly window"}


def test_an_instant_outside_the_days_of_the_calendar_gives_no_answer_and_never_zero(
    calendars: list[Calendar], warehouse: Warehouse
) -> None:
    first, after_last = (datetime(day.year, day.month, day.day) for day in SPINE)
    second = timedelta(seconds=1)
    inside = datetime(2025, 3, 3, 10)
    questions = [
        (1, "C0", first - second, inside, None),
        (2, "C0", inside, after_last, None),
        (3, "C0", inside, datetime(2999, 1, 1), None),
        (4, "C0", first, after_last - second, None),
    ]
    answers = warehouse.answers(ELAPSED_SECONDS, questions)
    assert (answers[1], answers[2], answers[3]) == (None, None, None)
    assert answers[4]
    beyond = warehouse.answers(INSTANT_AFTER, [(1, "C0", inside, None, 10**9)])
    assert beyond == {1: None}


def test_the_nth_business_day_skips_closed_weekdays_and_holidays(
    calendars: list[Calendar], warehouse: Warehouse
) -> None:
    default = calendars[0]  # the only one a case names
    opening = {weekday for weekday, windows in default.windows.items() if windows}
    asked = [
        (week + timedelta(days=shift), n)
        for week in WEEKS
        for shift in range(9)
        for n in (1, 2, 3, 10)
    ]
    questions = [
        (number, None, datetime(day.year, day.month, day.day), None, n)
        for number, (day, n) in enumerate(asked)
    ]
    answers = warehouse.answers(NTH_BUSINESS_DAY, questions)
    for number, (day, n) in enumerate(asked):
        expected = day
        while n:
            expected += timedelta(days=1)
            n -= expected.isoweekday() in opening and expected not in default.holidays
        assert answers[number] == expected, (day, asked[number])
