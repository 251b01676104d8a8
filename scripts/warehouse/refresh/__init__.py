"""One command for the schedule: lock, land, build, audit, publish, record."""

from warehouse.refresh.place import Place, place_of
from warehouse.refresh.record import Outcome, Run
from warehouse.refresh.run import Options, publish_now, refresh, roll_back

__all__ = ["Options", "Outcome", "Place", "Run", "place_of", "publish_now", "refresh", "roll_back"]
