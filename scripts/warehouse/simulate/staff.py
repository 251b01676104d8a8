"""Employees, teams and seats: who works where, from when to when, and how well.

A seat is a position (a sales territory, a support desk). Its occupants change: people are hired
and leave, and until a successor starts the team lead stands in. Records belong to seats; the owner
of a record at a moment is the occupant of its seat at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from warehouse.simulate.arrays import NA, Flags, Floats, Ints, ints, known
from warehouse.simulate.draw import Stream
from warehouse.simulate.tables import Keys, frame
from warehouse.simulate.timeline import FIRST_DAY, LAST_DAY

DEPARTMENTS = ("Sales", "Marketing", "Service", "Finance", "Operations", "Management")
SALES, MARKETING, SERVICE, FINANCE, OPERATIONS, MANAGEMENT = range(6)

REGIONS = ("DE Nord", "DE Süd", "AT", "CH", "INT")
DE_NORTH, DE_SOUTH, AT, CH, INT = range(5)


@dataclass(frozen=True)
class Group:
    """A kind of team: seats at demo size and what an hour of its people costs (cents)."""

    name: str
    department: int
    regions: tuple[int, ...]
    seats: int
    hourly_cost: int
    leave_per_year: float
    licensed: float = 1.0
    has_lead: bool = True


GROUPS = (
    Group("Sales DE", SALES, (DE_NORTH, DE_SOUTH), 4, 6200, 0.17),
    Group("Sales AT", SALES, (AT, INT), 3, 5900, 0.15),
    Group("Sales CH", SALES, (CH,), 3, 7800, 0.13),
    Group("Marketing", MARKETING, (AT,), 6, 5200, 0.12, licensed=0.5),
    Group("First Line", SERVICE, (AT,), 3, 4100, 0.15),
    Group("Second Line", SERVICE, (DE_SOUTH,), 2, 4800, 0.10),
    Group("Onboarding", SERVICE, (AT,), 1, 5000, 0.10, has_lead=False),
    Group("Finance", FINANCE, (AT,), 2, 5000, 0.06, licensed=0.5),
    Group("Operations", OPERATIONS, (AT,), 7, 5300, 0.06, licensed=0.0),
    Group("Management", MANAGEMENT, (AT,), 2, 11000, 0.0, has_lead=False),
)
SALES_GROUPS = (0, 1, 2)
FIRST_LINE, SECOND_LINE, ONBOARDING = 4, 5, 6

_FIRST = (
    "Anna Lukas Julia Stefan Katharina Markus Sophie Thomas Lena Andreas Eva Michael Laura Daniel "
    "Sarah Martin Nina Florian Petra Christian Maria Jan Lisa Peter Jana Felix Sandra Oliver "
    "Claudia Tobias Monika Simon Birgit Patrick Vera Georg Ines Paul Helga Robert"
).split()
_LAST = (
    "Gruber Huber Bauer Wagner Müller Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder "
    "Fischer Schmid Winkler Weber Schwarz Maier Schneider Reiter Mayr Schmidt Wimmer Egger Brunner "
    "Lang Baumgartner Auer Keller Meier Frei Graf Kunz Vogel Krause Lehmann Richter Wolf"
).split()


@dataclass
class Staff:
    """All users of one part of the company, and the seats they hold."""

    # users
    group: Ints
    team: Ints
    region: Ints
    manager: Ints
    kind: Ints  # 0 human, 1 integration, 2 system
    hired: Ints
    left: Ints
    licensed: Flags
    skill: Floats
    diligence: Floats
    timezone: Ints
    team_names: list[str]
    # seats
    seat_team: Ints
    seat_group: Ints
    seat_region: Ints
    seat_licensed: Flags
    _change_key: Ints
    _change_user: Ints
    leads: Ints  # lead user per team, empty without one
    head: int = 0
    integration: int = 0
    automation: int = 0
    names: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Number of users."""
        return len(self.group)

    def occupant(self, seat: Ints, day: Ints) -> Ints:
        """The user who holds a seat on a day; empty for an empty seat."""
        at = np.searchsorted(self._change_key, seat * 100_000 + day, side="right") - 1
        return np.where(seat >= 0, self._change_user[np.maximum(at, 0)], NA).astype(np.int64)

    def handovers(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Every change of occupant inside the simulated time: seat, day, before, after."""
        seat, day = self._change_key // 100_000, self._change_key % 100_000
        at = np.flatnonzero((day > FIRST_DAY) & (day <= LAST_DAY))
        at = at[(at > 0) & (seat[at] == seat[at - 1])]
        return seat[at], day[at], self._change_user[at - 1], self._change_user[at]

    def seats_of(self, groups: tuple[int, ...]) -> Ints:
        """Seats of some groups whose holders work in the CRM."""
        return np.flatnonzero(np.isin(self.seat_group, groups) & self.seat_licensed)

    def active_on(self, days: Ints, users: Ints) -> Flags:
        """True while employed."""
        return np.asarray(
            (self.hired[users] <= days) & ((self.left[users] == NA) | (self.left[users] > days))
        )


def hire(stream: Stream, units: float, part: int, parts: int) -> Staff:
    """Staff for `units` demo sizes; a bigger company has more teams of the same size."""
    rng = stream.child("staff")
    users: list[tuple[int, int, int, int, int, int, int]] = []  # group team region mgr kind from to
    team_names: list[str] = []
    leads: list[int] = []
    seats: list[tuple[int, int, int, bool]] = []  # team, group, region, licensed
    with_seat: set[int] = set()  # users of licensed seats
    changes: list[tuple[int, int, int]] = []  # seat, day, user

    def add(group: int, team: int, region: int, manager: int, start: int, stop: int = NA) -> int:
        users.append((group, team, region, manager, 0, start, stop))
        return len(users) - 1

    def draw() -> float:
        return float(rng.uniform(1)[0])

    head = add(9, -1, AT, NA, FIRST_DAY - 2900)
    for g, group in enumerate(GROUPS):
        n_seats = max(group.seats, round(group.seats * units))
        n_teams = max(1, round(n_seats / max(group.seats, 4)))
        for t in range(n_teams):
            number = part * n_teams + t + 1
            team_names.append(group.name if parts == n_teams == 1 else f"{group.name} {number}")
            team = len(team_names) - 1
            if group.department == MANAGEMENT:
                users[head] = (9, team, AT, NA, 0, FIRST_DAY - 2900, NA)
            region = group.regions[t % len(group.regions)]
            lead = head
            if group.has_lead:
                lead = add(g, team, region, head, FIRST_DAY - 300 - int(draw() * 1800))
            leads.append(lead if group.has_lead else NA)
            for s in range(t, n_seats, n_teams):
                seat = len(seats)
                region = group.regions[(s // n_teams) % len(group.regions)]
                has_licence = (s + 0.5) < group.licensed * n_seats
                seats.append((team, g, region, has_licence))
                if group.department == MANAGEMENT and s == 0:
                    changes.append((seat, 0, head))
                    continue
                opens_late = draw() < 0.12 and s > 0
                start = (
                    FIRST_DAY + int(120 + draw() * 500)
                    if opens_late
                    else FIRST_DAY - int(90 + draw() * 1900)
                )
                if opens_late:
                    changes.append((seat, 0, lead))
                while True:
                    # Geometric length of stay in whole days; the first year is stable.
                    stay, u = 400, draw()
                    daily = group.leave_per_year / 365
                    while (
                        daily > 0
                        and stay < 6000
                        and (u > daily * 30 or start + stay < FIRST_DAY + 60)
                    ):
                        u, stay = draw(), stay + 30
                    stop = start + stay + int(u * 900) if daily > 0 else NA
                    if g == SALES_GROUPS[0] and s == n_seats - 1 and stop > LAST_DAY - 200:
                        stop = LAST_DAY - 18  # has just left, nobody has followed yet
                    user = add(g, team, region, lead, start, stop if daily > 0 else NA)
                    if has_licence:
                        with_seat.add(user)
                    changes.append((seat, start if start > FIRST_DAY else 0, user))
                    if daily == 0 or stop > LAST_DAY:
                        users[user] = (*users[user][:6], NA)
                        break
                    if not group.has_lead:
                        start = stop
                        continue
                    changes.append((seat, stop, lead))
                    start = stop + 5 + int(draw() * 70)
                    if start > LAST_DAY - 20:
                        break
    integration = len(users)
    for kind in (1, 1, 2):
        users.append((8, -1, AT, NA, kind, FIRST_DAY, NA))
    n = len(users)
    columns = ints(np.asarray(users)).T
    changes.sort()
    seat_rows = ints(np.asarray(seats)).T
    is_agent_abroad = np.zeros(n, dtype=np.int64)
    first_line = np.flatnonzero(columns[0] == FIRST_LINE)
    is_agent_abroad[first_line[-1:]] = 1
    licensed = np.isin(np.arange(n), [*with_seat, *leads, head])
    skill = rng.bell(n) * 0.22
    order = rng.order(len(_FIRST) * len(_LAST))
    names = [
        f"{_FIRST[i % len(_FIRST)]} {_LAST[i // len(_FIRST)]}"
        for i in order[np.arange(n) % len(order)].tolist()
    ]
    return Staff(
        group=columns[0],
        team=columns[1],
        region=columns[2],
        manager=columns[3],
        kind=columns[4],
        hired=columns[5],
        left=columns[6],
        licensed=licensed & (columns[4] == 0),
        skill=skill,
        diligence=rng.bell(n) * 0.5,
        timezone=is_agent_abroad,
        team_names=team_names,
        seat_team=seat_rows[0],
        seat_group=seat_rows[1],
        seat_region=seat_rows[2],
        seat_licensed=seat_rows[3] == 1,
        _change_key=ints([c[0] * 100_000 + c[1] for c in changes]),
        _change_user=ints([c[2] for c in changes]),
        leads=ints(leads),
        head=head,
        integration=integration,
        automation=integration + 1,
        names=names,
    )


def user_table(staff: Staff, keys: Keys) -> pl.DataFrame:
    """`app_user`: everybody who is or was employed, and the technical users."""
    n = staff.n
    department = [DEPARTMENTS[GROUPS[g].department] for g in staff.group.tolist()]
    human = staff.kind == 0
    technical = ("ERP Sync", "Marketing Automation", "System")
    names = [staff.names[i] if human[i] else technical[i - staff.integration] for i in range(n)]
    start_of_licence = np.maximum(staff.hired, FIRST_DAY)
    key = keys.of("app_user", ints(range(n)))
    cost = ints([GROUPS[g].hourly_cost for g in staff.group.tolist()])
    swiss = staff.region == CH
    return frame(
        "app_user",
        {
            "user_id": key,
            "full_name": names,
            "email": key.str.to_lowercase() + "@firma.example",
            "department": [d if h else None for d, h in zip(department, human, strict=True)],
            "team": [staff.team_names[t] if t >= 0 else None for t in staff.team.tolist()],
            "region": [REGIONS[r] for r in staff.region.tolist()],
            "manager_user_id": keys.of("app_user", staff.manager),
            "user_type": [("human", "integration", "system")[k] for k in staff.kind.tolist()],
            "is_active": ~known(staff.left),
            "is_crm_licensed": staff.licensed,
            "licensed_from": np.where(staff.licensed, start_of_licence, NA),
            "licensed_to": np.where(staff.licensed, staff.left, NA),
            "hourly_cost_amount": np.where(human, cost, NA),
            "currency": ["CHF" if s else "EUR" for s in swiss.tolist()],
            "timezone": [
                "America/Toronto" if abroad else ("Europe/Zurich" if s else "Europe/Vienna")
                for abroad, s in zip(staff.timezone.tolist(), swiss.tolist(), strict=True)
            ],
            "hired_on": np.where(human, staff.hired, NA),
            "left_on": staff.left,
        },
        n,
    )
