"""The raw demo tables, typed, cleaned and keyed to the records that are left after merging.

Rows are dictionaries. Text that does not cast becomes None, a row without its key is left out, and
the last row of a repeated key wins. Deleted, test and internal records are left out with everything
that hangs on them (G7); merged records hand their facts to the survivor (G6).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oracle.schema import EVENTS, KEYS, MERGED, REFERENCES, reader

Row = dict[str, Any]

VIENNA = ZoneInfo("Europe/Vienna")
UTC = timezone.utc


def _cast(read_text: Callable[[str], Any], text: str) -> Any:  # noqa: ANN401 - any cell
    try:
        return read_text(text)
    except (ValueError, KeyError):
        return None


def read(path: Path, key: str = "") -> list[Row]:
    """The rows of a CSV file, each column typed by its name."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        readers = {name: reader(name) for name in lines.fieldnames or []}
        rows = [
            {name: _cast(readers[name], text) if text else None for name, text in line.items()}
            for line in lines
        ]
    if not key:
        return rows
    return list({row[key]: row for row in rows if row[key] is not None}.values())


def local_date(moment: datetime) -> date:
    """The reporting day of a UTC timestamp (G3)."""
    return moment.replace(tzinfo=UTC).astimezone(VIENNA).date()


def local_time(moment: datetime, zone: ZoneInfo = VIENNA) -> datetime:
    """The wall clock of a UTC timestamp, without its zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True)
class Crm:
    """The tables of one CRM and what is looked up in them all the time."""

    tables: dict[str, list[Row]]
    survivors: dict[str, dict[str, str]]
    parameters: dict[str, str]
    reference: Path

    def __getitem__(self, table: str) -> list[Row]:
        return self.tables[table]

    def seed(self, name: str) -> list[dict[str, str]]:
        """The rows of a reference seed, as text."""
        with (self.reference / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def bands(self, kind: str) -> list[tuple[float, float, str]]:
        """From, to and name of the bands of one kind."""
        return self._bands.get(kind, [])

    @cached_property
    def _bands(self) -> dict[str, list[tuple[float, float, str]]]:
        found: dict[str, list[tuple[float, float, str]]] = {}
        for row in self.seed("band"):
            low, high = float(row["from_value"] or "-inf"), float(row["to_value"] or "inf")
            found.setdefault(row["band_type"], []).append((low, high, row["band"]))
        return found

    def days(self, parameter: str) -> int:
        """A threshold that counts days, months or rows."""
        return int(self.parameters[parameter])

    def by(self, table: str) -> dict[str, Row]:
        """The rows of a table by their key."""
        return self._by_key[table]

    def survivor(self, table: str, key: str) -> str:
        """The record that a merged record lives on in, or the key itself."""
        return self.survivors[table].get(key, key)

    @cached_property
    def _by_key(self) -> dict[str, dict[str, Row]]:
        return {
            table: {row[key]: row for row in self.tables[table]}
            for table, key in KEYS.items()
            if key
        }

    @cached_property
    def as_of(self) -> date:
        """The newest event that has happened, as a reporting day (C7)."""
        moments: list[date] = []
        for table, column in EVENTS.items():
            if table not in {"contract_line", "campaign"}:
                moments += [day for day in self._event_days(table, column) if day]
        moments += [local_date(o["closed_at"]) for o in self["opportunity"] if o["closed_at"]]
        return max(moments)

    @cached_property
    def first_month(self) -> date:
        """The first reporting month. A contract or campaign may have started before the data."""
        firsts = [
            min(self._event_days(table, column))
            for table, column in EVENTS.items()
            if table not in {"contract_line", "campaign"}
        ]
        return min(firsts).replace(day=1)

    def coverage(self, table: str) -> tuple[date, date]:
        """The first and the last day of a table's loaded window."""
        return self._coverage[table]

    @cached_property
    def _coverage(self) -> dict[str, tuple[date, date]]:
        found = {}
        for table, column in EVENTS.items():
            days = [day for day in self._event_days(table, column) if day <= self.as_of]
            found[table] = max(min(days), self.first_month), max(days)
        return found

    def _event_days(self, table: str, column: str) -> list[date]:
        found = []
        for row in self[table]:
            if table == "activity" and row["completed_at"] is None:
                continue
            if table == "cost_entry" and row["entry_type"] == "committed":
                continue
            value = row[column]
            if table == "feedback" and value is None:
                value = row["responded_at"]
            if value is not None:
                found.append(local_date(value) if isinstance(value, datetime) else value)
        return found


def load(seeds: Path) -> Crm:
    """Read, clean and re-key the demo of a project's seeds folder."""
    tables = {table: read(seeds / "demo" / f"{table}.csv", key) for table, key in KEYS.items()}
    survivors = {
        table: _survivors(tables[table], KEYS[table], master) for table, master in MERGED.items()
    }
    gone = {table: _left_out(tables[table], KEYS[table], survivors[table]) for table in MERGED}
    for table in ("opportunity", "support_case", "contact", "lead"):
        gone[table] |= {
            row[KEYS[table]]
            for row in tables[table]
            if row.get("account_id") in gone["account"] and row[MERGED[table]] is None
        }
    for table, rows in tables.items():
        kept = [row for row in rows if not _hangs_on_gone(table, row, gone)]
        if table in MERGED:
            merged = survivors[table]
            kept = [row for row in kept if row[KEYS[table]] not in merged]
        for row in kept:
            for column, parent in REFERENCES.items():
                if table != parent and row.get(column) is not None:
                    row[column] = survivors[parent].get(row[column], row[column])
        tables[table] = kept
    parameters = {
        row["parameter"]: row["value"] or ""
        for row in read(seeds / "reference" / "kpi_parameter.csv")
    }
    return Crm(tables, survivors, parameters, seeds / "reference")


def _survivors(rows: Iterable[Row], key: str, master: str) -> dict[str, str]:
    """Merged record to the record that is left, through any number of merges."""
    next_one = {row[key]: row[master] for row in rows if row[master] is not None}
    found = {}
    for start in next_one:
        end = start
        while end in next_one:
            end = next_one[end]
        found[start] = end
    return found


def _left_out(rows: Iterable[Row], key: str, merged: dict[str, str]) -> set[str]:
    flags = ("is_deleted", "is_test", "is_internal")
    return {
        row[key] for row in rows if row[key] not in merged and any(row.get(flag) for flag in flags)
    }


def _hangs_on_gone(table: str, row: Row, gone: dict[str, set[str]]) -> bool:
    own = KEYS[table]
    if table in gone and row[own] in gone[table]:
        return True
    parents = {
        "opportunity_id": "opportunity",
        "account_id": "account",
        "converted_account_id": "account",
        "case_id": "support_case",
    }
    if table == "activity":  # what was done on a deal was done, also if the deal was deleted
        del parents["opportunity_id"]
    return any(
        table != parent and row.get(column) in gone[parent] for column, parent in parents.items()
    )


def days_between(first: date, last: date) -> int:
    """Whole days from one day to another."""
    return (last - first).days


def day_after(day: date, days: int = 1) -> date:
    """The day so many days later."""
    return day + timedelta(days=days)
