"""Is the night complete? Read from the finance database, not from what tasks say of themselves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from include.finance.errors import NightUnfinishedError
from include.store.database import FinanceDatabase

_SOURCES_BEHIND = """
select wanted.source_code
from unnest(%(sources)s::text[]) as wanted (source_code)
left join source_stream as s on s.source_code = wanted.source_code and s.read_instant >= %(read_instant)s
where s.source_code is null
order by wanted.source_code
"""
# Entries that wait by policy (a future date, a closed year) do not make a night incomplete; all else short of verified does.
_ENTRIES_SHORT = """
select legal_entity_code, reference, state, held_reason, coalesce(cause, '') as cause
from journal_entry
where state not in ('verified', 'superseded', 'reversed')
    and (state <> 'held' or held_reason = 'failed_preflight')
    and legal_entity_code = any(%(entities)s)
order by legal_entity_code, state, reference
"""
_COUNTS = """
with night as (
    select batch_no from batch where read_instant = %(read_instant)s and source_code = any(%(sources)s)
)
select
    (select coalesce(sum(o.document_count), 0)::bigint from batch_outcome as o join night using (batch_no)) as documents,
    (select count(*) from journal_entry as e join night using (batch_no)
        where e.state = 'verified' and e.legal_entity_code = any(%(entities)s)) as verified_entries,
    (select count(*) from exception where state = 'open') as open_exceptions
"""
_CHANGED_BY_RUN = """
select
    count(*) filter (where subject_type = 'batch' and action = 'committed') as "batches committed",
    count(*) filter (where subject_type = 'journal_entry' and before is null) as "journal entries made",
    count(*) filter (where subject_type = 'journal_entry' and action = 'verified') as "journal entries posted and read back",
    count(*) filter (where subject_type = 'journal_entry' and action = 'superseded') as "journal entries given up",
    count(*) filter (where subject_type = 'exception' and action = 'open') as "exceptions opened",
    count(*) filter (where subject_type = 'exception' and action = 'closed') as "exceptions settled"
from audit_log
where run_id = %(run_id)s
    -- a run that is run again keeps its id
    and id > (select coalesce(max(id), 0) from audit_log where run_id = %(run_id)s and subject_type = 'night' and action = 'planned')
"""
_NOT_TIED_OUT = """
with wanted (source_code, legal_entity_code, name) as (
    select code, null::text, 'source ' || code from unnest(%(sources)s::text[]) as code
    union all
    select null, code, 'legal entity ' || code from unnest(%(entities)s::text[]) as code
)
select w.name
from wanted as w
where not exists (
    select from tie_out_run as r
    where r.read_instant = %(read_instant)s and r.superseded_at is null
        and (r.source_code = w.source_code or r.legal_entity_code = w.legal_entity_code))
"""
_DIFFERING = """
select t.hop, t.check_name, t.status, t.explanation,
    concat_ws(' ', nullif(t.legal_entity_code, '*'), nullif(t.subject, '*'), nullif(t.currency, '*'), nullif(t.period_name, '')) as cell
from tie_out_run as r
join tie_out as t on t.run_id = r.id
where r.read_instant = %(read_instant)s and r.superseded_at is null and (t.status = 'different' or (t.status = 'pending' and t.hop <> 6))
    and (r.source_code = any(%(sources)s) or r.legal_entity_code = any(%(entities)s))
order by t.hop, cell, t.row_no
"""
_SHOWN = 20


def night_counts(
    database: FinanceDatabase, read_instant: datetime, source_codes: Collection[str], entity_codes: Collection[str]
) -> dict[str, int]:
    """Documents that the night's batches read, entries of theirs in the ledger, and exceptions open now."""
    parameters = {"sources": list(source_codes), "entities": list(entity_codes), "read_instant": read_instant}
    with database.transaction() as connection:
        return connection.execute(_COUNTS, parameters).fetchone() or {}


def what_changed(database: FinanceDatabase, run_id: str) -> str:
    """What a run changed in the books, by the audit log, in one sentence; also a run of a night that was done long ago."""
    with database.transaction() as connection:
        row = connection.execute(_CHANGED_BY_RUN, {"run_id": run_id}).fetchone()
    told = [f"{count:,} {words}" for words, count in (row or {}).items() if count]
    return f"This run changed: {', '.join(told)}." if told else "This run changed nothing in the books."


def require_complete(
    database: FinanceDatabase,
    read_instant: datetime,
    source_codes: Collection[str],
    entity_codes: Collection[str],
    not_tied_out: Collection[str] = (),
) -> None:
    """Raise NightUnfinishedError naming what is missing.

    That is every source not read up to the instant, every entry short of verified, and every cell of the tie-out that
    differs or could not be judged yet. `not_tied_out` names sources and legal entities that this run did not get to tie
    out. Their entries may all be in order, or wait by policy; but a ledger that nobody looked at is no complete night.
    """
    parameters = {"sources": list(source_codes), "entities": list(entity_codes), "read_instant": read_instant}
    with database.transaction() as connection:
        sources = connection.execute(_SOURCES_BEHIND, parameters).fetchall()
        entries = connection.execute(_ENTRIES_SHORT, parameters).fetchall()
        untied = connection.execute(_NOT_TIED_OUT, parameters).fetchall()
        differing = connection.execute(_DIFFERING, parameters).fetchall()
    missing = [f"source {row['source_code']} is not accounted up to {read_instant.isoformat()}" for row in sources]
    skipped = {*not_tied_out, *(row["name"] for row in untied)}
    missing += [f"{name} was not tied out: see its tasks" for name in sorted(skipped)]
    missing += [
        f"{'different' if row['status'] == 'different' else 'not settled yet'}, hop {row['hop']} {row['check_name']}, {row['cell']}: "
        f"{row['explanation']}"
        for row in differing[:_SHOWN]
    ]
    if len(differing) > _SHOWN:
        missing.append(f"and {len(differing) - _SHOWN} cells more, in table tieout.tie_out")
    missing += [
        f"entry {row['reference']} of legal entity {row['legal_entity_code']} is {row['held_reason'] or row['state']}"
        + (f": {row['cause']}" if row["cause"] else "")
        for row in entries[:_SHOWN]
    ]
    if len(entries) > _SHOWN:
        missing.append(f"and {len(entries) - _SHOWN} entries more, in table tieout.journal_entry")
    if missing:
        raise NightUnfinishedError(
            "The night is not complete:\n  "
            + "\n  ".join(missing)
            + "\nRemove what each line names, then run the night again; nothing is sent twice."
        )
