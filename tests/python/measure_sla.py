"""How long the SLA clock takes: a million cases with five status changes each, by default.

    python tests/python/measure_sla.py [cases]

Run by hand. Builds made-up contract tables in a temporary database, runs the service models on them
and prints the seconds of every model; beside them the processor time, which a busy machine does not
stretch, and how many plain aggregations of the same status changes it would have paid for.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from conftest import run_dbt

MODELS = ["+int_case_sla", "--exclude", "models/crm", "int_table_coverage", "dim_date"]

TABLES = """
create schema crm; create schema core; create schema meta; create schema reference;

create table meta.meta_reporting as
select date '2025-06-30' as as_of, timestamp '2025-06-30 22:00:00' as as_of_at;

create table meta.meta_merge_key (object_type varchar, record_id varchar, survivor_id varchar);

create table core.dim_date as
select
    cast(d as date) as date_day, cast(isodow(d) as integer) as iso_weekday,
    isodow(d) <= 5 as is_weekday
from range(timestamp '2018-06-01', timestamp '2028-07-01', interval 1 day) as days (d);

create table crm.crm_business_hours as
select
    'BH' || c as business_hours_id, 'weekly' as row_type, cast(w as integer) as iso_weekday,
    case c % 3 when 0 then '09:00' when 1 then '08:00' else '22:00' end as opens_at,
    case c % 3 when 0 then '17:00' when 1 then '12:00' else '06:00' end as closes_at,
    cast(null as date) as holiday_date,
    case c % 2 when 0 then 'Europe/Vienna' else 'America/New_York' end as timezone,
    'test' as source_name
from range(12) as calendars (c), range(1, 6) as weekdays (w);
insert into crm.crm_business_hours
select business_hours_id, row_type, iso_weekday, '13:00', '17:30', null, timezone, source_name
from crm.crm_business_hours where opens_at = '08:00';

create table crm.crm_sla_policy as
select
    'P' || p as sla_policy_id, metric, priority, valid_from, cast(null as date) as valid_to,
    cast(target * (1 + p) as integer) as target_minutes, 'business' as clock,
    'pending|on_hold' as pause_statuses, false as is_premium
from range(4) as policies (p),
    (values ('first_response', 240), ('resolution', 960)) as metrics (metric, target),
    (values ('low'), ('normal'), ('high'), ('urgent')) as priorities (priority),
    (values (date '2018-01-01'), (date '2024-01-01')) as versions (valid_from);

create table crm.crm_support_case as
select
    'CASE-' || i as case_id, null::varchar as master_case_id, 'A' || i % 5000 as account_id,
    null::varchar as contact_id, null::varchar as product_id, 'incident' as case_type,
    'email' as channel,
    ['low', 'normal', 'high', 'urgent'][1 + i % 4] as priority, 'solved' as status,
    timestamp '2019-07-01' + to_seconds(hash(i) % 188000000) as created_at,
    null::timestamp as first_responded_at, null::timestamp as first_solved_at,
    null::timestamp as solved_at, 'U1' as owner_user_id, 'P' || i % 4 as sla_policy_id,
    'BH' || i % 12 as business_hours_id, 1 as assignee_count, 0 as reopen_count,
    10 as service_minutes, false as is_escalated, null::varchar as root_cause, false as is_deleted,
    'test' as source_name
from range($n) as numbers (i);

create table crm.crm_field_history as
select
    'H' || c.case_id || '-' || k as history_id, 'case' as object_type, c.case_id as record_id,
    'status' as field_name, ['new', 'open', 'pending', 'open', 'solved'][k] as old_value,
    ['open', 'pending', 'open', 'solved', 'closed'][k] as new_value,
    c.created_at + to_seconds(k * 20000 + hash(c.case_id, k) % 80000 * k) as changed_at,
    null::varchar as changed_by_user_id, 'test' as source_name
from crm.crm_support_case as c, range(1, 6) as changes (k);

create table crm.crm_activity as
select
    'ACT' || case_id as activity_id, 'case_comment' as activity_type, 'outbound' as direction,
    'U1' as user_id, case_id, created_at + to_seconds(hash(case_id, 9) % 40000) as started_at,
    created_at + to_seconds(hash(case_id, 9) % 40000) as completed_at, null::varchar as outcome,
    false as is_automated, true as is_public
from crm.crm_support_case;

create table crm.crm_contract_line (
    contract_line_id varchar, account_id varchar, sla_policy_id varchar,
    start_date date, end_date date
);
"""

#: What a scan with an aggregation costs on the same changes: one row per case.
PLAIN = """
create or replace temp table plain as
select record_id, count(*) as n_changes, min(changed_at) as first_at, max(changed_at) as last_at
from crm.crm_field_history group by record_id
"""


def processor_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def plain_aggregation(database: str) -> tuple[float, float]:
    """Seconds on the clock and of the processors, the best of three."""
    with duckdb.connect(database, read_only=True) as connection:
        runs = []
        for _ in range(3):
            clock, processors = time.perf_counter(), processor_seconds(resource.RUSAGE_SELF)
            connection.execute(PLAIN)
            runs.append(
                (
                    time.perf_counter() - clock,
                    processor_seconds(resource.RUSAGE_SELF) - processors,
                )
            )
    return min(seconds for seconds, _ in runs), min(seconds for _, seconds in runs)


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            "WAREHOUSE_DB": str(folder / "measure.duckdb"),
            "WAREHOUSE_SOURCES": "",
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        with duckdb.connect(environment["WAREHOUSE_DB"]) as connection:
            for statement in TABLES.replace("$n", str(cases)).split(";"):
                if statement.strip():
                    connection.execute(statement)
        seeds = ["case_type_group", "case_status_group", "kpi_parameter"]
        # Compiling computes nothing: what dbt itself costs is taken off.
        commands = (
            ["seed", "--select", *seeds],
            ["compile", "--select", *MODELS],
            ["run", "--select", *MODELS],
        )
        processors = [processor_seconds(resource.RUSAGE_CHILDREN)]
        for command in commands:
            result = run_dbt(*command, **environment)
            if result.returncode:
                sys.exit(result.stdout)
            processors.append(processor_seconds(resource.RUSAGE_CHILDREN))
        run = json.loads((folder / "target" / "run_results.json").read_text())
        for model in run["results"]:
            print(f"{model['execution_time']:8.2f} s  {model['unique_id'].rsplit('.', 1)[1]}")
        total = sum(model["execution_time"] for model in run["results"])
        print(f"{total:8.2f} s  all, {cases:,} cases")
        plain_seconds, plain_processors = plain_aggregation(environment["WAREHOUSE_DB"])
        spent = (processors[3] - processors[2]) - (processors[2] - processors[1])
        print(f"{plain_seconds:8.2f} s  plain aggregation of their changes")
        print(
            f"{spent:8.2f} s  of the processors, {spent / plain_processors:.0f} times those of the"
            f" plain aggregation ({plain_processors:.2f} s)"
        )
        with duckdb.connect(environment["WAREHOUSE_DB"]) as connection:
            print(
                connection.execute(
                    "select sla_metric, is_met, count(*) from intermediate.int_case_sla"
                    " group by all"
                ).fetchall()
            )


if __name__ == "__main__":
    main()
