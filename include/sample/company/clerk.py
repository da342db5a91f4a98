"""The clerk who works the answer out: from the story, in plain integers, apart from the pipelines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from include.sample.company.answer import Answer, DocumentNote, LedgerBalance, NightAnswer, OutcomeCount
from include.sample.company.billing import Billing
from include.sample.company.bookkeeping import (
    UNCOVERED_REFUNDS,
    Booking,
    applications_of,
    book_application,
    bookings_of,
)
from include.sample.company.books import Books, today
from include.sample.company.calendar import NIGHTS, Night
from include.sample.company.catalogue import HOMES, KNOWN_CURRENCIES
from include.sample.company.judging import (
    Document,
    Key,
    date_of,
    documents,
    exclusion_of,
    faults_of,
    find_document,
    gross_of,
    home_of,
    key_of,
)
from include.sample.company.reading import touched_documents, wanted_again
from include.sample.company.recognition_bookkeeping import recognised_bookings
from include.sample.company.rows import Invoice
from include.sample.company.story import tell_story


def work_out(seed: int, size: int) -> Answer:
    """Work the answer out for one seed and size."""
    story, clerk = tell_story(seed, size), _Clerk()
    first = story.meanwhile.after
    nights = [clerk.work(NIGHTS[0], first, {key_of(row) for row in documents(first)})]
    second = story.night_two.after
    changes = [change for stage in (story.meanwhile, story.late, story.night_two) for change in stage.changes]
    again = wanted_again(second, clerk.to_read_again())
    nights.append(clerk.work(NIGHTS[1], second, touched_documents(second, changes) | again))
    specials = {name: (kind, str(key)) for name, (kind, key) in sorted(second.specials.items())}
    return Answer(seed, size, specials, nights)


@dataclass
class _Clerk:
    """Keeps the books through both nights."""

    books: Books = field(default_factory=Books)
    recognised: Books = field(default_factory=Books)  # what recognition books, apart: it changes no document's outcome
    accounted: set[Key] = field(default_factory=set)
    set_aside: set[Key] = field(default_factory=set)  # quarantined: read again each night
    exceptions: dict[Key, str] = field(default_factory=dict)
    waiting: dict[Key, list[str]] = field(default_factory=dict)
    seen: dict[Key, tuple[str, str, int]] = field(default_factory=dict)  # entity, currency, gross when last seen
    days: dict[Key, date] = field(default_factory=dict)  # of the documents accounted

    def to_read_again(self) -> set[Key]:
        return self.set_aside | set(self.waiting)

    def work(self, night: Night, billing: Billing, keys: set[Key]) -> NightAnswer:
        self.books.open_night(night)
        self.recognised.open_night(night)
        # Invoices come first: whether they are accounted tonight decides what applications may book.
        ordered = sorted(keys, key=lambda key: (key[0] != "invoice", key))
        outcomes = {key: self._judge(night, billing, key) for key in ordered}
        counts: Counter[tuple[str, str, str, str, str]] = Counter()
        totals: Counter[tuple[str, str, str, str, str]] = Counter()
        for key, (outcome, reason) in outcomes.items():
            entity, currency, gross = self.seen[key]
            cell = (key[0], entity, currency, outcome, reason)
            counts[cell] += 1
            totals[cell] += gross
        return NightAnswer(
            number=night.number,
            as_of=night.as_of.isoformat(),
            outcomes=sorted(OutcomeCount(*cell, counts[cell], totals[cell]) for cell in counts),
            ledger=self._balances(),
            exceptions=_notes((key, rule) for key, rule in self.exceptions.items()),
            waiting=_notes((key, text) for key, texts in self.waiting.items() for text in texts),
            held=_notes(
                (key, kept.held) for key, kinds in self.books.standing.items() for kept in kinds.values() if kept.held
            ),
            documents=_notes((key, f"{outcome} {reason}".strip()) for key, (outcome, reason) in outcomes.items()),
            entries_at_most=len(self.books.entries) + len(self.recognised.entries),
        )

    def _judge(self, night: Night, billing: Billing, key: Key) -> tuple[str, str]:
        row = find_document(billing, key)
        if row is None or row.deleted_at:
            return self._judge_deleted(key)
        home = home_of(billing, row)
        currency = row.currency if row.currency in KNOWN_CURRENCIES else "unknown"
        self.seen[key] = (home.code if home else "UNASSIGNED", currency, gross_of(row))
        if reason := exclusion_of(row):
            return "excluded", reason
        if faults := faults_of(billing, row, today(home.code, night) if home else None, self.days.get(key)):
            self.set_aside.add(key)
            self.exceptions[key] = faults[0]
            return "quarantined", faults[0]
        assert home is not None
        return self._account(night, billing, key, row, home.code)

    def _judge_deleted(self, key: Key) -> tuple[str, str]:
        self.set_aside.discard(key)
        if key in self.accounted:
            self.exceptions[key] = "deleted_after_accounting"
            return "excluded", "deleted_after_accounting"
        self.exceptions.pop(key, None)
        return "deleted", ""

    def _account(self, night: Night, billing: Billing, key: Key, row: Document, entity: str) -> tuple[str, str]:
        is_new = key not in self.accounted
        self.accounted.add(key)
        self.days[key] = date_of(HOMES[entity], row) or self.days[key]
        self.set_aside.discard(key)
        self.exceptions.pop(key, None)
        wanted = list(bookings_of(billing, row))
        if any(booking.legs.get(UNCOVERED_REFUNDS) for booking in wanted[:1]):
            self.exceptions[key] = "refund_without_credit_note"
        if any(booking.event == "processor.adjustment" for booking in wanted):
            self.exceptions[key] = "processor_adjustment"
        wanted += self._book_applications(billing, key, row, entity)
        self.recognised.book(key, entity, list(recognised_bookings(billing, row, today(entity, night))), night)
        is_moved, held = self.books.book(key, entity, wanted, night)
        if held == "hold_for_reopen":
            self.exceptions[key] = held
        if held:
            return "held", held
        return ("new" if is_new else "changed" if is_moved else "unchanged"), ""

    def _book_applications(self, billing: Billing, key: Key, row: Document, entity: str) -> list[Booking]:
        wanted: list[Booking] = []
        waiting: list[str] = []
        for application in applications_of(billing, row):
            assert not isinstance(row, Invoice)
            invoice = ("invoice", application.invoice_id)
            home = home_of(billing, billing.get(Invoice, application.invoice_id))
            if invoice not in self.accounted:
                waiting.append(f"waiting_for {application.invoice_id}")
            elif home is None or home.code != entity:
                waiting.append("not_yet_supported")
            else:
                wanted += book_application(billing, row, application)
        self.waiting.pop(key, None)
        if waiting:
            self.waiting[key] = waiting
        return wanted

    def _balances(self) -> list[LedgerBalance]:
        ledger = self.books.ledger.copy()
        ledger.update(self.recognised.ledger)
        return sorted(
            LedgerBalance(entity, account, period, HOMES[entity].currency, net)
            for (entity, account, period), net in ledger.items()
            if net
        )


def _notes(pairs: Iterable[tuple[Key, str]]) -> list[DocumentNote]:
    return sorted(DocumentNote(kind, str(key), text) for (kind, key), text in pairs)
