"""Journal entries read from the finance database as the types of the books: an unbalanced one cannot be read at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from include.finance.journal import EntryState, HeldReason, JournalCategory, JournalEntry, JournalLine, ReversalStyle
from include.finance.money import Currency, Money
from include.ports.postings import DueEntry
from include.store.database import Connection, Row

# one row per journal entry of the entity that is not at an end, but for those that follow an entry which is not verified yet
_DUE = """
select * from journal_entry as e
where erp_code = %s and legal_entity_code = %s
    and state in ('ready', 'held', 'sending', 'in_doubt', 'created_unreleased', 'posted', 'duplicated')
    and (state <> 'held' or follows is null
        or exists (select from journal_entry as f where f.id = e.follows and f.state in ('verified', 'reversed')))
order by posting_date, batch_no, reference
"""
_BY_REFERENCE = """
select * from journal_entry
where erp_code = %s and legal_entity_code = %s and reference = any(%s)
order by posting_date, batch_no, reference
"""
_VERIFIED = """
select * from journal_entry
where erp_code = %s and legal_entity_code = %s and state = 'verified' and posting_date >= %s
order by posting_date, batch_no, reference
"""
# What was given up must not be in the ERP: there it is as good as unknown.
_KNOWN = """
select reference from journal_entry
where erp_code = %s and legal_entity_code = %s and reference = any(%s) and state <> 'superseded'
"""
# by batch first: bookings are found by it, and only the batches of these entries are read
_EARLIEST_EVENT = """
select min(b.event_date) as event_date
from event_booking as b
where b.batch_no = any(array(select e.batch_no from journal_entry as e where e.id = any(%(ids)s)))
    and b.journal_entry_id = any(%(ids)s) and not b.is_superseded
"""
# one row per line of the entries
_LINES = "select * from journal_line where entry_id = any(%s) order by entry_id, line_no"


def due_entries(connection: Connection, erp_code: str, entity: str) -> Sequence[DueEntry]:
    """All entries that are not at an end, the oldest posting date first."""
    return _load(connection, _DUE, (erp_code, entity))


def entries_by_reference(
    connection: Connection, erp_code: str, entity: str, references: Collection[str]
) -> Sequence[DueEntry]:
    """The entries with these references, whatever their state."""
    return _load(connection, _BY_REFERENCE, (erp_code, entity, list(references)))


def verified_since(connection: Connection, erp_code: str, entity: str, since: date) -> Sequence[DueEntry]:
    """Verified entries posted on or after a day."""
    return _load(connection, _VERIFIED, (erp_code, entity, since))


def known_references(connection: Connection, erp_code: str, entity: str, references: Collection[str]) -> frozenset[str]:
    """Which of these references are entries of ours."""
    rows = connection.execute(_KNOWN, (erp_code, entity, list(references)))
    return frozenset(row["reference"] for row in rows)


def earliest_event(connection: Connection, entry_ids: Sequence[UUID]) -> date | None:
    """The earliest date of an event that these entries book; None when they book none."""
    if not entry_ids:
        return None
    row = connection.execute(_EARLIEST_EVENT, {"ids": list(entry_ids)}).fetchone()
    assert row is not None
    found: date | None = row["event_date"]
    return found


def _load(connection: Connection, query: QueryNoTemplate, parameters: Sequence[object]) -> Sequence[DueEntry]:
    headers = connection.execute(query, parameters).fetchall()
    lines: dict[UUID, list[Row]] = {row["id"]: [] for row in headers}
    for line in connection.execute(_LINES, (list(lines),)):
        lines[line["entry_id"]].append(line)
    return [_due_entry(row, lines[row["id"]]) for row in headers]


def _due_entry(row: Row, lines: Sequence[Row]) -> DueEntry:
    return DueEntry(
        entry=_entry(row, lines),
        batch_no=row["batch_no"],
        state=EntryState(row["state"]),
        held_reason=HeldReason(row["held_reason"]) if row["held_reason"] else None,
        cause=row["cause"],
        total_debit_minor=row["total_debit_minor"],
        attempt_count=row["attempt_count"],
        lease_owner=row["lease_owner"],
        lease_until=row["lease_until"],
        last_sent_at=row["last_sent_at"],
        erp_id=row["erp_id"],
        erp_number=row["erp_number"],
    )


def _entry(row: Row, lines: Sequence[Row]) -> JournalEntry:
    currency = Currency(row["currency"], row["exponent"])
    functional = Currency(row["functional_currency"], row["functional_exponent"])
    return JournalEntry(
        id=row["id"],
        reference=row["reference"],
        legal_entity_code=row["legal_entity_code"],
        category=JournalCategory(row["category"]),
        posting_date=row["posting_date"],
        period_name=row["period_name"],
        currency=currency,
        description=row["description"],
        lines=tuple(_line(line, currency, functional) for line in lines),
        content_sha256=bytes(row["content_sha256"]),
        style=ReversalStyle(row["reversal_style"]),
    )


def _line(line: Row, currency: Currency, functional: Currency) -> JournalLine:
    return JournalLine(
        account_code=line["account_code"],
        amount=Money(line["amount_minor"], currency),
        text=line["line_text"],
        department=line["department"],
        region=line["region"],
        product_line=line["product_line"],
        party_key=line["party_key"],
        functional=None if functional == currency else Money(line["functional_minor"], functional),
    )
