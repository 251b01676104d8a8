"""The rules of the house that no SQL test can hold: layers, portability, names, documentation."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from conftest import ROOT

#: Who may read whom. `raw` are sources and the demo seeds, `reference` the seeds of definitions.
ALLOWED_PARENTS = {
    "staging": {"raw", "reference"},
    "crm": {"raw", "staging", "crm"},
    "intermediate": {"crm", "intermediate", "core", "reference"},
    "governance": {"crm", "intermediate", "governance", "core", "kpi", "reference"},
    "core": {"crm", "intermediate", "core", "reference"},
    "kpi": {"crm_meta", "intermediate", "governance", "core", "reference"},
}

#: Functions one engine has and the other has not, or reads otherwise; they live in macros/engine/.
ENGINE_ONLY = (
    "date_diff datediff date_sub date_add dateadd timezone strptime try_strptime strftime isodow "
    "to_months to_days regexp_matches regexp_full_match string_agg listagg make_timestamp rowid "
    "epoch epoch_ms list_contains generate_series range unnest struct_pack map_from_entries "
    "from_utc_timestamp to_utc_timestamp"
).split()


def layer_of(node: dict[str, Any]) -> str:
    path = Path(node["original_file_path"]).parts
    if node["resource_type"] == "source" or path[:2] == ("seeds", "demo"):
        return "raw"
    if path[0] == "seeds":
        return "reference"
    if path[1] == "marts":
        return path[2]
    if path[:3] == ("models", "intermediate", "governance"):
        return "governance"
    return path[1]


def may_read(child: dict[str, Any], parent: dict[str, Any]) -> bool:
    layer, parent_layer = layer_of(child), layer_of(parent)
    allowed = ALLOWED_PARENTS[layer]
    if parent_layer == "crm" and "crm_meta" in allowed:
        return str(parent["name"]).startswith("meta_")
    return parent_layer in allowed


def models(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def test_no_layer_reads_one_it_must_not_know(manifest: dict[str, Any]) -> None:
    nodes = {**manifest["nodes"], **manifest["sources"]}
    wrong = [
        f"{child['name']} ({layer_of(child)}) reads {parent['name']} ({layer_of(parent)})"
        for child in models(manifest)
        for parent in (nodes[name] for name in child["depends_on"]["nodes"])
        if not may_read(child, parent)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_layering_check_would_notice(manifest: dict[str, Any]) -> None:
    by_name = {node["name"]: node for node in models(manifest)}
    kpi = by_name["kpi_scorecard"]
    assert not may_read(kpi, by_name["crm_account"])
    assert not may_read(by_name["dim_date"], kpi)
    assert not may_read(by_name["crm_account"], by_name["dim_date"])


def unportable(sql: str) -> list[str]:
    """The constructs of a query that Spark SQL has not, or that fail where a divisor is 0."""
    found = []
    for node in sqlglot.parse_one(sql, read="duckdb").walk():
        if isinstance(node, exp.Join) and (node.args.get("method") or "").upper() == "ASOF":
            found.append("asof join")
        elif isinstance(node, exp.Star) and (node.args.get("except_") or node.args.get("except")):
            found.append("* exclude")
        elif isinstance(node, (exp.GenerateSeries, exp.Unnest, exp.Explode)):
            found.append(node.key)
        elif isinstance(node, exp.IgnoreNulls):
            found.append("ignore nulls")
        elif isinstance(node, (exp.Array, exp.Map, exp.Struct, exp.Lambda, exp.Bracket)):
            found.append(node.key)
        elif isinstance(node, exp.Div):
            divisor = node.expression
            if divisor.find(exp.Column) and not divisor.find(exp.Nullif):
                found.append(f"division by {divisor.sql()}")
    return found


def test_compiled_models_hold_nothing_that_is_not_portable(manifest: dict[str, Any]) -> None:
    wrong = {
        node["name"]: problems
        for node in models(manifest)
        if (problems := unportable(node["compiled_code"]))
    }
    assert not wrong, "\n".join(map(str, wrong.items()))


@pytest.mark.parametrize(
    "sql",
    [
        "select * exclude (a) from t",
        "select a / b from t",
        "select unnest([1, 2])",
        "select lag(a ignore nulls) over (order by b) from t",
        "select * from a asof join b on a.x >= b.x",
        "select map {'a': 1}",
        "select * from generate_series(1, 3)",
    ],
)
def test_the_portability_check_would_notice(sql: str) -> None:
    assert unportable(sql)


def sql_files() -> list[Path]:
    return sorted(
        file
        for folder in ("models", "macros", "analyses", "tests/data")
        for file in (ROOT / folder).rglob("*.sql")
        if (ROOT / "macros" / "engine") not in file.parents
    )


def without_comments(text: str) -> str:
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.S)
    return re.sub(r"--[^\n]*", "", text)


def test_engine_specific_functions_live_in_one_folder() -> None:
    pattern = re.compile(rf"(?<![\w.'\"])({'|'.join(ENGINE_ONLY)})\s*\(|::", re.I)
    wrong = [
        f"{file.relative_to(ROOT)}: {match.group(0)}"
        for file in sql_files()
        for match in pattern.finditer(
            re.sub(r"\{%.*?%\}", "", without_comments(file.read_text()), flags=re.S)
        )
    ]
    assert not wrong, "\n".join(wrong)


def test_no_model_asks_for_the_current_date() -> None:
    pattern = re.compile(r"\b(current_date|current_timestamp|now\s*\(\))", re.I)
    wrong = [
        str(file.relative_to(ROOT))
        for file in sql_files()
        if pattern.search(without_comments(file.read_text()))
    ]
    assert not wrong


def test_every_parameter_that_is_used_is_declared() -> None:
    with (ROOT / "seeds" / "reference" / "kpi_parameter.csv").open(newline="") as file:
        declared = {row["parameter"] for row in csv.DictReader(file)}
    used = {
        (name, str(file.relative_to(ROOT)))
        for file in sql_files()
        for name in re.findall(r"parameter\('(\w+)'\)", without_comments(file.read_text()))
    }
    assert used
    assert not [(name, file) for name, file in used if name not in declared]


def test_every_model_and_column_is_described(manifest: dict[str, Any]) -> None:
    wrong = [
        node["name"]
        + (
            ""
            if not node["description"]
            else f": {[c for c, v in node['columns'].items() if not v['description']]}"
        )
        for node in models(manifest)
        if not node["description"] or any(not c["description"] for c in node["columns"].values())
    ]
    assert not wrong, "\n".join(wrong)


def test_every_model_says_its_grain_first(manifest: dict[str, Any]) -> None:
    wrong = [
        node["name"]
        for node in models(manifest)
        if not re.match(r"(One|Each|Exactly one) row", node["description"])
    ]
    assert not wrong, "\n".join(wrong)


def test_yaml_columns_are_the_columns_of_the_built_table(
    manifest: dict[str, Any], demo_connection: duckdb.DuckDBPyConnection
) -> None:
    built: dict[str, list[str]] = {}
    for schema, table, column in demo_connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where not internal order by column_index"
    ).fetchall():
        built.setdefault(f"{schema}.{table}", []).append(column)
    wrong = {}
    for node in models(manifest):
        columns = built.get(f"{node['schema']}.{node['alias']}")
        if columns is not None and set(columns) != set(node["columns"]):
            wrong[node["name"]] = sorted(set(columns) ^ set(node["columns"]))
    assert not wrong, "\n".join(map(str, wrong.items()))
