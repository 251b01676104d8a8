"""What was landed from the inboxes: `meta_landing.landed_file`, one row per delivery."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from warehouse.inbox.delivery import Identity
from warehouse.land.names import identifier


@dataclass(frozen=True)
class Landed:
    """A delivery as it is remembered. Its rows are in the raw table if it is applied."""

    identity: Identity
    source_file: str
    sha256: str
    file_state: str
    is_applied: bool
    columns: tuple[str, ...]

    @property
    def order(self) -> tuple[datetime, bool]:
        """Its place among the deliveries of its table."""
        return self.identity.order


def create_register(session: duckdb.DuckDBPyConnection) -> None:
    """Create the table of landed deliveries if it is not there."""
    session.execute(
        """
        create schema if not exists meta_landing;
        create table if not exists meta_landing.landed_file (
            source_name varchar not null,
            table_name varchar not null,
            sequenced_at timestamp,
            is_delta boolean not null,
            source_file varchar not null,
            sha256 varchar not null,
            file_state varchar not null,
            is_applied boolean not null,
            column_names varchar[] not null,
            row_count bigint not null,
            rejected_count bigint not null,
            landed_at timestamp not null
        );
        """
    )


def read_register(session: duckdb.DuckDBPyConnection, source: str) -> dict[Identity, Landed]:
    """The landed deliveries of a source."""
    rows = session.execute(
        """
        select
            table_name, sequenced_at, is_delta, source_file, sha256, file_state, is_applied,
            column_names
        from meta_landing.landed_file
        where source_name = ?
        """,
        [source],
    ).fetchall()
    return {
        (identity := Identity(table, at, is_delta)): Landed(
            identity, name, sha256, state, is_applied, tuple(columns)
        )
        for table, at, is_delta, name, sha256, state, is_applied, columns in rows
    }


def forget_replaced_tables(
    session: duckdb.DuckDBPyConnection, source: str, schema: str
) -> set[str]:
    """Forget what was landed into tables that were dropped, or replaced by `warehouse land`.

    Their files are landed again. Gives the names of these tables.
    """
    rows = session.execute(
        f"""
        delete from meta_landing.landed_file
        where source_name = $source and (
            table_name in (select table_name from {identifier(schema)}._landed_file)
            or table_name not in (
                select table_name
                from duckdb_tables()
                where database_name = current_database() and schema_name = $schema
            )
        )
        returning table_name
        """,
        {"source": source, "schema": schema},
    ).fetchall()
    return {table for (table,) in rows}


def remember(
    session: duckdb.DuckDBPyConnection,
    source: str,
    one: Landed,
    row_count: int,
    rejected_count: int,
    landed_at: datetime,
) -> None:
    """Write down a delivery in place of what was known of it."""
    session.execute(
        """
        delete from meta_landing.landed_file
        where source_name = ? and table_name = ? and sequenced_at is not distinct from ?
            and is_delta = ?
        """,
        [source, *one.identity],
    )
    session.execute(
        "insert into meta_landing.landed_file values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            source,
            *one.identity,
            one.source_file,
            one.sha256,
            one.file_state,
            one.is_applied,
            list(one.columns),
            row_count,
            rejected_count,
            landed_at,
        ],
    )


def supersede(
    session: duckdb.DuckDBPyConnection, source: str, identities: Iterable[Identity]
) -> None:
    """Note that the rows of these deliveries are no longer in the raw table."""
    for identity in identities:
        session.execute(
            """
            update meta_landing.landed_file set is_applied = false
            where source_name = ? and table_name = ? and sequenced_at is not distinct from ?
                and is_delta = ?
            """,
            [source, *identity],
        )


def touch(
    session: duckdb.DuckDBPyConnection, source: str, identity: Identity, name: str, state: str
) -> None:
    """Note under which name and in which state a known content lies in the inbox now."""
    session.execute(
        """
        update meta_landing.landed_file set file_state = ?
        where source_name = ? and table_name = ? and sequenced_at is not distinct from ?
            and is_delta = ? and source_file = ? and file_state <> ?
        """,
        [state, source, *identity, name, state],
    )
