"""Dirty raw values, as exports have them: few, and declared here.

Two rows without a key, one key twice (an older and a newer state), a few references to records
that are not there. Values that do not cast exist only in text files: Parquet columns have types.
"""

from __future__ import annotations

import polars as pl

UNREADABLE = (
    ("opportunity", "expected_close_date", "31.02.2025"),
    ("quote", "net_amount", "n/a"),
    ("activity", "duration_minutes", "1h"),
)
"""Table, column and text of the values that do not cast."""

DANGLING = (
    ("activity", "account_id", "A999"),
    ("opportunity", "primary_contact_id", "C999"),
    ("support_case", "contact_id", "C998"),
    ("feedback", "case_id", "S999"),
)
"""Table, column and key of references to nothing."""


def add_dirt(frames: dict[str, pl.DataFrame]) -> None:
    """Change the frames of one part of the company."""
    accounts = frames["account"]
    prospects = accounts["account_type"] == "prospect"
    named = prospects & accounts["last_verified_at"].is_not_null()
    row = int(named.arg_true()[len(accounts) // 40])
    older = accounts[row : row + 1].with_columns(
        pl.lit("single_person").alias("segment"),
        pl.lit("retail").alias("industry"),
        (pl.col("created_at") + pl.duration(minutes=5)).alias("last_verified_at"),
    )
    frames["account"] = pl.concat([accounts[:row], older, accounts[row:]])

    frames["contact"] = _without_key(frames["contact"], "contact_id")
    frames["activity"] = _without_key(frames["activity"], "activity_id")
    for table, column, key in DANGLING:
        data = frames[table]
        filled = data[column].is_not_null().arg_true()
        frames[table] = _set(data, int(filled[len(filled) // 3]), column, key)


def _without_key(data: pl.DataFrame, key: str) -> pl.DataFrame:
    """Append a copy of a row that lost its key."""
    row = data.height // 2
    copy = data[row : row + 1].with_columns(pl.lit(None, dtype=pl.String).alias(key))
    return pl.concat([data, copy])


def _set(data: pl.DataFrame, row: int, column: str, value: str) -> pl.DataFrame:
    here = pl.int_range(pl.len()) == row
    return data.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(pl.col(column)).alias(column)
    )


def spoil(table: str, data: pl.DataFrame) -> pl.DataFrame:
    """Put the values that do not cast into a table of texts."""
    for of_table, column, text in UNREADABLE:
        if of_table != table:
            continue
        # A filled value in the first half, on a closed deal or a finished activity.
        filled = data[column].is_not_null()
        if table == "opportunity":
            filled &= (data["is_closed"] == "true") & (data["is_won"] == "false")
        rows = filled.arg_true()
        data = _set(data, int(rows[len(rows) // 5]), column, text)
    return data
