"""What an explanation consists of: a journal entry with what is behind it, and a document with all that came of it.

Amounts are integers in minor units of the currency beside them, debit positive, credit negative. `functional_minor` is in the
legal entity's own currency; where that is the currency of the documents, both are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from include.store.entry_reversals import EntryReversal, ReversedBy
from include.store.explain_facts import BatchFacts, EntryFacts, ExceptionFacts, TransitionFacts
from include.store.reclassifications import Proposal


@dataclass(frozen=True, slots=True)
class RuleTold:
    """A posting rule as it was when it chose the accounts: file and line then, and its YAML.

    Both are None where its rule set is not kept.
    """

    rule_id: str
    rule_set_sha256: str
    where: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What one kind of event came to on a journal line by one rule: subledger entries counted and summed."""

    event: str
    rule_id: str
    is_reversal: bool
    entry_count: int
    amount_minor: int
    functional_minor: int


@dataclass(frozen=True, slots=True)
class LineExplained:
    """A journal line and where its amount comes from. `line_no` None: entries that cancel out, so that no line shows them."""

    line_no: int | None
    account_code: str
    party_key: str | None
    department: str | None
    region: str | None
    product_line: str | None
    amount_minor: int
    functional_minor: int
    document_count: int
    text: str
    origins: tuple[Origin, ...]

    @property
    def entries_minor(self) -> int:
        """What its subledger entries sum to."""
        return sum(origin.amount_minor for origin in self.origins)

    @property
    def is_explained(self) -> bool:
        """Whether its subledger entries sum to it, in both currencies."""
        functional = sum(origin.functional_minor for origin in self.origins)
        return (self.entries_minor, functional) == (self.amount_minor, self.functional_minor)


@dataclass(frozen=True, slots=True)
class SubledgerLine:
    """One stored subledger entry, and the journal line that carries it.

    `further` holds what else was stored with it under the names of evidence, where it has any: rates, functional amounts.
    """

    reference: str
    journal_line_no: int | None
    account_code: str
    role: str
    line_no: int
    amount_minor: int
    currency: str
    rule_id: str
    further: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BookingExplained:
    """An accounting event as it was booked, or a booking reversed, with its entries.

    `occurrence` names the application where an event can happen more than once. `version_no` is the version of the document
    that was the newest in that batch, None where no version is on file.
    """

    event: str
    occurrence: str | None
    booking_no: int
    reverses_no: int | None
    batch_no: int
    version_no: int | None
    event_date: date
    posting_date: date
    is_superseded: bool
    reference: str
    erp_number: str | None
    entry_state: str
    lines: tuple[SubledgerLine, ...]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of the billing system as it was landed: the dataset it belongs to, and every field that has a value."""

    dataset: str
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class VersionExplained:
    """A version of a document: the batch that read it first, what was decided, and its rows in billing as they were then."""

    version_no: int
    batch: BatchFacts
    document_type: str
    native_id: str
    outcome: str
    reason: str
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class DocumentTrace:
    """One document behind a journal entry: its bookings in that entry, and its rows in billing as they were then."""

    document_uid: UUID
    document_type: str
    native_id: str
    bookings: tuple[BookingExplained, ...]
    rows: tuple[SourceRow, ...]


@dataclass(frozen=True, slots=True)
class EntryExplained:
    """A journal entry with all that is behind it. `documents` are the first of `document_count`.

    `line_no` says that only the documents of one line are listed.
    """

    entry: EntryFacts
    batch: BatchFacts
    lines: tuple[LineExplained, ...]
    rules: tuple[RuleTold, ...]
    transitions: tuple[TransitionFacts, ...]
    documents: tuple[DocumentTrace, ...]
    document_count: int
    line_no: int | None
    approvals: tuple[Proposal, ...] = ()
    reversals: tuple[EntryReversal, ...] = ()
    reversed_by: tuple[ReversedBy, ...] = ()

    @property
    def unlisted_count(self) -> int:
        """How many documents there are beyond those listed."""
        return self.document_count - len(self.documents)


@dataclass(frozen=True, slots=True)
class DocumentExplained:
    """A document with all its versions and bookings, the rules behind them, and what waits for a person."""

    document_uid: UUID
    source_code: str
    document_type: str
    native_id: str
    number: str | None
    versions: tuple[VersionExplained, ...]
    bookings: tuple[BookingExplained, ...]
    entries: tuple[EntryFacts, ...]
    rules: tuple[RuleTold, ...]
    exceptions: tuple[ExceptionFacts, ...]
    approvals: tuple[Proposal, ...] = ()
    reversals: tuple[EntryReversal, ...] = ()
    reversed_by: tuple[ReversedBy, ...] = ()
