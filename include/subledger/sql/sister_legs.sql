-- one row per leg between sister entities that is booked or reversed: whose books the other leg stands in. The two are events of one
-- document with one occurrence; few nights have any
create or replace temp table sister_leg as
with pair as (
    select b.code as biller_event, c.code as collector_event
    from sister_pair as p
    join event_type as b on b.name = p.event
    join event_type as c on c.name = p.of_event
),
leg as (
    select document_uid, event_type, occurrence, legal_entity_code, false as is_reversal from wanted_event
    union all
    select distinct document_uid, event_type, occurrence, legal_entity_code, true from stored_entry
),
biller as (
    select l.*, p.collector_event from leg as l join pair as p on p.biller_event = l.event_type
),
met as (
    select b.document_uid, b.occurrence, b.is_reversal, b.event_type as biller_event, b.collector_event, b.legal_entity_code as biller_code,
        c.legal_entity_code as collector_code
    from biller as b
    join leg as c
        on c.document_uid = b.document_uid and c.occurrence = b.occurrence and c.event_type = b.collector_event
        and c.is_reversal = b.is_reversal
)
select document_uid, occurrence, is_reversal, biller_event as event_type, biller_code as legal_entity_code, collector_code as sister_code from met
union all
select document_uid, occurrence, is_reversal, collector_event, collector_code, biller_code from met;
