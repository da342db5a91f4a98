"""The way of journal entries to the ledger, in the finance database: locks, changes of state, exceptions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg

from include.finance.errors import LeaseHeldError, PeriodClosedError
from include.finance.journal import TRANSITIONS, EntryState, HeldReason
from include.finance.period import AccountingPeriod
from include.ports.erp import ReferenceData
from include.ports.log import log_of
from include.ports.postings import Change, DueEntry, EntryException, RetriedDocument
from include.store import entry_exceptions, erp_reference, posting_entries
from include.store.database import Connection, FinanceDatabase, Row, is_period_locked
from include.store.entity_lock import LockedConnection, hold_lock, lock_name
from include.store.entry_exceptions import Assignments

# Moves an entry only if it still is where the caller saw it, and nobody else's lease runs on it: the fence.
_MOVE = """
update journal_entry set
    state = %(to_state)s,
    held_reason = %(held_reason)s,
    cause = %(cause)s,
    lease_owner = case when %(lease_seconds)s::numeric is not null then %(owner)s::uuid end,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_seconds)s),
    attempt_count = attempt_count + %(is_attempt)s::int,
    last_sent_at = case when %(lease_seconds)s::numeric is not null then clock_timestamp()
        else greatest(last_sent_at, %(latest_send)s::timestamptz) end,
    erp_id = case when %(to_state)s in ('ready', 'held') then null else coalesce(%(erp_id)s, erp_id) end,
    erp_number = case when %(to_state)s in ('ready', 'held') then null else coalesce(%(erp_number)s, erp_number) end,
    posted_at = case %(to_state)s when 'posted' then clock_timestamp() else posted_at end,
    verified_at = case %(to_state)s when 'verified' then clock_timestamp() else verified_at end,
    state_at = clock_timestamp()
where id = %(id)s and state = %(from_state)s
    and (lease_owner is null or lease_owner = %(owner)s or lease_until < clock_timestamp())
returning attempt_count, lease_owner, lease_until, last_sent_at, erp_id, erp_number
"""
_TRACE = """
insert into posting_transition (id, journal_entry_id, actor, attempt_no, from_state, to_state, request_sha256, response,
    detail)
values (%(transition_id)s, %(id)s, %(actor)s, %(attempt_no)s, %(from_state)s, %(to_state)s, %(request_sha256)s,
    %(response)s, %(cause)s)
"""
_CURRENT = """
select attempt_count, lease_owner, lease_until, last_sent_at, erp_id, erp_number from journal_entry where id = %s
"""
_SUPERSEDE = """
update journal_entry set state = 'superseded', held_reason = null, cause = %(reason)s, state_at = clock_timestamp()
where id = %(id)s and state = %(state)s
"""
_SUPERSEDE_BOOKINGS = """
update event_booking set is_superseded = true
where batch_no = %s and journal_entry_id = %s and not is_superseded
"""
# What account reported of the documents in an entry whose period was closed or missing, settled once the entry goes on.
_CLOSE_WAITS = """
update exception as x set state = 'closed', closed_at = now()
from event_booking as b
join journal_entry as e on e.batch_no = b.batch_no and e.id = b.journal_entry_id
where e.id = %s and x.state = 'open' and x.subject_uid = b.document_uid
    and x.cause in ('document|' || b.document_uid || '|hold_for_reopen', 'document|' || b.document_uid || '|no_period')
"""
# What is given up will never stand in the ERP.
_TAKE_OFF_BALANCE = """
update control_balance as b
set debit_minor = b.debit_minor - l.debit_minor, credit_minor = b.credit_minor - l.credit_minor,
    functional_debit_minor = b.functional_debit_minor - l.functional_debit_minor,
    functional_credit_minor = b.functional_credit_minor - l.functional_credit_minor
from (
    select e.erp_code, e.legal_entity_code, l.account_code, e.period_name, e.currency,
        sum(l.debit_minor) as debit_minor, sum(l.credit_minor) as credit_minor,
        sum(l.functional_debit_minor) as functional_debit_minor, sum(l.functional_credit_minor) as functional_credit_minor
    from journal_entry as e
    join (
        select entry_id, account_code, greatest(amount_minor, 0) as debit_minor, greatest(-amount_minor, 0) as credit_minor,
            greatest(functional_minor, 0) as functional_debit_minor, greatest(-functional_minor, 0) as functional_credit_minor
        from journal_line
        union all
        -- what debits and credits took from each other is accounted, although no line shows it
        select entry_id, account_code, amount_minor, amount_minor, functional_minor, functional_minor from netted_amount
    ) as l on l.entry_id = e.id
    where e.id = %s
    group by e.erp_code, e.legal_entity_code, l.account_code, e.period_name, e.currency
) as l
where (b.erp_code, b.legal_entity_code, b.account_code, b.period_name, b.currency)
    = (l.erp_code, l.legal_entity_code, l.account_code, l.period_name, l.currency)
"""
# What takes back an entry that is given up has nothing to take back; nobody has seen it yet, for it waited.
_FOLLOWERS = "select id from journal_entry where follows = %s and state = 'held'"
_RETRY_DOCUMENT = """
insert into document_retry (document_uid, source_code, document_type, native_id, reason)
values (%s, %s, %s, %s, 'superseded')
on conflict (document_uid) do update set reason = excluded.reason
"""
# A comparison under way must not be committed against bookings that are being given up.
_MOVE_STREAMS = "update source_stream set generation = generation + 1 where source_code = any(%s)"
# Two people's word on both halves of what it moves: neither half may go alone.
_RECLASSIFIED = """
select b.kind = 'reclassify' or exists (select from entry_reversal as v where v.batch_no = b.batch_no and v.is_rebooked) as is_own,
    (select min(r.batch_no) from reclassified_entry as r where r.journal_entry_id = %s) as moved_by
from batch as b where b.batch_no = %s
"""
_REVERSED_ELSEWHERE = """
select count(*) as n
from event_booking as b
join event_booking as r
    on r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
    and r.reverses_no = b.booking_no and not r.is_superseded
where b.batch_no = %s and b.journal_entry_id = %s and not b.is_superseded
"""
# States that a person or the night after should look at.
_ALARMING = (EntryState.IN_DOUBT, EntryState.REJECTED, EntryState.DUPLICATED)
_PERIOD_REASONS = (HeldReason.PERIOD_CLOSED, HeldReason.HOLD_FOR_REOPEN)
_CLOSED = """
select period_name, case when state = 'soft_closed' then open_to_categories else '{}' end as categories
from accounting_period
where legal_entity_code = %s and not takes_entries(legal_entity_code, period_name)
"""

log = log_of(__name__)


@dataclass(frozen=True, slots=True)
class PostingStore:
    """The postings of all legal entities in one finance database. `assignments` say who acts on which exception."""

    database: FinanceDatabase
    assignments: Assignments

    @contextmanager
    def locked(self, erp_code: str, legal_entity_code: str) -> Iterator[EntityPostings]:
        """Become the one writer of an entity's entries. Raises LeaseHeldError while another process is."""
        with hold_lock(self.database, lock_name(erp_code, legal_entity_code)) as lock:
            yield EntityPostings(lock, erp_code, legal_entity_code, self.assignments)


@dataclass(slots=True)
class EntityPostings:
    """The entries of one legal entity in one ERP, under its lock. `owner` is this process's name on leases."""

    lock: LockedConnection
    erp_code: str
    entity: str
    assignments: Assignments
    owner: UUID = field(default_factory=uuid4)

    # Looking

    def due_entries(self) -> Sequence[DueEntry]:
        """All entries that are not at an end, rejected ones left out, oldest first."""
        return posting_entries.due_entries(self.lock.connection, self.erp_code, self.entity)

    def entries(self, references: Collection[str]) -> Sequence[DueEntry]:
        """The entries with these references, whatever their state."""
        return posting_entries.entries_by_reference(self.lock.connection, self.erp_code, self.entity, references)

    def verified_since(self, since: date) -> Sequence[DueEntry]:
        """Verified entries posted on or after a day."""
        return posting_entries.verified_since(self.lock.connection, self.erp_code, self.entity, since)

    def known_references(self, references: Collection[str]) -> frozenset[str]:
        """Which of these references are entries of ours."""
        return posting_entries.known_references(self.lock.connection, self.erp_code, self.entity, references)

    def earliest_event(self, entry_ids: Iterable[UUID]) -> date | None:
        """The earliest date of an event that these entries book; None when they book none."""
        return posting_entries.earliest_event(self.lock.connection, list(entry_ids))

    def closed_periods(self) -> Mapping[str, frozenset[str]]:
        """The periods that we have closed ourselves, each with the categories that it takes all the same."""
        rows = self.lock.connection.execute(_CLOSED, (self.entity,))
        return {row["period_name"]: frozenset(row["categories"]) for row in rows}

    def now(self) -> datetime:
        """The instant by the database's clock."""
        row = self.lock.connection.execute("select clock_timestamp() as now").fetchone()
        assert row is not None
        now: datetime = row["now"]
        return now

    # Writing

    def change(self, due: DueEntry, change: Change, actor: str) -> DueEntry:
        """Carry out one change of state, with its trace and its exception, in one committed transaction."""
        if change.to_state not in TRANSITIONS[due.state]:
            raise ValueError(f"journal entry {due.reference} cannot go from {due.state} to {change.to_state}")
        transition_id = uuid4()
        parameters = self._parameters(due, change) | {"transition_id": transition_id, "actor": actor}

        def work(connection: Connection) -> None:
            row = connection.execute(_MOVE, parameters).fetchone()
            if row is None:
                raise LeaseHeldError(
                    f"Journal entry {due.reference} of legal entity {self.entity} is no longer {due.state} or another "
                    f"worker holds it. That worker goes on with it; this one tries again later."
                )
            connection.execute(_TRACE, parameters | {"attempt_no": row["attempt_count"]})
            entry_exceptions.settle_entry(connection, self.entity, due.reference, change.exception, self.assignments)
            if due.held_reason in _PERIOD_REASONS and change.to_state is EntryState.READY:
                connection.execute(_CLOSE_WAITS, (due.entry.id,))

        try:
            self.lock.commit(transition_id, work)
        except psycopg.Error as error:
            if is_period_locked(error):
                raise PeriodClosedError(str(error.diag.message_primary)) from error
            raise
        row = self.lock.connection.execute(_CURRENT, (due.entry.id,)).fetchone()
        assert row is not None
        moved = replace(due, state=change.to_state, held_reason=change.held_reason, cause=change.cause, **row)
        self._tell(due.state, moved, change, actor)
        return moved

    def reported(self, rule: str) -> frozenset[str]:
        """References with an open exception of one rule."""
        return entry_exceptions.open_references(self.lock.connection, self.entity, rule)

    def report(self, rule: str, exceptions: Collection[EntryException]) -> None:
        """Make the entity's open exceptions of one rule exactly these."""
        with self.lock.connection.transaction():
            entry_exceptions.settle_rule(self.lock.connection, self.entity, rule, exceptions, self.assignments)
        for exception in exceptions:
            self._tell_exception(exception)

    def note(self, exception: EntryException) -> None:
        """Open or renew one exception of an entry without a change of state."""
        with self.lock.connection.transaction():
            entry_exceptions.settle_entry(
                self.lock.connection, self.entity, exception.reference, exception, self.assignments
            )
        self._tell_exception(exception)

    def replace_reference_data(self, reference: ReferenceData, periods: Sequence[AccountingPeriod]) -> None:
        """Replace what we know of the ERP's accounts, journals, currency and periods."""
        with self.lock.connection.transaction():
            erp_reference.replace_reference_data(self.lock.connection, self.erp_code, self.entity, reference, periods)

    def supersede(
        self, entry_ids: Collection[UUID], documents: Sequence[RetriedDocument], reason: str, actor: str
    ) -> None:
        """Give up unposted entries and hand their documents back to account, in one transaction.

        The caller has asked the ERP and found none of them. Raises LeaseHeldError when one is not ready, held or
        rejected any more, or when a later entry already reverses what it books; then nothing is changed.
        """
        proofs = {entry_id: uuid4() for entry_id in entry_ids}
        given_up: dict[UUID, str] = {}

        def work(connection: Connection) -> None:
            connection.execute(_MOVE_STREAMS, (sorted({document.source_code for document in documents}),))
            for entry_id, proof in proofs.items():
                given_up.update(self._supersede_one(connection, entry_id, proof, reason, actor))
            retried = [(d.document_uid, d.source_code, d.document_type, d.native_id) for d in documents]
            with connection.cursor() as cursor:
                cursor.executemany(_RETRY_DOCUMENT, retried)

        if proofs:
            self.lock.commit(next(iter(proofs.values())), work)
        for entry_id, reference in given_up.items():
            log.info(
                "%s is superseded",
                reference,
                reference=reference,
                journal_entry_id=str(entry_id),
                legal_entity=self.entity,
                state=EntryState.SUPERSEDED.value,
                cause=reason,
                actor=actor,
            )

    # Inside

    def _tell(self, was: EntryState, moved: DueEntry, change: Change, actor: str) -> None:
        """A line about a change of state that is committed."""
        write = log.warning if moved.state in _ALARMING else log.info
        write(
            f"{moved.reference} {was} -> {moved.state}",
            reference=moved.reference,
            journal_entry_id=str(moved.entry.id),
            legal_entity=self.entity,
            erp=self.erp_code,
            was=was.value,
            state=moved.state.value,
            attempt=moved.attempt_count,
            cause=change.cause or change.response,
            erp_id=moved.erp_id,
            erp_number=moved.erp_number,
            actor=actor,
        )

    def _tell_exception(self, exception: EntryException) -> None:
        log.warning(
            exception.message,
            reference=exception.reference,
            journal_entry_id=None if exception.entry_id is None else str(exception.entry_id),
            legal_entity=self.entity,
            rule=exception.rule,
        )

    def _supersede_one(
        self, connection: Connection, entry_id: UUID, proof: UUID, reason: str, actor: str
    ) -> dict[UUID, str]:
        """Supersede an entry and what takes it back; returns their references by id."""
        query = "select reference, state, batch_no, attempt_count from journal_entry where id = %s for update"
        row = connection.execute(query, (entry_id,)).fetchone()
        if row is None or EntryState.SUPERSEDED not in TRANSITIONS[EntryState(row["state"])]:
            raise LeaseHeldError(f"Journal entry {entry_id} cannot be superseded: it is on its way, or in the ledger.")
        reversed_elsewhere = connection.execute(_REVERSED_ELSEWHERE, (row["batch_no"], entry_id)).fetchone()
        if reversed_elsewhere and reversed_elsewhere["n"]:
            raise LeaseHeldError(
                f"Journal entry {row['reference']} cannot be superseded: {reversed_elsewhere['n']} of its bookings are "
                "reversed by a later entry. Both go their way; together they come to nothing."
            )
        self._require_unmoved(connection, entry_id, row)
        connection.execute(_SUPERSEDE, {"id": entry_id, "state": row["state"], "reason": reason})
        connection.execute(_SUPERSEDE_BOOKINGS, (row["batch_no"], entry_id))
        connection.execute(_TAKE_OFF_BALANCE, (entry_id,))
        trace = {"transition_id": proof, "id": entry_id, "actor": actor, "attempt_no": row["attempt_count"]}
        trace |= {"from_state": row["state"], "to_state": "superseded", "cause": reason}
        connection.execute(_TRACE, trace | {"request_sha256": None, "response": None})
        entry_exceptions.settle_entry(connection, self.entity, row["reference"], None, self.assignments)
        given_up = {entry_id: str(row["reference"])}
        for follower in connection.execute(_FOLLOWERS, (entry_id,)).fetchall():
            because = f"follows {row['reference']}: {reason}"
            given_up |= self._supersede_one(connection, follower["id"], uuid4(), because, actor)
        return given_up

    def _require_unmoved(self, connection: Connection, entry_id: UUID, row: Row) -> None:
        found = connection.execute(_RECLASSIFIED, (entry_id, row["batch_no"])).fetchone()
        assert found is not None
        if found["is_own"]:
            raise LeaseHeldError(
                f"Journal entry {row['reference']} is part of what two people had booked anew, batch {row['batch_no']}, which was approved "
                "as a whole and is not given up in parts. It waits until its period is open again."
            )
        if found["moved_by"]:
            raise LeaseHeldError(
                f"Journal entry {row['reference']} cannot be superseded: batch {found['moved_by']}, a reclassification, moves "
                "what it recognises. Both go their way; together they come to what was approved."
            )

    def _parameters(self, due: DueEntry, change: Change) -> dict[str, object]:
        return {
            "id": due.entry.id,
            "owner": self.owner,
            "from_state": due.state.value,
            "to_state": change.to_state.value,
            "held_reason": change.held_reason.value if change.held_reason else None,
            "cause": change.cause,
            "lease_seconds": change.lease_seconds,
            "latest_send": change.latest_send,
            "is_attempt": change.is_attempt,
            "erp_id": change.erp_id,
            "erp_number": change.erp_number,
            "request_sha256": change.request_sha256,
            "response": change.response,
        }
