"""B2 Conversion and sales performance."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from oracle.deals import deals, funnel_window_days, line_increment, reached, sale_lines
from oracle.lookup import People, Rates
from oracle.raw import Crm, Row, day_after, days_between, local_date
from oracle.rows import UNKNOWN, Fact, KpiRow, Metric, roll_up


def win_rate(crm: Crm) -> list[KpiRow]:
    """Deals won ÷ deals won or lost, by the day of their last terminal stage."""
    people = People(crm)
    metric = Metric(
        "win_rate",
        ["opportunity"],
        ["rep", "team", "region", "segment", "lead_source", "pipeline"],
    )
    facts = [
        Fact(
            on=deal.outcome_on,
            numerator=1.0 if deal.outcome == "won" else 0.0,
            denominator=1.0,
            members={
                "rep": people.rep(deal.owner),
                "team": people.team(deal.owner),
                "region": people.account(deal.row["account_id"], "region"),
                "segment": people.account(deal.row["account_id"], "segment"),
                "lead_source": deal.row["lead_source"],
                "pipeline": deal.row["pipeline_id"],
            },
        )
        for deal in deals(crm).values()
        if deal.outcome != "open"
    ]
    return roll_up(crm, metric, facts)


def stage_conversion_rate(crm: Crm) -> list[KpiRow]:
    """Of the deals that reached a stage in the window, the share that also reached the next one."""
    people = People(crm)
    stages_of: dict[str, list[Row]] = defaultdict(list)
    for stage in crm["pipeline_stage"]:
        if stage["sort_order"] is not None:
            stages_of[stage["pipeline_id"]].append(stage)
    all_deals = deals(crm)
    window = funnel_window_days(crm, all_deals)
    metric = Metric(
        "stage_conversion_rate",
        ["opportunity", "field_history"],
        ["stage_step", "pipeline", "region × stage_step", "team × stage_step"],
        grains=("month", "quarter", "r12m"),
        window_days=window,
    )
    facts = []
    for deal in all_deals.values():
        pipeline = deal.row["pipeline_id"]
        stages = sorted(stages_of[pipeline], key=lambda stage: stage["sort_order"])
        moments = reached(deal, stages)
        if not moments:
            continue
        entry = local_date(moments[stages[0]["sort_order"]])
        in_time = {
            order
            for order, moment in moments.items()
            if days_between(entry, local_date(moment)) <= window
        }
        for stage, following in pairwise(stages):
            if stage["sort_order"] not in in_time:
                continue
            step = f"{pipeline}: {stage['stage_name']} → {following['stage_name']}"
            region = people.account(deal.row["account_id"], "region")
            team = people.team(deal.owner) or UNKNOWN
            facts.append(
                Fact(
                    on=entry,
                    numerator=1.0 if following["sort_order"] in in_time else 0.0,
                    denominator=1.0,
                    members={
                        "stage_step": step,
                        "pipeline": pipeline,
                        "region × stage_step": f"{region} × {step}",
                        "team × stage_step": f"{team} × {step}",
                    },
                )
            )
    return roll_up(crm, metric, facts)


def sale_type_net_revenue(crm: Crm) -> list[KpiRow]:
    """Net amount of won lines over what they replaced, by type of sale."""
    people, rates = People(crm), Rates(crm)
    metric = Metric(
        "sale_type_net_revenue",
        ["opportunity"],
        ["sale_type", "region × sale_type", "segment × sale_type"],
        is_ratio=False,
        has_interval=False,
    )
    facts = []
    for line in sale_lines(crm, deals(crm)):
        account = line.deal.row["account_id"]
        # A cancellation takes back what was booked, at the rate of the booking.
        amount, missing = line_increment(rates, line)
        region, segment = people.account(account, "region"), people.account(account, "segment")
        facts.append(
            Fact(
                on=line.on,
                numerator=line.sign * amount,
                missing=missing,
                members={
                    "sale_type": line.sale_type,
                    "region × sale_type": f"{region} × {line.sale_type}",
                    "segment × sale_type": f"{segment} × {line.sale_type}",
                },
            )
        )
    return roll_up(crm, metric, facts)


def quote_acceptance_rate(crm: Crm) -> list[KpiRow]:
    """Offers accepted ÷ offers decided; the versions of an offer are one."""
    people, all_deals = People(crm), deals(crm)
    waiting = crm.days("quote_undecided_days")
    offers: dict[str, list[Row]] = defaultdict(list)
    for quote in crm["quote"]:
        if quote["sent_at"] is not None and quote["opportunity_id"] in all_deals:
            offers[quote["quote_group_id"] or quote["quote_id"]].append(quote)
    metric = Metric(
        "quote_acceptance_rate",
        ["quote", "opportunity"],
        ["team", "segment"],
        grains=("month", "quarter", "r12m"),
    )
    facts = []
    for versions in offers.values():
        last = max(versions, key=lambda quote: (quote["version_no"] or 0, quote["sent_at"]))
        deal = all_deals[last["opportunity_id"]]
        accepted = [quote["accepted_at"] for quote in versions if quote["accepted_at"]]
        is_accepted = bool(accepted) or deal.outcome == "won" or last["status"] == "accepted"
        sent_on = local_date(last["sent_at"])
        runs_out = day_after(sent_on, waiting)
        expires = min(last["expires_on"] or runs_out, runs_out)
        if accepted:
            on = local_date(min(accepted))
        elif deal.outcome != "open":
            on = deal.outcome_on
        else:
            on = expires
        is_decided = accepted or deal.outcome != "open" or expires <= crm.as_of
        if is_decided:
            segment = people.account(deal.row["account_id"], "segment")
            members = {"team": people.team(deal.owner), "segment": segment}
            facts.append(Fact(on, float(is_accepted), 1.0, members=members))
    return roll_up(crm, metric, facts)
