"""Companies the firm deals with: where they are, what they do, how big they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Ints
from warehouse.simulate.draw import Stream
from warehouse.simulate.staff import AT, CH, DE_NORTH, DE_SOUTH, INT, SALES_GROUPS, Staff

COUNTRIES = ("DE", "AT", "CH", "LI", "NL", "IT", "US")
_COUNTRY_SHARE = (0.47, 0.26, 0.17, 0.01, 0.03, 0.03, 0.03)
VAT = np.asarray([190, 200, 81, 81, 0, 0, 0], dtype=np.int64)
"""VAT in 1/1000; deliveries to other countries are reverse charge."""
INDUSTRIES = (
    "manufacturing", "wholesale", "it_services", "healthcare", "logistics", "consulting",
    "construction", "retail",
)  # fmt: skip
SEGMENTS = ("enterprise", "mid_market", "small_business", "single_person")
ENTERPRISE, MID_MARKET, SMALL, SINGLE = range(4)
_SEGMENT_SHARE = (0.09, 0.43, 0.40, 0.08)
CURRENCIES = ("EUR", "CHF")

SOURCES = ("web", "campaign", "cold_call", "partner", "event", "referral", "social")
WEB, CAMPAIGN, COLD_CALL, PARTNER, EVENT, REFERRAL, SOCIAL = range(7)

_NAMES = (
    "Adler Alpen Amann Bachmann Berghof Brandner Brenner Danner Dorfer Ebner Edel Eichner Falkner "
    "Feld Forst Gassner Glaser Grabner Haas Hammer Hartl Hirsch Innauer Jäger Kaiser Kern Kofler "
    "Krenn Lechner Linden Marek Nagl Novak Oberer Pacher Prinz Quell Rainer Roth Sailer Seidl "
    "Stadler Tanner Thaler Urban Vogl Wallner Weiss Zauner Ziegler"
).split()
_TRADES = (
    "Anlagen Bau Blech Chemie Daten Druck Elektro Energie Farben Food Glas Handel Holz Immo "
    "Kälte Klima Kunststoff Labor Licht Logistik Maschinen Medien Metall Mode Möbel Optik Papier "
    "Pharma Reisen Sport Stahl Systeme Technik Textil Tools Transport Umwelt Verlag Werkzeug Wein"
).split()
_TOWNS = (
    "Wien Graz Linz Salzburg Innsbruck Bregenz Wels Villach Steyr Krems München Nürnberg Augsburg "
    "Regensburg Ulm Stuttgart Karlsruhe Mannheim Köln Bonn Essen Dortmund Münster Hannover Bremen "
    "Hamburg Kiel Lübeck Berlin Leipzig Dresden Erfurt Kassel Mainz Freiburg Konstanz Zürich Basel "
    "Bern Luzern Chur Winterthur Zug Aarau Thun Genf Vaduz Bozen Trient Utrecht"
).split()
_LEGAL = ("GmbH", "GmbH", "AG", "SA", "BV", "Srl", "Inc")


@dataclass
class Companies:
    """Attributes of companies, one array element each."""

    country: Ints
    region: Ints
    industry: Ints
    segment: Ints
    currency: Ints
    seat: Ints

    @property
    def n(self) -> int:
        """Number of companies."""
        return len(self.country)

    def take(self, rows: Ints) -> Companies:
        """Some of the companies."""
        return Companies(
            self.country[rows],
            self.region[rows],
            self.industry[rows],
            self.segment[rows],
            self.currency[rows],
            self.seat[rows],
        )

    @staticmethod
    def together(parts: list[Companies]) -> Companies:
        """All companies of the parts, in order."""
        return Companies(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in ("country", "region", "industry", "segment", "currency", "seat")
            )
        )


def draw_companies(rng: Stream, staff: Staff, n: int) -> Companies:
    """Companies as the market has them; each falls to a sales seat of its territory."""
    country = rng.code(_COUNTRY_SHARE, n)
    south = rng.chance(0.55, n)
    german = np.where(south, DE_SOUTH, DE_NORTH)
    region = np.select(
        [country == 0, country == 1, (country == 2) | (country == 3)], [german, AT, CH], INT
    ).astype(np.int64)
    swiss = region == CH
    currency = (swiss & rng.chance(0.86, n)).astype(np.int64)
    team = np.select([region == CH, region <= DE_SOUTH], [2, 0], 1)
    pick = rng.uniform(n)
    seat = np.zeros(n, dtype=np.int64)
    for g in SALES_GROUPS:
        seats = staff.seats_of((g,))
        here = team == g
        seat[here] = seats[np.floor(pick[here] * len(seats)).astype(np.int64)]
    return Companies(
        country,
        region,
        rng.code(np.ones(len(INDUSTRIES)), n),
        rng.code(_SEGMENT_SHARE, n),
        currency,
        seat,
    )


def company_names(numbers: Ints, country: Ints) -> pl.Series:
    """Distinct readable names for running numbers (of the whole company)."""
    a, b = len(_NAMES), len(_TRADES)
    mixed = (numbers * 1_237) % (a * b)
    town = (numbers // (a * b)) % (len(_TOWNS) + 1)
    suffix = numbers // (a * b * (len(_TOWNS) + 1))
    towns = ["", *(" " + t for t in _TOWNS)]

    def text(codes: Ints, names: list[str]) -> pl.Series:
        return pl.Series(names, dtype=pl.String).gather(pl.Series(codes, dtype=pl.UInt32))

    name = text(mixed % a, _NAMES) + " " + text(mixed // a, _TRADES) + text(town, towns)
    if (suffix > 0).any():
        more = (" " + pl.Series(suffix).cast(pl.String)).zip_with(
            pl.Series(suffix > 0), pl.Series([""])
        )
        name = name + more
    return name + " " + text(country, list(_LEGAL))
