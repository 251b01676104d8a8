"""Run one command in a process of its own and account for its time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError

#: Lines of a failed command's output that its error message repeats.
_TAIL = 20


@dataclass(frozen=True)
class Cost:
    """What a command took: wall clock, processor time, and its highest resident memory."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


# The kernel counts the memory of the process that starts another as the other's too, and ours has
# held a company. So a small one in between starts the command, and writes down what it took.
_LAUNCHER = """
import json, os, subprocess, sys, time
began = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as cost:
    json.dump({
        "seconds": time.perf_counter() - began,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * 1024,
    }, cost)
process.returncode = os.waitstatus_to_exitcode(status)
sys.exit(process.returncode & 255)
"""


def run_measured(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Cost:
    """Run a command in `folder` and return its cost; raises WarehouseError if it fails.

    What it prints is appended to `log`. Memory is the kernel's own high-water mark of the process
    and of those it waited for, so nothing between two samples is missed.
    """
    note = log.with_suffix(".cost")
    with log.open("ab") as output:
        ended = subprocess.run(
            [sys.executable, "-S", "-c", _LAUNCHER, str(note), *argv],
            cwd=folder,
            env=dict(environment),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL:]
        raise WarehouseError(
            f"`{' '.join(argv)}` ended with {ended.returncode}:\n" + "\n".join(lines)
        )
    return Cost(**json.loads(note.read_text(encoding="utf-8")))
