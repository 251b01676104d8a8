"""What a refresh tells while it runs: a live line on a terminal, one line per step elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

from rich.console import Console
from rich.markup import escape

from warehouse.refresh.record import Log, Run


class Steps:
    """The steps of one run, told to the console and to the log."""

    def __init__(self, console: Console, log: Log, run: Run) -> None:
        self._console = console
        self._log = log
        self._run = run
        self.current = "start"
        self._note = ""
        self._status = console.status("")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step; what it did is said with `done`."""
        self.current, self._note = name, ""
        started = time.monotonic()
        if self._console.is_terminal:
            self._status.update(f"{name} …")
            self._status.start()
        try:
            yield
        except BaseException:
            self._tell(name, "failed", time.monotonic() - started)
            raise
        else:
            self._tell(name, self._note, time.monotonic() - started)
        finally:
            self._status.stop()

    def done(self, note: str) -> None:
        """Say what the current step did."""
        self._note = note

    def progress(self, text: str) -> None:
        """Say how far the current step is; seen on a terminal only."""
        self._status.update(f"{self.current} … {escape(text)}")

    def tell(self, text: str) -> None:
        """Say something out of the ordinary."""
        self._log.write("note", self._run, step=self.current, note=text)
        self._print(f"  {text}")

    def _tell(self, name: str, note: str, seconds: float) -> None:
        self._log.write("step", self._run, step=name, note=note, seconds=round(seconds, 3))
        self._print(f"{name:<8} {seconds:6.1f} s  {note}")

    def _print(self, line: str) -> None:
        if not self._console.is_terminal:
            line = f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}Z  {line}"
        self._console.print(escape(line), highlight=False, soft_wrap=True)
