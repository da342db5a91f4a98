-- one row per new subledger entry of a foreign event in the portion, with its amount in the entity's own currency. What settles an
-- open item takes that item's worth. The rest is converted at the rate of the document's day: first the total, then its
-- components so that they add up to it, by largest remainder
create or replace temp table foreign_share as
with entry as (
    select s.rowid as entry_id, s.booking_id, c.role, c.account_code, s.line_no, s.amount_minor, e.residual,
        case
            when v.item_type is not null then v.item_type
            when c.role in ('accounts_receivable', 'customer_credits', 'refunds_awaiting_credit_note') then 'total'
            else 'component'
        end as part,
        v.functional_minor as settled_minor, v.amount_minor as settled_amount_minor, f.numerator, f.denominator,
        -- what stands on a monetary account is open until it is settled: by the item that it settles, or as an item of its own
        case when is_monetary(c.role) then coalesce(v.item_uid, b.document_uid) end as item_uid,
        coalesce(v.rate, f.rate) as rate, coalesce(v.rate_date, f.rate_date) as rate_date
    from subledger_entry as s
    join entry_coding as c on c.coding_no = s.coding_no
    join booking as b on b.booking_id = s.booking_id
    join foreign_event as f on f.document_uid = b.document_uid and f.event_type = b.event_type and f.occurrence = b.occurrence
    join posting_group as g on g.group_no = b.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    left join relief_value as v
        on v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
        and case c.role when 'accounts_receivable' then v.item_type = 'invoice' when 'customer_credits' then v.item_type <> 'invoice' end
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
            when (part_minor > 0) = (settled_amount_minor > 0) then settled_minor
            else -settled_minor
        end::hugeint as worth_minor
    from summed
),
-- turned so that the part is worth something positive, whichever side it stands on: what is taken back later is then cut alike.
-- One that comes to nothing is turned by its first entry
turned as (
    select *,
        sign(case
            when part_minor <> 0 then part_minor
            else first_value(amount_minor) over (partition by booking_id, part order by line_no, role, account_code, entry_id)
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
select entry_id, booking_id, rate, rate_date, item_uid, settled_minor is not null as is_settled,
    case
        when residual = 'account' and part = 'component' then turn * divide_half_up(share, shares)
        else turn * (whole_minor + (
            row_number() over (partition by booking_id, part order by remainder desc, line_no, role, account_code, entry_id)
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
    select booking_id, -sum(functional_minor)::bigint as functional_minor, bool_or(is_settled) as is_settled
    from foreign_share
    group by booking_id
    having sum(functional_minor) <> 0
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
    on r.legal_entity_code = g.legal_entity_code and r.role = case when d.is_settled then 'realised_fx' else 'rounding' end;

insert into entry_coding by name
with coded as (
    select distinct legal_entity_code, account_code, party_key, role, null::varchar as department, null::varchar as region,
        null::varchar as product_line, rule_id
    from foreign_difference
    except
    select legal_entity_code, account_code, party_key, role, department, region, product_line, rule_id from entry_coding where shape_no is null
)
select ((select coalesce(max(coding_no), 0) from entry_coding) + row_number() over ())::integer as coding_no, * from coded;

insert into subledger_entry by name
select d.booking_id, d.document_no, d.document_date, d.bucket, d.group_no, d.line_no, c.coding_no, 0::bigint as amount_minor, d.functional_minor
from foreign_difference as d
join entry_coding as c
    on c.shape_no is null and c.legal_entity_code = d.legal_entity_code and c.account_code = d.account_code
    and c.party_key is not distinct from d.party_key and c.role = d.role and c.department is null and c.region is null
    and c.product_line is null and c.rule_id = d.rule_id;
