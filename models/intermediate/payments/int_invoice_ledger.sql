-- The running balance of an invoice. The invoice itself comes first, whatever the dates: a
-- prepayment settles it before it is written.
with balances as (
    select
        *,
        -- To the hundredth of a cent: sums of doubles must not leave a rest.
        round(sum(amount) over (
            partition by invoice_id order by event_no
            rows between unbounded preceding and current row
        ), 4) as open_amount
    from {{ ref('int_invoice_event') }}
)

select
    invoice_id,
    event_no,
    case
        -- Money that goes back after the invoice was paid more than in full is no bounced payment.
        when event = 'payment' and amount > 0
            then case
                    when open_amount - amount < -{{ parameter('ledger_tolerance') }} then 'refund'
                    else 'reversal'
                end
        else event
    end as event,
    event_id,
    event_on,
    effective_on,
    amount,
    open_amount
from balances
