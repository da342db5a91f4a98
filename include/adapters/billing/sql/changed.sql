-- The documents to read, one row per document in each `changed_...`: every dataset's query begins with this text, so that
-- all agree on one set. What a query does not name is not computed. A reading of everything leaves it out of each query
-- that says `changes only`, with the join to it.
--   tieout.horizon    the oldest transaction that the last reading may not have seen completed; 0 reads everything
--   tieout.requested  [{document_type, native_id}] to read in any case
-- A document is changed when its own row or any row below it is. The rows below are skipped at horizon 0: every document
-- is in the set by its own row then.
with requested as materialized (
    select
        r.document_type,
        r.native_id::uuid as id
    from jsonb_to_recordset(current_setting('tieout.requested')::jsonb) as r (document_type text, native_id text)
),
-- invoices whose open amount may have changed: the implied applications on them are computed again
touched_invoices as materialized (
    select i.id
    from billing.invoices as i
    where i.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select a.invoice_id
    from billing.payment_allocations as a
    where a.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from billing.credit_notes as n
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from billing.payment_allocations as a
    join billing.credit_notes as n on n.id = a.credit_note_id
    where a.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from requested as r
    join billing.credit_notes as n on n.id = r.id
    where r.document_type = 'credit_memo'
    union
    select a.invoice_id
    from requested as r
    join billing.payment_allocations as a on a.payment_id = r.id
    where r.document_type = 'payment'
    union
    select a.invoice_id
    from requested as r
    join billing.payment_allocations as a on a.credit_note_id = r.id
    where r.document_type = 'credit_memo'
    union
    select r.id
    from requested as r
    where r.document_type = 'invoice'
),
-- invoice lines of which a credit memo may have taken more or less: what others take back of them is divided anew
lessened_lines as materialized (
    select l.invoice_line_id as id
    from billing.credit_note_lines as l
    where l.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select l.invoice_line_id
    from billing.credit_notes as n
    join billing.credit_note_lines as l on l.credit_note_id = n.id
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
),
-- invoices of which, or of whose credit memos, something may be left otherwise after full credit. A change of a memo may end full credit
-- or begin it; what is paid, applied or refunded concerns only what is credited fully
settled_memos as (
    select a.invoice_id as id
    from billing.payment_allocations as a
    where a.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from billing.payment_allocations as a
    join billing.credit_notes as n on n.id = a.credit_note_id
    where a.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from billing.refunds as r
    join billing.credit_notes as n on n.id = r.credit_note_id
    where r.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select a.invoice_id
    from billing.payments as p
    join billing.payment_allocations as a on a.payment_id = p.id
    where p.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select a.invoice_id
    from billing.credit_notes as n
    join billing.payment_allocations as a on a.credit_note_id = n.id
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- a memo that stands on another invoice, which is void
    select n.invoice_id
    from billing.invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id
    join billing.credit_notes as n on n.id = a.credit_note_id
    where i.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
),
left_over_invoices as materialized (
    select n.invoice_id as id
    from billing.credit_notes as n
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and n.status <> 'draft'
    union
    select n.invoice_id
    from billing.credit_note_lines as l
    join billing.credit_notes as n on n.id = l.credit_note_id
    where l.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.invoice_id
    from requested as r
    join billing.credit_notes as n on n.id = r.id
    where r.document_type = 'credit_memo'
    union
    select i.id
    from settled_memos as s
    join billing.invoices as i on i.id = s.id
    cross join lateral (
        select sum(n.total_minor) as total_minor, sum(n.total_minor::numeric - n.tax_minor) as net_minor
        from billing.credit_notes as n
        where n.invoice_id = i.id and n.status = 'issued' and n.kind <> 'chargeback' and n.deleted_at is null
    ) as c
    where c.total_minor <> i.total_minor and 2 * abs(i.total_minor::numeric - i.tax_minor - c.net_minor) <= (
            select count(*)
            from billing.credit_notes as n
            join billing.credit_note_lines as l on l.credit_note_id = n.id
            where n.invoice_id = i.id and n.status = 'issued'
        )
),
changed_invoices as materialized (
    select i.id
    from billing.invoices as i
    where i.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select l.invoice_id
    from billing.invoice_lines as l
    where l.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select l.invoice_id
    from billing.invoice_line_taxes as t
    join billing.invoice_lines as l on l.id = t.invoice_line_id
    where t.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- a proration is earned as the line is that it takes back
    select l.invoice_id
    from billing.invoice_lines as o
    join billing.invoice_lines as l on l.credited_line_id = o.id
    where o.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- what was open of an invoice when it was written off, and what came in later
    select i.id
    from touched_invoices as t
    join billing.invoices as i on i.id = t.id
    where i.written_off_at is not null
    union
    select i.id
    from billing.payments as p
    join billing.payment_allocations as a on a.payment_id = p.id
    join billing.invoices as i on i.id = a.invoice_id
    where p.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and i.written_off_at is not null
    union
    select i.id
    from billing.credit_notes as n
    join billing.payment_allocations as a on a.credit_note_id = n.id
    join billing.invoices as i on i.id = a.invoice_id
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and i.written_off_at is not null
    union
    select i.id
    from lessened_lines as x
    join billing.invoice_lines as l on l.id = x.id
    join billing.invoices as i on i.id = l.invoice_id
    where i.written_off_at is not null
    union
    select v.id
    from left_over_invoices as v
    where v.id is not null
    union
    select r.id
    from requested as r
    where r.document_type = 'invoice'
),
-- invoices in a foreign currency of which something was settled or taken back: all that is settled of them is valued anew
shaken_invoices as materialized (
    select t.id
    from touched_invoices as t
    join billing.invoices as i on i.id = t.id
    join billing.legal_entities as e on e.id = i.legal_entity_id
    where i.currency <> e.base_currency
    union
    select i.id
    from billing.payments as p
    join billing.payment_allocations as a on a.payment_id = p.id
    join billing.invoices as i on i.id = a.invoice_id
    join billing.legal_entities as e on e.id = i.legal_entity_id
    where p.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and i.currency <> e.base_currency
),
changed_credit_memos as materialized (
    select n.id
    from billing.credit_notes as n
    where n.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select l.credit_note_id
    from billing.credit_note_lines as l
    where l.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select l.credit_note_id
    from billing.credit_note_line_taxes as t
    join billing.credit_note_lines as l on l.id = t.credit_note_line_id
    where t.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- what a line of it takes back is earned as the invoice line says
    select l.credit_note_id
    from billing.invoice_lines as o
    join billing.credit_note_lines as l on l.invoice_line_id = o.id
    where o.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select l.credit_note_id
    from lessened_lines as x
    join billing.credit_note_lines as l on l.invoice_line_id = x.id
    union
    select a.credit_note_id
    from billing.payment_allocations as a
    where a.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and a.credit_note_id is not null
    union
    -- a void un-applies what stands on the invoice
    select a.credit_note_id
    from billing.invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id
    where i.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and a.credit_note_id is not null
    union
    -- it ends with its invoice, and takes from it how its lines are earned
    select n.id
    from changed_invoices as c
    join billing.credit_notes as n on n.invoice_id = c.id
    where current_setting('tieout.horizon') <> '0'
    union
    select n.id
    from touched_invoices as t
    join billing.credit_notes as n on n.invoice_id = t.id
    where n.kind = 'ar_reduction'
        and not exists (
            select from billing.payment_allocations as a where a.credit_note_id = n.id and a.deleted_at is null
        )
    union
    select a.credit_note_id
    from shaken_invoices as s
    join billing.payment_allocations as a on a.invoice_id = s.id
    where a.credit_note_id is not null
    union
    -- one that writes off takes what is left of the worth of its invoice
    select n.id
    from shaken_invoices as s
    join billing.credit_notes as n on n.invoice_id = s.id
    where n.kind = 'write_off'
    union
    -- one that takes over what a foreign dispute withdrew, takes it at the worth of that day, after those before it
    select n.id
    from billing.dispute_movements as m
    join billing.disputes as d on d.id = m.dispute_id
    join billing.payments as p on p.id = d.payment_id
    join billing.legal_entities as e on e.id = p.legal_entity_id and e.base_currency <> d.currency
    join billing.credit_notes as n on n.dispute_id = d.id
    where m.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select n.id
    from billing.credit_notes as o
    join billing.disputes as d on d.id = o.dispute_id
    join billing.payments as p on p.id = d.payment_id
    join billing.legal_entities as e on e.id = p.legal_entity_id and e.base_currency <> d.currency
    join billing.credit_notes as n on n.dispute_id = d.id
    where o.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    select f.credit_note_id
    from billing.refunds as f
    join billing.credit_notes as n on n.id = f.credit_note_id
    join billing.legal_entities as e on e.id = n.legal_entity_id
    where f.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and n.currency <> e.base_currency
    union
    select r.id
    from requested as r
    where r.document_type = 'credit_memo'
),
changed_payments as materialized (
    select p.id
    from billing.payments as p
    where p.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select a.payment_id
    from billing.payment_allocations as a
    where a.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and a.payment_id is not null
    union
    -- a void un-applies what stands on the invoice
    select a.payment_id
    from billing.invoices as i
    join billing.payment_allocations as a on a.invoice_id = i.id
    where i.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and a.payment_id is not null
    union
    select a.payment_id
    from shaken_invoices as s
    join billing.payment_allocations as a on a.invoice_id = s.id
    where a.payment_id is not null
    union
    select f.payment_id
    from billing.refunds as f
    join billing.payments as p on p.id = f.payment_id
    join billing.legal_entities as e on e.id = p.legal_entity_id
    where f.row_xid >= current_setting('tieout.horizon')::xid8
        and current_setting('tieout.horizon') <> '0'
        and p.currency <> e.base_currency
    union
    select r.id
    from requested as r
    where r.document_type = 'payment'
),
own_refunds as materialized (
    select f.id
    from billing.refunds as f
    where f.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select r.id
    from requested as r
    where r.document_type = 'refund'
),
changed_refunds as materialized (
    -- what its payment had left for it is what nothing else took of it; a foreign one is valued by that as well
    select f.id
    from changed_payments as c
    join billing.refunds as f on f.payment_id = c.id
    where current_setting('tieout.horizon') <> '0'
    union
    select f.id
    from own_refunds as c
    join billing.refunds as o on o.id = c.id
    join billing.refunds as f on f.payment_id = o.payment_id
    where current_setting('tieout.horizon') <> '0'
    union
    -- what is paid back of a foreign credit memo is valued by what else was settled of it
    select f.id
    from changed_credit_memos as c
    join billing.credit_notes as n on n.id = c.id
    join billing.legal_entities as e on e.id = n.legal_entity_id
    join billing.refunds as f on f.credit_note_id = c.id
    where current_setting('tieout.horizon') <> '0' and n.currency <> e.base_currency
    union
    select c.id
    from own_refunds as c
),
changed_disputes as materialized (
    select d.id
    from billing.disputes as d
    where d.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select m.dispute_id
    from billing.dispute_movements as m
    where m.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- what bounds the loss of a lost one: the payment, its applications and refunds, the invoices behind them and their credit memos
    select d.id
    from billing.payments as p
    join billing.disputes as d on d.payment_id = p.id
    where p.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and d.status = 'lost'
    union
    select d.id
    from billing.payment_allocations as a
    join billing.disputes as d on d.payment_id = a.payment_id
    where a.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and d.status = 'lost'
    union
    select d.id
    from requested as r
    join billing.disputes as d on d.payment_id = r.id
    where r.document_type = 'payment' and d.status = 'lost'
    union
    select d.id
    from billing.refunds as f
    join billing.disputes as d on d.payment_id = f.payment_id
    where f.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and d.status = 'lost'
    union
    select d.id
    from changed_invoices as c
    join billing.payment_allocations as a on a.invoice_id = c.id
    join billing.disputes as d on d.payment_id = a.payment_id
    where current_setting('tieout.horizon') <> '0' and d.status = 'lost'
    union
    select d.id
    from billing.credit_notes as n
    join billing.disputes as d on d.id = n.dispute_id
    where n.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0' and d.status = 'lost'
    union
    select d.id
    from lessened_lines as x
    join billing.invoice_lines as l on l.id = x.id
    join billing.payment_allocations as a on a.invoice_id = l.invoice_id
    join billing.disputes as d on d.payment_id = a.payment_id
    where d.status = 'lost'
    union
    select r.id
    from requested as r
    where r.document_type = 'dispute'
),
changed_processor_fees as materialized (
    select f.id
    from billing.processor_fees as f
    where f.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select r.id
    from requested as r
    where r.document_type = 'processor_fee'
),
foreign_payout_items as materialized (
    select m.payout_id, m.source_id, m.row_xid, o.row_xid as payout_xid
    from billing.legal_entities as e
    join billing.payouts as o on o.legal_entity_id = e.id and o.currency <> e.base_currency
    join billing.payout_items as m on m.payout_id = o.id
    where m.source_id is not null and current_setting('tieout.horizon') <> '0'
),
changed_payouts as materialized (
    select o.id
    from billing.payouts as o
    where o.row_xid >= current_setting('tieout.horizon')::xid8
    union
    select m.payout_id
    from billing.payout_items as m
    where m.row_xid >= current_setting('tieout.horizon')::xid8 and current_setting('tieout.horizon') <> '0'
    union
    -- what it pays out of a foreign balance is worth what it was when it came in, after what was paid out of it before
    select x.payout_id
    from foreign_payout_items as x
    where x.source_id in (
        select p.id
        from billing.payments as p
        where p.row_xid >= current_setting('tieout.horizon')::xid8
        union all
        select f.id
        from billing.refunds as f
        where f.row_xid >= current_setting('tieout.horizon')::xid8
        union all
        select m.dispute_id
        from billing.dispute_movements as m
        where m.row_xid >= current_setting('tieout.horizon')::xid8
        union all
        select f.id
        from billing.processor_fees as f
        where f.row_xid >= current_setting('tieout.horizon')::xid8
        union all
        select y.source_id
        from foreign_payout_items as y
        where y.row_xid >= current_setting('tieout.horizon')::xid8 or y.payout_xid >= current_setting('tieout.horizon')::xid8
    )
    union
    select r.id
    from requested as r
    where r.document_type = 'payout'
)
