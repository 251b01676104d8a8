"""The change log of all CRM objects (`field_history`)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from warehouse.simulate.arrays import Flags, Ints, ints, known
from warehouse.simulate.tables import Keys, frame, label


class History:
    """Collects changes of fields from all domains; written in order of time."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._parts: list[pl.DataFrame] = []

    def add(
        self,
        kind: str,
        record: pl.Series,
        field: str,
        old: pl.Series,
        new: pl.Series,
        at: Ints,
        user: Ints,
    ) -> None:
        """Changes of one field: old and new value as text, moment and user."""
        if not len(record):
            return
        self._parts.append(
            pl.DataFrame(
                {
                    "object_type": pl.Series([kind], dtype=pl.String).new_from_index(
                        0, len(record)
                    ),
                    "record_id": record,
                    "field_name": pl.Series([field], dtype=pl.String).new_from_index(
                        0, len(record)
                    ),
                    "old_value": old,
                    "new_value": new,
                    "at": pl.Series(at),
                    "user": self._keys.of("app_user", user),
                }
            )
        )

    def keys_changed(
        self,
        kind: str,
        record: pl.Series,
        field: str,
        old: Ints,
        new: Ints,
        at: Ints,
        user: Ints,
        table: str = "app_user",
    ) -> None:
        """Changes of a reference to another table."""
        self.add(
            kind, record, field, self._keys.of(table, old), self._keys.of(table, new), at, user
        )

    def labels_changed(
        self,
        kind: str,
        record: pl.Series,
        field: str,
        names: Sequence[str],
        old: Ints,
        new: Ints,
        at: Ints,
        user: Ints,
    ) -> None:
        """Changes of a picklist."""
        self.add(kind, record, field, label(old, names), label(new, names), at, user)

    def money_changed(
        self, kind: str, record: pl.Series, field: str, old: Ints, new: Ints, at: Ints, user: Ints
    ) -> None:
        """Changes of an amount in cents."""
        self.add(kind, record, field, money_text(old), money_text(new), at, user)

    def days_changed(
        self, kind: str, record: pl.Series, field: str, old: Ints, new: Ints, at: Ints, user: Ints
    ) -> None:
        """Changes of a date."""
        self.add(kind, record, field, day_text(old), day_text(new), at, user)

    def table(self) -> pl.DataFrame:
        """`field_history` in order of time."""
        everything = pl.concat(self._parts).sort("at", maintain_order=True)
        n = everything.height
        return frame(
            "field_history",
            {
                "history_id": self._keys.of("field_history", ints(range(n))),
                "object_type": everything["object_type"],
                "record_id": everything["record_id"],
                "field_name": everything["field_name"],
                "old_value": everything["old_value"],
                "new_value": everything["new_value"],
                "changed_at": everything["at"].to_numpy(),
                "changed_by_user_id": everything["user"],
            },
            n,
        )

    def editors(self) -> tuple[pl.Series, pl.Series]:
        """Who changed something, and when (seconds): the keys of users and the moments."""
        everything = pl.concat([p.select("user", "at") for p in self._parts])
        return everything["user"], everything["at"]


def _filled(text: pl.Series, filled: Flags) -> pl.Series:
    return text.zip_with(pl.Series(filled), pl.Series([None], dtype=pl.String))


def money_text(cents: Ints) -> pl.Series:
    """Cents as `1234.50`; empty stays empty."""
    known_cents = pl.Series(cents).clip(lower_bound=0)
    whole = (known_cents // 100).cast(pl.String)
    return _filled(whole + "." + (known_cents % 100).cast(pl.String).str.zfill(2), known(cents))


def day_text(days: Ints) -> pl.Series:
    """Days as ISO dates; empty stays empty."""
    dates = pl.Series(days).clip(lower_bound=0).cast(pl.Int32).cast(pl.Date)
    return _filled(dates.dt.to_string("%Y-%m-%d"), known(days))
