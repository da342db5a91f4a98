-- one row per distinct shape of an event line that a posting rule can tell apart, with the rule that wins it:
-- the most specific one in force on the event's date; none or a tie is a finding, never a guess
create table event_shape as
with shape as (
    select distinct shape_id, event_type, legal_entity_code, event_date, revenue_treatment, product_line, document_sign, line_kind,
        revenue_effect, kind, channel, method, processor, processor_account, bank_account_ref, refund_against
    from event_line
),
candidate as (
    select distinct s.shape_id, r.rule_id, r.specificity
    from shape as s
    join rule as r
        on r.event_type = s.event_type
        and (r.legal_entity_code is null or r.legal_entity_code = s.legal_entity_code)
        and s.event_date >= r.effective_from
        and (r.effective_to is null or s.event_date <= r.effective_to)
        and (r.revenue_treatment is null or r.revenue_treatment = s.revenue_treatment)
        and (r.product_line is null or r.product_line = s.product_line)
        and (r.document_sign is null or r.document_sign = s.document_sign)
        and (r.line_kind is null or r.line_kind = s.line_kind)
        and (r.revenue_effect is null or r.revenue_effect = s.revenue_effect)
        and (r.kind is null or r.kind = s.kind)
        and (r.channel is null or r.channel = s.channel)
        and (r.method is null or r.method = s.method)
        and (r.processor is null or r.processor = s.processor)
        and (r.processor_account is null or r.processor_account = s.processor_account)
        and (r.bank_account_ref is null or r.bank_account_ref = s.bank_account_ref)
        and (r.refund_against is null or r.refund_against = s.refund_against)
),
ranked as (
    select shape_id, rule_id, rank() over (partition by shape_id order by specificity desc) as place
    from candidate
)
select s.shape_id, count(r.rule_id) as winner_count, min(r.rule_id) as rule_id, string_agg(r.rule_id, ', ' order by r.rule_id) as winners
from shape as s
left join ranked as r on r.shape_id = s.shape_id and r.place = 1
group by s.shape_id;
