"""Before anything is sent: what would the ERP refuse? Pure questions to the reference data that came down from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from include.finance.journal import EntryState, HeldReason, JournalEntry, ReversalStyle
from include.finance.period import AccountingPeriod, PeriodState
from include.pipelines import entry_faults
from include.pipelines.posting_desk import PostingDesk
from include.ports.erp import ErpAccount, ReferenceData
from include.ports.postings import Change, DueEntry, EntryException


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What the ERP of one entity has and takes. `closed_here`: periods that we have closed ourselves, and what they take."""

    reference: ReferenceData
    periods: Sequence[AccountingPeriod]
    closed_here: Mapping[str, frozenset[str]]
    lines_per_entry: int
    reversal_styles: frozenset[ReversalStyle] = frozenset(ReversalStyle)

    def accounts(self) -> Mapping[str, ErpAccount]:
        """The ERP's accounts by code."""
        return {account.code: account for account in self.reference.accounts}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why an entry cannot go: rule, fact and cure."""

    reason: HeldReason
    rule: str
    fact: str
    cure: str


def gather_facts(desk: PostingDesk) -> LedgerFacts:
    """Read the entity's reference data from the ERP and keep it in the finance database."""
    reference = desk.erp.reference_data(desk.entity)
    periods = desk.erp.periods(desk.entity)
    desk.journal.replace_reference_data(reference, periods)
    limits = desk.erp.limits
    closed = desk.journal.closed_periods()
    return LedgerFacts(reference, periods, closed, limits.lines_per_entry, limits.reversal_styles)


def hold_refusable(desk: PostingDesk, facts: LedgerFacts) -> None:
    """Hold ready entries that would be refused. The others go on."""
    for due in desk.in_state(EntryState.READY):
        if obstacle := find_obstacle(due.entry, facts):
            exception = _exception(due, obstacle)
            held = Change(EntryState.HELD, obstacle.reason, cause=exception.message, exception=exception)
            desk.move(due, held)


def let_go(desk: PostingDesk, facts: LedgerFacts) -> None:
    """Make held entries ready whose reason is gone; reopening its period is the word that a late entry waits for."""
    for due in desk.in_state(EntryState.HELD):
        if due.held_reason is HeldReason.FUTURE_DATE and due.entry.posting_date > desk.local_date:
            continue
        obstacle = find_obstacle(due.entry, facts)
        if obstacle is None:
            desk.move(due, Change(EntryState.READY))
        elif due.held_reason is not HeldReason.HOLD_FOR_REOPEN:  # account has reported that one, document by document
            desk.journal.note(_exception(due, obstacle))


def find_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    """The first thing for which the ERP would refuse this entry; all its faulty accounts together."""
    return (
        _currency_obstacle(entry, facts)
        or _journal_obstacle(entry, facts)
        or _account_obstacle(entry, facts)
        or _size_obstacle(entry, facts)
        or _style_obstacle(entry, facts)
        or _period_obstacle(entry, facts)
    )


def _currency_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    theirs, own = facts.reference, entry.functional_currency
    if (own.code, own.exponent) == (theirs.currency_code, theirs.currency_exponent):
        return None
    fact = (
        f"is in {own.code} with {own.exponent} decimals, and the company in the ERP keeps its "
        f"books in {theirs.currency_code} with {theirs.currency_exponent}"
    )
    cure = "Correct the functional currency of the legal entity, or the currency's digits in the ERP."
    return Obstacle(HeldReason.FAILED_PREFLIGHT, "currency_differs_in_erp", fact, cure)


def _journal_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    if entry.category.value in facts.reference.journal_categories:
        return None
    fact = f"is of category {entry.category.value}, for which the ERP has no journal"
    cure = "Create the journal that erps.yaml names for this category in the ERP, or name another there."
    return Obstacle(HeldReason.FAILED_PREFLIGHT, "journal_missing_in_erp", fact, cure)


def _account_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    accounts = facts.accounts()
    codes = dict.fromkeys(line.account_code for line in entry.lines)
    faults = [fault for code in codes if (fault := _account_fault(code, accounts.get(code)))]
    if not faults:
        return None
    cure = "Create or open the account in the ERP, name its party in the chart, or correct the chart and `make requeue` with AGAIN=1."
    return Obstacle(HeldReason.FAILED_PREFLIGHT, "account_unusable_in_erp", "; ".join(faults), cure)


def _account_fault(code: str, account: ErpAccount | None) -> str | None:
    if account is None:
        return f"uses account {code}, which the ERP does not have"
    if not account.is_active:
        return f"uses account {code}, which takes no entries in the ERP"
    if account.is_party_required and account.party_name is None:
        return f"uses account {code}, which needs a party in the ERP, and none is configured or known there"
    return None


def _size_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    if len(entry.lines) <= facts.lines_per_entry:
        return None
    fact = f"has {len(entry.lines)} lines, and the ERP takes {facts.lines_per_entry}"
    return Obstacle(HeldReason.FAILED_PREFLIGHT, "too_many_lines", fact, "Split entries smaller: `summarisation`.")


def _style_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    if entry.style in facts.reversal_styles:
        return None
    fact = "takes back in negative amounts, which the ERP refuses"
    cure = "Set `reversal_style` of the legal entity's `summarisation`, then `make requeue` the entry with AGAIN=1."
    return Obstacle(HeldReason.FAILED_PREFLIGHT, "reversal_style_refused", fact, cure)


def _period_obstacle(entry: JournalEntry, facts: LedgerFacts) -> Obstacle | None:
    period = next((each for each in facts.periods if each.contains(entry.posting_date)), None)
    if period is None:
        fact = f"is dated {entry.posting_date}, for which the ERP has no period"
        return Obstacle(HeldReason.PERIOD_CLOSED, "period_closed_in_erp", fact, "Create the fiscal year in the ERP.")
    is_closed_here = any(
        name in facts.closed_here and entry.category.value not in facts.closed_here[name]
        for name in (period.name, entry.period_name)
    )
    if period.state is PeriodState.OPEN and not is_closed_here:
        return None
    where = "here" if is_closed_here else "in the ERP"
    fact = f"is dated {entry.posting_date}, and period {period.name} is closed {where}"
    cure = "Reopen the period, or open a later one of the same fiscal year: the next night dates the documents anew."
    return Obstacle(HeldReason.PERIOD_CLOSED, "period_closed_in_erp", fact, cure)


def _exception(due: DueEntry, obstacle: Obstacle) -> EntryException:
    name = f"Journal entry {due.reference} of legal entity {due.entry.legal_entity_code}"
    return entry_faults.about(due, obstacle.rule, f"{name} {obstacle.fact}. {obstacle.cure}")
