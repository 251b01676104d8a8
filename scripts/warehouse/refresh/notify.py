"""Send how a run ended to where people look. No data row and no address of a receiver is told."""

from __future__ import annotations

from warehouse.refresh.record import Outcome, Run

_TITLES = {
    Outcome.published: "Warehouse refreshed",
    Outcome.unchanged: "Warehouse: nothing new",
    Outcome.stopped: "Warehouse: publication stopped",
}


def notify(url: str, run: Run, project: str) -> str | None:
    """Send the outcome; returns what went wrong with that, which changes nothing else."""
    try:
        # Loaded only where it is asked for: it knows a hundred services.
        import apprise

        receiver = apprise.Apprise()
        if not receiver.add(url):
            return "the address of --notify is none that Apprise knows"
        is_fine = run.outcome in (Outcome.published, Outcome.unchanged)
        sent = receiver.notify(
            title=f"{_TITLES.get(run.outcome, 'Warehouse: refresh failed')} ({project})",
            body=body(run),
            notify_type=apprise.NotifyType.SUCCESS if is_fine else apprise.NotifyType.FAILURE,
        )
    except Exception as error:
        return f"the outcome could not be sent: {type(error).__name__}"
    return None if sent else "the receiver did not take the outcome"


def body(run: Run) -> str:
    """The outcome in a few lines."""
    lines = [f"outcome: {run.outcome.value}, exit code {run.exit_code}"]
    if run.failed_step:
        lines.append(f"failed in: {run.failed_step}")
    if run.message:
        lines.append(run.message)
    if run.published_version:
        lines.append(f"published version {run.published_version}, {run.published_rows or 0:,} rows")
    if run.rows_landed:
        lines.append(f"landed {run.rows_landed:,} rows, {run.rows_rejected or 0:,} rejected")
    lines.append(f"run {run.run_id}, {run.started_at:%Y-%m-%d %H:%M} UTC, {run.trigger_name}")
    return "\n".join(lines)
