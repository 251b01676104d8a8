"""Names and texts written into SQL."""

from __future__ import annotations


def quoted(identifier: str) -> str:
    """A SQL identifier, safe whatever characters it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """A SQL text, safe whatever characters it holds."""
    return "'" + str(value).replace("'", "''") + "'"
