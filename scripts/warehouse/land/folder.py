"""Which files of a folder are landed, as which table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from warehouse.errors import LandingError, UsageError
from warehouse.land.names import snake_case
from warehouse.land.problem import BadFileError


class Kind(Enum):
    """How a file is read."""

    CSV = "CSV"
    PARQUET = "Parquet"
    JSON = "JSON"


KINDS = {
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
    ".parquet": Kind.PARQUET,
    ".json": Kind.JSON,
    ".ndjson": Kind.JSON,
    ".jsonl": Kind.JSON,
}
GZIP = ".gz"


@dataclass(frozen=True)
class DataFile:
    """A file to land and the table it becomes."""

    path: Path
    table: str
    kind: Kind
    gzipped: bool

    @property
    def name(self) -> str:
        """The file's name, as the landed rows carry it."""
        return self.path.name

    @property
    def stem(self) -> str:
        """The name without what says how the file is read."""
        return (self.path.with_suffix("") if self.gzipped else self.path).stem


@dataclass(frozen=True)
class FolderContent:
    """The data files of a folder by name, what is not landed, and what is wrong with which file."""

    files: tuple[DataFile, ...]
    skipped: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]


def read_folder(folder: Path) -> FolderContent:
    """The data files of a folder, each for a table of its own; raises where there is none."""
    content = sorted_entries(folder)
    if not content.files and not content.problems:
        raise LandingError(
            f"{folder} holds no data file. Landed are {', '.join(KINDS)}, each also with {GZIP}."
        )
    clashes = _clashes(content.files)
    clear = tuple(file for file in content.files if file.name not in dict(clashes))
    return FolderContent(clear, content.skipped, (*content.problems, *clashes))


def sorted_entries(folder: Path) -> FolderContent:
    """Sort the entries of a folder; hidden ones do not count and subfolders are not entered."""
    files: list[DataFile] = []
    skipped: list[str] = []
    problems: list[tuple[str, str]] = []
    for path in entries(folder):
        if path.name.startswith("."):
            continue
        try:
            file = data_file(path, folder.resolve())
        except BadFileError as problem:
            problems.append((path.name, str(problem)))
            continue
        if file is None:
            skipped.append(f"{path.name}/" if path.is_dir() else path.name)
        else:
            files.append(file)
    return FolderContent(tuple(files), tuple(skipped), tuple(problems))


def entries(folder: Path) -> list[Path]:
    """What a folder holds, by name, or an error that says why it cannot be read."""
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        raise UsageError(f"There is no folder {folder}.") from None
    except NotADirectoryError:
        raise UsageError(f"{folder} is a file. Give the folder that holds it.") from None
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be read: {error.strerror}.") from None


def data_file(path: Path, folder: Path) -> DataFile | None:
    """The file as it would be landed; None where its name says that it is no data file."""
    gzipped = path.suffix.lower() == GZIP
    plain = path.with_suffix("") if gzipped else path
    kind = KINDS.get(plain.suffix.lower())
    if kind is None or (path.is_dir() and not path.is_symlink()):
        return None
    _check_reachable(path, folder)
    table = snake_case(plain.stem).lstrip("_")  # the schema's own tables start with _
    if not table:
        raise BadFileError("its name holds no letter or digit to call a table by. Rename the file.")
    return DataFile(path, table, kind, gzipped)


def _check_reachable(path: Path, folder: Path) -> None:
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise BadFileError("its name is not valid UTF-8. Rename the file.") from None
    try:
        target = path.resolve(strict=True)
        if not target.is_relative_to(folder):
            raise BadFileError(
                f"it is a link to {target}, outside the folder. Copy the file into the folder."
            )
        if not target.is_file():
            raise BadFileError("it is not a regular file. Remove or rename it.")
        with target.open("rb"):
            pass
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links before Python 3.13
        reason = getattr(error, "strerror", None) or str(error)
        raise BadFileError(
            f"it cannot be read: {reason}. Check the file's permissions, or where its link points."
        ) from None


def _clashes(files: Iterable[DataFile]) -> list[tuple[str, str]]:
    by_table: defaultdict[str, list[DataFile]] = defaultdict(list)
    for file in files:
        by_table[file.table].append(file)
    return [
        (
            file.name,
            f"{' and '.join(other.name for other in same if other is not file)} would become the "
            f"same table {file.table}. Rename or remove all but one of them.",
        )
        for same in by_table.values()
        if len(same) > 1
        for file in same
    ]
