"""The pages of `dbt docs` say what the registry says."""

from __future__ import annotations

from conftest import ROOT
from warehouse.catalogue import DOCUMENT, render


def test_the_documented_definitions_are_those_of_the_registry() -> None:
    assert (ROOT / DOCUMENT).read_text(encoding="utf-8") == render(ROOT), (
        "The registry changed: run `warehouse catalogue` and commit the page."
    )
