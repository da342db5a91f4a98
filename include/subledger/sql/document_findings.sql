-- one row per document of the portion and rule that it breaks: what the data-quality suites found in it, and what only the
-- register can know. A document that is left out of the books, or was deleted, raises nothing, but where it was booked before and
-- that cannot be read
insert into finding
with twin as (
    select document_uid, detail, quarantines from validation_finding where rule = 'duplicate_document'
),
judged as (
    select d.document_uid, d.document_date, d.currency, d.legal_entity_code, e.max_backdated_days, r.accounted_date, r.accounted_currency,
        r.accounted_entity_code
    from portion_documents as d
    join document_state as s on s.document_uid = d.document_uid
    left join legal_entity as e on e.code = d.legal_entity_code
    left join register_row as r on r.document_uid = d.document_uid
    where s.exclusion is null and not s.is_deleted
        -- which of its rows is right, nobody knows: what else is found in them says nothing
        and d.document_uid not in (select t.document_uid from twin as t)
)
select distinct t.document_uid, 'duplicate_document', t.detail, t.quarantines
from twin as t
join document_state as s on s.document_uid = t.document_uid
where s.exclusion is null and not s.is_deleted
union all
select w.document_uid, 'prior_bookings_unreadable',
    'what was booked of it before cannot be read, so nothing of it is booked or undone until it can: ' || w.detail, true
from withheld_document as w
join document_state as s on s.document_uid = w.document_uid and s.portion = getvariable('portion')
union all
select f.document_uid, f.rule, f.detail, f.quarantines
from validation_finding as f
where f.document_uid in (select j.document_uid from judged as j)
    -- amounts without their rest prove nothing
    and f.document_uid not in (select r.document_uid from portion_remainders as r)
union all
select document_uid, 'backdated', 'accounted on ' || accounted_date || ', now dated ' || document_date, true
from judged
where document_date < accounted_date - max_backdated_days
union all
select j.document_uid, case when r.divisor > 0 then 'fractional_amount' else 'value_out_of_range' end,
    string_agg(distinct r.field || case r.divisor
        when 0 then ' is ' || r.written || ' minor units, more than any document has'
        when -1 then ' is no day of the years 1 to 9999'
        else ' is ' || r.written || ', and ' || r.divisor || ' of these are one minor unit of ' || r.currency
    end, '; '), true
from judged as j
join portion_remainders as r on r.document_uid = j.document_uid
group by j.document_uid, r.divisor > 0
union all
select j.document_uid, 'missing_document_date', 'paid, without the day on which the bank had it: its arrival is not booked', false
from judged as j
join portion_documents as d on d.document_uid = j.document_uid and d.document_type = 'payout' and d.status = 'paid' and d.arrival_date is null
join legal_entity as e on e.code = d.legal_entity_code and is_bank_booked(e.books_every_bank, e.booked_banks, d.bank_account_ref)
union all
select document_uid, 'currency_changed', 'accounted in ' || accounted_currency || ', now in ' || currency, true
from judged
where currency <> accounted_currency and legal_entity_code = accounted_entity_code
union all
select j.document_uid, 'adjustment_above_tolerance',
    a.adjustment_minor || ' minor units settled without cash on invoice ' || worded(a.invoice_id) || ' as ' || coalesce(a.adjustment_kind, 'nothing'), false
from judged as j
join portion_documents as d on d.document_uid = j.document_uid
join portion_applications as a on a.document_uid = j.document_uid
join legal_entity as e on e.code = d.legal_entity_code and e.functional_currency = a.currency
left join adjustment_tolerance as t on t.legal_entity_code = d.legal_entity_code and t.adjustment_kind = a.adjustment_kind
where a.adjustment_minor <> 0 and abs(a.adjustment_minor) > coalesce(t.tolerance_minor, -1);
