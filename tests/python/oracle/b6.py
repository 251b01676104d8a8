"""B6 Service levels."""

from __future__ import annotations

from oracle.cases import Promises
from oracle.lookup import People
from oracle.raw import Crm, local_date
from oracle.rows import Fact, KpiRow, Metric, roll_up


def sla_compliance_rate(crm: Crm) -> list[KpiRow]:
    """Promises kept ÷ promises decided, by the day that decided them."""
    people = People(crm)
    metric = Metric(
        "sla_compliance_rate",
        ["support_case"],
        ["sla_metric", "priority", "policy", "team", "channel", "region"],
        grains=("iso_week", "month", "quarter", "r12m"),
    )
    facts = [
        Fact(
            on=local_date(instance.decided_at),
            numerator=1.0 if instance.is_met else 0.0,
            denominator=1.0,
            members={
                "sla_metric": instance.metric,
                "priority": instance.priority,
                "policy": instance.policy,
                "team": people.team(instance.owner),
                "channel": instance.case["channel"],
                "region": people.account(instance.case["account_id"], "region"),
            },
        )
        for instance in Promises(crm).instances()
    ]
    return roll_up(crm, metric, facts)
