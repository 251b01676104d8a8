"""Runs mutants and says what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mutants.choose import Mutant
from mutants.hunt import Hunt, InvalidMutantError, Verdict
from mutants.operators import Site
from replay import Node


def run(hunt: Hunt, mutants: Iterable[Mutant], count: int) -> Iterator[Verdict | Mutant]:
    """Judge so many; one that the engine cannot read is given as it is and another one drawn."""
    judged = 0
    for mutant in mutants:
        if judged == count:
            return
        try:
            verdict = hunt.judge(mutant)
        except InvalidMutantError:
            yield mutant
            continue
        judged += 1
        yield verdict


def survivor_lines(verdict: Verdict) -> list[str]:
    """What was changed, where, and what came of it."""
    mutant = verdict.mutant
    site = mutant.site
    if verdict.is_caught:
        outcome = f"caught by {verdict.caught_by}: {verdict.detail[:160]}"
    elif verdict.changed:
        outcome = f"SURVIVED; changed {', '.join(verdict.changed)}"
    else:
        outcome = "SURVIVED; no effect on the demo"
    place = f"{mutant.model.file}:{source_line(mutant.model, site)}"
    before, after = difference(*site.in_context(mutant.model.sql))
    return [f"{mutant.area} {place} {site.rule.replace('_', ' ')}", f"    {before}  ->  {after}",
            f"    {outcome}"]  # fmt: skip


def shares(verdicts: list[Verdict], areas: list[str]) -> Iterator[str]:
    """The share caught, per area and of all."""
    for area in [*areas, "all"]:
        tried = [v for v in verdicts if area in (v.mutant.area, "all")]
        caught = sum(v.is_caught for v in tried)
        without_effect = sum(not v.is_caught and not v.changed for v in tried)
        if tried:
            yield (
                f"{area:>4}: {caught} of {len(tried)} caught ({caught / len(tried):.0%}), "
                f"{len(tried) - caught} survived ({without_effect} without effect on the demo)"
            )


def difference(before: str, after: str, around: int = 30, longest: int = 160) -> tuple[str, str]:
    """The two texts without what they share at both ends, except for a little."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    cut = max(0, start - around)

    def shown(text: str) -> str:
        part = text[cut : len(text) - max(0, end - around)]
        return ("…" if cut else "") + (part if len(part) <= longest else part[:longest] + "…")

    return shown(before), shown(after)


def source_line(model: Node, site: Site) -> int:
    """The line of the model's file, as near as its text tells: the compiled line itself, else, for
    what a macro wrote, the line with the most of its words."""
    compiled = model.sql.splitlines()
    source = model.raw_sql.splitlines()
    wanted = compiled[site.line - 1].strip() if site.line <= len(compiled) else ""
    near = site.line * len(source) / max(1, len(compiled))
    same = [n for n, line in enumerate(source, 1) if line.strip() == wanted]
    if same:
        return min(same, key=lambda n: abs(n - near))
    words = set(re.findall(r"[a-z_]{3,}", site.before.lower()))
    common = {
        n: len(words & set(re.findall(r"[a-z_]{3,}", line.lower())))
        for n, line in enumerate(source, 1)
    }
    return max(common, key=lambda n: (common[n], -abs(n - near)))
