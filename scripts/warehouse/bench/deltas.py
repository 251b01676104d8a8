"""Split a simulated company into what is there at first and what the following nights deliver."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.bench.floor import FACT_DATES
from warehouse.land.names import literal

#: Tables nothing else refers to: their newest rows are kept back, and are new when they come.
KEPT_BACK = ("activity", "campaign_member", "login_history")


def split(
    company: Path, base: Path, deltas: Sequence[Path], shares: Sequence[float]
) -> list[dict[str, int]]:
    """Write the tables of `company` into `base`, and the newest rows into one folder per share.

    A delta holds `shares[i]` of every fact's rows. Of the tables nothing refers to these are rows
    the base lacks, each delta newer than the one before; of the others the newest rows come once
    more, as an export by time of change delivers them. Returns the rows of each delta.
    """
    for folder in (base, *deltas):
        folder.mkdir(parents=True)
    counts: list[dict[str, int]] = [{} for _ in deltas]
    with duckdb.connect() as connection:
        for file in sorted(company.glob("*.parquet")):
            table = file.stem
            if table not in FACT_DATES:
                (base / file.name).hardlink_to(file)
                continue
            source = f"read_parquet({literal(str(file))}, file_row_number = true)"
            order = f"{FACT_DATES[table]} desc nulls last, file_row_number desc"
            connection.execute(
                "create or replace temp table newest as "
                f"select file_row_number, row_number() over (order by {order}) as newness, "
                f"count(*) over () as total from {source} qualify newness <= ceil(total * 0.2)"
            )
            end = 0.0  # the share of the rows that later deltas hold
            for number in reversed(range(len(deltas))):
                start = end if table in KEPT_BACK else 0.0
                counts[number][table] = _write(
                    connection,
                    f"from {source} where file_row_number in (select file_row_number from newest "
                    f"where newness > round({start} * total) "
                    f"and newness <= greatest(1, round({start + shares[number]} * total)))",
                    deltas[number] / file.name,
                )
                end += shares[number]
            if table in KEPT_BACK:
                _write(
                    connection,
                    f"from {source} where file_row_number not in (select file_row_number "
                    f"from newest where newness <= greatest(1, round({end} * total)))",
                    base / file.name,
                )
            else:
                (base / file.name).hardlink_to(file)
    return counts


def _write(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> int:
    row = connection.execute(
        f"copy (select * exclude (file_row_number) {rows}) to {literal(str(path))} (format parquet)"
    ).fetchone()
    assert row is not None
    return int(row[0])
