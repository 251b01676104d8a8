"""What a refresh works on, read once from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from warehouse import settings
from warehouse.errors import UsageError


@dataclass(frozen=True)
class Place:
    """The project, its files, and its settings."""

    root: Path
    database: Path
    published: Path
    inbox: Path
    log: Path
    sources: tuple[str, ...]
    versions: int
    parquet: Path | None
    project: dict[str, Any]

    @property
    def vars(self) -> dict[str, Any]:
        """`vars` of dbt_project.yml."""
        found: dict[str, Any] = self.project.get("vars") or {}
        return found

    @property
    def project_version(self) -> str:
        """The version of the project, as dbt_project.yml says."""
        return str(self.project.get("version", ""))


def place_of(root: Path) -> Place:
    """The place that the environment and dbt_project.yml describe."""
    try:
        project = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UsageError(f"dbt_project.yml cannot be read: {error}") from error
    return Place(
        root=root,
        database=settings.database_path(root),
        published=settings.published_path(root),
        inbox=settings.inbox_path(root),
        log=settings.log_path(root),
        sources=tuple(settings.enabled_sources()),
        versions=settings.kept_versions(),
        parquet=settings.parquet_path(root),
        project=project,
    )
