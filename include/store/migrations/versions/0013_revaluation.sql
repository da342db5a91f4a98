-- Revaluation: runs that value foreign open items at a period's end, as batches of their own, and entries that wait for another.
set local search_path = tieout;

alter table attempt drop constraint attempt_kind_check,
    add constraint attempt_kind_check check (kind in ('night', 'dry_run', 'recognition', 'revaluation'));
alter table batch drop constraint batch_kind_check,
    add constraint batch_kind_check check (kind in ('night', 'recognition', 'revaluation'));
create index on batch (source_code, batch_no) where kind = 'revaluation';

alter table source_stream
    add column revalued_batch_no bigint references batch;  -- the last run: one that continues another is void

alter table journal_entry drop constraint journal_entry_held_reason_check,
    add constraint journal_entry_held_reason_check
        check (held_reason in ('future_date', 'period_closed', 'hold_for_reopen', 'failed_preflight', 'awaits_entry')),
    -- the entry that must be verified before this one is sent: the revaluation that this one takes back
    add column follows uuid references journal_entry;
create index on journal_entry (follows) where follows is not null;

set local search_path to default;
