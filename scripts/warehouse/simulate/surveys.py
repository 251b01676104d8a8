"""Feedback: relationship and service surveys, terminals, social media, and employee waves.

Satisfaction is what the lifecycle made of it; countries use the scales differently (customers in
Germany and Austria rarely give a 9 or 10), and a missed service level shows in the next rating.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Floats, Ints, full, ints, known, where
from warehouse.simulate.companies import COUNTRIES
from warehouse.simulate.customers import Customers
from warehouse.simulate.directory import Directory
from warehouse.simulate.draw import Stream, shaped
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.service import PHONE, T_PROACTIVE, T_SPAM, Cases
from warehouse.simulate.staff import DEPARTMENTS, GROUPS, MANAGEMENT, REGIONS, Staff
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
    month_of,
    office_moment,
    workday_from,
)

KINDS = ("NPS", "CSAT", "CES", "SMILEY", "SOCIAL")
NPS, CSAT, CES, SMILEY, SOCIAL = range(5)
SUBJECTS = ("company", "product", "service")
COMPANY, PRODUCT, SERVICE = range(3)
CHANNELS = ("email", "web", "app", "terminal", "social")
V_EMAIL, V_WEB, V_APP, V_TERMINAL, V_SOCIAL = range(5)
THEMES = ("support_speed", "usability", "price", "features", "reliability", "people", "billing")
SENTIMENTS = ("positive", "neutral", "negative")

_COUNTRY_NPS = np.asarray([-0.2, 0.06, 0.24, 0.1, 0.15, 0.2, 0.6])
_NPS_SCALE = (
    (0, 0),
    (0.05, 3),
    (0.12, 5),
    (0.22, 6.2),
    (0.36, 7.4),
    (0.55, 8.5),
    (0.78, 9.5),
    (1, 10.99),
)
_CSAT_MET = (0.012, 0.025, 0.053, 0.33, 0.58)
_CSAT_MISSED = (0.12, 0.16, 0.2, 0.3, 0.22)


def _cdf(z: Floats) -> Floats:
    """Rough normal distribution function, good to a percent, plain arithmetic only."""
    share = 0.5 + z * (0.3989 - 0.0445 * z * z * np.where(np.abs(z) < 2, 1, 0.62))
    return np.asarray(np.clip(share, 0.002, 0.998))


class Survey(Ledger):
    """Feedback rows."""

    def __init__(self) -> None:
        super().__init__(
            "kind",
            "subject",
            "score",
            "low",
            "high",
            "sentiment",
            "invited",
            "responded",
            "contact",
            "account",
            "case",
            "channel",
            "country",
            "theme",
            "followed",
            "excluded",
        )


def ask_customers(
    stream: Stream, customers: Customers, d: Directory, cases: Cases, units: float
) -> Survey:
    """All customer feedback of the three years."""
    rng = stream.child("surveys")
    survey = Survey()
    _relationship(rng, survey, customers, d)
    _after_cases(rng, survey, customers, d, cases)
    _terminals(rng, survey, units)
    _social(rng, survey, units)
    answered = known(survey["score"]) & (survey["kind"] != SOCIAL)
    survey["excluded"][rng.some(np.flatnonzero(answered), 0.004, 3)] = 1
    _follow_up(rng, survey)
    return survey


def _relationship(rng: Stream, survey: Survey, c: Customers, d: Directory) -> None:
    """NPS twice a year per customer, spread over the months."""
    half = rng.between(0, 5, c.n)
    for month in range(MONTHS):
        first = int(MONTH_START[month])
        active = np.flatnonzero(
            (c.since < first - 60) & (~known(c.until) | (c.until > first)) & (half == month % 6)
        )
        two = active[rng.chance(0.12, len(active))]
        account = np.r_[active, two]
        contact = np.r_[d.contact_of(rng, active), two]
        invited = office_moment(first + rng.between(3, 20, len(account)), rng.uniform(len(account)))
        _ask_nps(rng, survey, c, account, contact, invited, d, month, 0.47)
    # One early wave of a partner tool asked on a scale of 1 to 5; such answers cannot be converted.
    survey.add(
        3,
        kind=NPS,
        subject=COMPANY,
        score=ints([400, 500, 300]),
        low=1,
        high=5,
        invited=moment(ints([FIRST_DAY + 40, FIRST_DAY + 41, FIRST_DAY + 42]), 600),
        responded=moment(ints([FIRST_DAY + 43, FIRST_DAY + 44, FIRST_DAY + 44]), 700),
        contact=ints([0, 1, 2]),
        account=ints([0, 1, 2]),
        channel=V_EMAIL,
        country=d.companies.country[:3],
        excluded=0,
    )


def _ask_nps(
    rng: Stream,
    survey: Survey,
    c: Customers,
    account: Ints,
    contact: Ints,
    invited: Ints,
    d: Directory,
    month: int,
    rate: float,
) -> None:
    n = len(account)
    mood = c.satisfaction[month, account].astype(np.float64)
    country = d.companies.country[account]
    z = 0.8 * mood + _COUNTRY_NPS[country] + 0.72 * rng.bell(n) + 0.12
    score = np.floor(shaped(_cdf(z), _NPS_SCALE)).astype(np.int64)
    # The very unhappy answer less, which is why answers look a little better than customers feel.
    answers = rng.chance(np.clip(rate + 0.05 * mood, 0.1, 0.9))
    wait = rng.shape(((0, 0.02), (0.6, 1.2), (0.93, 9), (0.985, 27), (1, 44)), n)
    responded = where(answers, invited + np.floor(wait * DAY).astype(np.int64))
    responded = where(known(responded) & (responded < END), responded)
    seen = known(responded)
    product_survey = rng.chance(0.22, n)
    weights = np.asarray(
        [[0.1, 0.2, 0.1, 0.3, 0.16, 0.1, 0.04], [0.2, 0.2, 0.19, 0.16, 0.12, 0.03, 0.1]]
    )
    theme = rng.code_by(weights, (score < 7).astype(np.int64))
    survey.add(
        n,
        kind=NPS,
        subject=np.where(product_survey, PRODUCT, COMPANY),
        score=where(seen, score * 100),
        low=0,
        high=10,
        invited=invited,
        responded=responded,
        contact=contact,
        account=account,
        channel=np.where(rng.chance(0.85, n), V_EMAIL, V_APP),
        country=where(~rng.chance(0.03, n), country),
        theme=where(seen & rng.chance(0.62, n), theme),
        excluded=0,
    )


def _after_cases(rng: Stream, survey: Survey, c: Customers, d: Directory, cases: Cases) -> None:
    """CSAT after most solved cases, an effort score after some."""
    fit = (
        known(cases.solved)
        & (cases.kind != T_SPAM)
        & (cases.kind != T_PROACTIVE)
        & known(cases.contact)
    )
    fit &= known(cases.account)
    rows = np.flatnonzero(fit & rng.chance(0.55, cases.n))
    n = len(rows)
    invited = cases.solved[rows] + rng.between(30, 600, n) * MINUTE
    keep = invited < END
    rows, invited = rows[keep], invited[keep]
    n = len(rows)
    account = cases.account[rows]
    mood = c.satisfaction[month_of(local_day(cases.solved[rows])), account].astype(np.float64)
    effort = rng.chance(0.13, n)
    missed = cases.late[rows] | (cases.reopened[rows] > 0)
    table = np.asarray([_CSAT_MET, _CSAT_MISSED])
    score = 1 + rng.code_by(table, missed.astype(np.int64))
    shift = rng.uniform(n) < np.abs(mood - 0.2) * 0.22
    score = np.clip(score + np.where(shift, np.where(mood > 0.2, 1, -1), 0), 1, 5)
    score = np.where(effort, np.clip(score + rng.between(0, 2, n), 1, 7), score)
    wide = ~effort & (cases.channel[rows] == PHONE) & (invited < moment(MONTH_START[9], 0))
    score = np.where(wide, score * 2 - rng.between(0, 1, n), score)
    answers = rng.chance(0.5, n)
    wait = rng.shape(((0, 0.01), (0.7, 0.8), (0.95, 6), (1, 33)), n)
    responded = where(answers, invited + np.floor(wait * DAY).astype(np.int64))
    responded = where(known(responded) & (responded < END), responded)
    seen = known(responded)
    theme = rng.code_by(
        np.asarray(
            [[0.34, 0.1, 0.02, 0.06, 0.12, 0.34, 0.02], [0.42, 0.1, 0.04, 0.08, 0.2, 0.08, 0.08]]
        ),
        (score < 4).astype(np.int64),
    )
    about = rng.child("subject").code((0.08, 0.22, 0.7), n)
    new = survey.add(
        n,
        kind=np.where(effort, CES, CSAT),
        subject=np.where(effort, SERVICE, about),
        score=where(seen, score * 100),
        low=1,
        high=np.select([effort, wide], [7, 10], 5),
        invited=invited,
        responded=responded,
        contact=cases.contact[rows],
        account=account,
        case=rows,
        channel=rng.code((0.7, 0.3), n),
        country=d.companies.country[account],
        theme=where(seen & rng.chance(0.45, n), theme),
        excluded=0,
    )
    # Somebody answers twice: the last answer counts.
    twice = new[
        rng.some(np.flatnonzero(seen & ~effort & ~wide & (responded < END - 3 * DAY)), 0.008, 2)
    ]
    copy = {
        k: survey[k][twice]
        for k in (
            "kind",
            "subject",
            "low",
            "high",
            "contact",
            "account",
            "case",
            "channel",
            "country",
            "invited",
        )
    }
    survey.add(
        len(twice),
        score=np.minimum(survey["score"][twice] + 100, 500),
        responded=survey["responded"][twice] + rng.between(1, 40, len(twice)) * HOUR,
        excluded=0,
        **copy,
    )


def _terminals(rng: Stream, survey: Survey, units: float) -> None:
    """Smiley terminals at training rooms (four buttons) and in the web portal (five)."""
    n = round(165 * units)
    day = workday_from(
        FIRST_DAY + np.floor(rng.uniform(n) * (LAST_DAY - FIRST_DAY - 5)).astype(np.int64)
    )
    at = office_moment(day, rng.uniform(n))
    # The portal joined in 2025; for some quarters both scales run side by side.
    five = (day > MONTH_START[18]) & rng.chance(0.5, n)
    good = rng.code((0.05, 0.09, 0.3, 0.56), n)
    score = np.where(five, np.minimum(good + rng.between(0, 1, n), 4), good) + 1
    survey.add(
        n,
        kind=SMILEY,
        subject=np.where(five, PRODUCT, SERVICE),
        score=score * 100,
        low=1,
        high=np.where(five, 5, 4),
        responded=np.minimum(at, END - MINUTE),
        channel=np.where(five, V_WEB, V_TERMINAL),
        excluded=0,
    )


def _social(rng: Stream, survey: Survey, units: float) -> None:
    """Mentions in social media, with a bad month after a price increase; bots are excluded."""
    n = round(130 * units)
    day = FIRST_DAY + np.floor(rng.uniform(n) * (LAST_DAY - FIRST_DAY)).astype(np.int64)
    at = moment(day, rng.between(360, 1380, n))
    bad = (day >= MONTH_START[18]) & (day < MONTH_START[20])
    sentiment = rng.code_by(np.asarray([[0.42, 0.38, 0.2], [0.2, 0.3, 0.5]]), bad.astype(np.int64))
    survey.add(
        n,
        kind=SOCIAL,
        subject=rng.code((0.4, 0.35, 0.25), n),
        sentiment=sentiment,
        responded=np.minimum(at, END - MINUTE),
        channel=V_SOCIAL,
        country=rng.code((0.5, 0.28, 0.18, 0, 0.02, 0.02), n),
        theme=where(rng.chance(0.7, n), rng.code(np.ones(7), n)),
        excluded=rng.chance(0.07, n).astype(np.int64),
    )


def _follow_up(rng: Stream, s: Survey) -> None:
    """Unhappy customers are called back, most within a week."""
    n = s.n
    unhappy = (
        known(s["score"])
        & known(s["responded"])
        & (
            ((s["kind"] == NPS) & (s["score"] <= 600))
            | ((s["kind"] == CSAT) & (s["score"] * 5 <= s["high"] * 200))
            | ((s["kind"] == CES) & (s["score"] <= 300))
        )
    )
    u = rng.uniform(n)
    ahead = np.select([u < 0.8, u < 0.91], [rng.between(0, 4, n), rng.between(6, 18, n)], -1)
    on = workday_from(
        local_day(np.where(unhappy, s["responded"], END - 40 * DAY)), np.maximum(ahead, 0)
    )
    at = moment(on, rng.between(540, 1000, n))
    at = np.maximum(at, s["responded"] + 20 * MINUTE)
    s["followed"][:] = where(unhappy & (ahead >= 0) & (at < END), at)


def feedback_table(s: Survey, account: Ints, keys: Keys) -> pl.DataFrame:
    """`feedback` in order of time."""
    when = np.where(known(s["invited"]), s["invited"], s["responded"])
    order = np.argsort(when, kind="stable")
    return frame(
        "feedback",
        {
            "feedback_id": keys.of("feedback", np.arange(s.n, dtype=np.int64)),
            "feedback_type": label(s["kind"][order], KINDS),
            "subject": label(s["subject"][order], SUBJECTS),
            "score": s["score"][order],
            "scale_min": s["low"][order],
            "scale_max": s["high"][order],
            "sentiment": label(s["sentiment"][order], SENTIMENTS),
            "invited_at": s["invited"][order],
            "responded_at": s["responded"][order],
            "contact_id": keys.of("contact", s["contact"][order]),
            "account_id": keys.of("account", account[order]),
            "case_id": keys.of("support_case", s["case"][order]),
            "channel": label(s["channel"][order], CHANNELS),
            "country": label(s["country"][order], COUNTRIES),
            "verbatim_theme": label(s["theme"][order], THEMES),
            "followed_up_at": s["followed"][order],
            "is_excluded": s["excluded"][order] == 1,
        },
        s.n,
    )


QUESTIONS = ("ENPS", "JOB_SAT", "CRM_USEFUL", "COLLAB")
_DEPARTMENT_MOOD = np.asarray([0.0, 0.3, -0.25, 0.15, 0.1, 0.0])


def ask_employees(stream: Stream, staff: Staff, keys: Keys) -> pl.DataFrame:
    """Quarterly waves over all departments but management; rows carry no person."""
    rng = stream.child("employees")
    columns: dict[str, list[Ints]] = {
        k: [] for k in ("wave", "q", "score", "max", "dep", "reg", "inv", "res")
    }
    department = ints([g.department for g in GROUPS])[staff.group]
    asked = (staff.kind == 0) & (department != MANAGEMENT)
    for quarter in range(12):
        start = int(MONTH_START[quarter * 3]) + 40
        people = np.flatnonzero(
            asked & (staff.hired <= start - 20) & (~known(staff.left) | (staff.left > start))
        )
        # Finance stays below five answers, as small departments do.
        n = len(people)
        takes_part = rng.chance(0.8, n)
        mood = rng.bell(n) * 0.75 + _DEPARTMENT_MOOD[department[people]] + 0.02 * quarter
        mood = mood - np.where((department[people] == 2) & (quarter in (5, 6)), 0.45, 0.0)
        at = moment(full(n, start), 540)
        answered = np.minimum(at + rng.between(1, 13 * 24 * 60, n) * MINUTE, END - MINUTE)
        for q in range(len(QUESTIONS)):
            shift = np.asarray([0.05, 0.15, 0.05 + 0.03 * quarter, 0.2])[q]
            u = _cdf(0.75 * mood + 0.62 * rng.bell(n) + shift - (0.05 if q == 0 else 0.0))
            if q == 0:
                score = np.floor(
                    shaped(u, ((0, 0), (0.06, 4), (0.2, 6.4), (0.42, 7.9), (0.7, 9.2), (1, 10.99)))
                )
            else:
                score = np.floor(
                    shaped(u, ((0, 1), (0.06, 2.0), (0.2, 3.0), (0.48, 4.0), (0.8, 5.0), (1, 5.99)))
                )
            filled = takes_part & ~rng.chance(0.02, n)
            top = full(n, 10 if q == 0 else 5)
            values = score.astype(np.int64)
            if q == 0 and quarter == 0:  # one sheet of the first wave used a scale to 5
                top[:1] = 5
                values[:1] = np.minimum(values[:1], 5)
            columns["wave"].append(full(n, quarter))
            columns["q"].append(full(n, q))
            columns["score"].append(where(filled, values * 100))
            columns["max"].append(top)
            columns["dep"].append(department[people])
            columns["reg"].append(staff.region[people])
            columns["inv"].append(at)
            columns["res"].append(where(takes_part, answered))
    c = {k: np.concatenate(v) for k, v in columns.items()}
    n = len(c["wave"])
    order = np.lexsort((rng.uniform(n), c["wave"]))  # no trace of who gave which answers
    c = {k: v[order] for k, v in c.items()}
    waves = [f"{2023 + (q + 2) // 4}-Q{(q + 2) % 4 + 1}" for q in range(12)]
    return frame(
        "employee_survey_response",
        {
            "response_id": keys.of("employee_survey_response", np.arange(n, dtype=np.int64)),
            "survey_wave": label(c["wave"], waves),
            "question_code": label(c["q"], QUESTIONS),
            "score": c["score"],
            "scale_max": c["max"],
            "department": label(c["dep"], DEPARTMENTS),
            "region": label(c["reg"], REGIONS),
            "invited_at": c["inv"],
            "responded_at": c["res"],
        },
        n,
    )
