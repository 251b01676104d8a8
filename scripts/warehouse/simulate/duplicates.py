"""Records kept twice: merged losers of leads, deals and cases, and deals of test accounts."""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Ints
from warehouse.simulate.draw import Stream
from warehouse.simulate.tables import Keys

_AFTER_CREATION = {
    "lead": (
        "campaign_id", "score", "mql_at", "handed_over_at", "first_touch_at", "sal_at", "sql_at",
        "rejected_at", "rejection_reason", "recycled_at", "deactivated_at", "deactivation_reason",
        "budget_confirmed", "authority_confirmed", "need_confirmed", "timeline_confirmed",
        "converted_account_id", "converted_opportunity_id",
    ),
    "opportunity": ("closed_at", "lost_reason", "lost_competitor", "source_lead_id", "campaign_id"),
    "support_case": ("first_responded_at", "first_solved_at", "solved_at", "service_minutes",
                     "root_cause"),
}  # fmt: skip
"""What a duplicate lacks: it was merged before anybody worked on it."""
_KEY = {"lead": "lead_id", "opportunity": "opportunity_id", "support_case": "case_id"}
_MASTER = {
    "lead": "master_lead_id",
    "opportunity": "master_opportunity_id",
    "support_case": "master_case_id",
}
_SHARE = {"lead": 0.012, "opportunity": 0.007, "support_case": 0.007}


def add_merged(stream: Stream, frames: dict[str, pl.DataFrame], keys: Keys) -> None:
    """Append duplicates that were merged into an older record; some were merged twice over.

    A few activities and quotes still point to the duplicate.
    """
    rng = stream.child("duplicates")
    for table in _KEY:
        _merge(rng, frames, table, keys)


def _merge(rng: Stream, frames: dict[str, pl.DataFrame], table: str, keys: Keys) -> None:
    data = frames[table]
    key, master = _KEY[table], _MASTER[table]
    n = data.height
    rows = rng.some(np.arange(n // 20, n - n // 20), _SHARE[table], 4)
    rows = np.r_[rows, rows[:1]]  # the last one duplicates the first duplicate
    new_keys = keys.of(table, n + np.arange(len(rows), dtype=np.int64))
    masters = data[key].gather(rows)
    masters = pl.Series([*masters.to_list()[:-1], new_keys[0]], dtype=pl.String)
    delay = pl.Series(rng.between(20, 3_000, len(rows)) * 60_000_000).cast(pl.Duration("us"))
    deleted = pl.Series(rng.chance(0.5, len(rows)))
    copies = data[rows].with_columns(
        new_keys.alias(key),
        masters.alias(master),
        (pl.col("created_at") + delay).alias("created_at"),
        deleted.alias("is_deleted"),
        *(pl.lit(None, dtype=data.schema[name]).alias(name) for name in _AFTER_CREATION[table]),
    )
    if table == "lead":
        copies = copies.with_columns(pl.lit("new").alias("status"))
    elif table == "opportunity":
        first = pl.when(pl.col("pipeline_id") == "NEW").then(pl.lit("N1")).otherwise(pl.lit("E1"))
        chance = (
            pl.when(pl.col("pipeline_id") == "NEW").then(pl.lit("0.1")).otherwise(pl.lit("0.3"))
        )
        copies = copies.with_columns(
            first.alias("stage_id"),
            chance.cast(data.schema["probability"]).alias("probability"),
            pl.lit(False).alias("is_closed"),
            pl.lit(False).alias("is_won"),
        )
    else:
        copies = copies.with_columns(
            pl.lit("new").alias("status"),
            pl.lit(0, dtype=pl.Int32).alias("reopen_count"),
            pl.lit(1, dtype=pl.Int32).alias("assignee_count"),
            pl.lit(False).alias("is_escalated"),
        )
    frames[table] = pl.concat([data, copies])
    _point_to_copies(
        frames,
        "activity",
        {"lead": "lead_id", "support_case": "case_id"}.get(table, key),
        masters,
        new_keys,
    )
    if table == "opportunity":
        _point_to_copies(frames, "quote", key, masters[1::2], new_keys[1::2])


def _point_to_copies(
    frames: dict[str, pl.DataFrame], table: str, column: str, masters: pl.Series, copies: pl.Series
) -> None:
    """The first row that names a master names its duplicate instead."""
    swap = pl.DataFrame({column: masters, "_copy": copies}).unique(
        column, keep="first", maintain_order=True
    )
    data = frames[table].with_columns(pl.col(column).is_first_distinct().alias("_first"))
    data = data.join(swap, on=column, how="left", maintain_order="left")
    taken = pl.col("_first") & pl.col("_copy").is_not_null()
    frames[table] = data.with_columns(
        pl.when(taken).then(pl.col("_copy")).otherwise(pl.col(column)).alias(column)
    ).drop("_first", "_copy")


def use_test_accounts(rng: Stream, account: Ints, free: Ints, special: Ints) -> Ints:
    """A few deals that came to nothing belong to test and internal accounts."""
    result = account.copy()
    rows = rng.some(free, 0.003, min(3, len(special)))
    result[rows] = special[np.arange(len(rows)) % len(special)]
    return result
