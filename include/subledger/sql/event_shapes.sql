-- one row per shape of an event line of the portion that no earlier portion had, with the rule that wins it:
-- the most specific one in force on the event's date; none or a tie is a finding, never a guess. A rule without a word on
-- an attribute has null there
insert into event_shape
with here as (
    select first_key, second_key, any_value(event_type) as event_type, any_value(legal_entity_code) as legal_entity_code,
        any_value(event_date) as event_date, any_value(revenue_treatment) as revenue_treatment, any_value(product_line) as product_line,
        any_value(document_sign) as document_sign, any_value(line_kind) as line_kind, any_value(revenue_effect) as revenue_effect,
        any_value(kind) as kind, any_value(channel) as channel, any_value(method) as method, any_value(processor) as processor,
        any_value(processor_account) as processor_account, any_value(bank_account_ref) as bank_account_ref,
        any_value(refund_against) as refund_against, any_value(fee_kind) as fee_kind, any_value(settled) as settled, any_value(reverse_charge) as reverse_charge,
        any_value(portion) as portion, any_value(loss_account) as loss_account, any_value(tax_relief) as tax_relief,
        any_value(settled_by) as settled_by, any_value(settles) as settles, any_value(sister) as sister,
        any_value(place) as place
    from told_event
    group by first_key, second_key
),
shape as (
    select ((select coalesce(max(shape_no), 0) from event_shape) + row_number() over ())::integer as shape_no, h.*
    from here as h
    where not exists (from event_shape as s where s.first_key = h.first_key and s.second_key = h.second_key)
),
candidate as (
    select s.shape_no, r.rule_id, r.specificity
    from shape as s
    join rule as r
        on r.event_type = s.event_type
        and (r.legal_entity_codes is null or list_contains(r.legal_entity_codes, s.legal_entity_code))
        and s.event_date >= r.effective_from
        and (r.effective_to is null or s.event_date <= r.effective_to)
        and condition_holds(r.revenue_treatment, s.revenue_treatment)
        and condition_holds(r.product_line, s.product_line)
        and condition_holds(r.document_sign, s.document_sign)
        and condition_holds(r.line_kind, s.line_kind)
        and condition_holds(r.revenue_effect, s.revenue_effect)
        and condition_holds(r.kind, s.kind)
        and condition_holds(r.channel, s.channel)
        and condition_holds(r.method, s.method)
        and condition_holds(r.processor, s.processor)
        and condition_holds(r.processor_account, s.processor_account)
        and condition_holds(r.bank_account_ref, s.bank_account_ref)
        and condition_holds(r.refund_against, s.refund_against)
        and condition_holds(r.fee_kind, s.fee_kind)
        and condition_holds(r.settled, s.settled)
        and condition_holds(r.reverse_charge, s.reverse_charge)
        and condition_holds(r.portion, s.portion)
        and condition_holds(r.loss_account, s.loss_account)
        and condition_holds(r.tax_relief, s.tax_relief)
        and condition_holds(r.settled_by, s.settled_by)
        and condition_holds(r.settles, s.settles)
        and condition_holds(r.sister, s.sister)
),
ranked as (
    select shape_no, rule_id, rank() over (partition by shape_no order by specificity desc) as place
    from candidate
),
won as (
    select shape_no, count(*) as winner_count, min(rule_id) as rule_id, string_agg(rule_id, ', ' order by rule_id) as winners
    from ranked
    where place = 1
    group by shape_no
)
select
    s.*,
    -- 144 bits, in letters of which as few as can be stand for it on every line
    to_base64(unhex(substring(sha256(concat(
        hashed_field(t.name), hashed_field(s.legal_entity_code), hashed_number(s.event_date), hashed_field(s.revenue_treatment),
        hashed_field(s.product_line), hashed_field(s.document_sign), hashed_field(s.line_kind), hashed_field(s.revenue_effect),
        hashed_field(s.kind), hashed_field(s.channel), hashed_field(s.method), hashed_field(s.processor),
        hashed_field(s.processor_account), hashed_field(s.bank_account_ref), hashed_field(s.refund_against),
        named_field('fee_kind', s.fee_kind), named_field('settled', s.settled), named_field('reverse_charge', s.reverse_charge),
        named_field('portion', s.portion), named_field('loss_account', s.loss_account), named_field('tax_relief', s.tax_relief),
        named_field('settled_by', s.settled_by), named_field('settles', s.settles), named_field('sister', s.sister),
        named_field('in_currency', s.place.currency), named_field('at_processor', s.place.processor_account),
        named_field('at_bank', s.place.bank_account_ref))), 1, 36))),
    coalesce(w.winner_count, 0), w.rule_id, w.winners
from shape as s
left join event_type as t on t.code = s.event_type
left join won as w on w.shape_no = s.shape_no;
