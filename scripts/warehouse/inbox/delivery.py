"""What the name of a file in an inbox says: its table, its place in time, and how much it holds.

`account.csv` is a full export, `account.20261125T0200.csv` the full export of that moment (UTC),
and `account.20261125T0200.delta.csv` holds the rows added or changed since the one before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from warehouse.land.folder import DataFile, sorted_entries
from warehouse.land.names import snake_case
from warehouse.land.problem import BadFileError

_NAME = re.compile(
    r"(?P<table>.+?)(\.(?P<date>\d{8})(T(?P<time>\d{4}(\d{2})?))?)?(?P<delta>\.delta)?",
    re.IGNORECASE | re.DOTALL,
)
_LOOKS_LIKE_TIME = re.compile(r"\.\d[\d_:TZ-]{5,}(\.delta)?$", re.IGNORECASE)


class Identity(NamedTuple):
    """What tells a delivery from others, however its file is called and packed."""

    table: str
    sequence: datetime | None
    is_delta: bool

    @property
    def order(self) -> tuple[datetime, bool]:
        """Its place among the deliveries of its table: one without a time comes before all."""
        return self.sequence or datetime.min, self.is_delta


@dataclass(frozen=True)
class Delivery:
    """A file of an inbox."""

    file: DataFile
    identity: Identity


@dataclass(frozen=True)
class Deliveries:
    """The data files of an inbox, what is not landed, and what is wrong with which file."""

    files: tuple[Delivery, ...]
    skipped: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


def read_inbox(folder: Path) -> Deliveries:
    """What an inbox holds; several files may deliver one table."""
    content = sorted_entries(folder)
    files: list[Delivery] = []
    problems = list(content.problems)
    for file in content.files:
        try:
            files.append(delivery(file))
        except BadFileError as problem:
            problems.append((file.name, str(problem)))
    return Deliveries(tuple(files), content.skipped, tuple(problems))


def delivery(file: DataFile) -> Delivery:
    """Read the file's name, or raise where it could be read in two ways."""
    stem = file.stem
    named = _NAME.fullmatch(stem)
    if named is None:  # only an empty stem
        return Delivery(file, Identity(file.table, None, False))
    is_delta = named["delta"] is not None
    sequence = _moment(named["date"], named["time"]) if named["date"] else None
    if sequence is None and _LOOKS_LIKE_TIME.search(stem):
        raise BadFileError(
            "the time in its name is not written like 20261125 or 20261125T0200 (UTC). "
            "Rename the file."
        )
    if is_delta and sequence is None:
        raise BadFileError(
            "a delta needs its time in its name, for example "
            f"{named['table']}.20261125T0200.delta.csv. Rename the file."
        )
    table = snake_case(named["table"]).lstrip("_")
    if not table:
        raise BadFileError("its name holds no letter or digit to call a table by. Rename the file.")
    return Delivery(replace(file, table=table), Identity(table, sequence, is_delta))


def clashes(deliveries: Iterable[tuple[Delivery, str]]) -> list[tuple[str, str]]:
    """The files that claim to be one delivery and differ in their content (given as hash)."""
    same: defaultdict[Identity, list[tuple[Delivery, str]]] = defaultdict(list)
    for found, content in deliveries:
        same[found.identity].append((found, content))
    return [
        (
            one.file.name,
            f"{' and '.join(other.file.name for other, _ in group if other is not one)} would be "
            f"the same delivery of table {one.file.table} with other rows. "
            "Rename or remove all but one of them.",
        )
        for group in same.values()
        if len({content for _, content in group}) > 1
        for one, _ in group
    ]


def _moment(date: str, time: str | None) -> datetime:
    try:
        return datetime.strptime(date + (time or "").ljust(6, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        raise BadFileError(
            f"{date}{'T' + time if time else ''} in its name is no point in time. Rename the file."
        ) from None
