"""An ERP in memory that does what it is told, and goes wrong where it is told. Time passes in it only on request."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from include.finance.entity import LegalEntity
from include.finance.errors import (
    EntryRefusedError,
    OutcomeUnknownError,
    PeriodClosedError,
    SystemUnreachableError,
)
from include.finance.journal import JournalCategory, JournalEntry, ReversalStyle
from include.finance.period import AccountingPeriod, PeriodState
from include.ports.erp import (
    ErpAccount,
    ErpLimits,
    LedgerEntry,
    LedgerLine,
    LedgerState,
    Movement,
    PostedEntry,
    ReferenceData,
)

T = TypeVar("T")
LIMITS = ErpLimits(
    lines_per_entry=100,
    max_request_seconds=20,
    answer_seconds=25,
    reference_length=16,
    text_length=250,
    reversal_styles=frozenset(ReversalStyle),
)
ACCOUNTS = ("1010", "1100", "2000", "2050", "2100", "4000", "7000")


class Fault(StrEnum):
    """What goes wrong with one call."""

    LOST_REQUEST = "the request never arrives, and nobody says so"
    LOST_ANSWER = "it is done, and the answer is lost"
    LATE = "it is done 20 s after the client gave up"
    TWICE = "it is done twice"
    REFUSED = "it is refused"
    CLOSED = "the period is closed"
    UNREACHABLE = "no connection"


@dataclass
class FakeErp:
    """A general ledger of drafts and posted entries. `faults` are taken one by one, by method."""

    entity: LegalEntity
    limits: ErpLimits = LIMITS
    ledger: dict[str, LedgerEntry] = field(default_factory=dict)
    accounts: dict[str, ErpAccount] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    late: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    elapsed: float = 0
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        for code in ACCOUNTS:
            self.accounts.setdefault(code, ErpAccount(code, f"Account {code}", is_active=True, is_party_required=False))

    # The test's own doors

    def fail(self, method: str, *faults: Fault | None) -> None:
        """Let the next calls of a method go wrong, one after the other; None is a call that goes right."""
        self.faults.setdefault(method, []).extend(faults)

    def elapse(self, seconds: float) -> None:
        """Let time pass in the ERP."""
        self.elapsed += seconds
        due = [work for at, work in self.late if at <= self.elapsed]
        self.late = [(at, work) for at, work in self.late if at > self.elapsed]
        for work in due:
            work()

    def posted(self) -> list[LedgerEntry]:
        """Everything that changed balances."""
        return [each for each in self.ledger.values() if each.header.state is LedgerState.POSTED]

    def drafts(self) -> list[LedgerEntry]:
        """Everything that did not."""
        return [each for each in self.ledger.values() if each.header.state is LedgerState.DRAFT]

    def put(self, entry: LedgerEntry) -> LedgerEntry:
        """Put an entry there by hand, under a new id."""
        kept = replace(entry, header=replace(entry.header, erp_id=str(next(self._ids))))
        self.ledger[kept.header.erp_id] = kept
        return kept

    # The port

    def references(self, entity: LegalEntity, since: date) -> Mapping[str, Sequence[PostedEntry]]:
        self._call("references")
        found: dict[str, list[PostedEntry]] = {}
        for each in self.ledger.values():
            is_ours = re.fullmatch("[A-Z0-9]{16}", each.header.reference)
            if is_ours and each.header.posting_date and each.header.posting_date >= since:
                found.setdefault(each.header.reference, []).append(each.header)
        return found

    def find(self, entity: LegalEntity, reference: str) -> Sequence[PostedEntry]:
        self._call("find")
        return [each.header for each in self.ledger.values() if each.header.reference == reference]

    def create(self, entity: LegalEntity, entry: JournalEntry) -> PostedEntry:
        return self._faulty("create", lambda: self._create(entry))

    def release(self, entity: LegalEntity, draft: PostedEntry) -> PostedEntry:
        return self._faulty("release", lambda: self._release(draft))

    def await_turn(self) -> None:
        """It may be asked as fast as anybody likes."""

    def delete_draft(self, entity: LegalEntity, draft: PostedEntry) -> None:
        self._faulty("delete_draft", lambda: self._delete(draft))

    def read_back(self, entity: LegalEntity, posted: PostedEntry) -> LedgerEntry:
        self._call("read_back")
        return self.ledger[posted.erp_id]

    def read_back_many(self, entity: LegalEntity, posted: Sequence[PostedEntry]) -> Sequence[LedgerEntry]:
        self._call("read_back_many")
        return [self.ledger[each.erp_id] for each in posted if each.erp_id in self.ledger]

    def periods(self, entity: LegalEntity) -> Sequence[AccountingPeriod]:
        self._call("periods")
        return [self._period(month) for month in range(1, 13)]

    def reference_data(self, entity: LegalEntity) -> ReferenceData:
        self._call("reference_data")
        categories = frozenset(category.value for category in JournalCategory)
        currency = self.entity.functional_currency
        return ReferenceData(tuple(self.accounts.values()), categories, currency.code, currency.exponent)

    def balances(self, entity: LegalEntity, until: date) -> Mapping[str, int]:
        balances: dict[str, int] = {}
        for each in self.posted():
            if each.header.posting_date and each.header.posting_date <= until:
                for account, minor in each.net_by_account().items():
                    balances[account] = balances.get(account, 0) + minor
        return balances

    def movements(self, entity: LegalEntity, period: str, accounts: Collection[str]) -> Sequence[Movement]:
        self._call("movements")
        found: dict[str, list[int]] = {}
        for each in self.posted():
            for line in each.lines:
                if each.period_name == period and line.account_code in accounts:
                    sides = found.setdefault(line.account_code, [0, 0])
                    sides[0] += line.sides[0]
                    sides[1] += line.sides[1]
        return [Movement(code, *sides) for code, sides in found.items()]

    def entries(
        self, entity: LegalEntity, period: str, accounts: Collection[str], since: date
    ) -> Sequence[LedgerEntry]:
        self._call("entries")
        return [
            replace(each, lines=kept, entered_by=each.entered_by or "poster")
            for each in self.posted()
            if each.period_name == period and each.header.posting_date and each.header.posting_date >= since
            if (kept := tuple(line for line in each.lines if line.account_code in accounts))
        ]

    # Inside

    def _call(self, method: str) -> Fault | None:
        self.calls.append(method)
        planned = self.faults.get(method)
        fault = planned.pop(0) if planned else None
        if fault is Fault.UNREACHABLE:
            raise SystemUnreachableError("The ERP does not answer. Start it.")
        return fault

    def _faulty(self, method: str, work: Callable[[], T]) -> T:
        fault = self._call(method)
        if fault is Fault.REFUSED:
            raise EntryRefusedError("The ERP refuses it: account 1100 is blocked. Unblock it.")
        if fault is Fault.CLOSED:
            raise PeriodClosedError("Period 2026-01 is closed in the ERP.")
        if fault is Fault.LATE:
            self.late.append((self.elapsed + 20, work))
        if fault in (Fault.LATE, Fault.LOST_REQUEST):
            raise OutcomeUnknownError("No answer.")
        result = work()
        if fault is Fault.TWICE:
            result = work()
        if fault is Fault.LOST_ANSWER:
            raise OutcomeUnknownError("No answer.")
        return result

    def _create(self, entry: JournalEntry) -> PostedEntry:
        if entry.posting_date.strftime("%Y-%m") in self.closed:
            raise PeriodClosedError(f"The period of {entry.posting_date} is closed in the ERP.")
        if entry.style not in self.limits.reversal_styles:
            raise EntryRefusedError("The ERP takes no negative amounts.")
        if unknown := {line.account_code for line in entry.lines} - self.accounts.keys():
            raise EntryRefusedError(f"The ERP has no account {', '.join(sorted(unknown))}.")
        header = PostedEntry("", entry.reference, LedgerState.DRAFT, None, entry.posting_date)
        is_negative = entry.style is ReversalStyle.NEGATIVE
        lines = tuple(
            LedgerLine(line.account_code, line.in_books.minor, line.text, is_negative) for line in entry.lines
        )
        return self.put(LedgerEntry(header, entry.posting_date.strftime("%Y-%m"), lines)).header

    def _release(self, draft: PostedEntry) -> PostedEntry:
        kept = self.ledger[draft.erp_id]
        if kept.header.state is LedgerState.DRAFT:
            header = replace(kept.header, state=LedgerState.POSTED, number=f"N{next(self._numbers)}")
            self.ledger[draft.erp_id] = replace(kept, header=header)
        return self.ledger[draft.erp_id].header

    def _delete(self, draft: PostedEntry) -> None:
        if self.ledger[draft.erp_id].header.state is LedgerState.POSTED:
            raise EntryRefusedError("A posted entry is never deleted.")
        del self.ledger[draft.erp_id]

    def _period(self, month: int) -> AccountingPeriod:
        start = date(2026, month, 1)
        end = date(2026 + month // 12, month % 12 + 1, 1) - date.resolution
        name = start.strftime("%Y-%m")
        state = PeriodState.CLOSED if name in self.closed else PeriodState.OPEN
        return AccountingPeriod(name, "2026", start, end, state)
