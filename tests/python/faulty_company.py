"""A small project on an inbox of two tables, refreshed by a build that takes milliseconds.

Run as a program it says `ready` and refreshes a folder: what the fault suite kills and starves.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from warehouse.refresh import Options, Place, Run, place_of, refresh
from warehouse.refresh.build import BuildReport, Mode

# Guards are tried in test_refresh.py; here a table may shrink and a total may jump.
PROJECT = """name: tiny
version: '1'
vars: {guards: {shrink_share: null, jump_points: null, jump_share: null}}
"""
MODELS = """
create schema if not exists kpi; create schema if not exists core; create schema if not exists meta;
create or replace table core.fct_deal as
select id as deal_id, amount::double as amount, repeat(md5(id), 40) as note
from (
    select *, row_number() over (partition by id order by _loaded_at desc nulls last) as place
    from raw_demo.deal
)
where place = 1;
create or replace table core.fct_account as select distinct id as account_id from raw_demo.account;
create or replace table kpi.kpi_scorecard as
select 'deals' as metric_name, 'month' as grain, date '2026-10-01' as period_start,
    date '2026-10-31' as period_end, 'eur' as unit, sum(amount) as value,
    'ok' as value_status, true as is_latest
from core.fct_deal;
create or replace table meta.meta_table_coverage as
select 'demo' as source_name, 'deal' as table_name, count(*) as landed_rows,
    0::bigint as rejected_rows, count(*) as contract_rows
from raw_demo.deal;
create table if not exists meta.meta_first_published
    (metric_name varchar, value double, published_version varchar);
"""
#: Everything that must be the same as in a warehouse that never met a fault.
COMPARED = ("raw_demo.deal", "raw_demo.account", "core.fct_deal", "core.fct_account")


def build(place: Place, mode: Mode, progress: Callable[[str], None]) -> BuildReport:
    with duckdb.connect(str(place.database)) as connection:
        for statement in MODELS.split(";"):
            connection.execute(statement)
    return BuildReport(4, 0, 0, ())


def keep(place: Place, version: str) -> None:
    with duckdb.connect(str(place.database)) as connection:
        connection.execute(
            "insert into meta.meta_first_published select metric_name, value, ? "
            "from kpi.kpi_scorecard where not exists (from meta.meta_first_published)",
            [version],
        )


class FaultyCompany:
    """A folder with its project, its inbox and its warehouse."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox = root / "inbox" / "demo"
        self.inbox.mkdir(parents=True, exist_ok=True)
        (root / "dbt_project.yml").write_text(PROJECT)

    @property
    def place(self) -> Place:
        root = self.root
        return replace(
            place_of(root),
            database=root / "warehouse.duckdb",
            published=root / "published" / "marts.duckdb",
            inbox=root / "inbox",
            log=root / "logs" / "refresh.jsonl",
            sources=("demo",),
            versions=3,
            parquet=None,
        )

    def start(self, rows: int = 300) -> None:
        """Two full exports."""
        lines = "".join(f"D{number},{number}\n" for number in range(rows))
        self.put("deal.csv", "id,amount\n" + lines)
        self.put("account.csv", "id,name\nA1,one\nA2,two\n")

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.inbox / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def deliver(self, number: int) -> None:
        """A delta: two new deals and a change to an old one."""
        self.put(
            f"deal.20261101T{number // 60:02}{number % 60:02}.delta.csv",
            f"id,amount\nN{number},1\nM{number},2\nD1,{number + 1000}\n",
        )

    def refresh(self) -> Run:
        return refresh(self.place, Options(), Console(file=sys.stderr, width=200), build, keep)

    def served(self) -> tuple[Any, ...]:
        """Deals, their sum and the scorecard's, as a reader sees them."""
        with duckdb.connect(str(self.place.published), read_only=True) as connection:
            row = connection.execute(
                "select count(*), sum(amount), (select value from kpi.kpi_scorecard), "
                "(select count(*) from core.fct_account) from core.fct_deal"
            ).fetchone()
        assert row is not None
        return row

    def checksums(self) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.place.database), read_only=True) as connection:
            found = [
                connection.execute(
                    f"select '{table}', count(*), sum(hash(columns)) "
                    f"from (select to_json({table.split('.')[1]}) as columns from {table})"
                ).fetchone()
                for table in COMPARED
            ]
        return [row for row in found if row is not None]


def main() -> int:
    company = FaultyCompany(Path(sys.argv[1]))
    if len(sys.argv) > 2:
        # No file may become larger: the system refuses the write, as on a disk that is full.
        limit = int(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    print("ready", flush=True)
    run = company.refresh()
    print(run.error or run.outcome.value, flush=True)
    return run.exit_code or 0


if __name__ == "__main__":
    sys.exit(main())
