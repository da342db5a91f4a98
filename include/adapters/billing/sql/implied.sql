-- The implied applications on the invoices of `reduced_invoices`, which the text before this names.
-- A credit memo that reduces a receivable without an allocation takes what was open on its invoice on its own day: the invoice
-- less the allocations that stand by then, less what earlier memos of this kind took. Once one of them found too little left,
-- the later ones find nothing. A void memo takes nothing away from the others, so that its replacement finds the invoice open
-- again.
, candidates as (
    select
        n.id,
        n.invoice_id,
        n.issue_date,
        n.total_minor::numeric as total_minor,
        case when n.status = 'void' then 0 else n.total_minor end::numeric as taken_minor,
        i.total_minor - (
            select coalesce(sum(a.amount_minor::numeric + a.adjustment_minor), 0)
            from billing.payment_allocations as a
            where a.invoice_id = i.id
                and a.deleted_at is null
                and a.reversed_date is null
                and a.allocated_date <= n.issue_date
        ) as open_minor
    from billing.credit_notes as n
    join billing.invoices as i on i.id = n.invoice_id and i.currency = n.currency
    where n.invoice_id in (select r.id from reduced_invoices as r)
        and n.kind = 'ar_reduction'
        and n.status in ('issued', 'void')
        and n.issue_date is not null
        and n.deleted_at is null
        and not exists (
            select from billing.payment_allocations as a where a.credit_note_id = n.id and a.deleted_at is null
        )
),
queued as (
    select
        d.*,
        coalesce(sum(d.taken_minor) over earlier, 0) as earlier_minor
    from candidates as d
    window earlier as (
        partition by d.invoice_id order by d.issue_date, d.id rows between unbounded preceding and 1 preceding
    )
),
implied as (
    select
        q.id,
        q.issue_date,
        q.invoice_id,
        case
            when coalesce(bool_or(q.taken_minor > 0 and q.earlier_minor + q.taken_minor > q.open_minor) over earlier, false) then 0
            else least(q.total_minor, q.open_minor - q.earlier_minor)
        end as amount_minor
    from queued as q
    window earlier as (
        partition by q.invoice_id order by q.issue_date, q.id rows between unbounded preceding and 1 preceding
    )
)
