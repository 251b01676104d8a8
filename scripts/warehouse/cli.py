"""The `warehouse` command. Only this module prints and exits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from warehouse.errors import WarehouseError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Land CRM exports, publish the marts, and read the KPIs.",
)
console = Console()
errors = Console(stderr=True)


def main() -> None:
    """Run a command; a failure the user can act on becomes one message and its exit code."""
    try:
        app()
    except WarehouseError as error:
        errors.print(f"[bold red]error[/] {error}", highlight=False, markup=True)
        raise SystemExit(error.exit_code) from None
