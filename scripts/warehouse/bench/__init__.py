"""Measure the warehouse on a simulated company, against what plain DuckDB needs for its bytes."""

from __future__ import annotations

from warehouse.bench.report import as_lines
from warehouse.bench.run import (
    Commands,
    Report,
    Settings,
    Step,
    own_commands,
    run_bench,
    write_json,
)

__all__ = [
    "Commands",
    "Report",
    "Settings",
    "Step",
    "as_lines",
    "own_commands",
    "run_bench",
    "write_json",
]
