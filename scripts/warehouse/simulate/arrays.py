"""Array types of the simulation and the few vector operations every domain needs.

Moments are whole seconds since 1970-01-01 UTC, days are whole days since 1970-01-01, money is in
cents. `NA` stands for "empty" in all of them.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

NA = -(2**62)
"""Stands for NULL in every integer array."""


def ints(values: npt.ArrayLike) -> Ints:
    """The values as 64-bit integers."""
    return np.asarray(values, dtype=np.int64)


def full(n: int, value: int = NA) -> Ints:
    """`n` times the same value, empty unless told otherwise."""
    return np.full(n, value, dtype=np.int64)


def no(n: int) -> Flags:
    """`n` times false."""
    return np.zeros(n, dtype=np.bool_)


def where(condition: Flags, yes: Ints | int, otherwise: Ints | int = NA) -> Ints:
    """`yes` where the condition holds, else `otherwise` (empty unless told otherwise)."""
    return np.where(condition, yes, otherwise).astype(np.int64)


def known(values: Ints) -> Flags:
    """True where a value is filled."""
    return np.asarray(values != NA)


def rounded(values: Floats) -> Ints:
    """Half-up rounding to whole numbers, the same on every platform."""
    return np.floor(values + 0.5).astype(np.int64)


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For counts per parent: the parent of every child, and the child's number within it (0…)."""
    parent = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    starts = np.cumsum(counts) - counts
    return parent, np.arange(len(parent), dtype=np.int64) - starts[parent]


def running_sum(values: Floats, group: Ints) -> Floats:
    """Running total within each group; rows of a group lie together."""
    total = np.cumsum(values)
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else ints([])
    before = np.repeat(
        np.r_[0.0, total][first] if len(first) else np.zeros(0),
        np.diff(np.r_[first, len(group)]),
    )
    return np.asarray(total - before, dtype=np.float64)


def rank_in_group(group: Ints) -> Ints:
    """0, 1, 2 … within each group; rows of a group lie together."""
    if not len(group):
        return ints([])
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    return np.arange(len(group), dtype=np.int64) - np.repeat(
        first, np.diff(np.r_[first, len(group)])
    )


def sums(group: Ints, values: Ints, n: int) -> Ints:
    """Sum of whole numbers per group 0…n-1 (exact up to 2^53)."""
    return np.bincount(group, weights=values.astype(np.float64), minlength=n).astype(np.int64)


def latest(group: Ints, values: Ints, n: int) -> Ints:
    """Largest value per group 0…n-1, empty for a group without rows."""
    result = full(n)
    np.maximum.at(result, group, values)
    return result


def earliest(group: Ints, values: Ints, n: int) -> Ints:
    """Smallest value per group 0…n-1, empty for a group without rows."""
    result = full(n, 2**62)
    np.minimum.at(result, group, values)
    result[result == 2**62] = NA
    return result


def lookup(values: Ints, rows: Ints) -> Ints:
    """`values[rows]`; empty where the row is empty."""
    if not len(values):
        return full(len(rows))
    return where(rows >= 0, values[np.maximum(rows, 0)])
