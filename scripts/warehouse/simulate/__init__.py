"""A simulated company: raw CRM tables of three years, made from causes and a seed."""

from __future__ import annotations

from warehouse.simulate.company import DEMO_SCALE, DEMO_SEED, simulate, simulate_demo
from warehouse.simulate.write import Format

__all__ = ["DEMO_SCALE", "DEMO_SEED", "Format", "simulate", "simulate_demo"]
