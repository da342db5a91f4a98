"""What posting asks of the finance database: the entries of one legal entity, locked, and their changes of state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from include.finance.journal import EntryState, HeldReason, JournalEntry
from include.finance.period import AccountingPeriod
from include.ports.erp import ReferenceData


@dataclass(frozen=True, slots=True)
class DueEntry:
    """A journal entry and where it stands on its way to the ledger.

    `last_sent_at` is the latest instant, by the database's clock, at which a byte of it may have left for the ERP.
    """

    entry: JournalEntry
    batch_no: int
    state: EntryState
    held_reason: HeldReason | None
    cause: str | None
    total_debit_minor: int
    attempt_count: int
    lease_owner: UUID | None
    lease_until: datetime | None
    last_sent_at: datetime | None
    erp_id: str | None
    erp_number: str | None

    @property
    def reference(self) -> str:
        """What the ERP knows the entry by."""
        return self.entry.reference


@dataclass(frozen=True, slots=True)
class EntryException:
    """Something about one entry that a person must decide or repair. `rule` names the kind, one open per entry.

    Category, severity, owner and the usual cure come from exceptions.yaml, by `rule`. `risk_minor` is the money at risk
    in the legal entity's own currency; None: `amount_minor` is in it.
    """

    rule: str
    reference: str
    message: str
    currency: str
    amount_minor: int
    risk_minor: int | None = None
    entry_id: UUID | None = None
    batch_no: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One change of state, written in one transaction with its trace and its exception.

    `lease_seconds` takes a lease for that long and notes the sending time; None gives up the lease.
    `latest_send` is set where only a bound of the sending time is known.
    """

    to_state: EntryState
    held_reason: HeldReason | None = None
    cause: str | None = None
    lease_seconds: float | None = None
    latest_send: datetime | None = None
    is_attempt: bool = False
    erp_id: str | None = None
    erp_number: str | None = None
    request_sha256: str | None = None
    response: str | None = None
    exception: EntryException | None = None


@dataclass(frozen=True, slots=True)
class RetriedDocument:
    """A document that the next night reads and accounts again."""

    document_uid: UUID
    source_code: str
    document_type: str
    native_id: str


class EntityJournal(Protocol):
    """The entries of one legal entity in one ERP, while this process is the only one that may send them."""

    def due_entries(self) -> Sequence[DueEntry]:
        """All entries that are not at an end, rejected ones left out, oldest first."""
        ...

    def entries(self, references: Collection[str]) -> Sequence[DueEntry]:
        """The entries with these references, whatever their state."""
        ...

    def verified_since(self, since: date) -> Sequence[DueEntry]:
        """Verified entries posted on or after a day."""
        ...

    def known_references(self, references: Collection[str]) -> frozenset[str]:
        """Which of these references are entries of ours."""
        ...

    def change(self, due: DueEntry, change: Change, actor: str) -> DueEntry:
        """Carry out one change of state in one committed transaction. Raises LeaseHeldError when another was first.

        The open exceptions of the entry are afterwards exactly `change.exception`, or none.
        """
        ...

    def reported(self, rule: str) -> frozenset[str]:
        """References with an open exception of one rule."""
        ...

    def report(self, rule: str, exceptions: Collection[EntryException]) -> None:
        """Make the entity's open exceptions of one rule exactly these."""
        ...

    def note(self, exception: EntryException) -> None:
        """Open or renew one exception of an entry without a change of state."""
        ...

    def replace_reference_data(self, reference: ReferenceData, periods: Sequence[AccountingPeriod]) -> None:
        """Replace what we know of the ERP's accounts, journals, currency and periods, in one transaction."""
        ...

    def earliest_event(self, entry_ids: Iterable[UUID]) -> date | None:
        """The earliest date of an event that these entries book; None when they book none."""
        ...

    def closed_periods(self) -> Mapping[str, frozenset[str]]:
        """The periods that we have closed ourselves, each with the categories that it takes all the same."""
        ...

    def supersede(
        self, entry_ids: Collection[UUID], documents: Sequence[RetriedDocument], reason: str, actor: str
    ) -> None:
        """Give up unposted entries and hand their documents back to account. Only while the ERP has none of them."""
        ...

    def now(self) -> datetime:
        """The instant by the database's clock, which all workers share."""
        ...


class Postings(Protocol):
    """The door to the journals of all legal entities."""

    def locked(self, erp_code: str, legal_entity_code: str) -> AbstractContextManager[EntityJournal]:
        """Become the one writer of an entity's entries. Raises LeaseHeldError while another process is."""
        ...
