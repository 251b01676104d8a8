"""What a refresh remembers in the warehouse: whether it may be half built, and from what."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_DDL = """
create schema if not exists meta_refresh;
create table if not exists meta_refresh.state (name varchar not null, value varchar not null);
"""


@dataclass(frozen=True)
class State:
    """`built` and `published` are fingerprints of the project and what was landed.

    `building` is that of the project alone, from the begin of a build until it ended well.
    """

    building: str | None = None
    built: str | None = None
    published: str | None = None


def read_state(connection: duckdb.DuckDBPyConnection) -> State:
    """The state of an open warehouse; empty for one that was never refreshed."""
    connection.execute(_DDL)
    found = dict(connection.execute("select name, value from meta_refresh.state").fetchall())
    return State(found.get("building"), found.get("built"), found.get("published"))


def begin_build(connection: duckdb.DuckDBPyConnection, project: str, full: bool) -> None:
    """Note down that a build of a project begins, of which the next run may find the rest to do.

    That a full build keeps nothing is seen to here: dbt may die before it comes to that, and the
    next run would take tables of before for its own.
    """
    if full:
        connection.execute("drop table if exists meta_refresh.unchanged_node")
    write_state(connection, building=project)


def write_state(connection: duckdb.DuckDBPyConnection, **values: str | None) -> None:
    """Set or, with None, forget parts of the state, all at once."""
    connection.execute(_DDL)
    connection.begin()
    for name, value in values.items():
        connection.execute("delete from meta_refresh.state where name = ?", [name])
        if value is not None:
            connection.execute("insert into meta_refresh.state values (?, ?)", [name, value])
    connection.commit()
