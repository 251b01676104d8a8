"""Names of tables and columns, and how they are written in SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from warehouse.land.problem import BadFileError

RESERVED_COLUMNS = ("_source_file", "_source_row", "_loaded_at")

_GERMAN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "Ss"}
)
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_A_WORD = re.compile(r"[\W_]+")


def snake_case(text: str) -> str:
    """`Größe (cm)` → `groesse_cm`, `AccountID` → `account_id`, `_id` → `_id`; may be empty.

    Letters of other alphabets stay as they are; accents on Latin letters go.
    """
    composed = unicodedata.normalize("NFC", text).strip().translate(_GERMAN)
    plain = "".join(_without_accent(letter) for letter in composed)
    words = _NOT_A_WORD.sub("_", _WORD_START.sub("_", plain)).strip("_").lower()
    return f"_{words}" if words and plain.startswith("_") else words


def column_names(header: Sequence[str]) -> list[str]:
    """The table's column names for the names of a file, or an error that names the column."""
    names: dict[str, int] = {}
    for position, original in enumerate(header, start=1):
        name = snake_case(original)
        if not name:
            shown = f"the name {original!r}, which holds no letter or digit" if original else "none"
            raise BadFileError(
                f"every column needs a name, but column {position} has {shown}. "
                "If the file has no header row, add one; otherwise name that column."
            )
        if name in RESERVED_COLUMNS:
            raise BadFileError(
                f"column {position} is called {original!r}, but {name} is a column that landing "
                "adds itself. Rename it in the file."
            )
        if name in names:
            raise BadFileError(
                f"columns {names[name]} ({header[names[name] - 1]!r}) and {position} "
                f"({original!r}) would both be called {name}. Rename one of them in the file; "
                "if that row is data, add a header row above it."
            )
        names[name] = position
    return list(names)


def identifier(name: str) -> str:
    """A table or column name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text value as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _without_accent(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter)
    has_accent = len(parts) > 1 and all(unicodedata.combining(mark) for mark in parts[1:])
    return parts[0] if has_accent and parts[0].isascii() else letter
