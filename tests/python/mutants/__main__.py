"""`python -m mutants`: break formulas, print those that nothing noticed."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from mutants.build import opened
from mutants.choose import choose
from mutants.hunt import Verdict
from mutants.report import run, shares, survivor_lines

SHARE_DEMANDED = 0.9


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--areas", default="B1-B7", help="B1-B7, or B2,B7,P6; default: %(default)s")
    parser.add_argument("--count", type=int, default=60, help="mutants to try (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="draws other mutants (%(default)s)")
    parser.add_argument("--verbose", action="store_true", help="print the caught ones, too")
    arguments = parser.parse_args()

    started = time.monotonic()
    with opened() as hunt:
        project = hunt.replay.project
        areas = [a for a in areas_of(arguments.areas) if a in project.area_tables()]
        verdicts: list[Verdict] = []
        invalid = 0
        for outcome in run(hunt, choose(project, areas, arguments.seed), arguments.count):
            if isinstance(outcome, Verdict):
                verdicts.append(outcome)
                if arguments.verbose or not outcome.is_caught:
                    print("\n".join(survivor_lines(outcome)), flush=True)
            else:
                invalid += 1
    print()
    for line in shares(verdicts, areas):
        print(line)
    by = Counter(v.caught_by for v in verdicts if v.is_caught)
    print(f"caught by: {', '.join(f'{name} {count}' for name, count in by.most_common())}")
    print(f"{invalid} more were no SQL the engine reads; {time.monotonic() - started:.0f} seconds")
    caught = sum(v.is_caught for v in verdicts)
    return 0 if verdicts and caught >= SHARE_DEMANDED * len(verdicts) else 1


def areas_of(text: str) -> list[str]:
    areas = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if last:
            areas += [f"{first[0]}{n}" for n in range(int(first[1:]), int(last[1:]) + 1)]
        else:
            areas.append(first)
    return areas


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(main())
