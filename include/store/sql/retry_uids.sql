-- one row per document of the source that is read again on our wish
select document_uid from tieout.document_retry where source_code = current_setting('tieout.source_code')
