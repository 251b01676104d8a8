"""The warehouse in Dagster: `dagster dev -m warehouse.dagster_location`, in the project's folder.

The models of dbt are its assets, the tests of dbt and the guards of the refresh their checks. What
makes them is `warehouse refresh`, whole: Dagster starts it and shows what it did.
"""

from __future__ import annotations

import dagster

from warehouse.dagster_location.assets import definitions_of
from warehouse.refresh import place_of
from warehouse.settings import project_root


@dagster.definitions
def defs() -> dagster.Definitions:
    """What Dagster loads."""
    return definitions_of(place_of(project_root()))
