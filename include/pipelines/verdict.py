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
_SHOWN = 20


def night_counts(
    database: FinanceDatabase, read_instant: datetime, source_codes: Collection[str], entity_codes: Collection[str]
) -> dict[str, int]:
    """Documents that the night's batches read, entries of theirs in the ledger, and exceptions open now."""
    parameters = {"sources": list(source_codes), "entities": list(entity_codes), "read_instant": read_instant}
    with database.transaction() as connection:
        return connection.execute(_COUNTS, parameters).fetchone() or {}


def require_complete(
    database: FinanceDatabase,
    read_instant: datetime,
    source_codes: Collection[str],
    entity_codes: Collection[str],
    not_compared: Collection[str] = (),
) -> None:
    """Raise NightUnfinishedError naming every source not read up to the instant and every entry short of verified.

    `not_compared` are legal entities whose ledger this run did not read back. Their entries may all be in order, or
    wait by policy; but a ledger that nobody looked at is no complete night.
    """
    parameters = {"sources": list(source_codes), "entities": list(entity_codes), "read_instant": read_instant}
    with database.transaction() as connection:
        sources = connection.execute(_SOURCES_BEHIND, parameters).fetchall()
        entries = connection.execute(_ENTRIES_SHORT, parameters).fetchall()
    missing = [f"source {row['source_code']} is not accounted up to {read_instant.isoformat()}" for row in sources]
    missing += [f"the ledger of legal entity {code} was not compared: see its tasks" for code in not_compared]
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
