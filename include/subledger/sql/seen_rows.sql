-- one row per landed document that the register knew before: its open exceptions and its place among the documents to read
-- again are settled tonight. A document seen for the first time has neither
select document_uid from registered where not is_first;
