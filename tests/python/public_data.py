"""The public data sets of ../shared/data, landed and built in a database of their own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import FULL, SHARED_DATA, copy_project, copy_slice, run_dbt, run_warehouse
from replay import Project


@dataclass(frozen=True)
class Warehouse:
    """A built database."""

    database: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        (row,) = self.rows(sql)
        return row

    def value(self, sql: str) -> Any:  # noqa: ANN401
        (value,) = self.row(sql)
        return value


def data_folder(name: str) -> Path:
    """The folder of a data set; without it the test is skipped, because nothing is copied here."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"the public data set {name} is not in {SHARED_DATA}")
    return folder


def csv_rows(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file as published, to compare with."""
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def land_and_build(
    folder: Path,
    project: Project,
    landings: dict[str, Path],
    sources: Sequence[str],
    models: Sequence[str],
) -> Warehouse:
    """Land each data set, switch the sources on, build and test the contract and these models with
    all they are made of; `make test-full` builds and tests the whole project."""
    root = copy_project(folder) if FULL else copy_slice(folder, project, models, sources)
    environment = {"WAREHOUSE_SOURCES": ",".join(sources)}
    for source, data in landings.items():
        landing = run_warehouse("land", source, str(data), root=root, **environment)
        assert landing.returncode == 0, landing.stdout + landing.stderr
    # Unit tests bring their own rows; they say nothing about a source.
    build = run_dbt("build", "--exclude-resource-type", "unit_test", root=root, **environment)
    assert build.returncode == 0, build.stdout[-6000:]
    return Warehouse(root / "warehouse.duckdb")
