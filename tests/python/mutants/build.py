"""A built demo with its compiled SQL, and everything needed to hunt mutants in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import Built, build_demo
from mutants.hunt import Hunt, second_opinion
from mutants.unit import unit_tests
from replay import Project, Replay


@contextmanager
def opened(built: Built | None = None) -> Iterator[Hunt]:
    """Hunt in a built demo; without one in what `dbt build` left in the project's root or, if that
    is older than the project, in a build of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        built = built or build_demo(folder / "demo")
        manifest = built.manifest
        with Replay.of_copy(Project.of(manifest), built.database, folder) as replay:
            yield Hunt(replay, unit_tests(manifest, built.target), second_opinion())
