"""Which deliveries a raw table is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from warehouse.inbox.delivery import Delivery, Identity
from warehouse.inbox.register import Landed


@dataclass(frozen=True)
class Candidate:
    """A file of the inbox, the state it was seen in, and its content as a hash."""

    delivery: Delivery
    file_state: str
    sha256: str


@dataclass(frozen=True)
class Plan:
    """What happens to the deliveries of one table.

    `read` are new and become rows, `superseded` are new but older than the full export; of the
    landed ones `kept` stay and `replaced` leave the table; `known` were landed before.
    """

    table: str
    read: tuple[Candidate, ...]
    superseded: tuple[Candidate, ...]
    known: tuple[Candidate, ...]
    kept: tuple[Landed, ...]
    replaced: tuple[Landed, ...]
    problems: tuple[tuple[str, str], ...]


def plan_table(table: str, files: Sequence[Candidate], landed: Mapping[Identity, Landed]) -> Plan:
    """Decide by the times in the names alone: the newest full export, then what comes after it."""
    known: list[Candidate] = []
    new: dict[Identity, Candidate] = {}
    for file in files:
        before = landed.get(file.delivery.identity)
        if file.delivery.identity in new or (before and before.sha256 == file.sha256):
            known.append(file)  # landed before, or the same content under a second name
        else:
            new[file.delivery.identity] = file
    start = max((one.order for one in (*new, *landed) if not one.is_delta), default=None)
    applied = [one for one in landed.values() if one.is_applied]
    kept = [one for one in applied if one.identity not in new and _counts(one.identity, start)]
    return Plan(
        table,
        read=tuple(file for identity, file in new.items() if _counts(identity, start)),
        superseded=tuple(file for identity, file in new.items() if not _counts(identity, start)),
        known=tuple(known),
        kept=tuple(sorted(kept, key=lambda one: one.order)),
        replaced=tuple(one for one in applied if one not in kept),
        problems=tuple(_unclear(table, new, landed)),
    )


def _counts(identity: Identity, start: tuple[datetime, bool] | None) -> bool:
    """The newest full export counts, and deltas later than it: it holds those of its own time."""
    if start is None or identity.order == start:
        return True
    return identity.is_delta and identity.order[0] > start[0]


def _unclear(
    table: str, new: Mapping[Identity, Candidate], landed: Mapping[Identity, Landed]
) -> list[tuple[str, str]]:
    """A full export without a time that is not the one the deltas were landed on."""
    has_deltas = any(one.is_applied and one.identity.is_delta for one in landed.values())
    return [
        (
            file.delivery.file.name,
            "it changed after deltas were landed on it, and nothing says whether it is newer than "
            f"they are. Give the new export its time, for example {table}.20261125T0200.csv.",
        )
        for identity, file in new.items()
        if has_deltas and identity.sequence is None and identity in landed
    ]
