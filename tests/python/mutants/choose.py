"""Which formulas are broken: spread evenly over areas, models and rules, and drawn by a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mutants.operators import Site, broken, parse, sites, text
from replay import Node, Project

# The contract only casts and merges; its own tests land dirty files. Formulas begin above it.
WITHOUT_FORMULAS = ("models/staging/", "models/crm/")


@dataclass(frozen=True)
class Mutant:
    """A model with one formula broken, counted for one of the areas it feeds."""

    area: str
    model: Node
    site: Site
    sql: str


def choose(project: Project, areas: list[str], seed: int) -> Iterator[Mutant]:
    """Mutants without end, of one area after the other. The models an area is made of take turns;
    in a model the rules that its area has used least come first. What is drawn for an area does not
    depend on the other areas, except that nothing is broken twice."""
    tables = project.area_tables()
    draws = [_Draw(project, area, tables[area], seed) for area in areas]
    used: set[tuple[str, Site]] = set()
    while draws:
        for draw in list(draws):
            mutant = draw.next(used)
            if mutant is None:
                draws.remove(draw)
            else:
                yield mutant


class _Draw:
    """The models behind one area in drawn order, and what was taken of them."""

    def __init__(self, project: Project, area: str, table: Node, seed: int) -> None:
        self.area = area
        self.seed = seed
        self.models = [
            project.nodes[key]
            for key in project.upstream(table)
            if project.nodes[key].is_built
            and not project.nodes[key].file.startswith(WITHOUT_FORMULAS)
        ]
        self.models.sort(key=lambda node: random.Random(f"{seed} {area} {node.name}").random())
        self.sites: dict[str, list[Site]] = {}
        self.taken: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()

    def next(self, used: set[tuple[str, Site]]) -> Mutant | None:
        # Sorting is stable: the drawn order decides among models broken equally often.
        for model in sorted(self.models, key=lambda node: self.taken[node.unique_id]):
            self.taken[model.unique_id] += 1
            left = [s for s in self._sites(model) if (model.unique_id, s) not in used]
            if left:
                site = min(left, key=lambda s: self.rules[s.rule])
                used.add((model.unique_id, site))
                self.rules[site.rule] += 1
                return Mutant(self.area, model, site, text(broken(parse(model.sql), site)))
        return None

    def _sites(self, model: Node) -> list[Site]:
        if model.unique_id not in self.sites:
            # A model's own mutants do not depend on what else there is.
            found = sites(parse(model.sql))
            random.Random(f"{self.seed} {model.name}").shuffle(found)
            self.sites[model.unique_id] = found
        return self.sites[model.unique_id]
