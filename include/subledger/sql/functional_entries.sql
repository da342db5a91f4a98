-- one row per new subledger entry of a foreign event in the portion, with its amount in the entity's own currency. What settles an
-- open item takes that item's worth. The rest is converted at the rate of the document's day: first the total, then its
-- components so that they add up to it, by largest remainder
create or replace temp table foreign_share as
with entry as (
    select s.rowid as entry_id, s.booking_id, s.line_no, s.amount_minor, e.residual,
        case
            when v.item_type is not null then v.item_type
            when s.role in ('accounts_receivable', 'customer_credits', 'refunds_awaiting_credit_note') then 'total'
            else 'component'
        end as part,
        v.functional_minor as settled_minor, v.amount_minor as settled_amount_minor, f.numerator, f.denominator,
        coalesce(v.rate, f.rate) as rate, coalesce(v.rate_date, f.rate_date) as rate_date
    from subledger_entry as s
    join booking as b on b.booking_id = s.booking_id
    join foreign_event as f on f.document_uid = b.document_uid and f.event_type = b.event_type and f.occurrence = b.occurrence
    join posting_group as g on g.group_no = b.group_no
    join legal_entity as e on e.code = g.legal_entity_code
    left join relief_value as v
        on v.document_uid = b.document_uid and v.event_type = b.event_type and v.occurrence = b.occurrence
        and case s.role when 'accounts_receivable' then v.item_type = 'invoice' when 'customer_credits' then v.item_type <> 'invoice' end
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
-- turned so that the part is worth something positive, whichever side it stands on
turned as (
    select *, case when part_minor < 0 then -1 else 1 end::hugeint as turn from aimed
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
select entry_id, booking_id, rate, rate_date, settled_minor is not null as is_settled,
    case
        when residual = 'account' and part = 'component' then turn * divide_half_up(share, shares)
        else turn * (whole_minor + (
            row_number() over (partition by booking_id, part order by remainder desc, line_no, entry_id)
            <= turn * worth_minor - sum(whole_minor) over (partition by booking_id, part))::hugeint)
    end::bigint as functional_minor
from cut;

update subledger_entry as s
set functional_minor = f.functional_minor, fx_rate = f.rate, fx_rate_date = f.rate_date
from foreign_share as f
where s.rowid = f.entry_id;

-- one row per event whose sides are not worth the same: what was gained or lost between their days, or what is left by rounding
insert into subledger_entry by name
with difference as (
    select booking_id, -sum(functional_minor)::bigint as functional_minor, bool_or(is_settled) as is_settled
    from foreign_share
    group by booking_id
    having sum(functional_minor) <> 0
)
select d.booking_id, b.bucket, b.group_no, (select max(s.line_no) + 1 from subledger_entry as s where s.booking_id = d.booking_id)::integer as line_no,
    c.account_code, c.party_key, c.role, 0::bigint as amount_minor, d.functional_minor,
    (select min(s.rule_id) from subledger_entry as s where s.booking_id = d.booking_id) as rule_id
from difference as d
join booking as b on b.booking_id = d.booking_id
join posting_group as g on g.group_no = b.group_no
join role_account as c
    on c.legal_entity_code = g.legal_entity_code and c.role = case when d.is_settled then 'realised_fx' else 'rounding' end;
