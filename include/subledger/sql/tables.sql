-- the working tables of one accounting run; filled portion by portion, on disk beyond the memory limit

-- one row per landed document
create table document_state (
    document_uid uuid, portion tinyint, bucket tinyint, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar,
    document_date date, total_minor bigint, content_hash uuid, exclusion varchar, is_deleted boolean, is_hard_deleted boolean);

-- one row per document and rule of the data-quality suites that it breaks
create table validation_finding (document_uid uuid, rule varchar, detail varchar, quarantines boolean);

-- one row per document and failed rule; a finding with quarantines = false only informs
create table finding (document_uid uuid, rule varchar, detail varchar, quarantines boolean);

-- one row per application event: what it waits for. Cash and credits of one portion settle invoices of any
create table application_line (document_uid uuid, occurrence uuid, waiting_invoice_uid uuid, waiting_reason varchar);

-- one row per shape of an event line that a posting rule can tell apart, or the account of a role; its keys are two hashes of the same
-- attributes. `place` says which money it is, null where no role of the event has several accounts
create table event_shape (
    shape_no integer, first_key ubigint, second_key ubigint, event_type smallint, legal_entity_code varchar, event_date date,
    revenue_treatment varchar, product_line varchar, document_sign varchar, line_kind varchar, revenue_effect varchar, kind varchar,
    channel varchar, method varchar, processor varchar, processor_account varchar, bank_account_ref varchar, refund_against varchar,
    fee_kind varchar, settled varchar, reverse_charge varchar, portion varchar, loss_account varchar, tax_relief varchar,
    settled_by varchar, settles varchar, sister varchar,
    place struct(currency varchar, processor_account varchar, bank_account_ref varchar),
    shape_name varchar, winner_count bigint, rule_id varchar, winners varchar);

-- one row per shape that has to do with what was delivered before the accounting period of its invoice: how the invoice bills it, or
-- (is_delivery) how it is told on the day on which the service ended
create table arrears_shape (shape_no integer, is_delivery boolean);

-- one row per department and region that lines of documents have, with their text for hashing
create table dimension (dimension_no integer, department varchar, region varchar, dimension_name varchar);

-- one row per way in which subledger entries are coded: account, party, role, dimensions and rule. Those of a rule's line are found
-- by shape and dimensions of the event line, and say which amount they take; those of stored entries that are undone have neither.
-- `ruled_role`: the role that the rule names, where another takes its place
create table entry_coding (
    coding_no integer, shape_no integer, dimension_no integer, side smallint, component varchar, part smallint, legal_entity_code varchar,
    account_code varchar, party_key varchar, role varchar, department varchar, region varchar, product_line varchar, rule_id varchar,
    ruled_role varchar);

-- one row per account, party and dimensions that journal lines can have
create table line_key (
    key_no integer, account_code varchar, party_key varchar, department varchar, region varchar, product_line varchar);

-- one row per event of a foreign document and open item that it settles or takes back from; item type `origin`: the invoice
-- whose rate a credit memo takes. Of a dispute and of a processor's balance (`clearing`), one row per day of the money in it.
-- Currency and legal entity are those of the document, where it does not say others
create table relief (
    document_uid uuid, event_type smallint, occurrence uuid, item_type varchar, item_uid uuid, item_date date, item_total_minor bigint,
    before_minor bigint, amount_minor bigint, currency varchar, legal_entity_code varchar);

-- one row per exchange of one currency for another: what its first event gives, and what its second one takes for it
create table exchange (
    document_uid uuid, legal_entity_code varchar, given_type smallint, taken_type smallint, occurrence uuid, given_currency varchar, given_minor bigint,
    given_date date, taken_currency varchar, taken_minor bigint);

-- one row per application in a foreign currency that settles something without cash, and what its entity tolerates of it
create table foreign_adjustment (
    document_uid uuid, occurrence uuid, invoice_id varchar, legal_entity_code varchar, currency varchar, on_date date, adjustment_minor bigint,
    adjustment_kind varchar, tolerance_minor bigint);

-- one row per balance that is left of an invoice after full credit, in the currency of the invoice
create table residual (
    document_uid uuid, occurrence uuid, legal_entity_code varchar, currency varchar, on_date date, amount_minor bigint);

-- one row per line of a foreign event that takes the rate of another day than its document's
create table event_rate (
    document_uid uuid, event_type smallint, occurrence uuid, line_no integer, currency varchar, on_date date);

-- one row per event that makes one legal entity owe another in a currency foreign to its books: the day whose rate that debt has, and
-- whether the event settles an open item as well
create table sister_rate (
    document_uid uuid, event_type smallint, occurrence uuid, legal_entity_code varchar, currency varchar, on_date date, settles_item boolean);

-- one row per pair of events between sister entities: what happens in the document's own books, and its other leg in the books of the
-- other entity
create view sister_pair as
select * from (values
    ('payment.applied', 'intercompany.applied'), ('payment.unapplied', 'intercompany.unapplied'),
    ('credit.applied', 'intercompany.credited'), ('credit.unapplied', 'intercompany.uncredited'),
    ('refund.paid', 'intercompany.refunded'), ('refund.failed', 'intercompany.refund_failed'),
    ('dispute.passed_on', 'dispute.borne')
) as pair (of_event, event);

-- one row per line of a foreign event in the books of a sister entity that takes the rate of another day
create table sister_line_rate (
    document_uid uuid, event_type smallint, occurrence uuid, line_no integer, legal_entity_code varchar, currency varchar, on_date date);

-- one row per shape, line of its rule and department and region of a document, where the rule does not keep them all: what it
-- books, and the mapping that lacks a value
create table mapped_dimension (
    shape_no integer, rule_line_no smallint, document_department varchar, document_region varchar,
    department varchar, region varchar, product_line varchar, unmapped varchar);

-- one row per landed document that the register knows
create table register_row (
    document_uid uuid, state smallint, version_no integer, batch_no bigint, hash_version smallint,
    accounted_hash uuid, seen_hash uuid, accounted_date date, is_live boolean, accounted_currency varchar, accounted_entity_code varchar,
    is_withdrawn boolean);

-- one row per invoice that an application names and that the register knows
create table accounted_invoice (document_uid uuid, is_accounted boolean);

-- one row per document that was to be read again whatever billing did
create table retry_row (document_uid uuid, is_given_up boolean);

-- one row per booking and reversal on file of the documents at hand
create table booking_row (
    document_uid uuid, event_type smallint, occurrence uuid, booking_no smallint, reverses_no smallint, batch_no bigint,
    event_date date, posting_date date, is_superseded boolean, payload_hash uuid, is_withdrawn boolean);

-- one row per event that a person takes out of the books now: its booking is reversed, and no night books it again until a person lifts
-- that; a night has none. What was taken out before, `booking_row` tells
create table withdrawn_event (document_uid uuid, event_type smallint, occurrence uuid);

-- one row per document of which nothing is booked tonight, because what was booked of it before cannot be read: which files that
-- stands in; a night whose evidence is whole has none
create table withheld_document (document_uid uuid, detail varchar);

-- one row per evidence file of an earlier batch that is asked for and is lost or altered
create table unreadable_file (batch_no bigint, bucket tinyint, fact varchar);

-- one row per document, type, entity and currency on file before it was deleted for good
create table prior_decision (
    document_uid uuid, document_type varchar, native_id varchar, legal_entity_code varchar, currency varchar, total_minor bigint);

-- one row per day, category and currency of a legal entity on which events are posted, and the journal entry that gathers it
create table posting_group (
    group_no integer, entry_no integer, legal_entity_code varchar, posting_date date, period_name varchar, currency varchar,
    category varchar, held_reason varchar);

-- one row per journal entry to be, in one part or several. Numbered in no particular order; its lines are summed in round 0, and
-- again in the round in which it is split further. `entry_day`: the one day that it gathers, null: all those of its period
create table entry_group (
    entry_no integer, legal_entity_code varchar, entry_day date, period_name varchar, currency varchar, category varchar,
    held_reason varchar, is_net boolean, tells_documents boolean, part_count integer, sum_round integer);

-- one row per landed document, where journal lines name documents: its number, or its id in billing if it has none
create table document_number (document_uid uuid, number varchar);

-- one row per event booked or reversed by this batch, numbered portion by portion in the order of evidence
create table booking (
    booking_id bigint, document_no integer, portion tinyint, bucket tinyint, group_no integer, document_uid uuid, event_type smallint, occurrence uuid, booking_no smallint,
    reverses_no smallint, document_date date, event_date date, customer_ref varchar, payload_hash uuid);

-- one row per event posted in a later period than its own, and measure of materiality (revenue, receivables, tax)
create table late_amount (
    booking_id bigint, document_uid uuid, legal_entity_code varchar, own_period varchar, event_date date, measure varchar, amount_minor bigint);

-- one row per document whose late events wait for their own period, and why
create table held_document (document_uid uuid, detail varchar);

-- one row per subledger entry on an open item in a foreign currency: what opens it, settles it or takes back from it
create table item_movement (
    booking_id bigint, bucket tinyint, item_uid uuid, coding_no integer, amount_minor bigint, functional_minor bigint);

-- one row per booking that makes one legal entity owe another, or less: which other one, null where only this leg is undone; positive: it
-- owes us
create table intercompany_leg (booking_id bigint, sister_code varchar, amount_minor bigint);

-- one row per ERP, legal entity, account, period, currency and portion: what the subledger entries add to it
create table balance_sum (
    erp_code varchar, legal_entity_code varchar, account_code varchar, period_name varchar, currency varchar, debit_minor bigint, credit_minor bigint,
    functional_debit_minor bigint, functional_credit_minor bigint);

-- one row per journal line to be and portion of documents in it; `is_debit` null: debits and credits taken together
create table line_sum (
    entry_no integer, part_no integer, document_no integer, key_no integer, is_debit boolean, amount_minor bigint, functional_minor bigint, document_count bigint, first_document integer, last_document integer, first_date date, last_date date);

-- one row per event that is undone and booked anew although nothing in its document changed; a night has none
create table reopened_event (document_uid uuid, event_type smallint, occurrence uuid);

-- one row per such event that the rules of today book otherwise than it stands; `defers`: deferred revenue is part of the difference
create table moved_event (document_uid uuid, event_type smallint, occurrence uuid, event_date date, defers boolean);

-- one row per booking that stays as it is, of an event of a foreign document that has schedules; a trial of rules has none
create table kept_booking (document_uid uuid, event_type smallint, occurrence uuid, booking_no smallint, batch_no integer);
