-- one row per document of the source that is read again on our wish, and whether because an entry of it was given up
select document_uid, reason = 'superseded' as is_given_up from tieout.document_retry where source_code = current_setting('tieout.source_code')
