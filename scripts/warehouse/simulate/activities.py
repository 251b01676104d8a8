"""The activity log: one growing table that every domain writes its touches into."""

from __future__ import annotations

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Ints, known
from warehouse.simulate.ledger import Ledger
from warehouse.simulate.tables import Keys, frame, label, maybe

TYPES = (
    "call", "email", "meeting", "webinar", "visit", "task", "note", "case_comment", "kpi_review",
    "kpi_report", "product_usage",
)  # fmt: skip
(
    A_CALL, A_EMAIL, A_MEETING, A_WEBINAR, A_VISIT, A_TASK, A_NOTE, A_CASE_COMMENT, A_KPI_REVIEW,
    A_KPI_REPORT, A_USAGE,
) = range(11)  # fmt: skip
DIRECTIONS = ("outbound", "inbound", "internal")
OUTBOUND, INBOUND, INTERNAL = range(3)
OUTCOMES = ("connected", "no_answer", "held", "no_show", "cancelled")
O_CONNECTED, O_NO_ANSWER, O_HELD, O_NO_SHOW, O_CANCELLED = range(5)

COLUMNS = (
    "type", "direction", "user", "account", "contact", "lead", "deal", "case", "campaign",
    "started", "completed", "logged", "minutes", "outcome", "automated", "public", "subject",
)  # fmt: skip


class Activities(Ledger):
    """The log; `subject` is a code into `subjects`."""

    def __init__(self) -> None:
        super().__init__(*COLUMNS)
        self.subjects: list[str] = []

    def subject(self, text: str) -> int:
        """Code of a subject text."""
        if text not in self.subjects:
            self.subjects.append(text)
        return self.subjects.index(text)


def activity_table(log: Activities, account: Ints, keys: Keys) -> pl.DataFrame:
    """`activity` in order of time; `account` is the row of the account each record points to."""
    order = np.argsort(log["started"], kind="stable")
    column = {name: log[name][order] for name in COLUMNS}
    return frame(
        "activity",
        {
            "activity_id": keys.of("activity", np.arange(log.n, dtype=np.int64)),
            "activity_type": label(column["type"], TYPES),
            "direction": label(column["direction"], DIRECTIONS),
            "user_id": keys.of("app_user", column["user"]),
            "account_id": keys.of("account", account[order]),
            "contact_id": keys.of("contact", column["contact"]),
            "lead_id": keys.of("lead", column["lead"]),
            "opportunity_id": keys.of("opportunity", column["deal"]),
            "case_id": keys.of("support_case", column["case"]),
            "campaign_id": keys.of("campaign", column["campaign"]),
            "started_at": column["started"],
            "completed_at": column["completed"],
            "logged_at": column["logged"],
            "duration_minutes": column["minutes"],
            "outcome": label(column["outcome"], OUTCOMES),
            "is_automated": column["automated"] == 1,
            "is_public": maybe(column["public"] == 1, known(column["public"])),
            "subject": label(column["subject"], log.subjects or [""]),
        },
        log.n,
    )
