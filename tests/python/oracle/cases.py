"""Cases: first reply, last solve, and when each service promise was kept or broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from oracle.clocks import Calendars, Span, minutes
from oracle.lookup import History
from oracle.raw import UTC, VIENNA, Crm, Row, day_after, local_date

METRICS = ("first_response", "resolution")


@dataclass(frozen=True)
class Instance:
    """A promise that was kept or broken."""

    case: Row
    metric: str
    is_met: bool
    decided_at: datetime
    priority: str | None
    policy: str
    owner: str | None


def midnight_utc(day: date) -> datetime:
    """The start of a reporting day in UTC."""
    moment = datetime.combine(day, time(), tzinfo=VIENNA)
    return moment.astimezone(UTC).replace(tzinfo=None)


def counted_cases(crm: Crm) -> list[Row]:
    """Cases without spam and proactive ones."""
    excluded = {
        row["case_type"] for row in crm.seed("case_type_group") if row["is_excluded"] == "true"
    }
    return [case for case in crm["support_case"] if case["case_type"] not in excluded]


def first_replies(crm: Crm) -> dict[str, datetime]:
    """The first public reply of a person: first_responded_at, derived from activities if NULL.

    A call without first_responded_at was answered as it came in.
    """
    users = crm.by("app_user")
    found: dict[str, datetime] = {}
    for activity in crm["activity"]:
        user = users.get(activity["user_id"] or "")
        if (
            activity["case_id"] is not None
            and activity["is_public"]
            and not activity["is_automated"]
            and activity["direction"] != "inbound"
            and activity["completed_at"] is not None
            and user is not None
            and user["user_type"] == "human"
        ):
            key = activity["case_id"]
            found[key] = min(found.get(key, datetime.max), activity["completed_at"])
    for case in crm["support_case"]:
        key = case["case_id"]
        if case["first_responded_at"] is not None:
            found[key] = case["first_responded_at"]
        elif case["channel"] == "phone":
            found[key] = case["created_at"]
    return found


class CaseHistory:
    """What a case was over time."""

    def __init__(self, crm: Crm) -> None:
        self.history = History(crm)
        self.as_of_at = midnight_utc(day_after(crm.as_of))
        groups = {row["status"]: row["status_group"] for row in crm.seed("case_status_group")}
        self.solved_statuses = {status for status, group in groups.items() if group == "solved"}

    def statuses(self, case: Row) -> Iterator[tuple[Span, str]]:
        """The stretches of a case in one status, up to now."""
        changes = self.history.changes("case", "status", case["case_id"])
        status = changes[0]["old_value"] or "new" if changes else case["status"]
        moments = [(case["created_at"], status)]
        moments += [(change["changed_at"], change["new_value"]) for change in changes]
        for (start, name), (end, _) in pairwise([*moments, (self.as_of_at, "")]):
            yield (start, end), name

    def last_solve(self, case: Row) -> datetime | None:
        """When the case was last solved, if it still is."""
        solved_at = None
        for (start, _), status in self.statuses(case):
            if status not in self.solved_statuses:
                solved_at = None
            elif solved_at is None:
                solved_at = start
        return solved_at

    def value(self, case: Row, field: str, moment: datetime) -> str | None:
        """A tracked field at a moment."""
        return self.history.at("case", field, case["case_id"], moment, case[field])


class Promises:
    """Walks each case along its clock until the promise is kept or broken."""

    def __init__(self, crm: Crm) -> None:
        self.crm, self.calendars, self.past = crm, Calendars(crm), CaseHistory(crm)
        self.replies = first_replies(crm)
        self.targets: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in crm["sla_policy"]:
            self.targets[row["sla_policy_id"], row["metric"], row["priority"]].append(row)
        self.switches = sorted(
            midnight_utc(day)
            for day in {row["valid_from"] for row in crm["sla_policy"]}
            | {day_after(row["valid_to"]) for row in crm["sla_policy"] if row["valid_to"]}
        )
        self.contracts: dict[str, list[Row]] = defaultdict(list)
        for line in crm["contract_line"]:
            if line["sla_policy_id"] is not None:
                self.contracts[line["account_id"]].append(line)

    def instances(self) -> list[Instance]:
        """Every promise decided so far."""
        found = []
        for case in counted_cases(self.crm):
            for metric in METRICS:
                instance = self.decide(case, metric)
                if instance is not None:
                    found.append(instance)
        return found

    def policy(self, case: Row, moment: datetime) -> str | None:
        """The case's policy at a moment, else that of a contract running when it came in."""
        own = self.past.value(case, "sla_policy_id", moment)
        if own is not None:
            return own
        day = local_date(case["created_at"])
        running = [
            line
            for line in self.contracts[case["account_id"] or ""]
            if line["start_date"] <= day and (line["end_date"] is None or line["end_date"] >= day)
        ]
        if not running:
            return None
        return str(max(running, key=lambda line: line["start_date"])["sla_policy_id"])

    def target(self, case: Row, metric: str, moment: datetime) -> Row | None:
        """What was promised at a moment."""
        policy = self.policy(case, moment)
        priority = self.past.value(case, "priority", moment)
        day = local_date(moment)
        for row in self.targets[policy or "", metric, priority or ""]:
            if row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] >= day):
                return row
        return None

    def decide(self, case: Row, metric: str) -> Instance | None:
        done = self.past.last_solve(case)
        if metric == "first_response":
            done = self.replies.get(case["case_id"])
        end = min(done or self.past.as_of_at, self.past.as_of_at)
        elapsed = 0.0
        for start, stop, status in self.stretches(case, end):
            target = self.target(case, metric, start)
            if target is None:
                continue
            limit = target["target_minutes"]
            if elapsed > limit:
                return self.instance(case, metric, False, start)
            for span in self.running(case, target, status, (start, stop)):
                if elapsed + minutes(span) > limit + 1e-9:
                    broken_at = span[0] + timedelta(minutes=limit - elapsed)
                    return self.instance(case, metric, False, broken_at)
                elapsed += minutes(span)
        if done is None or done > self.past.as_of_at:
            return None
        if self.target(case, metric, done) is None:
            return None
        return self.instance(case, metric, True, done)

    def stretches(self, case: Row, end: datetime) -> Iterator[tuple[datetime, datetime, str]]:
        """The time of a case up to its end, cut where status, priority, policy or target change."""
        cuts = set(self.switches)
        for field in ("priority", "sla_policy_id"):
            changes = self.past.history.changes("case", field, case["case_id"])
            cuts |= {change["changed_at"] for change in changes}
        for (start, stop), status in self.past.statuses(case):
            stop = min(stop, end)
            inside = sorted(cut for cut in cuts if start < cut < stop)
            for low, high in pairwise([start, *inside, stop]):
                if low < high:
                    yield low, high, status

    def running(self, case: Row, target: Row, status: str, span: Span) -> Iterator[Span]:
        """The parts of a stretch in which the clock runs."""
        paused = (target["pause_statuses"] or "").split("|")
        if status in paused or status in self.past.solved_statuses:
            return iter(())
        if target["clock"] == "calendar":
            return iter([span])
        return self.calendars.spans(case["business_hours_id"], *span)

    def instance(self, case: Row, metric: str, is_met: bool, decided_at: datetime) -> Instance:
        solved_at = self.past.last_solve(case) or datetime.max
        return Instance(
            case=case,
            metric=metric,
            is_met=is_met,
            decided_at=decided_at,
            priority=self.past.value(case, "priority", decided_at),
            policy=self.policy(case, decided_at) or "",
            owner=self.past.value(case, "owner_user_id", solved_at),
        )
