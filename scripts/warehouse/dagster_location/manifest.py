"""dbt's description of the project as it is now, read once per state of the project."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from filelock import FileLock

from warehouse.dbt import run_dbt
from warehouse.refresh.fingerprint import project_fingerprint
from warehouse.refresh.place import Place


def manifest_of(place: Place) -> dict[str, Any]:
    """The manifest of the project at `place`; dbt parses again only what has changed.

    It has a folder of its own, `target/dagster`: Dagster loads a location in several processes,
    also while a refresh writes to `target`.
    """
    folder = place.root / os.environ.get("DBT_TARGET_PATH", "target") / "dagster"
    found, parsed_as = folder / "manifest.json", folder / "fingerprint"
    with for_owner_and_group():
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", mode=0o640):
            project = project_fingerprint(place)
            if not found.is_file() or not parsed_as.is_file() or parsed_as.read_text() != project:
                parsed_as.unlink(missing_ok=True)
                run_dbt(place.root, "parse", "--quiet", "--target-path", str(folder))
                parsed_as.write_text(project)
            manifest: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return manifest


@contextmanager
def for_owner_and_group() -> Iterator[None]:
    """What is created meanwhile is readable by its owner and group only."""
    before = os.umask(0o027)
    try:
        yield
    finally:
        os.umask(before)
