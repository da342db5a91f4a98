"""The answer's own recognition: what each ratable line has earned by the end of each period, by pen and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.bookkeeping import DEFERRED, Booking
from include.sample.company.judging import Document, date_of, home_of
from include.sample.company.rates import in_books
from include.sample.company.rows import CreditNote, CreditNoteLine, Invoice, InvoiceLine, Product

SUBSCRIPTIONS = "4000"
PERIOD_ENDS = (date(2025, 12, 31), date(2026, 1, 31))  # of a year that is closed, and of the month before both nights

Earned = Callable[[date], int]  # cumulative minor units by the end of a day


def recognised_bookings(billing: Billing, row: Document, today: date) -> Iterator[Booking]:
    """What the lines of a good document have earned in each period that is over, and what a void takes back."""
    home = home_of(billing, row)
    if home is None or not isinstance(row, (Invoice, CreditNote)):
        return
    begins = date_of(home, row)
    assert row.currency == home.currency or isinstance(row, Invoice)  # no foreign credit notes here
    ended = home.day(row.voided_at) if row.voided_at else None
    days = sorted({*(day for day in PERIOD_ENDS if day < today), *([ended] if ended and ended <= today else [])})
    for line_id, earned in _schedules(billing, row):
        before = 0
        for day in days:
            is_running = begins is not None and begins <= day and not (ended and day >= ended)
            now = _in_books(earned, day, row.currency, home.currency, begins) if is_running and begins else 0
            if now != before:
                legs = {DEFERRED: now - before, SUBSCRIPTIONS: before - now}
                yield Booking(f"revenue.recognized {day}", line_id, day, legs)
            before = now


def _in_books(earned: Earned, day: date, currency: str, own: str, begins: date) -> int:
    """What is earned by a day, in the books' own currency: released at the rate of the document's day."""
    if currency == own:
        return earned(day)
    whole = earned(date.max)
    return _rounded(earned(day) * in_books(whole, currency, own, begins), whole)


def _schedules(billing: Billing, row: Invoice | CreditNote) -> Iterator[tuple[UUID, Earned]]:
    if isinstance(row, Invoice):
        for line in billing.children(InvoiceLine, row.id):
            if _product(billing, line).revenue_treatment == "ratable":
                yield line.id, _of_invoice_line(billing, line)
        return
    for credit in billing.children(CreditNoteLine, row.id):
        credited = billing.get(InvoiceLine, credit.invoice_line_id)
        is_unearned = credit.revenue_effect in ("termination", "price_reduction")
        if is_unearned and _product(billing, credited).revenue_treatment == "ratable":
            assert row.issue_date is not None
            is_ended = credit.revenue_effect == "termination"
            since = (credit.effective_date if is_ended else None) or row.issue_date
            yield credit.id, _taken_back(billing, credited, -credit.amount_minor, since)


def _of_invoice_line(billing: Billing, line: InvoiceLine) -> Earned:
    if line.credited_line_id is not None and line.service_start is not None:
        credited = billing.get(InvoiceLine, line.credited_line_id)
        return _taken_back(billing, credited, line.net_minor, line.service_start - timedelta(days=1))
    return _straight(billing, line)


def _straight(billing: Billing, line: InvoiceLine) -> Earned:
    assert _product(billing, line).recognition_method == "daily"  # as all plans here
    start, end = line.service_start, line.service_end
    assert start is not None
    assert end is not None

    def earned(day: date) -> int:
        if day < start:
            return 0
        if day >= end:
            return line.net_minor
        return _rounded(line.net_minor * ((day - start).days + 1), (end - start).days + 1)

    return earned


def _taken_back(billing: Billing, credited: InvoiceLine, amount: int, since: date) -> Earned:
    """What is taken back of a line goes with what that line would have earned after a day."""
    whole = _straight(billing, replace(credited, credited_line_id=None))
    left = credited.net_minor - whole(since)

    def earned(day: date) -> int:
        if day <= since:
            return 0
        return _rounded(amount * (whole(day) - whole(since)), left) if left else amount

    return earned


def _rounded(numerator: int, denominator: int) -> int:
    """Half a minor unit goes away from zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


def _product(billing: Billing, line: InvoiceLine) -> Product:
    assert line.product_id is not None
    return billing.get(Product, line.product_id)
