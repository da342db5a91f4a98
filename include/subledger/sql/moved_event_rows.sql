-- one row per event that the rules of today book otherwise than it stands
select document_uid, event_type, occurrence, event_date, defers from moved_event order by document_uid, event_type, occurrence;
