"""The ways a command can end. The exit codes are part of the interface; README lists them."""

from __future__ import annotations


class WarehouseError(Exception):
    """A failure the user can act on. The message names the file, table, column or row.

    `summary` is the message without data rows, for logs and notifications.
    """

    exit_code = 1

    def __init__(self, message: str, summary: str | None = None) -> None:
        super().__init__(message)
        self.summary = message if summary is None else summary


class UsageError(WarehouseError):
    """An argument or environment variable does not fit."""

    exit_code = 2


class LandingError(WarehouseError):
    """A file could not be landed. Nothing of that landing is visible."""

    exit_code = 3


class BuildError(WarehouseError):
    """dbt reported an error."""

    exit_code = 4


class PublishError(WarehouseError):
    """The marts could not be published. The last published file is untouched."""

    exit_code = 5


class RefreshRunningError(WarehouseError):
    """Another process refreshes, publishes or rolls back."""

    exit_code = 6


class AuditError(WarehouseError):
    """A guard stopped the publication. The last published file is untouched."""

    exit_code = 7


class NotForgottenError(WarehouseError):
    """A file still holds values of a person who was to be forgotten."""

    exit_code = 8
