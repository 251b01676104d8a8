"""A growing table of whole numbers: rows are added month by month and changed by row number."""

from __future__ import annotations

import numpy as np

from warehouse.simulate.arrays import NA, Flags, Ints


class Ledger:
    """Named integer columns of one length."""

    def __init__(self, *columns: str) -> None:
        self._data = {name: np.full(1024, NA, dtype=np.int64) for name in columns}
        self.n = 0

    def add(self, rows: int, **values: Ints | Flags | int) -> Ints:
        """Append rows; columns not given stay empty. Returns the row numbers."""
        unknown = set(values) - set(self._data)
        if unknown:
            raise KeyError(f"no columns {sorted(unknown)}")
        start, self.n = self.n, self.n + rows
        for name, column in self._data.items():
            if self.n > len(column):
                grown = np.full(max(self.n, 2 * len(column)), NA, dtype=np.int64)
                grown[:start] = column[:start]
                self._data[name] = column = grown
            if name in values:
                column[start : self.n] = values[name]
        return np.arange(start, self.n, dtype=np.int64)

    def __getitem__(self, column: str) -> Ints:
        """The column as a view: assigning into it changes the ledger."""
        return self._data[column][: self.n]
