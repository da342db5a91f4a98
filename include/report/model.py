"""What a report says, as frozen values. Money is integer minor units with currency and exponent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from include.finance.journal import EntryState, HeldReason
from include.finance.period_close import Checklist
from include.finance.quality_score import QualityScore
from include.finance.tie_out import TieOutRow, TieOutStatus

# The outcomes of a document in the order of the equation; the first three are what was accounted.
OUTCOMES = ("new", "changed", "deleted", "unchanged", "excluded", "quarantined", "held")
_SETTLED = (EntryState.VERIFIED, EntryState.SUPERSEDED, EntryState.REVERSED)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in minor units. `exponent` is None where the currency is not in ISO 4217: its minor unit is unknown."""

    minor: int
    currency: str
    exponent: int | None


@dataclass(frozen=True, slots=True)
class Tally:
    """A number of documents and the sum of their totals, in the currency of the place where it stands."""

    count: int = 0
    minor: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.minor + other.minor)


class SourceState(StrEnum):
    """How far a source came in this night."""

    ACCOUNTED = "accounted"  # a batch of this night is committed
    COVERED = "covered"  # a later night read everything that this one would have
    LANDED = "landed"  # read, and not in the books
    FAILED = "failed"
    NOT_READ = "not_read"


@dataclass(frozen=True, slots=True)
class Batch:
    """A committed batch of the night: between which transactions, under which rules and code."""

    batch_no: int
    batch_id: str
    horizon_from: int
    horizon_to: int
    landed_count: int
    rule_set_sha256: str
    code_version: str
    evidence_path: str
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """A billing source: how far it came, until when it was ever read, its batches of the night, what went wrong last."""

    code: str
    state: SourceState
    read_until: datetime | None
    batches: tuple[Batch, ...]
    error: str | None

    @property
    def is_done(self) -> bool:
        """Whether everything up to the read instant is in the books."""
        return self.state in (SourceState.ACCOUNTED, SourceState.COVERED)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why documents are excluded, quarantined or held, and how many."""

    outcome: str
    reason: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class DocumentTypeRow:
    """One document type in a cell of the equation. Only here money is added up: an invoice is no payment."""

    document_type: str
    outcomes: Mapping[str, Tally]  # every outcome, also those of no document
    reasons: tuple[Reason, ...]

    @property
    def all(self) -> Tally:
        """Everything extracted or seen to be deleted."""
        return sum(self.outcomes.values(), Tally())


@dataclass(frozen=True, slots=True)
class EquationCell:
    """What became of the documents of one legal entity (or UNASSIGNED) in one currency (or unknown)."""

    legal_entity_code: str
    currency: str
    exponent: int | None
    document_types: tuple[DocumentTypeRow, ...]

    def count(self, outcome: str) -> int:
        """How many documents have this outcome."""
        return sum(row.outcomes[outcome].count for row in self.document_types)

    @property
    def all_count(self) -> int:
        """How many documents were extracted or seen to be deleted."""
        return sum(row.all.count for row in self.document_types)


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal entry of this night, or one of an earlier night that is not in the ledger yet.

    `functional_total` is what its debits are worth in the legal entity's own currency; None where `total` is in it already.
    """

    reference: str
    legal_entity_code: str
    posting_date: date
    period_name: str
    category: str
    total: Amount
    functional_total: Amount | None
    document_count: int
    erp_code: str
    erp_number: str | None
    state: EntryState
    held_reason: HeldReason | None
    cause: str | None
    read_instant: datetime
    is_of_night: bool

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in _SETTLED

    @property
    def is_in_ledger(self) -> bool:
        """Whether the ERP has it, compared line by line."""
        return self.is_settled and self.state is not EntryState.SUPERSEDED

    @property
    def is_waiting(self) -> bool:
        """Whether it waits by policy, for a date or a period: no night is incomplete for that."""
        return self.state is EntryState.HELD and self.held_reason is not HeldReason.FAILED_PREFLIGHT

    @property
    def is_short(self) -> bool:
        """Whether the night is incomplete for it."""
        return not self.is_settled and not self.is_waiting


@dataclass(frozen=True, slots=True)
class OpenException:
    """A cause that needs a person. `age_nights` is 1 in the night in which it was found."""

    at_risk: Amount
    legal_entity_code: str
    subject_type: str
    subject_id: str
    owner: str
    message: str
    age_nights: int


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Open exceptions of one cause. `owners` and `at_risk` are of all of them, `listed` are those with most at risk."""

    category: str
    rule: str
    severity: str
    suggested_fix: str
    owners: Mapping[str, int]  # who acts on how many
    at_risk: tuple[Amount, ...]  # one per currency
    listed: tuple[OpenException, ...]

    @property
    def count(self) -> int:
        """How many there are, listed or not."""
        return sum(self.owners.values())


@dataclass(frozen=True, slots=True)
class HopScope:
    """What a hop of the tie-out found for one source or legal entity and currency: checks by status."""

    legal_entity_code: str
    currency: str
    statuses: Mapping[TieOutStatus, int]


@dataclass(frozen=True, slots=True)
class Hop:
    """One hop of the tie-out; `open_rows` are the checks that did not come out equal."""

    number: int
    what: str
    scopes: tuple[HopScope, ...]
    open_rows: tuple[TieOutRow, ...]

    def count(self, status: TieOutStatus) -> int:
        """How many checks came out so."""
        return sum(scope.statuses.get(status, 0) for scope in self.scopes)

    @property
    def check_count(self) -> int:
        """How many checks were made."""
        return sum(sum(scope.statuses.values()) for scope in self.scopes)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the night for one source, one legal entity, or all: its last end, and the time of all its tries."""

    stage: str
    subject: str
    started_at: datetime
    milliseconds: int
    row_count: int | None
    outcome: str
    try_count: int
    error: str | None


@dataclass(frozen=True, slots=True)
class NightFigures:
    """A night as one row of a series. `at_risk` is the money of what was quarantined or held, per currency.

    `milliseconds` is the time in which any stage was at work, counted once however many worked beside each other.
    """

    read_instant: datetime
    document_count: int
    broken_count: int
    at_risk: tuple[Amount, ...]
    entry_count: int
    short_count: int
    milliseconds: int


@dataclass(frozen=True, slots=True)
class NightScore:
    """A data-quality score of the night, and its share in basis points in the scored night before."""

    of: QualityScore
    before_bp: int | None


@dataclass(frozen=True, slots=True)
class Missing:
    """Something without which the night is not complete, and who acts."""

    fact: str
    owner: str


@dataclass(frozen=True, slots=True)
class NightReport:
    """Everything that is said of a night, read in one snapshot of the finance database at `produced_at`.

    `closing`: what would stand in the way if each legal entity closed its next period now.
    """

    read_instant: datetime
    produced_at: datetime
    sources: tuple[Source, ...]
    equation: tuple[EquationCell, ...]
    entries: tuple[Entry, ...]
    exceptions: tuple[CauseGroup, ...]
    hops: tuple[Hop, ...]
    stages: tuple[Stage, ...]
    nights: tuple[NightFigures, ...]
    missing: tuple[Missing, ...] = ()
    closing: tuple[Checklist, ...] = ()
    scores: tuple[NightScore, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything is where it should be."""
        return not self.missing

    @property
    def document_count(self) -> int:
        """Documents extracted or seen to be deleted."""
        return sum(cell.all_count for cell in self.equation)

    @property
    def exception_count(self) -> int:
        """Open exceptions, listed or not."""
        return sum(group.count for group in self.exceptions)
