-- what a tie-out gathers bucket by bucket

-- one row per side, dataset, document type, legal entity and currency ('*' where it is not told apart): hop 1, the window
create table window_cell (side varchar, dataset varchar, document_type varchar, legal_entity_code varchar, currency varchar,
    row_count bigint, total_minor bigint);

-- one row per side, document type, legal entity, currency and outcome: hop 2
create table decided_cell (side varchar, document_type varchar, legal_entity_code varchar, currency varchar, outcome varchar,
    document_count bigint, total_minor bigint);

-- one row per document that is landed and decided upon differently, not at all, or more than once: hop 2
create table undecided (document_type varchar, legal_entity_code varchar, currency varchar, native_id varchar, fact varchar);

-- one row per journal entry and account: hop 3
create table entry_sum (journal_entry_id uuid, legal_entity_code varchar, currency varchar, category varchar, account_code varchar,
    debit_minor bigint, credit_minor bigint);
