"""Land what is new in the inbox of every source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warehouse import privacy
from warehouse.inbox import State, land_inbox
from warehouse.refresh.place import Place
from warehouse.refresh.record import LandedTable


@dataclass(frozen=True)
class Landed:
    """What was landed, and what has to wait for the next time."""

    files: int
    tables: tuple[LandedTable, ...]
    waiting: tuple[str, ...] = ()


def land_sources(place: Place, progress: Callable[[str], None]) -> Landed:
    """Land the new files of `inbox/<source>` of every source that has one."""
    result = land_inbox(place.database, place.inbox, place.sources, progress)
    privacy.suppress_in(place.database)
    return Landed(
        len(result.in_state(State.LANDED)),
        tuple(
            LandedTable(table.source, table.table_name, table.row_count, table.rejected_count)
            for table in result.tables
        ),
        tuple(f"{file.source}/{file.source_file}" for file in result.in_state(State.WAITING)),
    )
