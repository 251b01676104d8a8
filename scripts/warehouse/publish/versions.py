"""The kept versions of a published file: their names, the swap, the way back.

`published/versions/<stem>.<version>.duckdb` are complete files. The published file itself is a
second name (hard link) of one of them, or a copy where the file system has no links, so keeping and
swapping cost neither time nor space. Nobody writes into them.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import duckdb

from warehouse.database import read_published
from warehouse.errors import PublishError, UsageError

FILE_MODE = 0o640
FOLDER_MODE = 0o750
_VERSION = re.compile(r"(\d{8}T\d{6}Z)(?:-(\d+))?")


@dataclass(frozen=True)
class Version:
    """One kept version of the published file."""

    name: str
    path: Path
    size_bytes: int
    is_current: bool


def next_version(target: Path, now: datetime | None = None) -> str:
    """The name of the next version: this second in UTC, and always above every earlier one.

    Where the second is taken, or the clock was set back, the last name gets the next number.
    """
    moment = now or datetime.now(timezone.utc)
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    kept = kept_versions_of(target)
    taken = [version.name for version in kept]
    if not any(version.is_current for version in kept):
        taken += [name for name in (published_version(target),) if name]
    newest = max(taken, key=sort_key, default=None)
    if newest is None or sort_key(stamp) > sort_key(newest):
        return stamp
    base, number = sort_key(newest)
    return f"{base}-{number + 1}"


def sort_key(version: str) -> tuple[str, int]:
    """Versions in the order they were published."""
    match = _VERSION.fullmatch(version)
    return (match[1], int(match[2] or 1)) if match else ("", 0)


def version_path(target: Path, version: str) -> Path:
    """Where a version of the published file `target` is kept."""
    return target.parent / "versions" / f"{target.stem}.{version}.duckdb"


def kept_versions_of(target: Path) -> list[Version]:
    """The kept versions of `target`, the newest first."""
    found = []
    for path in target.parent.glob(f"versions/{target.stem}.*.duckdb"):
        name = path.name[len(target.stem) + 1 : -len(".duckdb")]
        if _VERSION.fullmatch(name):
            found.append(Version(name, path, path.stat().st_size, is_same_file(path, target)))
    if found and not any(version.is_current for version in found):
        current = published_version(target)  # a copy, where the file system has no links
        found = [replace(version, is_current=version.name == current) for version in found]
    return sorted(found, key=lambda version: sort_key(version.name), reverse=True)


def published_version(target: Path) -> str | None:
    """The version a published file says it is; None for no file, or one from before versions."""
    if not target.is_file():
        return None
    try:
        with read_published(target) as connection:
            names = connection.execute(
                "select published_version from meta.meta_run where published_version is not null"
            ).fetchall()
    except duckdb.Error:
        return None
    return max((name for (name,) in names), key=sort_key, default=None)


def rollback(target: Path, version: str | None = None) -> tuple[str | None, str]:
    """Swap a kept version in, by default the one before the current; returns from and to."""
    kept = kept_versions_of(target)
    current = published_version(target)
    if version is None:
        older = [v for v in kept if current is None or sort_key(v.name) < sort_key(current)]
        if not older:
            raise UsageError(
                f"No version older than {current or 'the published one'} is kept. "
                "`warehouse versions` lists those that are."
            )
        chosen = older[0]
    else:
        chosen = next((v for v in kept if v.name == version), None) or _unknown(version, kept)
    try:
        # Opened before it is served: a damaged version must not replace a sound one.
        with duckdb.connect(str(chosen.path), read_only=True) as connection:
            connection.execute("select count(*) from duckdb_tables()")
        put_in_place(chosen.path, target)
    except (duckdb.Error, OSError) as error:
        raise PublishError(f"{target} was not replaced by {chosen.name}: {error}") from error
    return current, chosen.name


def _unknown(version: str, kept: list[Version]) -> Version:
    names = ", ".join(v.name for v in kept) or "none"
    raise UsageError(f"There is no version '{version}'. Kept: {names}.")


def unfinished(kept: Path) -> Path:
    """The name a version has while it is written."""
    return kept.with_name(kept.name + ".new")


def settle(fresh: Path, kept: Path) -> None:
    """Give a finished file its name, with everything on the disk before it counts."""
    fresh.chmod(FILE_MODE)
    _sync(fresh)
    fresh.replace(kept)
    _sync(kept.parent)


def put_in_place(kept: Path, target: Path) -> None:
    """Let `target` name the version `kept`, in one step."""
    beside = target.with_name(target.name + ".new")
    remove(beside)
    try:
        try:
            os.link(kept, beside)
        except OSError:
            shutil.copyfile(kept, beside)
            beside.chmod(FILE_MODE)
            _sync(beside)
        beside.replace(target)
        _sync(target.parent)
    finally:
        remove(beside)


def is_same_file(kept: Path, target: Path) -> bool:
    """Whether `target` is another name of `kept` already."""
    return kept.exists() and target.exists() and kept.samefile(target)


def prune(target: Path, keep: int) -> None:
    """Remove the versions beyond the newest `keep`, never the one that is served."""
    for version in kept_versions_of(target)[keep:]:
        if not version.is_current:
            remove(version.path)


def sweep(target: Path) -> None:
    """Remove what a killed publication left half written; the caller holds the lock."""
    for path in (
        *target.parent.glob(f"{target.name}.new*"),
        *target.parent.glob(f"versions/{target.stem}.*.duckdb.new*"),
    ):
        path.unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Remove a DuckDB file and its write-ahead log."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """A folder that the owner and the group may enter; one that is there stays as it is."""
    for missing in reversed([p for p in (folder, *folder.parents) if not p.exists()]):
        missing.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
