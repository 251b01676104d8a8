"""Land what is new in the inbox of every source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from warehouse.land import land_folder
from warehouse.refresh.place import Place
from warehouse.refresh.record import LandedTable


@dataclass(frozen=True)
class Landed:
    """What was landed, and what has to wait for the next time."""

    files: int
    tables: tuple[LandedTable, ...]
    waiting: tuple[str, ...] = ()


def land_sources(place: Place, progress: Callable[[str], None]) -> Landed:
    """Land the folder `inbox/<source>` of every source that has one."""
    files = 0
    tables: list[LandedTable] = []
    for source in place.sources:
        folder = place.inbox / source
        if not folder.is_dir():
            continue
        landing = land_folder(place.database, source, folder, progress)
        changed = [file for file in landing.files if not file.is_unchanged]
        files += len(changed)
        tables += [
            LandedTable(source, file.table_name, file.row_count, file.rejected_count)
            for file in changed
        ]
    return Landed(files, tuple(tables))
