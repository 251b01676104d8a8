"""Random draws that depend on nothing but the seed and the name of the domain.

Every domain draws from its own stream, so that adding a draw in one does not move another. Only
uniform numbers are taken from NumPy; every distribution is a table or plain arithmetic on them.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from warehouse.simulate.arrays import Flags, Floats, Ints, ints


class Stream:
    """One source of random numbers."""

    def __init__(self, seed: int, *path: int | str) -> None:
        key = tuple(p if isinstance(p, int) else zlib.crc32(p.encode()) for p in path)
        self._seed, self._path = seed, path
        self._carry: dict[str, float] = {}
        self._generator = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key))
        )

    def child(self, name: str) -> Stream:
        """An independent stream for a sub-domain."""
        return Stream(self._seed, *self._path, name)

    def uniform(self, n: int) -> Floats:
        """Uniform in [0, 1)."""
        return self._generator.random(n)

    def even(self, n: int) -> Floats:
        """Uniform in [0, 1), one in each of `n` equal slices: small groups come out typical."""
        return (self.order(n) + self.uniform(n)) / max(n, 1)

    def order(self, n: int) -> Ints:
        """The numbers 0…n-1 in random order."""
        return np.argsort(self.uniform(n), kind="stable").astype(np.int64)

    def chance(self, probability: float | Floats, n: int | None = None) -> Flags:
        """True with the given probability, per element."""
        size = len(probability) if isinstance(probability, np.ndarray) else int(n or 0)
        return np.asarray(self.uniform(size) < probability)

    def fair(self, purpose: str, probability: Floats, along: Ints | None = None) -> Flags:
        """True with the given probability, but the number of hits keeps close to what is expected.

        What one call leaves over counts for the next one of the same purpose, so that a small
        company is as typical as a large one. Who is hit stays random; with `along`, every stretch
        of that order gets its fair number.
        """
        order = self.order(len(probability))
        if along is not None:
            order = order[np.argsort(along[order], kind="stable")]
        carry = self._carry.get(purpose)
        if carry is None:
            carry = float(self.uniform(1)[0])
        level = carry + np.cumsum(probability[order])
        hit = np.floor(level) > np.floor(np.r_[carry, level[:-1]])
        self._carry[purpose] = float(level[-1] % 1.0) if len(level) else carry
        result = np.zeros(len(probability), dtype=np.bool_)
        result[order] = hit
        return result

    def code(self, weights: Sequence[float] | Floats, n: int) -> Ints:
        """A category 0…k-1 with the given weights."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return ints(np.searchsorted(edges, self.uniform(n) * edges[-1], side="right"))

    def code_by(self, weights: Floats, row: Ints) -> Ints:
        """A category per element; `weights[row]` are the element's weights."""
        edges = np.cumsum(weights, axis=1)
        edges = edges / edges[:, -1:]
        return ints((self.uniform(len(row))[:, None] >= edges[row]).sum(axis=1))

    def between(self, low: int | Ints, high: int | Ints, n: int) -> Ints:
        """A whole number from low to high, both included."""
        span = np.asarray(high) - np.asarray(low) + 1
        return ints(np.asarray(low) + np.floor(self.uniform(n) * span).astype(np.int64))

    def shape(self, quantiles: Sequence[tuple[float, float]], n: int) -> Floats:
        """A number from a distribution given by (probability, value) points."""
        return shaped(self.uniform(n), quantiles)

    def bell(self, n: int) -> Floats:
        """About normal, mean 0, standard deviation 1, never beyond ±3.5."""
        return np.asarray((self._generator.random((4, n)).sum(axis=0) - 2.0) * 1.7320508)

    def counts(self, mean: Floats) -> Ints:
        """Poisson counts (up to 40)."""
        u = self.uniform(len(mean))
        term = np.exp(-mean)
        total, result = term.copy(), np.zeros(len(mean), dtype=np.int64)
        for k in range(1, 41):
            above = u >= total
            if not above.any():
                break
            result[above] = k
            term = term * mean / k
            total = total + term
        return result

    def some(self, candidates: Ints, share: float, at_least: int = 1) -> Ints:
        """A random share of the candidates, but never fewer than `at_least` where there are any.

        For rare events that a company of any size knows.
        """
        wanted = max(at_least, int(share * len(candidates) + 0.5))
        chosen = self.order(len(candidates))[:wanted]
        return np.sort(candidates[chosen])


def shaped(u: Floats, quantiles: Sequence[tuple[float, float]]) -> Floats:
    """The value at probability `u` of a distribution given by (probability, value) points."""
    grid = np.asarray([q[0] for q in quantiles])
    values = np.asarray([q[1] for q in quantiles])
    return np.asarray(np.interp(u, grid, values))
