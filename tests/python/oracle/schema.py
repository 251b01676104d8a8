"""What the columns of the raw tables are: types, keys, references and the day of an event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

DATES = {
    "paid_at", "notice_at", "written_off_at", "period_start", "period_end", "valid_from",
    "valid_to", "licensed_from", "licensed_to",
}  # fmt: skip
NUMBERS = {
    "score", "scale_min", "scale_max", "quantity", "probability", "default_probability", "hours",
    "rate_to_reporting", "standard_direct_cost_pct", "target_value", "baseline_value",
}  # fmt: skip
INTEGERS = {
    "sort_order", "rot_after_days", "contact_count", "term_months", "tier_rank", "version_no",
    "duration_minutes", "step_no", "step_count", "conversion_window_days", "assignee_count",
    "reopen_count", "service_minutes", "target_minutes", "iso_weekday", "dunning_level",
    "review_cadence_days",
}  # fmt: skip
KEYS = {
    "app_user": "user_id", "login_history": "login_id", "account": "account_id",
    "contact": "contact_id", "lead": "lead_id", "pipeline_stage": "stage_id",
    "opportunity": "opportunity_id", "opportunity_line_item": "line_item_id",
    "product": "product_id", "quote": "quote_id", "activity": "activity_id",
    "campaign": "campaign_id", "campaign_member": "campaign_member_id", "support_case": "case_id",
    "sla_policy": "", "business_hours": "", "feedback": "feedback_id",
    "employee_survey_response": "response_id", "contract_line": "contract_line_id",
    "invoice": "invoice_id", "payment": "", "cost_entry": "cost_entry_id",
    "kpi_target": "kpi_target_id", "currency_rate": "", "field_history": "history_id",
}  # fmt: skip
MERGED = {
    "account": "master_account_id",
    "contact": "master_contact_id",
    "lead": "master_lead_id",
    "opportunity": "master_opportunity_id",
    "support_case": "master_case_id",
}
# The records that a row hangs on: gone with them, or handed to their survivor.
REFERENCES = {
    "account_id": "account", "contact_id": "contact", "primary_contact_id": "contact",
    "lead_id": "lead", "source_lead_id": "lead", "opportunity_id": "opportunity",
    "case_id": "support_case", "converted_account_id": "account",
    "converted_opportunity_id": "opportunity", "accepted_opportunity_id": "opportunity",
}  # fmt: skip
# The column that says when a row of the table happened (C7).
EVENTS = {
    "login_history": "event_at", "lead": "created_at", "opportunity": "created_at",
    "quote": "sent_at", "activity": "started_at", "campaign": "start_date",
    "campaign_member": "enrolled_at", "support_case": "created_at", "feedback": "invited_at",
    "employee_survey_response": "invited_at", "contract_line": "start_date",
    "invoice": "invoice_date", "payment": "paid_at", "cost_entry": "cost_date",
    "field_history": "changed_at",
}  # fmt: skip


def reader(column: str) -> Callable[[str], Any]:
    """What reads the text of a column."""
    if column in DATES or column.endswith(("_date", "_on")):
        return date.fromisoformat
    if column.endswith("_at") and column not in {"opens_at", "closes_at"}:
        return datetime.fromisoformat
    if column.startswith("is_") or column.endswith("_confirmed"):
        return lambda text: {"true": True, "false": False}[text]
    if column in INTEGERS:
        return int
    if column in NUMBERS or column.endswith("_amount") or column == "amount":
        return float
    return str
