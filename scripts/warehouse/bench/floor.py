"""The least any warehouse must do: read every landed byte once, write the raw tables, group once.

It runs as a program of its own, so that its memory is measured the same way as the warehouse's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from warehouse.land.names import identifier, literal
from warehouse.settings import memory, threads

#: The facts and the moment a row of them belongs to.
FACT_DATES = {
    "login_history": "event_at",
    "lead": "created_at",
    "opportunity": "created_at",
    "quote": "sent_at",
    "activity": "started_at",
    "campaign_member": "enrolled_at",
    "support_case": "created_at",
    "feedback": "coalesce(invited_at, responded_at)",
    "employee_survey_response": "invited_at",
    "contract_line": "start_date",
    "invoice": "invoice_date",
    "payment": "paid_at",
    "cost_entry": "cost_date",
    "field_history": "changed_at",
}


def write_floor(folder: Path, database: Path, threads: str, memory: str) -> None:
    """Write the raw tables of a folder of Parquet files, and a count per month of every fact."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set threads = {int(threads)}")
        connection.execute(f"set memory_limit = {literal(memory)}")
        connection.execute("create schema raw; create schema monthly")
        for file in sorted(folder.glob("*.parquet")):
            table = identifier(file.stem)
            connection.execute(
                f"create table raw.{table} as "
                f"select cast(columns(*) as varchar), {literal(file.name)} as _source_file "
                f"from read_parquet({literal(str(file))})"
            )
            if file.stem in FACT_DATES:
                month = f"date_trunc('month', cast({FACT_DATES[file.stem]} as timestamp))"
                connection.execute(
                    f"create table monthly.{table} as "
                    f"select {month} as month_start, count(*) as row_count "
                    f"from raw.{table} group by all"
                )


def main() -> None:
    """Write the floor of the folder and into the database that the command line names."""
    write_floor(Path(sys.argv[1]), Path(sys.argv[2]), threads(), memory())
