"""The 25 raw tables: their columns, and how arrays become typed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import polars as pl

from warehouse.simulate.arrays import Flags, Ints, ints, known

# A column is `name` (text) or `name:type`.
_COLUMNS = {
    "app_user": """
        user_id full_name email department team region manager_user_id user_type
        is_active:flag is_crm_licensed:flag licensed_from:day licensed_to:day
        hourly_cost_amount:dec18.2 currency timezone hired_on:day left_on:day
    """,
    "login_history": """
        login_id user_id event_at:moment event_type login_status channel object_name
    """,
    "account": """
        account_id master_account_id name account_type parent_account_id owner_user_id
        region country industry segment is_strategic:flag billing_currency lead_source
        last_verified_at:moment created_at:moment is_deleted:flag is_test:flag
        is_internal:flag
    """,
    "contact": """
        contact_id account_id master_contact_id email phone country is_decision_maker:flag
        email_consent phone_consent email_status last_verified_at:moment created_at:moment
        is_deleted:flag
    """,
    "lead": """
        lead_id master_lead_id owner_user_id company country region lead_source
        source_system campaign_id score:whole status created_at:moment mql_at:moment
        handed_over_at:moment first_touch_at:moment sal_at:moment sql_at:moment
        rejected_at:moment rejection_reason recycled_at:moment deactivated_at:moment
        deactivation_reason budget_confirmed:flag authority_confirmed:flag
        need_confirmed:flag timeline_confirmed:flag converted_account_id
        converted_opportunity_id is_deleted:flag
    """,
    "pipeline_stage": """
        stage_id pipeline_id stage_name sort_order:whole is_open:flag is_won:flag
        is_lost:flag default_probability:dec5.4 rot_after_days:whole
    """,
    "opportunity": """
        opportunity_id master_opportunity_id account_id primary_contact_id
        contact_count:whole owner_user_id pipeline_id stage_id opportunity_type
        source_lead_id campaign_id lead_source net_amount:dec18.2 currency
        probability:dec5.4 expected_close_date:day closed_at:moment is_closed:flag
        is_won:flag lost_reason lost_competitor next_step next_step_due_date:day
        created_at:moment is_deleted:flag
    """,
    "opportunity_line_item": """
        line_item_id opportunity_id product_id quantity:dec18.4 net_amount:dec18.2 currency
        direct_cost_amount:dec18.2 is_recurring:flag term_months:whole
        replaces_contract_line_id
    """,
    "product": """
        product_id product_name product_family tier_rank:whole is_service:flag service_tier
        standard_direct_cost_pct:dec5.4
    """,
    "quote": """
        quote_id opportunity_id quote_group_id version_no:whole status sent_at:moment
        accepted_at:moment expires_on:day net_amount:dec18.2 currency created_by_user_id
    """,
    "activity": """
        activity_id activity_type direction user_id account_id contact_id lead_id
        opportunity_id case_id campaign_id started_at:moment completed_at:moment
        logged_at:moment duration_minutes:whole outcome is_automated:flag is_public:flag
        subject
    """,
    "campaign": """
        campaign_id parent_campaign_id name campaign_type is_automated:flag step_count:whole
        start_date:day end_date:day kpi_defined_at:moment budget_cost_amount:dec18.2
        actual_cost_amount:dec18.2 currency offer_product_id conversion_window_days:whole
    """,
    "campaign_member": """
        campaign_member_id campaign_id step_no:whole contact_id lead_id account_id arm
        is_randomised:flag enrolled_at:moment sent_at:moment delivered_at:moment
        first_opened_at:moment is_machine_open:flag first_clicked_at:moment
        responded_at:moment bounced_at:moment unsubscribed_at:moment complained_at:moment
        offer_accepted_at:moment accepted_opportunity_id
    """,
    "support_case": """
        case_id master_case_id account_id contact_id product_id case_type channel priority
        status created_at:moment first_responded_at:moment first_solved_at:moment
        solved_at:moment owner_user_id sla_policy_id business_hours_id assignee_count:whole
        reopen_count:whole service_minutes:whole is_escalated:flag root_cause
        is_deleted:flag
    """,
    "sla_policy": """
        sla_policy_id metric priority valid_from:day valid_to:day target_minutes:whole clock
        pause_statuses is_premium:flag
    """,
    "business_hours": """
        business_hours_id row_type iso_weekday:whole opens_at closes_at holiday_date:day
        timezone
    """,
    "feedback": """
        feedback_id feedback_type subject score:dec5.2 scale_min:whole scale_max:whole
        sentiment invited_at:moment responded_at:moment contact_id account_id case_id
        channel country verbatim_theme followed_up_at:moment is_excluded:flag
    """,
    "employee_survey_response": """
        response_id survey_wave question_code score:dec5.2 scale_max:whole department region
        invited_at:moment responded_at:moment
    """,
    "contract_line": """
        contract_line_id contract_id account_id product_id opportunity_id quantity:dec18.4
        mrr_net_amount:dec18.2 currency start_date:day end_date:day notice_at:day
        cancel_type cancel_reason switched_to_competitor sla_policy_id
    """,
    "invoice": """
        invoice_id document_type applies_to_invoice_id account_id opportunity_id
        contract_line_id invoice_date:day due_date:day net_amount:dec18.2 tax_amount:dec18.2
        gross_amount:dec18.2 direct_cost_amount:dec18.2 currency status dispute_reason
        credit_reason written_off_at:day dunning_level:whole
    """,
    "payment": """
        payment_id invoice_id paid_at:day amount:dec18.2 is_reversal:flag
    """,
    "cost_entry": """
        cost_entry_id cost_date:day net_amount:dec18.2 currency cost_pool category
        entry_type account_id case_id campaign_id department hours:dec10.2
    """,
    "kpi_target": """
        kpi_target_id metric_name period_start:day period_end:day dim_name dim_value
        target_value:dec18.6 baseline_value:dec18.6 budget_amount:dec18.2 owner_user_id
        source is_headline:flag review_cadence_days:whole
    """,
    "currency_rate": """
        currency rate_date:day rate_to_reporting:dec18.8
    """,
    "field_history": """
        history_id object_type record_id field_name old_value new_value changed_at:moment
        changed_by_user_id
    """,
}

_TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "text": pl.String,
    "flag": pl.Boolean,
    "day": pl.Date,
    "moment": pl.Datetime("us"),
    "whole": pl.Int32,
    "dec18.2": pl.Decimal(18, 2),
    "dec10.2": pl.Decimal(10, 2),
    "dec5.2": pl.Decimal(5, 2),
    "dec5.4": pl.Decimal(5, 4),
    "dec18.4": pl.Decimal(18, 4),
    "dec18.6": pl.Decimal(18, 6),
    "dec18.8": pl.Decimal(18, 8),
}
_SCALES = {"dec5.4": 4, "dec18.4": 4, "dec18.6": 6, "dec18.8": 8}


def _types_of(columns: str) -> dict[str, str]:
    return {
        name: kind or "text" for name, _, kind in (item.partition(":") for item in columns.split())
    }


COLUMN_KINDS: dict[str, dict[str, str]] = {
    table: _types_of(columns) for table, columns in _COLUMNS.items()
}
"""Per table the columns in file order, with the kind of each."""

TABLES = tuple(COLUMN_KINDS)

Values: TypeAlias = "pl.Series | Ints | Flags | Sequence[str | None] | str | int | bool | None"
"""What a domain hands over for one column: an array, a ready series, or one value for all rows."""


def label(codes: Ints, names: Sequence[str | None]) -> pl.Series:
    """Codes 0…k-1 as texts; an empty code is an empty text."""
    index = pl.Series(np.where(codes >= 0, codes, 0), dtype=pl.UInt32)
    text = pl.Series(list(names), dtype=pl.String).gather(index)
    if (codes < 0).any():
        text = text.zip_with(pl.Series(codes >= 0), pl.Series([None], dtype=pl.String))
    return text


def maybe(flags: Flags, filled: Flags) -> pl.Series:
    """Booleans, empty where `filled` is false."""
    return pl.Series(flags).zip_with(pl.Series(filled), pl.Series([None], dtype=pl.Boolean))


class Keys:
    """Readable keys: one letter and a running number from 1001, unique over the whole company."""

    PREFIX: Mapping[str, str] = {
        "app_user": "U",
        "login_history": "G",
        "account": "A",
        "contact": "C",
        "lead": "L",
        "opportunity": "O",
        "opportunity_line_item": "I",
        "quote": "Q",
        "quote_group": "QG",
        "activity": "V",
        "campaign": "K",
        "campaign_member": "M",
        "support_case": "S",
        "feedback": "F",
        "employee_survey_response": "R",
        "contract_line": "D",
        "contract": "DC",
        "invoice": "N",
        "payment": "P",
        "cost_entry": "E",
        "kpi_target": "T",
        "field_history": "H",
    }

    def __init__(self) -> None:
        self._used: dict[str, int] = dict.fromkeys(self.PREFIX, 0)

    def of(self, table: str, rows: Ints) -> pl.Series:
        """Keys of the given rows of this part of the company; empty stays empty."""
        numbers = pl.Series(np.where(known(rows), rows + 1001 + self._used[table], 0))
        keys = pl.Series("", [self.PREFIX[table]], dtype=pl.String) + numbers.cast(pl.String)
        return keys.zip_with(pl.Series(known(rows)), pl.Series([None], dtype=pl.String))

    def advance(self, counts: Mapping[str, int]) -> None:
        """Start the next part of the company after the keys used so far."""
        for table, count in counts.items():
            self._used[table] += count


def _column(values: Values, kind: str, rows: int) -> pl.Series:
    dtype = _TYPES[kind]
    if isinstance(values, str | int | bool) or values is None:
        return (
            pl.Series([values], dtype=pl.String if isinstance(values, str) else None)
            .cast(dtype)
            .new_from_index(0, rows)
        )
    if isinstance(values, pl.Series):
        return values.cast(dtype)
    if not isinstance(values, np.ndarray):
        return pl.Series(list(values), dtype=pl.String).cast(dtype)
    if values.dtype == np.bool_:
        return pl.Series(values)
    values = ints(values)
    filled = known(values)
    series = pl.Series(np.where(filled, values, 0))
    if kind == "moment":
        series = (series * 1_000_000).cast(dtype)
    elif kind == "day":
        series = series.cast(pl.Int32).cast(dtype)
    elif kind.startswith("dec"):
        scale = _SCALES.get(kind, 2)
        series = _shifted(series, scale).cast(dtype)
    else:
        series = series.cast(dtype)
    if filled.all():
        return series
    return series.zip_with(pl.Series(filled), pl.Series([None], dtype=dtype))


def _shifted(whole: pl.Series, scale: int) -> pl.Series:
    """Whole numbers as decimals with `scale` places, without passing through floats."""
    return pl.select(
        pl.lit(whole).cast(pl.Decimal(38, 0))
        * pl.lit("0." + "0" * (scale - 1) + "1").cast(pl.Decimal(38, scale))
    ).to_series()


def frame(table: str, columns: Mapping[str, Values], rows: int) -> pl.DataFrame:
    """A table with exactly its columns in order; a column not given is empty.

    Arrays for decimal columns hold whole units of the last place (money: cents).
    """
    kinds = COLUMN_KINDS[table]
    unknown = set(columns) - set(kinds)
    if unknown:
        raise KeyError(f"{table} has no columns {sorted(unknown)}")
    return pl.DataFrame(
        {name: _column(columns.get(name), kind, rows).alias(name) for name, kind in kinds.items()}
    )
