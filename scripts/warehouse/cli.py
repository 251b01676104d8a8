"""The `warehouse` command. Only this module prints and exits."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from warehouse import bench as benching
from warehouse import catalogue as catalogues
from warehouse import forget as forgetting
from warehouse import kpi as kpis
from warehouse import kpi_page
from warehouse import land as landing
from warehouse import metrics as states
from warehouse import publish as publishing
from warehouse import refresh as refreshing
from warehouse import scorecard as scorecards
from warehouse import simulate as simulation
from warehouse.errors import WarehouseError
from warehouse.refresh.notify import notify as send
from warehouse.settings import database_path, memory, project_root, published_path, threads

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Land CRM exports, refresh and publish the marts, and read the KPIs.",
)
console = Console()
errors = Console(stderr=True)


@app.command()
def land(
    source: Annotated[str, typer.Argument(help="Name of the CRM, for example salesforce.")],
    folder: Annotated[Path, typer.Argument(help="Folder with CSV, TSV, Parquet or JSON files.")],
) -> None:
    """Land the files of FOLDER, as they came, into the schema raw_SOURCE."""
    database = database_path(project_root())
    with console.status("Landing …") as status:
        result = landing.land_folder(
            database, source, folder, lambda name: status.update(f"Landing {escape(name)} …")
        )
    if console.is_terminal:
        console.print(landing.as_table(result))
    else:
        for line in landing.as_lines(result):
            typer.echo(line)
    typer.echo(landing.totals(result))


@app.command()
def refresh(
    full: Annotated[bool, typer.Option("--full", help="Build everything anew.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="Publish although a guard stops it.")
    ] = False,
    notify: Annotated[
        str | None,
        typer.Option(
            help="Apprise URL that is told how it ended.", envvar="WAREHOUSE_NOTIFY", metavar="URL"
        ),
    ] = None,
    trigger: Annotated[str, typer.Option(help="What started it, for the record.")] = "manual",
) -> None:
    """Land what is new, build, test, audit, publish, and record it; made for a schedule."""
    place = refreshing.place_of(project_root())
    run = refreshing.refresh(place, refreshing.Options(full, accept, trigger), console)
    if notify is not None:
        problem = send(notify, run, place.root.name)
        if problem is not None:
            errors.print(f"[yellow]notify[/] {escape(problem)}", highlight=False, soft_wrap=True)
    if isinstance(run.error, Exception):
        raise run.error


@app.command()
def publish() -> None:
    """Swap the built marts into the file that BI tools read, keeping each first published value."""
    root = project_root()
    publishing.check_built(database_path(root))
    publication = refreshing.publish_now(refreshing.place_of(root))
    shown = publication.path
    if shown.is_relative_to(root):
        shown = shown.relative_to(root)
    typer.echo(
        f"published {len(publication.row_counts)} tables, "
        f"{sum(publication.row_counts.values()):,} rows, to {shown} "
        f"as version {publication.version}"
    )


@app.command()
def versions() -> None:
    """List the kept versions of the published marts, the newest first."""
    target = published_path(project_root())
    kept = publishing.kept_versions_of(target)
    for version in kept:
        served = "  served" if version.is_current else ""
        typer.echo(f"{version.name:<20} {version.size_bytes / 1e6:>10,.1f} MB{served}")
    if not kept:
        typer.echo(f"no version of {target.name} is kept")


@app.command()
def rollback(
    version: Annotated[
        str | None, typer.Argument(help="Version to serve; default: the one before the current.")
    ] = None,
) -> None:
    """Serve a kept version of the marts again."""
    before, after = refreshing.roll_back(refreshing.place_of(project_root()), version)
    typer.echo(f"serving version {after} instead of {before or 'an unnamed one'}")


@app.command()
def forget(
    contact: Annotated[str | None, typer.Option(help="Id of a contact or lead.")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address of a contact or lead.")] = None,
) -> None:
    """Remove a person from every file of the project, prove it, and write a receipt."""
    report = forgetting.forget(refreshing.place_of(project_root()), contact, email)
    typer.echo(
        f"forgotten in {len(report.files)} files, {report.rows:,} rows and lines; "
        f"nothing is left; receipt {report.receipt}"
    )


@app.command()
def scorecard(
    board: Annotated[
        str | None, typer.Option(help="Audience, for example management or sales.")
    ] = None,
    kpi: Annotated[
        str | None, typer.Option(help="One KPI in depth, by its machine name: win_rate.")
    ] = None,
    lang: Annotated[
        scorecards.Language, typer.Option(help="Language of names and headings.")
    ] = scorecards.Language.en,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Print the headline KPIs of the published marts, or one KPI in depth."""
    marts = published_path(project_root())
    # Off a terminal nothing folds the lines, so a log keeps every figure.
    out = console if console.is_terminal else Console(width=220)
    if kpi is not None:
        found = kpis.read_kpi(marts, kpi)
        if as_json:
            typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        else:
            for part in kpi_page.as_page(found, lang):
                out.print(part)
        return
    rows = scorecards.read_scorecard(marts, board)
    if as_json:
        typer.echo(json.dumps([row.as_json() for row in rows], ensure_ascii=False, indent=2))
        return
    out.print(scorecards.as_table(rows, lang))
    if board is not None:
        for name, action in scorecards.actions(rows, lang):
            heading = scorecards.translated("Off target, suggested", lang)
            out.print(f"[bold]{escape(name)}[/] · {heading}: {escape(action)}", highlight=False)


@app.command()
def metrics() -> None:
    """Print every KPI of the registry with its rows in the published marts and their states."""
    out = console if console.is_terminal else Console(width=160)
    out.print(states.as_table(states.read_metrics(published_path(project_root()))))


@app.command()
def catalogue() -> None:
    """Write the KPI definitions of the registry into the pages of `dbt docs`."""
    root = project_root()
    document = root / catalogues.DOCUMENT
    document.write_text(catalogues.render(root), encoding="utf-8")
    typer.echo(f"wrote {catalogues.DOCUMENT}")


@app.command()
def simulate(
    out: Annotated[Path, typer.Option(help="Folder for one file per table.")],
    scale: Annotated[
        float, typer.Option(min=0.002, help="1 is about one million activities.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = (
        simulation.DEMO_SEED
    ),
    file_format: Annotated[
        simulation.Format, typer.Option("--format", help="File format.")
    ] = simulation.Format.parquet,
    demo: Annotated[
        bool, typer.Option("--demo", help="Write exactly the committed demo seeds.")
    ] = False,
) -> None:
    """Write the raw tables of a simulated company into a folder."""
    with console.status("Simulating …"):
        if demo:
            rows = simulation.simulate_demo(out)
        else:
            rows = simulation.simulate(out, scale, seed, file_format)
    typer.echo(f"wrote {len(rows)} tables, {sum(rows.values()):,} rows, to {out}")


@app.command()
def bench(
    scale: Annotated[
        float, typer.Option(min=0.002, help="1 is about one million activities.")
    ] = 1.0,
    delta: Annotated[
        list[float] | None,
        typer.Option(min=0.0001, max=0.1, help="Share of new rows; may be repeated."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = (
        simulation.DEMO_SEED
    ),
    out: Annotated[Path | None, typer.Option(help="JSON file of the figures.")] = None,
) -> None:
    """Measure landing, build, refresh and queries on a simulated company, in a temporary folder."""
    shares = tuple(delta or (0.001, 0.01))
    settings = benching.Settings(
        scale,
        shares,
        seed,
        threads=threads(),
        memory=memory(),
    )
    with (
        tempfile.TemporaryDirectory(prefix="warehouse-bench-") as folder,
        console.status("Measuring …") as status,
    ):

        def on_step(so_far: benching.Report, step: str) -> None:
            # Hours of figures are not lost with the step that fails.
            if out is not None:
                benching.write_json(so_far, out)
            status.update(f"Measuring … {step}")

        report = benching.run_bench(
            project_root(), Path(folder), settings, benching.own_commands(), on_step
        )
    for line in benching.as_lines(report):
        typer.echo(line)
    if out is not None:
        benching.write_json(report, out)


def main() -> None:
    """Run a command; a failure the user can act on becomes one message and its exit code."""
    # Whatever a command writes is readable by its owner and group only.
    os.umask(0o027)
    try:
        app()
    except WarehouseError as error:
        # File names and SQL in a message hold brackets, and no line of it may be cut.
        errors.print(f"[bold red]error[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        raise SystemExit(error.exit_code) from None
