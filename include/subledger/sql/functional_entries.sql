-- one row per new subledger entry of a foreign event in the portion, with its amount in the entity's own currency. What settles an
-- open item takes that item's worth. The rest is converted at the rate of the document's day: first the total, then its
-- components so that they add up to it, by largest remainder
create or replace temp table foreign_share as
with entry as (
    select s.rowid as entry_id, s.booking_id, c.role, c.account_code, s.line_no, s.amount_minor, e.residual,
        -- the void of an invoice is cut as the invoice is, also where that bills in arrears
        coalesce(c.ruled_role, c.role) as sorted_role,
        case
            when v.item_type = 'invoice' and c.role <> 'accounts_receivable' then 'lost'
            when t.name = 'small_balance.written_off' and c.role <> 'customer_credits' and v.item_type = 'credit_memo' then 'lost'
            -- the same worth on both sides
            when v.item_type = 'payment' and c.role = 'exchange_clearing' then 'given'
            when v.item_type is not null then v.item_type
            when c.role in ('due_from_affiliates', 'due_to_affiliates') then 'owed'
            when c.role in (
                'accounts_receivable', 'customer_credits', 'refunds_awaiting_credit_note', 'disputes_receivable', 'payouts_in_transit',
                'processor_reserves', 'processor_suspense', 'exchange_clearing') then 'total'
            -- what a fee took is the whole of it
            when t.name = 'fee.charged' and c.role in ('processor_clearing', 'accrued_processor_fees') then 'total'
            when o.on_date is not null then 'component of ' || o.on_date
            else 'component'
        end as part,
        v.functional_minor as settled_minor, v.amount_minor as settled_amount_minor,
        coalesce(q.numerator, d.numerator, f.numerator) as numerator, coalesce(q.denominator, d.denominator, f.denominator) as denominator,
        -- what stands on a monetary account is open until it is settled: by the item that it settles, or as an item of its own
        case when is_monetary(c.role) then coalesce(v.item_uid, b.document_uid) end as item_uid,
        coalesce(v.rate, q.rate, d.rate, f.rate) as rate, coalesce(v.rate_date, q.rate_date, d.rate_date, f.rate_date) as rate_date
    from subledger_entry as s
    join entry_coding as c on c.coding_no = s.coding_no
    join booking as b on b.booking_id = s.booking_id
    join foreign_event as f on f.document_uid = b.document_uid and f.event_type = b.event_type and f.occurrence = b.occurrence
    join posting_group as g on g.group_no = b.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    join event_type as t on t.code = b.event_type
    -- a line with a rate of its own: a movement of a dispute, or what a loss takes back of an invoice
    left join (
        from event_rate
        union all
        select document_uid, event_type, occurrence, line_no, currency, on_date from sister_line_rate
    ) as o
        on o.document_uid = b.document_uid and o.event_type = b.event_type and o.occurrence = b.occurrence and o.line_no = s.line_no
    left join day_rate as d on d.legal_entity_code = g.legal_entity_code and d.currency = o.currency and d.on_date = o.on_date
    -- what sister entities owe each other, at the rate of the day on which it arises
    left join sister_rate as w
        on w.document_uid = b.document_uid and w.event_type = b.event_type and w.occurrence = b.occurrence
        and c.role in ('due_from_affiliates', 'due_to_affiliates')
    left join day_rate as q on q.legal_entity_code = w.legal_entity_code and q.currency = w.currency and q.on_date = w.on_date
    left join relief_value as v
        on v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
        and case c.role
            when 'accounts_receivable' then v.item_type = 'invoice'
            when 'customer_credits' then v.item_type in ('payment', 'credit_memo')
            when 'disputes_receivable' then v.item_type = 'dispute'
            when 'processor_clearing' then v.item_type = 'clearing'
            when 'payouts_in_transit' then v.item_type = 'transit'
            -- what is given for another currency is worth what customer credit it takes; what is taken, what was given
            when 'exchange_clearing' then v.item_type in ('payment', 'exchange')
            -- what a write-off loses is what its receivable was worth
            else v.item_type = 'invoice' and (
                    t.name in ('invoice.written_off', 'invoice.recovered') or starts_with(t.name, 'credit_memo.'))
                or t.name = 'small_balance.written_off'
        end
    where b.portion = getvariable('portion') and b.reverses_no is null
),
summed as (
    select *, sum(amount_minor) over (partition by booking_id, part)::hugeint as part_minor from entry
),
-- the worth of the part, and the share of an entry in it as a fraction
aimed as (
    select *,
        case
            when settled_minor is null then divide_half_up(part_minor * numerator, denominator)
            when abs(part_minor) = abs(settled_amount_minor) and part_minor <> settled_amount_minor then -settled_minor
            when part_minor = settled_amount_minor then settled_minor
            -- what goes beyond the open item has no other worth than that of the day
            when (part_minor > 0) = (settled_amount_minor > 0)
                then settled_minor + divide_half_up((part_minor - settled_amount_minor) * numerator, denominator)
            else divide_half_up((part_minor + settled_amount_minor) * numerator, denominator) - settled_minor
        end::hugeint as worth_minor
    from summed
),
-- turned so that the part is worth something positive, whichever side it stands on: what is taken back later is then cut alike.
-- One that comes to nothing is turned by its first entry
turned as (
    select *,
        sign(case
            when part_minor <> 0 then part_minor
            else first_value(amount_minor) over (partition by booking_id, part order by line_no, sorted_role, account_code, entry_id)
        end)::hugeint as turn
    from aimed
),
fraction as (
    select *, turn * amount_minor * case when settled_minor is null then numerator else turn * worth_minor end as share,
        case when settled_minor is null then denominator else abs(part_minor) end as shares
    from turned
),
cut as (
    select *, (share % shares + shares) % shares as remainder, (share - (share % shares + shares) % shares) // shares as whole_minor
    from fraction
)
select entry_id, booking_id, rate, rate_date, item_uid, settled_minor is not null as is_settled, part = 'owed' as is_owed,
    case
        when residual = 'account' and starts_with(part, 'component') then turn * divide_half_up(share, shares)
        else turn * (whole_minor + (
            row_number() over (partition by booking_id, part order by remainder desc, line_no, sorted_role, account_code, entry_id)
            <= turn * worth_minor - sum(whole_minor) over (partition by booking_id, part))::hugeint)
    end::bigint as functional_minor
from cut;

update subledger_entry as s
set functional_minor = f.functional_minor, fx_rate = f.rate, fx_rate_date = f.rate_date, item_uid = f.item_uid
from foreign_share as f
where s.rowid = f.entry_id;

-- one row per event whose sides are not worth the same: what was gained or lost between their days, or what is left by rounding
create or replace temp table foreign_difference as
with difference as (
    select f.booking_id, -sum(f.functional_minor)::bigint as functional_minor,
        case
            when any_value(t.name) = 'processor.settled' then 'fx_conversion_cost'
            when bool_or(f.is_settled or f.is_owed) then 'realised_fx'
            else 'rounding'
        end as role
    from foreign_share as f
    join booking as b on b.booking_id = f.booking_id
    join event_type as t on t.code = b.event_type
    group by f.booking_id
    having sum(f.functional_minor) <> 0
),
told as (
    select s.booking_id, max(s.line_no) + 1 as line_no, min(c.rule_id) as rule_id
    from subledger_entry as s
    join entry_coding as c on c.coding_no = s.coding_no
    where s.booking_id in (select booking_id from difference)
    group by s.booking_id
)
select d.booking_id, b.document_no, b.document_date, b.bucket, b.group_no, t.line_no, g.legal_entity_code, r.account_code, r.party_key, r.role, t.rule_id, d.functional_minor
from difference as d
join told as t on t.booking_id = d.booking_id
join booking as b on b.booking_id = d.booking_id
join posting_group as g on g.group_no = b.group_no
join role_account as r
    on r.legal_entity_code = g.legal_entity_code and r.role = d.role;

-- two rows per event that takes the books' own currency for what was worth more or less: the rest of it in the clearing, and the
-- difference, both in that currency
create or replace temp table home_difference as
with difference as (
    select s.booking_id, sum(s.amount_minor)::bigint as cleared_minor, any_value(x.taken_minor) as taken_minor,
        any_value(x.functional_minor) as worth_minor, max(s.line_no) + 1 as line_no, min(c.rule_id) as rule_id, any_value(t.name) as event
    from exchange_value as x
    join booking as b
        on b.document_uid = x.document_uid and b.event_type = x.taken_type and b.occurrence = x.occurrence
        and b.portion = getvariable('portion') and b.reverses_no is null
    join subledger_entry as s on s.booking_id = b.booking_id
    join entry_coding as c on c.coding_no = s.coding_no and c.role = 'exchange_clearing'
    join event_type as t on t.code = b.event_type
    where x.is_home and x.functional_minor <> x.taken_minor
    group by s.booking_id
),
leg as (
    select *, 'exchange_clearing' as role, case when cleared_minor = taken_minor then 1 else -1 end * (worth_minor - taken_minor) as amount_minor
    from difference
    union all
    select *, case event when 'processor.settled' then 'fx_conversion_cost' else 'realised_fx' end,
        case when cleared_minor = taken_minor then -1 else 1 end * (worth_minor - taken_minor)
    from difference
)
select d.booking_id, b.document_no, b.document_date, b.bucket, b.group_no, d.line_no, g.legal_entity_code, r.account_code, r.party_key, r.role, d.rule_id,
    d.amount_minor
from leg as d
join booking as b on b.booking_id = d.booking_id
join posting_group as g on g.group_no = b.group_no
join role_account as r on r.legal_entity_code = g.legal_entity_code and r.role = d.role;

insert into entry_coding by name
with coded as (
    select distinct legal_entity_code, account_code, party_key, role, null::varchar as department, null::varchar as region,
        null::varchar as product_line, rule_id
    from (select legal_entity_code, account_code, party_key, role, rule_id from foreign_difference
        union all select legal_entity_code, account_code, party_key, role, rule_id from home_difference)
    except
    select legal_entity_code, account_code, party_key, role, department, region, product_line, rule_id from entry_coding where shape_no is null
)
select ((select coalesce(max(coding_no), 0) from entry_coding) + row_number() over ())::integer as coding_no, * from coded;

insert into subledger_entry by name
select d.booking_id, d.document_no, d.document_date, d.bucket, d.group_no, d.line_no, c.coding_no, d.amount_minor, d.functional_minor
from (
    select *, 0::bigint as amount_minor from foreign_difference
    union all by name
    select *, null::bigint as functional_minor from home_difference
) as d
join entry_coding as c
    on c.shape_no is null and c.legal_entity_code = d.legal_entity_code and c.account_code = d.account_code
    and c.party_key is not distinct from d.party_key and c.role = d.role and c.department is null and c.region is null
    and c.product_line is null and c.rule_id = d.rule_id;
