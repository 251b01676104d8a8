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
    """`building` names the run that began to build and has not said that it ended well."""

    building: str | None = None
    built: str | None = None
    published: str | None = None


def read_state(connection: duckdb.DuckDBPyConnection) -> State:
    """The state of an open warehouse; empty for one that was never refreshed."""
    connection.execute(_DDL)
    found = dict(connection.execute("select name, value from meta_refresh.state").fetchall())
    return State(found.get("building"), found.get("built"), found.get("published"))


def write_state(connection: duckdb.DuckDBPyConnection, **values: str | None) -> None:
    """Set or, with None, forget parts of the state, all at once."""
    connection.execute(_DDL)
    connection.begin()
    for name, value in values.items():
        connection.execute("delete from meta_refresh.state where name = ?", [name])
        if value is not None:
            connection.execute("insert into meta_refresh.state values (?, ?)", [name, value])
    connection.commit()
