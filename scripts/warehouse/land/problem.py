"""What is wrong with one file."""

from __future__ import annotations

from warehouse.errors import LandingError


class BadFileError(LandingError):
    """One file cannot be landed. The message says what is wrong and what to do about it."""


def first_line(error: BaseException) -> str:
    """The first line of an error message: DuckDB adds the query and its options below."""
    return (str(error) or type(error).__name__).splitlines()[0]
