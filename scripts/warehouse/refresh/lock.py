"""One refresh at a time, across processes. The operating system lets go of a dead one's lock."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from filelock import FileLock, Timeout

from warehouse.errors import RefreshRunningError


@contextmanager
def refresh_lock(database: Path, doing: str) -> Iterator[None]:
    """Hold the lock of a warehouse, or raise at once and say who holds it since when.

    The lock is the operating system's, on `<database>.refresh.lock`. Beside it lies a note of who
    holds it, `<database>.refresh.json`; a note without a lock is a dead process's and means
    nothing.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    note = database.with_name(database.name + ".refresh.json")
    lock = FileLock(database.with_name(database.name + ".refresh.lock"), timeout=0, mode=0o640)
    try:
        lock.acquire()
    except Timeout:
        raise RefreshRunningError(_who(database, note)) from None
    try:
        # On a full disk the lock holds without its note; what is full is said by the first step.
        with suppress(OSError):
            note.write_text(
                json.dumps(
                    {
                        "pid": os.getpid(),
                        "host": socket.gethostname(),
                        "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
                        "doing": doing,
                    }
                ),
                encoding="utf-8",
            )
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _who(database: Path, note: Path) -> str:
    try:
        holder = json.loads(note.read_text(encoding="utf-8"))
        who = (
            f"{holder['doing']} runs since {holder['since']} "
            f"as process {holder['pid']} on {holder['host']}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        who = "another refresh is running"
    return f"{database}: {who}. Nothing was done; run the command again when it has finished."
