"""Every special case that the KPI catalogue names occurs in the demo.

A case is a sentence and a query on the demo seeds that returns at least one row.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from demo_tables import open_tables

# Views that several queries share. `as_of` is the last simulated day.
VIEWS = """
create macro today() as getvariable('as_of');
create view open_deal as
    select * from opportunity
    where not is_closed and not is_deleted and master_opportunity_id is null;
create view open_line as
    select * from contract_line
    where start_date <= today() and (end_date is null or end_date >= today());
create view customer as select distinct account_id from open_line;
create view spell as
    with line as (
        select account_id, start_date, coalesce(end_date, date '9999-12-31') as end_date
        from contract_line
    ),
    before as (
        select *, max(end_date) over (
            partition by account_id order by start_date, end_date
            rows between unbounded preceding and 1 preceding) as reached
        from line
    ),
    island as (
        select *, sum(case when reached is null or start_date > reached + 31 then 1 else 0 end)
            over (partition by account_id order by start_date, end_date) as spell_no
        from before
    )
    select account_id, spell_no, min(start_date) as spell_start, max(end_date) as spell_end
    from island group by all;
create view stage_change as
    select h.*, s_old.sort_order as old_order, s_new.sort_order as new_order,
        s_old.is_lost as from_lost, s_old.is_won as from_won, s_new.is_lost as to_lost,
        s_new.is_won as to_won
    from field_history as h
    left join pipeline_stage as s_old on s_old.stage_id = h.old_value
    left join pipeline_stage as s_new on s_new.stage_id = h.new_value
    where h.object_type = 'opportunity' and h.field_name = 'stage_id';
create view won_line as
    select l.*, o.account_id, o.closed_at, p.product_family, p.tier_rank
    from opportunity_line_item as l
    join opportunity as o using (opportunity_id)
    join product as p using (product_id)
    where o.is_won;
create view ledger as
    select i.invoice_id, i.account_id, i.invoice_date, i.due_date, i.status, i.gross_amount,
        i.written_off_at,
        (select coalesce(sum(p.amount), 0) from payment as p where p.invoice_id = i.invoice_id)
            as paid,
        (select coalesce(sum(c.gross_amount), 0) from invoice as c
            where c.applies_to_invoice_id = i.invoice_id) as credited
    from invoice as i where i.document_type = 'invoice';
create view answered as select * from feedback where score is not null and not is_excluded;
"""

CASES: dict[str, str] = {
    # -- B1 pipeline -------------------------------------------------------------------------
    "an open deal younger than three days has no activity yet": """
        from open_deal as o where created_at >= today() - 3 and not exists (
            select 1 from activity as a where a.opportunity_id = o.opportunity_id
                and a.completed_at is not null)""",
    "an e-mail to an open deal is automated": """
        from open_deal join activity using (opportunity_id)
        where is_automated""",
    "an activity names only the account of a customer": """
        from activity join customer using (account_id)
        where opportunity_id is null and case_id is null and lead_id is null
            and activity_type = 'call'""",
    "a deal's touch is filed under the account while exactly one deal of it is open": """
        select a.activity_id from activity as a join opportunity as o using (account_id)
        where a.opportunity_id is null and a.activity_type = 'meeting' and a.outcome = 'held'
            and o.created_at <= a.started_at and coalesce(o.closed_at, now()) > a.started_at
        group by a.activity_id having count(*) = 1""",
    "a meeting is filed under an account with two open deals": """
        select a.activity_id from activity as a join opportunity as o using (account_id)
        where a.activity_type in ('meeting', 'call', 'visit') and a.opportunity_id is null
            and o.created_at <= a.started_at and coalesce(o.closed_at, now()) > a.started_at
        group by a.activity_id having count(*) > 1""",
    "an activity is planned for the future": """
        from activity where completed_at is null and started_at > today() + 1""",
    "the next step of an open deal is overdue": """
        from open_deal where next_step_due_date < today()""",
    "an open deal has no next step": "from open_deal where next_step is null",
    "a next step is a placeholder": "from open_deal where next_step in ('n/a', '-')",
    "an open deal has the placeholder amount 0 and is no renewal": """
        from open_deal where net_amount = 0 and opportunity_type <> 'renewal'""",
    "a renewal of 0 EUR is won": """
        from opportunity where net_amount = 0 and opportunity_type = 'renewal' and is_won""",
    "an open deal has no amount": "from open_deal where net_amount is null",
    "an open deal has no linked contact": "from open_deal where contact_count = 0",
    "an open deal has two contacts and no decision maker": """
        from open_deal as o where contact_count >= 2 and not exists (
            select 1 from contact as c where c.account_id = o.account_id and is_decision_maker)""",
    "a deal belongs to a one-person company": """
        from opportunity join account using (account_id) where segment = 'single_person'""",
    "a customer has had no case for twelve months": """
        from customer where account_id not in (select account_id from support_case
            where account_id is not null and created_at > today() - 365)""",
    "a customer has had no invoice for twelve months": """
        from customer where account_id not in (
            select account_id from invoice where invoice_date > today() - 365)""",
    "an activity is logged more than a day late": """
        from activity where logged_at > completed_at + interval 1 day""",
    "a meeting is logged before it takes place": "from activity where logged_at < started_at",
    "a deal is typed in after it was won": """
        from opportunity where is_won and created_at >= closed_at - interval 1 day""",
    "a sold product has no family": """
        from won_line where product_family is null""",
    "a contract ends within ninety days": """
        from contract_line where end_date between today() and today() + 90""",
    "a customer's touches drop by half": """
        select account_id from activity join customer using (account_id) group by account_id
        having count(*) filter (where started_at between today() - 180 and today() - 91) >= 4
            and count(*) filter (where started_at > today() - 90 and started_at < today())
                < count(*) filter (where started_at between today() - 180 and today() - 91) / 2""",
    "a valid address has no consent": """
        from contact where email_consent = 'unknown' and email_status = 'valid'""",
    "a contact refuses e-mail": "from contact where email_consent = 'denied'",
    "a contact refuses calls": "from contact where phone_consent = 'denied' and phone is not null",
    "an address bounces": "from contact where email_status = 'bounced'",
    "a customer gets a cross-sell offer by quote": """
        select 1 from quote as q join opportunity_line_item as l using (opportunity_id)
        join opportunity as o using (opportunity_id) join product as p using (product_id)
        where p.product_family = 'Analytics' and o.pipeline_id = 'EXI' and q.sent_at is not null""",
    "a campaign offers a product the customer already has": """
        from campaign_member as m join campaign as c using (campaign_id)
        where exists (select 1 from won_line as w where w.account_id = m.account_id
            and w.product_id = c.offer_product_id and w.closed_at < m.enrolled_at)""",
    "a rep has already met the quota": """
        from kpi_target as t where metric_name = 'quota_net_amount' and target_value <= (
            select sum(net_amount) from opportunity as o where is_won
                and o.owner_user_id = t.dim_value
                and o.closed_at::date between t.period_start and t.period_end)""",
    "a selling rep has no quota in a quarter": """
        from opportunity as o where is_won and not exists (
            select 1 from kpi_target as t where metric_name = 'quota_net_amount'
                and t.dim_value = o.owner_user_id
                and o.closed_at::date between t.period_start and t.period_end)""",
    "the expected close date of an open deal has passed": """
        from open_deal where expected_close_date < today()""",
    "a close date slips three times": """
        select record_id from field_history where field_name = 'expected_close_date'
            and new_value > old_value group by record_id having count(*) >= 3""",
    "a close date is pulled in while the deal is open": """
        from field_history as h join opportunity as o on o.opportunity_id = h.record_id
        where field_name = 'expected_close_date' and new_value < old_value
            and coalesce(o.closed_at, now()) > h.changed_at""",
    "the owner of an open deal has left": """
        from open_deal as o join app_user as u on u.user_id = o.owner_user_id
        where not u.is_active""",
    # -- B2 conversion -----------------------------------------------------------------------
    "a deal skips a stage": """
        from stage_change where new_order > old_order + 1 and not to_won""",
    "a deal moves back a stage": """
        from stage_change where new_order < old_order and not from_won""",
    "a deal jumps from the first stage to lost": """
        from stage_change where old_order = 1 and to_lost""",
    "a lost deal is taken up again and won": """
        from stage_change join opportunity as o on o.opportunity_id = record_id
        where from_lost and o.is_won""",
    "a lost deal is taken up again and lost again": """
        from stage_change join opportunity as o on o.opportunity_id = record_id
        where from_lost and o.is_closed and not o.is_won""",
    "a lost deal is open again": """
        from stage_change join open_deal as o on o.opportunity_id = record_id where from_lost""",
    "a won deal is cancelled": "from stage_change where from_won and not to_won",
    "a deal is created in the middle of the funnel": """
        select record_id, arg_min(old_order, changed_at) as first_order from stage_change
        where old_value is not null group by record_id having first_order > 1""",
    "the creation of a deal is a row of its history": """
        from stage_change where old_value is null""",
    "a deal changes the pipeline": """
        from field_history where object_type = 'opportunity' and field_name = 'pipeline_id'""",
    "old deals are closed in bulk": """
        from opportunity where lost_reason = 'Bereinigung'""",
    "an amount is filled in later": """
        from field_history where field_name = 'net_amount' and old_value is null""",
    "an amount is lowered": """
        from field_history where field_name = 'net_amount'
            and try_cast(new_value as decimal(18, 2)) < try_cast(old_value as decimal(18, 2))""",
    "a deal is created and lost in one month": """
        from opportunity where is_closed and not is_won
            and date_trunc('month', created_at) = date_trunc('month', closed_at)""",
    "a deal passes to another owner": """
        from field_history where object_type = 'opportunity' and field_name = 'owner_user_id'""",
    "a lead opens two deals": """
        select source_lead_id from opportunity where source_lead_id is not null
            and master_opportunity_id is null group by 1 having count(*) > 1""",
    "a lead was called before it was a lead": """
        from activity as a join lead as l using (lead_id) where a.activity_type = 'call'
            and a.started_at < l.created_at and a.started_at > l.created_at - interval 30 day""",
    "a customer is called, which is no prospecting": """
        from activity join customer using (account_id)
        where activity_type = 'call' and direction = 'outbound'""",
    "a number is dialled again within five minutes": """
        from activity as a join activity as b using (contact_id)
        where a.activity_type = 'call' and b.activity_type = 'call'
            and b.started_at > a.started_at
            and b.started_at <= a.started_at + interval 5 minute""",
    "a meeting does not take place": """
        from activity where activity_type = 'meeting' and outcome in ('no_show', 'cancelled')""",
    "somebody registers for a webinar and does not come": """
        from activity where activity_type = 'webinar' and outcome = 'no_show'""",
    "a webinar attendance is both an activity and a campaign response": """
        from activity as a join campaign_member as m using (campaign_id, lead_id)
        where a.activity_type = 'webinar' and a.outcome = 'held'
            and m.responded_at::date = a.started_at::date""",
    "a quote is revised": "from quote where version_no > 1",
    "two options are quoted side by side": """
        select opportunity_id from quote group by 1 having count(distinct quote_group_id) > 1""",
    "a quote expires": "from quote where status = 'expired'",
    "a quote is rejected": "from quote where status = 'rejected'",
    "a quote is accepted after it expired": """
        from quote join opportunity using (opportunity_id)
        where status = 'accepted' and accepted_at::date > expires_on and is_won""",
    "a quote is not decided yet": """
        from quote where status = 'sent' and expires_on >= today()""",
    "a quote is still a draft": "from quote where status = 'draft' and sent_at is null",
    "a quote is written after the deal is won": """
        from quote join opportunity using (opportunity_id) where is_won and sent_at > closed_at""",
    "a won deal was never quoted": """
        from opportunity as o where is_won and not exists (
            select 1 from quote as q where q.opportunity_id = o.opportunity_id)""",
    "an activity falls on the day of a stage change": """
        from activity as a join stage_change as h on h.record_id = a.opportunity_id
        where a.started_at::date = h.changed_at::date and a.started_at < h.changed_at""",
    "a former customer buys again": """
        from opportunity as o join spell as s using (account_id)
        where o.is_won and s.spell_end < o.closed_at::date - 31""",
    "a customer buys more of the same beside the contract": """
        from won_line as l where replaces_contract_line_id is null and exists (
            select 1 from contract_line as c where c.account_id = l.account_id
                and c.product_id = l.product_id and c.start_date < l.closed_at::date
                and coalesce(c.end_date, today()) >= l.closed_at::date)""",
    "a contract is replaced by more of the same product": """
        from won_line as l join contract_line as c
            on c.contract_line_id = l.replaces_contract_line_id
        where c.product_id = l.product_id and l.net_amount > c.mrr_net_amount * l.term_months""",
    "a customer moves to a higher tier": """
        from won_line as l join contract_line as c
            on c.contract_line_id = l.replaces_contract_line_id
        join product as p on p.product_id = c.product_id
        where p.product_family = l.product_family and p.tier_rank < l.tier_rank""",
    "a customer moves to a lower tier": """
        from won_line as l join contract_line as c
            on c.contract_line_id = l.replaces_contract_line_id
        join product as p on p.product_id = c.product_id
        where p.product_family = l.product_family and p.tier_rank > l.tier_rank""",
    "a contract is renewed at the same price": """
        from won_line as l join contract_line as c
            on c.contract_line_id = l.replaces_contract_line_id
        where c.product_id = l.product_id and l.net_amount = c.mrr_net_amount * l.term_months
            and l.net_amount > 0""",
    "a contract is renewed at a lower price": """
        from won_line as l join contract_line as c
            on c.contract_line_id = l.replaces_contract_line_id
        where c.product_id = l.product_id and l.net_amount < c.mrr_net_amount * l.term_months
            and l.net_amount > 0""",
    "a customer buys from another family": """
        from won_line as l where product_family = 'Analytics' and exists (
            select 1 from spell as s where s.account_id = l.account_id
                and s.spell_start < l.closed_at::date - 60)
            and replaces_contract_line_id is null""",
    "the declared type of a deal contradicts what it is": """
        from opportunity where opportunity_type = 'new_business' and pipeline_id = 'EXI'""",
    "a lost deal has no lines": """
        from opportunity where is_closed and not is_won and opportunity_id not in (
            select opportunity_id from opportunity_line_item)""",
    "a lost deal has no reason": """
        from opportunity where is_closed and not is_won and lost_reason is null""",
    "a deal is lost for other reasons": "from opportunity where lost_reason = 'other'",
    "a deal is lost to a competitor": "from opportunity where lost_competitor is not null",
    "a customer left before the offer was decided": """
        from opportunity where lost_reason = 'customer_left'""",
    "a rep decides fewer than ten deals in a year": """
        select owner_user_id, year(closed_at) from opportunity where is_closed
        group by all having count(*) < 10""",
    "a deal is in francs": "from opportunity where currency = 'CHF'",
    # -- B3 new business, B4 retention -------------------------------------------------------
    "a duplicate account has a won deal of its own": """
        from opportunity join account using (account_id)
        where is_won and master_account_id is not null""",
    "a deal belongs to a test account": """
        from opportunity join account using (account_id) where is_test""",
    "a deal belongs to the own company": """
        from opportunity join account using (account_id) where is_internal""",
    "a new customer withdraws within fourteen days": """
        from contract_line as c join opportunity as o using (opportunity_id)
        where c.cancel_reason = 'withdrawal' and c.end_date <= o.closed_at::date + 14""",
    "a customer joins and leaves within a month": """
        from spell where date_trunc('month', spell_start) = date_trunc('month', spell_end)""",
    "a new customer belongs to a group": """
        from opportunity join account using (account_id)
        where is_won and pipeline_id = 'NEW' and parent_account_id is not null""",
    "an invoice is void": "from invoice where status = 'void'",
    "an invoice lacks its net amount": """
        from invoice where net_amount is null and gross_amount is not null
            and tax_amount is not null""",
    "an invoice lacks net amount and tax": """
        from invoice where net_amount is null and tax_amount is null""",
    "a credit note falls into a later month than its invoice": """
        from invoice as c join invoice as i on i.invoice_id = c.applies_to_invoice_id
        where date_trunc('month', c.invoice_date) > date_trunc('month', i.invoice_date)""",
    "an invoice without direct cost has a deal line that knows it": """
        from invoice as i join opportunity_line_item as l using (opportunity_id)
        where i.direct_cost_amount is null and l.direct_cost_amount is not null""",
    "neither invoice nor deal line know the direct cost": """
        from invoice as i join opportunity_line_item as l using (opportunity_id)
        where i.direct_cost_amount is null and l.direct_cost_amount is null""",
    "a product has no standard cost": """
        from product where standard_direct_cost_pct is null""",
    "acquisition cost is credited": """
        from cost_entry where cost_pool = 'acquisition' and net_amount < 0""",
    "a customer is older than the deals": """
        from spell as s where spell_start < date '2023-07-01' and not exists (
            select 1 from opportunity as o where o.account_id = s.account_id and is_won)""",
    "service cost is booked on an account": """
        from cost_entry where cost_pool = 'service' and account_id is not null""",
    "service cost is booked on a case": """
        from cost_entry where cost_pool = 'service' and case_id is not null""",
    "a month has solved cases and no service pool": """
        from support_case where solved_at < date '2023-08-01' and not exists (
            select 1 from cost_entry where cost_pool = 'service' and cost_date < date '2023-08-01'
                and account_id is null and case_id is null)""",
    "consulting is billed": """
        from won_line join invoice using (opportunity_id) where product_id = 'CON'""",
    "a customer costs more service than it pays": """
        select account_id from customer
        where (select sum(net_amount) from cost_entry as e where e.account_id = customer.account_id
                and e.cost_date > today() - 365)
            > (select sum(net_amount) from invoice as i where i.account_id = customer.account_id
                and i.invoice_date > today() - 365)""",
    "a customer is younger than three months": """
        from spell where spell_start > today() - 90 and spell_start <= today()""",
    "a customer leaves and is back within a year": """
        from spell as a join spell as b using (account_id)
        where b.spell_no = a.spell_no + 1 and b.spell_start < a.spell_end + 365""",
    "the company ends a contract": "from contract_line where cancel_type = 'vendor'",
    "an unpaid contract names a competitor": """
        from contract_line where cancel_type = 'payment_failure'
            and switched_to_competitor is not null""",
    "a customer goes to a competitor": """
        from contract_line where cancel_type = 'customer' and switched_to_competitor is not null""",
    # -- B5 satisfaction ---------------------------------------------------------------------
    "a contact answers the NPS question twice in a year": """
        select contact_id from answered where feedback_type = 'NPS'
            and responded_at > today() - 365 group by 1 having count(*) > 1""",
    "two contacts of an account answer in one quarter": """
        select account_id, date_trunc('quarter', responded_at) from answered
        where feedback_type = 'NPS' group by all having count(distinct contact_id) > 1""",
    "an NPS answer uses another scale": """
        from answered where feedback_type = 'NPS' and scale_max <> 10""",
    "an answer is excluded": "from feedback where is_excluded and score is not null",
    "a country has fewer than thirty NPS answers": """
        select country from answered where feedback_type = 'NPS' group by 1
        having count(*) < 30""",
    "a country has NPS answers but no reference": """
        select country from answered where feedback_type = 'NPS' and country not in (
            select dim_value from kpi_target where metric_name = 'nps_reference')""",
    "a country of another part of the world answers": """
        from answered where feedback_type = 'NPS' and country = 'US'""",
    "a case is rated on another scale": """
        from answered where feedback_type = 'CSAT' and scale_max <> 5""",
    "a case is rated twice": """
        select case_id from answered where feedback_type = 'CSAT' group by 1
        having count(*) > 1""",
    "four and five smileys are used in one quarter": """
        select date_trunc('quarter', responded_at) from answered where feedback_type = 'SMILEY'
        group by 1 having count(distinct scale_max) = 2""",
    "a bot's mention is excluded": """
        from feedback where feedback_type = 'SOCIAL' and is_excluded""",
    "a mention is neutral": "from feedback where sentiment = 'neutral'",
    "effort is rated": "from answered where feedback_type = 'CES'",
    "an invitation is younger than thirty days": """
        from feedback where invited_at > today() - 30 and responded_at is null""",
    "an answer comes after more than thirty days": """
        from feedback where responded_at > invited_at + interval 30 day""",
    "an answer needs no invitation": """
        from answered where channel = 'terminal' and invited_at is null""",
    "an unhappy customer is called back in time": """
        from answered where feedback_type = 'NPS' and score <= 6
            and followed_up_at < responded_at + interval 5 day""",
    "an unhappy customer is called back late": """
        from answered where feedback_type = 'NPS' and score <= 6
            and followed_up_at > responded_at + interval 10 day""",
    "an unhappy customer is never called back": """
        from answered where feedback_type = 'NPS' and score <= 6 and followed_up_at is null
            and responded_at < today() - 30""",
    "an answer has no coded theme": """
        from answered where feedback_type = 'NPS' and verbatim_theme is null""",
    "a promoter buys within half a year": """
        from answered as f join opportunity as o using (account_id)
        where feedback_type = 'NPS' and score >= 9 and o.is_won
            and o.closed_at between f.responded_at and f.responded_at + interval 180 day""",
    # -- B6 service levels, P5 speed ---------------------------------------------------------
    "a case changes its priority": """
        from field_history where object_type = 'case' and field_name = 'priority'""",
    "a case changes its policy": """
        from field_history where object_type = 'case' and field_name = 'sla_policy_id'""",
    "a solved case is opened again": """
        from field_history where object_type = 'case' and field_name = 'status'
            and old_value = 'solved' and new_value = 'open'""",
    "a case is opened again after more than a day": """
        from support_case
        where reopen_count > 0 and solved_at > first_solved_at + interval 1 day""",
    "a customer says thanks and the case opens again without a reply": """
        from support_case as c where reopen_count > 0
            and solved_at < first_solved_at + interval 4 hour and not exists (
                select 1 from activity as a where a.case_id = c.case_id and a.is_public
                    and a.direction = 'outbound' and a.started_at > c.first_solved_at)""",
    "an automatic receipt precedes the human reply": """
        from activity as a join activity as b using (case_id)
        where a.is_automated and a.is_public and not b.is_automated and b.is_public
            and b.direction = 'outbound' and b.started_at > a.started_at""",
    "a case waits for the customer": """
        from field_history where object_type = 'case' and new_value = 'pending'""",
    "a case waits for somebody else": """
        from field_history where object_type = 'case' and new_value = 'on_hold'""",
    "a case without policy has an account with one": """
        from support_case as s join contract_line as c using (account_id)
        where s.sla_policy_id is null and c.sla_policy_id is not null
            and c.start_date <= s.created_at::date
            and coalesce(c.end_date, today()) >= s.created_at::date""",
    "a case has no policy at all": """
        from support_case as s where s.sla_policy_id is null and not exists (
            select 1 from contract_line as c where c.account_id = s.account_id
                and c.sla_policy_id is not null)""",
    "a case is spam": "from support_case where case_type = 'spam'",
    "a case is opened by the company itself": "from support_case where case_type = 'proactive'",
    "a policy has two versions": """
        select sla_policy_id from sla_policy group by sla_policy_id, metric, priority
        having count(*) > 1""",
    "a policy promises a next response": "from sla_policy where metric = 'next_response'",
    "a policy runs on the calendar clock": "from sla_policy where clock = 'calendar'",
    "a case is solved in exactly the agreed time": """
        from support_case as c join sla_policy as p using (sla_policy_id, priority)
        where p.metric = 'resolution' and p.clock = 'calendar' and c.reopen_count = 0
            and epoch(c.solved_at) - epoch(c.created_at) = p.target_minutes * 60""",
    "a case runs over a change of the clocks": """
        from support_case where created_at < timestamp '2025-03-30 01:00:00'
            and coalesce(solved_at, now()) > timestamp '2025-03-30 01:00:00'
        union all from support_case where created_at < timestamp '2025-10-26 01:00:00'
            and coalesce(solved_at, now()) > timestamp '2025-10-26 01:00:00'
        union all from support_case where created_at < timestamp '2024-03-31 01:00:00'
            and coalesce(solved_at, now()) > timestamp '2024-03-31 01:00:00'""",
    "a case is opened on a public holiday": """
        from support_case as c join business_hours as b
            on b.business_hours_id = c.business_hours_id and b.holiday_date = c.created_at::date""",
    "a case is opened on a Sunday": "from support_case where isodow(created_at) = 7",
    "a calendar has a split shift": """
        select iso_weekday from business_hours where row_type = 'window'
        group by business_hours_id, iso_weekday having count(*) > 1""",
    "a calendar never closes": """
        from business_hours where opens_at = '00:00' and closes_at = '00:00'""",
    "a case met its targets and still left the customer unhappy": """
        from support_case join answered using (case_id)
        where not is_escalated and score <= 3 and scale_max = 5
            and solved_at < created_at + interval 8 hour""",
    "a case has waited a day for its first reply": """
        from support_case as c where status in ('new', 'open', 'pending', 'on_hold')
            and created_at < today() and first_responded_at is null and channel <> 'phone'
            and not exists (select 1 from activity as a where a.case_id = c.case_id
                and a.is_public and not a.is_automated and a.direction = 'outbound')""",
    "a case is not solved at the end of the data": """
        from support_case where solved_at is null and case_type <> 'spam'""",
    "a phone case has no recorded first reply": """
        from support_case where channel = 'phone' and first_responded_at is null""",
    "a case is answered after more than a day": """
        from support_case where first_responded_at > created_at + interval 24 hour""",
    "a person asks the same again within a week": """
        from support_case as a join support_case as b using (contact_id, root_cause)
        where b.created_at > a.created_at and b.created_at < a.solved_at + interval 7 day""",
    "a case passes to another team before the first reply": """
        from field_history as h join support_case as c on c.case_id = h.record_id
        join app_user as a on a.user_id = h.old_value join app_user as b on b.user_id = h.new_value
        where h.field_name = 'owner_user_id' and a.team <> b.team
            and h.changed_at < coalesce(c.first_responded_at, c.solved_at)""",
    "a case follows the sun before the first reply": """
        from field_history as h join support_case as c on c.case_id = h.record_id
        join app_user as a on a.user_id = h.old_value join app_user as b on b.user_id = h.new_value
        where h.field_name = 'owner_user_id' and a.department = b.department
            and a.timezone <> b.timezone
            and h.changed_at < coalesce(c.first_responded_at, c.solved_at)""",
    "a contact is linked to a case after the first reply": """
        from field_history where object_type = 'case' and field_name = 'contact_id'""",
    "a case has no account": "from support_case where account_id is null",
    "a case has no product": "from support_case where product_id is null",
    "a visit on site belongs to a case": """
        from activity where activity_type = 'visit' and case_id is not null""",
    "an onboarding case is under way": """
        from support_case where case_type = 'onboarding' and created_at > today() - 90""",
    "a solved case has no cause": """
        from support_case where solved_at is not null and root_cause is null""",
    "the first reply is known only from the comments": """
        from support_case as c where channel <> 'phone' and first_responded_at is null
            and exists (select 1 from activity as a where a.case_id = c.case_id and a.is_public
                and not a.is_automated and a.direction = 'outbound')""",
    # -- B7 churn ----------------------------------------------------------------------------
    "a contract is renewed late, within the grace": """
        with line as (select account_id, end_date, lead(start_date) over (
            partition by account_id order by start_date, end_date) as next_start
            from contract_line)
        from line where next_start between end_date + 2 and end_date + 31""",
    "a late renewal bridges the end of a month": """
        with line as (select account_id, end_date, lead(start_date) over (
            partition by account_id order by start_date, end_date) as next_start
            from contract_line)
        from line where next_start between end_date + 2 and end_date + 31
            and date_trunc('month', end_date + 1) < date_trunc('month', next_start)""",
    "a customer is back after more than the grace": "from spell where spell_no > 1",
    "the line of a merged duplicate ends while the customer stays": """
        from contract_line as c join account as a using (account_id)
        join open_line as o on o.account_id = a.master_account_id
        where c.cancel_type = 'merged' and c.end_date < today()""",
    "a line is upgraded while the customer stays": """
        from contract_line as c join open_line as o using (account_id)
        where c.cancel_type = 'upgrade'""",
    "an upgrade has no successor": """
        from contract_line as c where cancel_type = 'upgrade' and not exists (
            select 1 from contract_line as n where n.account_id = c.account_id
                and n.start_date between c.end_date and c.end_date + 31
                and n.contract_line_id <> c.contract_line_id)""",
    "a churn is younger than the grace": """
        from spell where spell_end between today() - 29 and today() - 1""",
    "a customer has given notice for a later day": """
        from contract_line where notice_at <= today() and end_date > today()""",
    "the end of a contract moves on when it renews itself": """
        from field_history where object_type = 'contract_line' and field_name = 'end_date'
            and new_value > old_value""",
    "a cancelled contract has no reason": """
        from contract_line where cancel_type = 'customer' and cancel_reason is null""",
    "an unpaid contract ends": "from contract_line where cancel_reason = 'payment_failure'",
    "a contract begins in the future": "from contract_line where start_date > today()",
    "a customer with refused offers is strategic": """
        from account join customer using (account_id) where is_strategic""",
    "a customer refused an offer in the last year": """
        from quote join opportunity using (opportunity_id) join customer using (account_id)
        where status = 'rejected' and sent_at > today() - 365""",
    "a customer shows no sign of life for ninety days": """
        from customer where account_id not in (
            select account_id from activity where account_id is not null
                and started_at > today() - 90
                and (activity_type = 'product_usage' or direction = 'inbound'))
            and account_id not in (select account_id from support_case
                where created_at > today() - 90 and account_id is not null)""",
    # -- P1 use ------------------------------------------------------------------------------
    "somebody logs in and maintains nothing that week": """
        from login_history as l where channel = 'ui' and event_type = 'login' and not exists (
            select 1 from activity as a where a.user_id = l.user_id
                and date_trunc('week', a.completed_at) = date_trunc('week', l.event_at))""",
    "a program logs in": "from login_history where channel = 'api'",
    "a person's script logs in": """
        from login_history join app_user using (user_id)
        where channel = 'api' and user_type = 'human'""",
    "a log-in fails": "from login_history where login_status = 'failed'",
    "a technical user exists": "from app_user where user_type = 'integration'",
    "the system writes changes": """
        from field_history join app_user on user_id = changed_by_user_id
        where user_type in ('integration', 'system')""",
    "a licence begins in the middle of a week": """
        from app_user where isodow(licensed_from) between 3 and 5
            and licensed_from > date '2023-07-31'""",
    "a licensed user has not logged in for sixty days": """
        from app_user where is_crm_licensed and licensed_to is null and user_id not in (
            select user_id from login_history where event_at > today() - 60)""",
    "a manager looks at no dashboard for a week": """
        from login_history as l where event_type = 'login'
            and user_id in (select manager_user_id from app_user) and not exists (
                select 1 from login_history as d where d.user_id = l.user_id
                    and d.event_type = 'dashboard_view'
                    and date_trunc('week', d.event_at) = date_trunc('week', l.event_at))""",
    "a customer has no owner": """
        from account join customer using (account_id) where owner_user_id is null""",
    "the owner of a customer has left": """
        from account join customer using (account_id)
        join app_user on user_id = owner_user_id where left_on is not null""",
    "a customer has no valid contact": """
        from customer where account_id not in (
            select account_id from contact where email_status <> 'bounced' and email is not null
                and not is_deleted and account_id is not null)""",
    "master data were not verified for a year": """
        from account join customer using (account_id) where last_verified_at < today() - 365""",
    "master data were never verified": """
        from account join customer using (account_id) where last_verified_at is null""",
    "an account exists twice and nobody has noticed": """
        select lower(name), country from account where master_account_id is null
            and not is_deleted and not is_test
        group by all having count(distinct account_id) > 1""",
    "a person exists twice with another spelling": """
        select lower(email) from contact where master_contact_id is null
        group by 1 having count(distinct contact_id) > 1 and count(distinct email) > 1""",
    "a message is delivered on a public holiday or weekend": """
        from campaign_member where isodow(first_opened_at) >= 6""",
    "a KPI review has no follow-up": """
        from activity as r where activity_type = 'kpi_review' and not exists (
            select 1 from activity as t where t.activity_type = 'task'
                and t.subject = 'kpi:' || r.subject
                and t.started_at between r.started_at and r.started_at + interval 32 day)""",
    "a KPI review leads to a task": """
        from activity as r join activity as t on t.subject = 'kpi:' || r.subject
        where r.activity_type = 'kpi_review' and t.activity_type = 'task'
            and t.started_at between r.started_at and r.started_at + interval 30 day""",
    "a KPI review leads to a campaign": """
        from activity join campaign using (campaign_id) where activity_type = 'kpi_review'""",
    # -- P2 employees ------------------------------------------------------------------------
    "a department has fewer than five answers": """
        select survey_wave, department from employee_survey_response
        where question_code = 'ENPS' and score is not null group by all having count(*) < 5""",
    "an invited employee does not answer": """
        from employee_survey_response where responded_at is null""",
    "an eNPS answer uses another scale": """
        from employee_survey_response where question_code = 'ENPS' and scale_max <> 10""",
    "good practice is shared": "from activity where subject like 'practice:%'",
    "two departments work on a won deal": """
        select o.opportunity_id from opportunity as o join activity as a using (opportunity_id)
        join app_user as u using (user_id) where o.is_won and not a.is_automated
        group by 1 having count(distinct u.department) > 1""",
    "a task is open and due": """
        from activity where activity_type = 'task' and completed_at is null
            and started_at <= today() + 7""",
    "employees leave and others are hired": """
        from app_user as a, app_user as b where a.left_on is not null
            and b.hired_on > a.left_on and a.team = b.team""",
    # -- P3 leads ----------------------------------------------------------------------------
    "a lead is left undecided": """
        from lead where mql_at < today() - 30 and sal_at is null and rejected_at is null
            and status = 'mql'""",
    "a lead is accepted after more than three working days": """
        from lead where sal_at > coalesce(handed_over_at, mql_at) + interval 6 day""",
    "a lead was handed over only just now": """
        from lead where coalesce(handed_over_at, mql_at) > today() - 2 and sal_at is null
            and rejected_at is null""",
    "a lead is recycled and handed over again": """
        select record_id from field_history where object_type = 'lead' and new_value = 'mql'
        group by 1 having count(*) > 1""",
    "a recycled lead is accepted in the end": """
        from lead where recycled_at is not null and sal_at > recycled_at""",
    "an accepted lead is rejected later": "from lead where rejected_at > sal_at",
    "a hand-over has no moment of its own": """
        from lead where mql_at is not null and handed_over_at is null""",
    "a lead is touched before the hand-over": """
        from lead where first_touch_at < coalesce(handed_over_at, mql_at)""",
    "a lead is never touched": """
        from lead where mql_at < today() - 30 and first_touch_at is null""",
    "the qualification has a date and no time": """
        from lead where sql_at::time = time '00:00:00'""",
    "a deactivated lead has no reason": """
        from lead where deactivated_at is not null and deactivation_reason is null""",
    "a rejected lead has no reason": """
        from lead where rejected_at is not null and rejection_reason is null""",
    "an open lead has been idle for months": """
        from lead where status in ('new', 'mql', 'sal') and created_at < today() - 180""",
    "a lead has no score": "from lead where score is null and mql_at is not null",
    "an accepted lead lacks a qualification field": """
        from lead where sal_at is not null and (budget_confirmed is null or not need_confirmed)""",
    "a qualified lead opens no deal": """
        from lead where sql_at < today() - 30 and converted_opportunity_id is null""",
    "a lead's address bounces": """
        from campaign_member where lead_id is not null and bounced_at is not null""",
    "a lead is deleted": "from lead where is_deleted and master_lead_id is null",
    # -- P4 campaigns ------------------------------------------------------------------------
    "a campaign keeps back a control group": """
        from campaign_member where arm = 'control' and step_no = 1""",
    "a campaign has no control group": """
        select campaign_id from campaign_member where lead_id is null group by 1
        having count(*) filter (where arm = 'control') = 0""",
    "a follow-up is held back at random": """
        from campaign_member where arm = 'control' and step_no > 1""",
    "somebody of the control group buys anyway": """
        from campaign_member where arm = 'control' and step_no = 1
            and offer_accepted_at is not null""",
    "an offer is accepted after the window": """
        from campaign_member where offer_accepted_at > enrolled_at + interval 30 day""",
    "an order is dated before the message": """
        from campaign_member where offer_accepted_at < sent_at""",
    "a treated person never gets the message": """
        from campaign_member where arm = 'treatment' and bounced_at is not null
            and delivered_at is null""",
    "a machine opens a message": "from campaign_member where is_machine_open",
    "a machine clicks a link": """
        from campaign_member where first_clicked_at < delivered_at + interval 2 second""",
    "somebody complains": "from campaign_member where complained_at is not null",
    "somebody unsubscribes": "from campaign_member where unsubscribed_at is not null",
    "an acceptance becomes a deal of the campaign": """
        from campaign_member as m join opportunity as o
            on o.opportunity_id = m.accepted_opportunity_id
        where o.campaign_id = m.campaign_id and o.is_won""",
    "a campaign starts without a KPI": """
        from campaign where kpi_defined_at is null and step_count > 0""",
    "a KPI is defined after the start": """
        from campaign where kpi_defined_at::date > start_date""",
    "a campaign has a target of its own": "from kpi_target where dim_name = 'campaign'",
    "a campaign has several steps": "from campaign where step_count > 1",
    "a campaign belongs to a programme": """
        from campaign where parent_campaign_id is not null""",
    "a campaign's cost is not known": """
        from campaign where actual_cost_amount is null and start_date < today() - 60
            and budget_cost_amount is not null""",
    "a campaign is only planned": "from campaign where start_date > today()",
    "a campaign has no members": """
        from campaign where campaign_id not in (select campaign_id from campaign_member)""",
    "a person of a control group gets another campaign": """
        from campaign_member as a join campaign_member as b using (contact_id)
        where a.arm = 'control' and b.arm = 'treatment' and a.campaign_id <> b.campaign_id
            and b.enrolled_at between a.enrolled_at - interval 30 day
                and a.enrolled_at + interval 30 day""",
    "a campaign's window is still open": """
        from campaign_member where enrolled_at > today() - 30""",
    # -- P6 payments -------------------------------------------------------------------------
    "an invoice is paid in parts": """
        select invoice_id from payment where amount > 0 and not is_reversal group by 1
        having count(*) > 1""",
    "a customer pays too much": """
        from ledger where paid > gross_amount + credited + 0.01 and status = 'paid'""",
    "a customer pays before the invoice": """
        from payment join invoice using (invoice_id) where paid_at < invoice_date""",
    "a payment bounces": "from payment where is_reversal and amount < 0",
    "an invoice is written off": "from invoice where written_off_at is not null",
    "the rest of a partly paid invoice is written off": """
        from ledger where written_off_at is not null and paid > 0""",
    "a disputed invoice is open": "from invoice where status = 'disputed'",
    "a dispute is settled": """
        from invoice where dispute_reason is not null and status = 'paid'""",
    "an invoice has no due date": """
        from invoice where document_type = 'invoice' and due_date is null""",
    "an invoice is credited in full and written again": """
        from invoice as c join invoice as i on i.invoice_id = c.applies_to_invoice_id
        join invoice as n on n.account_id = i.account_id and n.gross_amount = i.gross_amount
            and n.invoice_date between i.invoice_date and i.invoice_date + 7
            and n.invoice_id <> i.invoice_id and n.status <> 'void'
        where c.credit_reason = 'rebill'""",
    "one transfer pays two invoices": """
        select payment_id from payment group by 1 having count(distinct invoice_id) > 1""",
    "a credit after the payment is paid back": """
        from payment where amount < 0 and not is_reversal""",
    "a contract change is credited": "from invoice where credit_reason = 'contract_change'",
    "a document in francs has no rate of the last week": """
        from invoice as i where currency = 'CHF' and not exists (
            select 1 from currency_rate as r where r.currency = 'CHF'
                and r.rate_date between i.invoice_date - 7 and i.invoice_date)""",
    "an invoice is more than ninety days overdue": """
        from ledger where due_date < today() - 90 and status = 'open'""",
    "a customer is dunned three times": "from invoice where dunning_level = 3",
    "an invoice is issued in advance of the service": """
        from invoice join contract_line using (contract_line_id) where invoice_date < start_date""",
    # -- P7 cost, F governance ---------------------------------------------------------------
    "hours are booked without an amount": """
        from cost_entry where net_amount is null and hours > 0""",
    "cost is put off": "from cost_entry where entry_type = 'deferred'",
    "cost is committed for later": """
        from cost_entry where entry_type = 'committed' and cost_date > today()""",
    "the old system still costs": "from cost_entry where category = 'legacy'",
    "a cost category has no budget": """
        from cost_entry where cost_pool = 'crm_tco' and category not in (
            select dim_value from kpi_target where metric_name = 'tco_budget')""",
    "cost is booked on a campaign": "from cost_entry where campaign_id is not null",
    "cost is booked in francs": "from cost_entry where currency = 'CHF'",
    "a headline KPI has no owner": "from kpi_target where is_headline and owner_user_id is null",
    "a headline KPI names no source": "from kpi_target where is_headline and source is null",
    "a KPI review is late": """
        with review as (select subject, started_at, lag(started_at) over (
            partition by subject order by started_at) as before from activity
            where activity_type = 'kpi_review')
        from review where subject = 'win_rate' and started_at > before + interval 34 day""",
    "a report runs by itself": """
        from activity where activity_type = 'kpi_report' and is_automated""",
    # -- merges, deletions, dirt -------------------------------------------------------------
    "an account is merged into an account that is merged": """
        from account as a join account as b on b.account_id = a.master_account_id
        where b.master_account_id is not null""",
    "a merged account is also deleted": """
        from account where master_account_id is not null and is_deleted""",
    "a merged account is not deleted": """
        from account where master_account_id is not null and not is_deleted""",
    "a contact is merged": "from contact where master_contact_id is not null",
    "a lead is merged twice over": """
        from lead as a join lead as b on b.lead_id = a.master_lead_id
        where b.master_lead_id is not null""",
    "a deal is merged twice over": """
        from opportunity as a join opportunity as b on b.opportunity_id = a.master_opportunity_id
        where b.master_opportunity_id is not null""",
    "a case is merged twice over": """
        from support_case as a join support_case as b on b.case_id = a.master_case_id
        where b.master_case_id is not null""",
    "an activity points to a merged deal": """
        from activity join opportunity using (opportunity_id)
        where master_opportunity_id is not null""",
    "a case comment points to a merged case": """
        from activity join support_case using (case_id) where master_case_id is not null""",
    "an account is deleted": "from account where is_deleted and master_account_id is null",
    "a contact is deleted": "from contact where is_deleted",
    "a deal is deleted": "from opportunity where is_deleted and master_opportunity_id is null",
    "a case is deleted": "from support_case where is_deleted and master_case_id is null",
    "a test account exists": "from account where is_test",
    "the own company is an account": "from account where is_internal",
    "a partner and a competitor are accounts": """
        from account where account_type = 'partner'
            and exists (select 1 from account where account_type = 'competitor')""",
    "a key occurs twice, with an older and a newer row": """
        select account_id from raw.account group by 1
        having count(*) = 2 and count(distinct last_verified_at) = 2""",
    "a contact has no key": "from raw.contact where contact_id is null",
    "an activity has no key": "from raw.activity where activity_id is null",
    "a date does not exist": "from raw.opportunity where expected_close_date = '31.02.2025'",
    "an amount is text": "from raw.quote where net_amount = 'n/a'",
    "a duration is text": "from raw.activity where duration_minutes = '1h'",
    "an activity names an account that is not there": """
        from activity where account_id not in (select account_id from account)""",
    "a deal names a contact that is not there": """
        from opportunity where primary_contact_id not in (
            select contact_id from contact where contact_id is not null)""",
    "an answer names a case that is not there": """
        from feedback where case_id not in (select case_id from support_case)""",
}


@pytest.fixture(scope="module")
def demo_data() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_tables() as connection:
        connection.execute(VIEWS)
        yield connection


@pytest.mark.parametrize("sentence", CASES)
def test_the_demo_holds_the_case_that(sentence: str, demo_data: duckdb.DuckDBPyConnection) -> None:
    found = demo_data.execute(f"select count(*) from ({CASES[sentence]})").fetchone()
    assert found is not None
    assert found[0] >= 1, sentence
