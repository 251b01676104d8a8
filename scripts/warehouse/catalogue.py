"""Write the definitions of the registry as dbt doc blocks, for the pages of `dbt docs`."""

from __future__ import annotations

import csv
from itertools import groupby
from pathlib import Path

REGISTRY = Path("seeds/reference/kpi_definition.csv")
VARIANTS = Path("seeds/reference/kpi_variant.csv")
DOCUMENT = Path("models/marts/kpi/_kpi__catalogue.md")

_LEVELS = {"H": "headline", "D": "driver", "X": "diagnostic"}


def render(root: Path) -> str:
    """One doc block per area, `kpi_catalogue_<area>`, with a section per KPI in registry order."""
    variants: dict[str, list[str]] = {}
    for row in _rows(root / VARIANTS):
        text = f"`{row['variant']}` ({row['name_de']} · {row['name_en']}, {row['unit']})"
        variants.setdefault(row["metric_name"], []).append(text)
    blocks = []
    for area, definitions in groupby(_rows(root / REGISTRY), key=lambda row: row["area"]):
        sections = [_section(row, variants.get(row["metric_name"], [])) for row in definitions]
        body = "\n\n".join(sections)
        blocks.append(f"{{% docs kpi_catalogue_{area.lower()} %}}\n{body}\n{{% enddocs %}}\n")
    return "\n".join(blocks)


def _section(row: dict[str, str], variants: list[str]) -> str:
    lines = [
        f"### {row['metric_name']}",
        f"**{row['name_de']} · {row['name_en']}** ({_LEVELS[row['level']]}, unit {row['unit']})",
        "",
        f"- Formula: {row['formula']}",
        f"- Period: {row['attributed_on'] or row['time_attribution']}; "
        f"grains {row['grains']}; card: {row['time_attribution']}",
        f"- Slices: {row['dimensions'] or 'total only'}",
        f"- Needs: {row['needs_tables'].replace(';', ', ').replace('|', ' or ')}",
    ]
    optional = {
        "NULL, zero and open records": row["edge_cases"],
        "How it is published": row["build_note"],
        "Other readings": ", ".join(variants),
        "Target": row["default_target"],
        "Off target": row["action_off_target"],
    }
    lines += [f"- {label}: {text}" for label, text in optional.items() if text]
    return "\n".join(lines)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
