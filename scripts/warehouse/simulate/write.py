"""Files: one per table, CSV or Parquet, written in parts so that memory stays bounded."""

from __future__ import annotations

import shutil
from enum import Enum
from pathlib import Path

import polars as pl

from warehouse.simulate.dirt import spoil
from warehouse.simulate.tables import COLUMN_KINDS


class Format(str, Enum):
    """How the tables are written."""

    csv = "csv"
    parquet = "parquet"


def as_text(table: str, data: pl.DataFrame) -> pl.DataFrame:
    """The table as it stands in a CSV: ISO dates, UTC moments, plain decimals, empty for NULL."""
    columns: list[pl.Series] = []
    for name, kind in COLUMN_KINDS[table].items():
        column = data[name]
        if kind == "moment":
            column = column.dt.to_string("%Y-%m-%d %H:%M:%S")
        elif kind == "day":
            column = column.dt.to_string("%Y-%m-%d")
        elif kind.startswith("dec"):
            column = column.cast(pl.String)
            if not kind.endswith(".2") or kind == "dec5.2":
                column = column.str.strip_chars_end("0").str.strip_chars_end(".")
        elif kind == "flag":
            column = pl.Series(["false", "true"]).gather(column.cast(pl.UInt32))
        else:
            column = column.cast(pl.String)
        columns.append(column.alias(name))
    return pl.DataFrame(columns)


class Writer:
    """Collects parts of tables in a folder and joins them into one file per table."""

    def __init__(self, out: Path, file_format: Format) -> None:
        self.out = out
        self.format = file_format
        self._parts = 0
        self._scratch = out / ".parts"
        out.mkdir(parents=True, exist_ok=True)
        if self._scratch.exists():
            shutil.rmtree(self._scratch)

    def part(self, frames: dict[str, pl.DataFrame]) -> None:
        """Write one part of all given tables."""
        self._scratch.mkdir(exist_ok=True)
        for table, data in frames.items():
            path = self._scratch / f"{table}.{self._parts:04d}.parquet"
            data.write_parquet(path, compression="lz4")
        self._parts += 1

    def finish(self) -> None:
        """Join the parts of every table."""
        for table in COLUMN_KINDS:
            parts = sorted(self._scratch.glob(f"{table}.*.parquet"))
            target = self.out / f"{table}.{self.format.value}"
            if self.format is Format.csv:
                whole = pl.concat([pl.read_parquet(p) for p in parts])
                write_csv(spoil(table, as_text(table, whole)), target)
            elif len(parts) == 1:
                parts[0].replace(target)
            else:
                pl.scan_parquet(parts).sink_parquet(target, compression="lz4")
        shutil.rmtree(self._scratch)


def write_csv(data: pl.DataFrame, path: Path) -> None:
    """UTF-8, comma, LF, quotes only where needed, empty for NULL."""
    data.write_csv(path, line_terminator="\n", null_value="", quote_style="necessary")
