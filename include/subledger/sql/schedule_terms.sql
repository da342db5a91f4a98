-- one row per line of the bucket that may be earned over time: by which method, over which days, from when to when.
-- A line that takes back part of another one (a credit memo's, a lost dispute's, a proration) is earned as that one would have been after
-- `from_date`: base_minor is what the other line came to, base_earned_minor how much of it was earned by then. Where a termination
-- releases what nobody is credited for, rest_minor is what it found deferred after the credits before it
create table if not exists schedule_term (
    document_uid uuid, bucket tinyint, line_no integer, method varchar, service_start date, service_end date, recognition_date date,
    begins_date date, ended_date date, from_date date, base_minor bigint, base_earned_minor bigint,
    rest_minor bigint);

insert into schedule_term
with line as (
    select l.document_uid, l.bucket, l.line_no, l.line_kind, coalesce(l.recognition_method, 'daily') as method, l.service_start, l.service_end,
        l.recognition_date,
        -- a lost dispute shows the line that its payment settled as that line is
        case when d.document_type = 'dispute' then l.recognition_amount_minor else l.credited_net_minor end as credited_net_minor,
        case when d.document_type = 'dispute' then l.service_start else l.credited_service_start end as credited_service_start,
        case when d.document_type = 'dispute' then l.service_end else l.credited_service_end end as credited_service_end,
        case when d.document_type = 'dispute' then l.recognition_date else l.credited_recognition_date end as credited_recognition_date,
        d.document_type, d.document_date, d.closed_date,
        least(
            case when d.status = 'void' then d.voided_date end,
            case when d.parent_voided_date is not null then greatest(d.document_date, d.parent_voided_date) end) as ended_date,
        coalesce(l.revenue_effect, e.default_revenue_effect) as revenue_effect, l.effective_date,
        case when d.document_type = 'credit_memo' and coalesce(l.revenue_effect, e.default_revenue_effect) = 'termination'
            and e.uncredited_rest = 'release' then coalesce(t.taken_minor, 0) end as taken_minor
    from portion_lines as l
    join portion_documents as d on d.document_uid = l.document_uid
    left join credit_taken as t on t.document_uid = l.document_uid and t.line_no = l.line_no
    left join legal_entity as e on e.code = d.legal_entity_code
    where l.revenue_treatment = 'ratable'
        and (
            d.document_type = 'credit_memo'
            or (d.document_type = 'invoice' and coalesce(l.line_kind, '') not in ('written_off', 'settled', 'residual'))
            or (d.document_type = 'dispute' and l.line_kind = 'settled'))
),
term as (
    select *, credited_net_minor is not null as is_taken_back,
        case
            when document_type = 'credit_memo' then credited_from(revenue_effect, effective_date, document_date)
            when document_type = 'dispute' then closed_date
            else service_start - 1
        end as from_date
    from line
),
followed as (
    select *, case when is_taken_back then
        earned_minor(credited_net_minor, method, credited_service_start, credited_service_end, credited_recognition_date, from_date)
        end as base_earned_minor
    from term
)
select
    document_uid, bucket, line_no, method,
    case when is_taken_back then credited_service_start else service_start end,
    case when is_taken_back then credited_service_end else service_end end,
    case when is_taken_back then credited_recognition_date else recognition_date end,
    case when document_type = 'dispute' then closed_date else document_date end, ended_date,
    case when is_taken_back then from_date end,
    case when is_taken_back then credited_net_minor end,
    base_earned_minor, credited_net_minor - base_earned_minor - taken_minor
from followed;

-- what a write-off takes out of deferred revenue, and what a recovery puts back, is earned as its line would have been after it
insert into schedule_term
select
    w.document_uid, l.bucket, w.line_no, coalesce(l.recognition_method, 'daily'), l.service_start, l.service_end, l.recognition_date,
    w.event_date, null, d.written_off_date, l.recognition_amount_minor,
    earned_minor(
        l.recognition_amount_minor, coalesce(l.recognition_method, 'daily'), l.service_start, l.service_end, l.recognition_date, d.written_off_date),
    null
from write_off_event as w
join portion_documents as d on d.document_uid = w.document_uid
join portion_lines as l on l.document_uid = w.document_uid and l.line_no = w.of_line_no and l.line_kind = 'written_off'
where w.portion = 'unearned';
