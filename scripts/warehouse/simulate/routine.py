"""Daily routine in the CRM: product usage feeds, dunning, campaign work, KPI reviews, log-ins."""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.simulate.activities import (
    A_CALL,
    A_EMAIL,
    A_KPI_REPORT,
    A_KPI_REVIEW,
    A_MEETING,
    A_NOTE,
    A_TASK,
    A_USAGE,
    INTERNAL,
    O_CONNECTED,
    O_HELD,
    O_NO_ANSWER,
    OUTBOUND,
    Activities,
)
from warehouse.simulate.arrays import NA, Ints, full, ints, known, spread, where
from warehouse.simulate.billing import Books
from warehouse.simulate.campaigns import FRAME, Campaigns
from warehouse.simulate.customers import Customers
from warehouse.simulate.draw import Stream
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.staff import (
    FINANCE,
    GROUPS,
    MANAGEMENT,
    MARKETING,
    SECOND_LINE,
    SERVICE,
    Staff,
)
from warehouse.simulate.tables import Keys, frame, label
from warehouse.simulate.timeline import (
    DAY,
    END,
    FIRST_DAY,
    HOUR,
    LAST_DAY,
    MINUTE,
    MONTH_START,
    MONTHS,
    local_day,
    moment,
    office_moment,
)

REVIEWED = (
    ("win_rate", 30), ("net_revenue_retention", 90), ("customer_churn_rate", 30),
    ("sla_compliance_rate", 30), ("nps_score", 90), ("crm_adoption_rate", 30),
    ("mql_acceptance_rate", 30), ("campaign_incremental_lift", 90), ("dso_countback", 90),
    ("customer_acquisition_cost", 90),
)  # fmt: skip
"""Headline KPIs and how often (days) they have to be reviewed."""
REVIEWER_DEPARTMENT = (0, 5, 2, 2, 2, 4, 1, 1, 3, 5)


def department_of(staff: Staff) -> Ints:
    """Department code of each user."""
    return ints([g.department for g in GROUPS])[staff.group]


def head_of(staff: Staff, department: int) -> int:
    """The most senior user of a department."""
    users = np.flatnonzero((department_of(staff) == department) & staff.licensed)
    stays = users[~known(staff.left[users])]
    return int(stays[0]) if len(stays) else staff.head


def log_usage(stream: Stream, customers: Customers, log: Activities) -> None:
    """The product reports the days on which customers' administrators worked in it."""
    rng = stream.child("usage")
    u = customers.usage
    row, _ = spread(u["days"])
    month, account = u["month"][row], u["account"][row]
    length = MONTH_START[month + 1] - MONTH_START[month]
    day = MONTH_START[month] + np.floor(rng.uniform(len(row)) * length).astype(np.int64)
    gone = known(customers.until[account]) & (day > customers.until[account])
    day, account = day[~gone], account[~gone]
    _, first = np.unique(account * 100_000 + day, return_index=True)
    day, account = day[first], account[first]
    at = moment(day, 1380)
    log.add(len(day), type=A_USAGE, account=account, started=at, completed=at, automated=1)


def log_dunning(stream: Stream, staff: Staff, books: Books, log: Activities) -> None:
    """Finance calls and writes to customers whose invoices are overdue."""
    rng = stream.child("dunning")
    docs = books.invoices
    users = np.flatnonzero((department_of(staff) == FINANCE) & staff.licensed)
    for level, days in ((1, 16), (2, 35), (3, 62)):
        rows = np.flatnonzero((docs["dunning"] >= level) & (docs["credit"] == 0))
        rows = rows[rng.chance(0.45, len(rows))]
        at = office_moment(books.due_assumed[rows] + days, rng.uniform(len(rows)))
        rows, at = rows[at < END - HOUR], at[at < END - HOUR]
        if not len(users) or not len(rows):
            continue
        call = rng.chance(0.5, len(rows))
        log.add(
            len(rows),
            type=np.where(call, A_CALL, A_EMAIL),
            direction=OUTBOUND,
            user=users[rng.between(0, len(users) - 1, len(rows))],
            account=docs["account"][rows],
            started=at,
            completed=at + 5 * MINUTE,
            logged=at + 6 * MINUTE,
            minutes=where(call, 5),
            automated=0,
            outcome=where(call, np.where(rng.chance(0.6, len(rows)), O_CONNECTED, O_NO_ANSWER)),
        )


def stand_in(staff: Staff, log: Activities) -> None:
    """What somebody could not do, because they had left or not begun yet, their lead did."""
    user = log["user"]
    filled = np.flatnonzero(known(user) & (user >= 0))
    person = user[filled]
    absent = ~staff.active_on(local_day(log["started"][filled]), person)
    absent &= known(staff.manager[person])
    user[filled[absent]] = staff.manager[person[absent]]


def log_campaign_work(stream: Stream, staff: Staff, campaigns: Campaigns, log: Activities) -> None:
    """Marketing prepares and evaluates its campaigns."""
    rng = stream.child("campaign work")
    c = campaigns.list
    users = np.flatnonzero((department_of(staff) == MARKETING) & staff.licensed)
    rows, k = spread(np.where(c["audience"] == FRAME, 0, 2))
    day = c["start"][rows] + np.where(
        k == 0, -rng.between(3, 15, len(rows)), rng.between(3, 30, len(rows))
    )
    at = office_moment(np.maximum(day, FIRST_DAY + 3), rng.uniform(len(rows)))
    who = users[rng.between(0, len(users) - 1, len(rows))]
    works = staff.active_on(local_day(at), who) & (at < END - HOUR)
    rows, at, who = rows[works], at[works], who[works]
    log.add(
        len(rows),
        type=A_TASK,
        direction=INTERNAL,
        user=who,
        campaign=rows,
        started=at,
        completed=at + 40 * MINUTE,
        logged=at + 41 * MINUTE,
        automated=0,
    )


def log_reviews(stream: Stream, staff: Staff, campaigns: Campaigns, log: Activities) -> None:
    """KPI reports are made, KPIs are reviewed, some reviews lead to a dated task; good practice of
    a team is shown to the others."""
    rng = stream.child("reviews")
    starts = np.where(campaigns.list["audience"] == FRAME, NA, campaigns.list["start"])
    for k, (metric, cadence) in enumerate(REVIEWED):
        head = head_of(staff, REVIEWER_DEPARTMENT[k])
        subject = log.subject(metric)
        day = FIRST_DAY + 20 + 2 * k
        while day < LAST_DAY - 2:
            u = rng.uniform(6)
            at = int(office_moment(ints([day]), u[:1])[0])
            if at < END - 2 * HOUR and u[1] < 0.95:
                minutes = 25 + int(u[2] * 50)
                planned = np.flatnonzero((starts > at // DAY) & (starts <= at // DAY + 30))
                leads_to = metric in ("campaign_incremental_lift", "customer_acquisition_cost")
                campaign = int(planned[0]) if leads_to and len(planned) else NA
                log.add(
                    1,
                    type=A_KPI_REVIEW,
                    direction=INTERNAL,
                    user=head,
                    started=at,
                    completed=at + minutes * MINUTE,
                    logged=at + minutes * MINUTE,
                    minutes=minutes,
                    automated=0,
                    campaign=campaign,
                    subject=subject,
                )
                if u[3] < 0.42:
                    due = at + int(2 + u[4] * 30) * DAY
                    done = due + int(u[5] * 3 * DAY)
                    log.add(
                        1,
                        type=A_TASK,
                        direction=INTERNAL,
                        user=head,
                        started=due,
                        completed=done if done < END else NA,
                        logged=min(at + HOUR, END - 1),
                        automated=0,
                        subject=log.subject(f"kpi:{metric}"),
                    )
            late = int(u[0] * 5) + (14 if u[4] < 0.1 else 0)
            day += cadence - 3 + late
    for month in range(MONTHS):
        u = rng.uniform(4)
        at = int(office_moment(ints([MONTH_START[month] + 1]), u[:1])[0])
        maker = head_of(staff, 4)
        manual = max(150 - 3 * month, 45) + int(u[1] * 40)
        log.add(
            2,
            type=A_KPI_REPORT,
            direction=INTERNAL,
            user=ints([maker, staff.integration + 2]),
            started=ints([at, at - HOUR]),
            completed=ints([at + manual * MINUTE, at - HOUR + 300]),
            logged=ints([at + manual * MINUTE, at - HOUR + 300]),
            minutes=ints([manual, 5]),
            automated=ints([0, 1]),
            subject=log.subject("monthly report"),
        )
    teams = (
        "win_rate",
        "quote_acceptance_rate",
        "sla_compliance_rate",
        "first_contact_resolution_rate",
    )
    for quarter in range(12):
        for metric, users in zip(teams, (0, 0, 2, 2), strict=True):
            u = rng.uniform(3)
            if u[0] > 0.55:
                continue
            everybody = np.flatnonzero((department_of(staff) == users) & staff.licensed)
            second = everybody[staff.group[everybody] == SECOND_LINE]
            # What the second line does better, it shows itself.
            own = metric == "first_contact_resolution_rate" and len(second) > 0
            candidates = second if own else everybody
            on = int(MONTH_START[3 * quarter]) + int(u[1] * 60) + 5
            there = candidates[staff.active_on(full(len(candidates), on), candidates)]
            if not len(there):
                continue
            who = int(there[int(u[2] * len(there))])
            others = everybody[staff.team[everybody] != staff.team[who]]
            others = others[staff.active_on(full(len(others), on), others)]
            guest = others[int(u[2] * len(others))] if len(others) and u[1] < 0.8 else NA
            at = int(office_moment(ints([on]), u[2:3])[0])
            if at < END - 2 * HOUR:
                # Who shows it logs it first; a guest from another team does so after the meeting.
                present = ints([who, guest])[: 1 + (guest != NA)]
                log.add(
                    len(present),
                    type=A_MEETING,
                    direction=INTERNAL,
                    user=present,
                    started=at + 60 * np.arange(len(present), dtype=np.int64),
                    completed=at + HOUR,
                    logged=at + HOUR,
                    minutes=60,
                    outcome=O_HELD,
                    automated=0,
                    subject=log.subject(f"practice:{metric}"),
                )


WEEK = 7 * DAY
_FIRST_MONDAY = FIRST_DAY + 2  # 2023-07-03
WEEKS = (LAST_DAY - _FIRST_MONDAY) // 7 + 1


def week_of(at: Ints) -> Ints:
    """Number of the ISO week since the first Monday."""
    return (local_day(at) - _FIRST_MONDAY) // 7


_ADOPTION = np.asarray([0.93, 0.84, 0.9, 0.72, 0.64, 0.6])
"""Share of weeks in which people of a department maintain something, before absences."""


def log_in(
    stream: Stream, staff: Staff, editors: tuple[pl.Series, pl.Series], log: Activities, keys: Keys
) -> Ledger:
    """Log-ins and views, and the small upkeep nobody else logs.

    Whoever worked in the CRM in a week has logged in; others log in without maintaining anything,
    or stay away (holidays, no need, no habit). Use grows over the first year.
    """
    rng = stream.child("log-ins")
    n = staff.n
    did = np.zeros((n, WEEKS), dtype=np.bool_)
    human = (
        (log["automated"] == 0)
        & known(log["completed"])
        & (log["completed"] < END)
        & known(log["user"])
    )
    week = week_of(log["completed"][human])
    fits = week >= 0
    did[log["user"][human][fits], np.minimum(week[fits], WEEKS - 1)] = True
    edit_keys, edit_at = editors
    user_keys = keys.of("app_user", ints(range(n)))
    place = pl.DataFrame({"user": user_keys, "row": np.arange(n)})
    rows = pl.DataFrame({"user": edit_keys, "at": edit_at}).join(
        place, on="user", how="inner", maintain_order="left"
    )
    week = week_of(rows["at"].to_numpy())
    fits = week >= 0
    did[rows["row"].to_numpy()[fits], np.minimum(week[fits], WEEKS - 1)] = True

    monday = _FIRST_MONDAY + 7 * np.arange(WEEKS)
    start = np.maximum(staff.hired, FIRST_DAY)[:, None]
    stop = np.where(known(staff.left), staff.left, LAST_DAY + 1)[:, None]
    days = np.minimum(stop, monday[None, :] + 5) - np.maximum(start, monday[None, :])
    here = (staff.kind == 0)[:, None] & staff.licensed[:, None] & (days >= 3)
    department = department_of(staff)
    habit = _ADOPTION[department] + 0.05 * staff.diligence
    ramp = np.clip(0.86 + 0.14 * np.arange(WEEKS) / 40, 0, 1)
    away = rng.uniform(n * WEEKS).reshape(n, WEEKS) < 0.055
    summer = np.isin(
        monday.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12, (6, 7)
    )
    holiday = (rng.uniform(n * WEEKS).reshape(n, WEEKS) < 0.09) & summer[None, :]
    wants = rng.uniform(n * WEEKS).reshape(n, WEEKS) < habit[:, None] * ramp[None, :]
    # One licensed manager has given up on the CRM.
    managers = np.flatnonzero((department == MANAGEMENT) & staff.licensed)
    idle = np.zeros((n, WEEKS), dtype=np.bool_)
    idle[managers[-1:], WEEKS - 22 :] = True
    here &= ~idle
    upkeep = here & wants & ~away & ~holiday & ~did
    user, week = np.nonzero(upkeep)
    day = np.minimum(monday[week] + rng.between(0, 4, len(user)), LAST_DAY)
    at = np.minimum(office_moment(day, rng.uniform(len(user))), END - 2 * HOUR)
    # Upkeep of a week stays in that week (a public holiday may push it over the weekend), and in
    # the employment.
    day = np.clip(day, start[user, 0], stop[user, 0] - 1)
    outside = (local_day(at) >= stop[user, 0]) | (local_day(at) < start[user, 0])
    pushed = (week_of(at) != week) | outside
    at = np.where(pushed, moment(day, 700), at)
    kind = np.where(rng.chance(0.55, len(user)), A_TASK, A_NOTE)
    log.add(
        len(user),
        type=kind,
        direction=INTERNAL,
        user=user.astype(np.int64),
        started=at,
        completed=at + 10 * MINUTE,
        logged=at + 10 * MINUTE,
        automated=0,
    )
    did |= upkeep

    views = Ledger("user", "at", "event", "status", "channel", "object")
    logs_in = here & np.where(
        did,
        rng.uniform(n * WEEKS).reshape(n, WEEKS) < 0.965,
        (rng.uniform(n * WEEKS).reshape(n, WEEKS) < 0.4) & ~away & ~holiday,
    )
    user, week = np.nonzero(logs_in)
    day = np.minimum(monday[week] + rng.between(0, 4, len(user)), LAST_DAY)
    day = np.clip(day, start[user, 0], stop[user, 0] - 1)
    minute = rng.between(450, 600, len(user))
    channel = np.where(rng.chance(0.14, len(user)), 1, 0)
    views.add(
        len(user),
        user=user,
        at=moment(day, minute) + rng.between(0, 59, len(user)),
        event=0,
        status=0,
        channel=channel,
    )
    again = rng.some(np.arange(len(user)), 0.03, 3)
    views.add(
        len(again),
        user=user[again],
        at=moment(day[again], minute[again]) - 40,
        event=0,
        status=1,
        channel=0,
    )
    # Managers look at dashboards, some of them rarely.
    managers = np.unique(staff.manager[known(staff.manager)])
    looks = np.zeros(n)
    looks[managers] = np.clip(0.74 + 0.2 * staff.diligence[managers], 0.35, 0.93)
    user, week = np.nonzero(logs_in & (rng.uniform(n * WEEKS).reshape(n, WEEKS) < looks[:, None]))
    day = np.minimum(monday[week] + rng.between(0, 4, len(user)), LAST_DAY)
    views.add(
        len(user),
        user=user,
        at=moment(day, rng.between(600, 960, len(user))),
        event=np.where(rng.chance(0.88, len(user)), 1, 2),
        status=0,
        channel=0,
        object=rng.code((0.4, 0.25, 0.2, 0.15), len(user)),
    )
    logged = log["logged"][: len(human)]
    sample = rng.some(np.flatnonzero(human & known(logged) & (logged < END - 1)), 0.012, 3)
    who = log["user"][sample]
    views.add(
        len(sample),
        user=who,
        at=log["logged"][sample] + 5,
        event=3,
        status=0,
        channel=0,
        object=4 + rng.between(0, 2, len(sample)),
    )
    # Technical users log in through the interface; so does one person with a script.
    step = 14
    days = np.arange(_FIRST_MONDAY, LAST_DAY, step)
    for technical in (staff.integration, staff.automation):
        views.add(len(days), user=technical, at=moment(days, 120), event=0, status=0, channel=2)
    views.add(
        3, user=head_of(staff, SERVICE), at=moment(days[4:7], 200), event=0, status=0, channel=2
    )
    return views


EVENTS = ("login", "dashboard_view", "report_run", "record_edit")
LOGIN_STATUS = ("success", "failed")
LOGIN_CHANNELS = ("ui", "mobile", "api")
OBJECTS = ("Pipeline", "Service", "Marketing", "Finance", "account", "contact", "opportunity")


def login_table(views: Ledger, keys: Keys) -> pl.DataFrame:
    """`login_history` in order of time."""
    order = np.argsort(views["at"], kind="stable")
    order = order[views["at"][order] < END]
    return frame(
        "login_history",
        {
            "login_id": keys.of("login_history", np.arange(len(order), dtype=np.int64)),
            "user_id": keys.of("app_user", views["user"][order]),
            "event_at": views["at"][order],
            "event_type": label(views["event"][order], EVENTS),
            "login_status": label(views["status"][order], LOGIN_STATUS),
            "channel": label(views["channel"][order], LOGIN_CHANNELS),
            "object_name": label(views["object"][order], OBJECTS),
        },
        len(order),
    )
