"""Text files as UTF-8: which encoding a file has, and what a reader must know of its bytes."""

from __future__ import annotations

import codecs
import gzip
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from warehouse.land.problem import BadFileError

CHUNK = 1 << 20

# Longer marks first: UTF-32's begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What Western letters, the euro sign, dashes and typographic quotes look like in UTF-8. In
# Windows-1252 the same bytes are sequences nobody writes ("Ã¼", "â‚¬").
_WESTERN_UTF8 = re.compile(rb"[\xc2\xc3][\x80-\xbf]|\xe2[\x80-\x84][\x80-\xbf]")
_ANY_UTF8 = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_FOREIGN = (
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"SQLite format 3", "an SQLite database"),
)


@dataclass(frozen=True)
class Text:
    """A UTF-8 text file and the counts that later prove that no line of it was lost."""

    path: Path
    gzipped: bool
    start: bytes
    newline: str
    lines: int
    blank_lines_at_end: int
    has_quotes: bool
    mixes_newlines: bool

    @property
    def compression(self) -> str:
        """DuckDB's word for how the file is packed."""
        return "gzip" if self.gzipped else "uncompressed"

    @contextmanager
    def opened(self, newline: str = "") -> Iterator[IO[str]]:
        """The text without a byte order mark, its line ends as they are.

        Lines end where `open` says for this `newline`: by default at `\\n`, `\\r\\n` and `\\r`.
        """
        if self.gzipped:
            with gzip.open(self.path, "rt", encoding="utf-8-sig", newline=newline) as stream:
                yield stream
        else:
            with self.path.open("rt", encoding="utf-8-sig", newline=newline) as stream:
                yield stream


def as_utf8(path: Path, gzipped: bool, scratch: Path) -> Text:
    """The text of a file in UTF-8: the file itself, or a copy in the scratch folder.

    A byte order mark decides; without one, text that is valid UTF-8 is UTF-8, and anything else
    is Windows-1252 (which holds all printable Latin-1), unless parts of it are plainly UTF-8: then
    the file is damaged, and reading it either way would show wrong letters as right.
    """
    start = _start(path, gzipped)
    _check_not_foreign(start)
    marked = _marked_encoding(start)
    encoding = marked or "utf-8"
    if encoding == "utf-8":
        try:
            return _scan(path, gzipped)
        except UnicodeDecodeError:
            encoding = _other_encoding(path, gzipped, is_marked=marked is not None)
    return _scan(_transcoded(path, gzipped, encoding, scratch), gzipped=False)


def unpacked(path: Path, scratch: Path) -> Path:
    """A gzipped file's content as a file of its own."""
    target = scratch / "unpacked"
    with _bytes(path, gzipped=True) as packed, target.open("wb") as plain:
        shutil.copyfileobj(packed, plain, CHUNK)
    return target


def with_one_newline(text: Text, scratch: Path) -> Text:
    """A copy in which every line ends in a line feed, also inside quotes.

    DuckDB refuses a file whose rows end in different ways, and cannot be told which bytes are
    row ends and which lie inside quotes.
    """
    target = scratch / "newlines"
    held = b""
    with _bytes(text.path, text.gzipped) as source, target.open("wb") as plain:
        while chunk := source.read(CHUNK):
            chunk = held + chunk
            kept = chunk.rstrip(b"\r")  # a line end may continue in the next chunk
            held = chunk[len(kept) :]
            plain.write(re.sub(rb"\r+\n|\r", b"\n", kept))
        plain.write(b"\n" if held else b"")
    return _scan(target, gzipped=False)


def foreign_content(start: bytes) -> str | None:
    """What a file really is, told by its first bytes, if that is nothing this project lands."""
    return next((what for mark, what in _FOREIGN if start.startswith(mark)), None)


def _start(path: Path, gzipped: bool) -> bytes:
    with _bytes(path, gzipped) as source:
        return source.read(4096)


@contextmanager
def _bytes(path: Path, gzipped: bool) -> Iterator[IO[bytes]]:
    if not gzipped:
        with path.open("rb") as source:
            yield source
        return
    try:
        with gzip.open(path, "rb") as packed:
            yield cast(IO[bytes], packed)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadFileError(
            f"it is not a complete gzip file ({error}). Fetch it again, "
            "or drop .gz from its name if it is not compressed."
        ) from None


def _marked_encoding(start: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if start.startswith(mark)), None)


def _check_not_foreign(start: bytes) -> None:
    foreign = foreign_content(start)
    if foreign:
        raise BadFileError(f"its content is {foreign}. Give it the right extension, or convert it.")


def _scan(path: Path, gzipped: bool) -> Text:
    decode = codecs.getincrementaldecoder("utf-8")().decode
    feeds = returns = pairs = 0
    has_quotes = has_content = False
    start = tail = b""
    with _bytes(path, gzipped) as source:
        while chunk := source.read(CHUNK):
            start = start or chunk[:4096]
            if b"\0" in chunk:
                raise BadFileError(
                    "it holds NUL bytes: it is a binary file, or UTF-16 without a byte order mark. "
                    "Export it again as UTF-8."
                )
            decode(chunk)
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (tail.endswith(b"\r") and chunk.startswith(b"\n"))
            has_quotes = has_quotes or b'"' in chunk
            has_content = has_content or bool(chunk.removeprefix(codecs.BOM_UTF8).strip())
            tail = (tail + chunk)[-CHUNK:]
        decode(b"", True)
    if not has_content:
        raise BadFileError("it is empty. Remove it, or fetch it again.")
    if start.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<"):
        raise BadFileError(
            "its content is HTML or XML, perhaps an error page instead of the export. "
            "Fetch it again."
        )
    newline = "\n" if feeds else "\r"
    ends = (tail[len(tail.rstrip(b"\r\n")) :]).count(newline.encode())
    return Text(
        path=path,
        gzipped=gzipped,
        start=start,
        newline=newline,
        lines=(feeds or returns) + (0 if ends else 1),
        blank_lines_at_end=max(ends - 1, 0),
        has_quotes=has_quotes,
        mixes_newlines=feeds > 0 and (returns > pairs or 0 < pairs < feeds),
    )


def _other_encoding(path: Path, gzipped: bool, *, is_marked: bool) -> str:
    """The encoding of text that is not valid UTF-8, or an error if most of it is UTF-8."""
    sequences = strays = first_stray = 0
    is_utf8 = is_marked
    with _bytes(path, gzipped) as source:
        for number, line in enumerate(source, start=1):
            if line.isascii():
                continue
            stray = len(_NOT_ASCII.findall(_ANY_UTF8.sub(b"", line)))
            sequences += len(_ANY_UTF8.findall(line))
            strays += stray
            is_utf8 = is_utf8 or bool(_WESTERN_UTF8.search(line))
            first_stray = first_stray or (number if stray else 0)
    if is_utf8 or sequences > strays:
        raise BadFileError(
            f"line {first_stray} holds bytes that are not valid UTF-8, while the rest of the file "
            "is UTF-8. Export it again as UTF-8, or repair that line."
        )
    return "cp1252"


def _transcoded(path: Path, gzipped: bool, encoding: str, scratch: Path) -> Path:
    target = scratch / "utf-8"
    decode = codecs.getincrementaldecoder(encoding)().decode
    line = 1
    with _bytes(path, gzipped) as source, target.open("wb") as plain:
        try:
            while chunk := source.read(CHUNK):
                text = decode(chunk)
                line += text.count("\n")
                plain.write(text.encode())
            decode(b"", True)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding).count("\n")
            tried = "UTF-8 or Windows-1252" if encoding == "cp1252" else encoding.upper()
            raise BadFileError(
                f"line {line} holds bytes that are not valid {tried}: the file is damaged, binary, "
                "or in another encoding. Export it again as UTF-8."
            ) from None
    return target
