"""Exceptions about journal entries: one row per entry and rule, opened again when it comes back, else closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from include.finance.exception_rule import Assignment
from include.ports.postings import EntryException
from include.store.database import Connection

_OPEN = """
insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, risk_minor, risk_currency,
    subject_type, subject_id, subject_uid, message, suggested_fix, first_batch_no, last_batch_no)
values (%(cause)s, %(category)s, %(severity)s, %(owner)s, %(entity)s, %(currency)s, %(amount_minor)s, %(risk_minor)s,
    %(risk_currency)s, 'journal_entry', %(reference)s, %(entry_id)s, %(message)s, %(suggested_fix)s, %(batch_no)s, %(batch_no)s)
on conflict (cause) do update set
    category = excluded.category, severity = excluded.severity, owner = excluded.owner, message = excluded.message,
    suggested_fix = excluded.suggested_fix, amount_minor = excluded.amount_minor, currency = excluded.currency,
    risk_minor = excluded.risk_minor, risk_currency = excluded.risk_currency, last_batch_no = excluded.last_batch_no, state = 'open', closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
"""
_CLOSE_OF_ENTRY = """
update exception set state = 'closed', closed_at = now()
where subject_type = 'journal_entry' and legal_entity_code = %s and subject_id = %s and state = 'open'
    and cause <> all(%s)
"""
_CLOSE_OF_RULE = """
update exception set state = 'closed', closed_at = now()
where subject_type = 'journal_entry' and legal_entity_code = %s and split_part(cause, '|', 3) = %s and state = 'open'
    and cause <> all(%s)
"""

_OPEN_OF_RULE = """
select subject_id from exception
where subject_type = 'journal_entry' and legal_entity_code = %s and split_part(cause, '|', 3) = %s and state = 'open'
"""

Assignments = Mapping[tuple[str, str], Assignment]  # by exception name and legal entity


def open_references(connection: Connection, entity: str, rule: str) -> frozenset[str]:
    """References with an open exception of one rule."""
    return frozenset(row["subject_id"] for row in connection.execute(_OPEN_OF_RULE, (entity, rule)))


def open_exception(connection: Connection, entity: str, exception: EntryException, assignments: Assignments) -> None:
    """Open an exception, or renew the one that is open; `assignments` say whose it is."""
    assigned = assignments[exception.rule, entity]
    connection.execute(
        _OPEN,
        {
            "cause": _cause(exception),
            "category": assigned.category,
            "severity": assigned.severity.value,
            "owner": assigned.owner,
            "entity": entity,
            "currency": exception.currency,
            "amount_minor": exception.amount_minor,
            "risk_minor": assigned.risk_minor(exception.currency, exception.amount_minor)
            if exception.risk_minor is None
            else exception.risk_minor,
            "risk_currency": assigned.risk_currency,
            "reference": exception.reference,
            "entry_id": exception.entry_id,
            "message": exception.message,
            "suggested_fix": assigned.suggested_fix,
            "batch_no": exception.batch_no,
        },
    )


def settle_entry(
    connection: Connection, entity: str, reference: str, exception: EntryException | None, assignments: Assignments
) -> None:
    """Leave an entry with exactly this open exception, or with none."""
    kept = [_cause(exception)] if exception else []
    connection.execute(_CLOSE_OF_ENTRY, (entity, reference, kept))
    if exception:
        open_exception(connection, entity, exception, assignments)


def settle_rule(
    connection: Connection, entity: str, rule: str, exceptions: Collection[EntryException], assignments: Assignments
) -> None:
    """Leave an entity with exactly these open exceptions of one rule."""
    connection.execute(_CLOSE_OF_RULE, (entity, rule, [_cause(each) for each in exceptions]))
    for exception in exceptions:
        open_exception(connection, entity, exception, assignments)


def _cause(exception: EntryException) -> str:
    return f"journal_entry|{exception.reference}|{exception.rule}"
