-- one row per event that is undone and booked anew
select document_uid, event_type, occurrence from reclassified_event where not is_astray order by document_uid, event_type, occurrence
