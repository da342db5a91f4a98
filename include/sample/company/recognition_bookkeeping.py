"""The answer's own recognition: what each ratable line has earned by the end of each period, by pen and paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.bookkeeping import DEFERRED, Booking
from include.sample.company.earning import (
    Earned,
    credited_since,
    product_of,
    rounded,
    straight,
    taken_back,
    unearned_credit,
)
from include.sample.company.judging import Document, date_of, home_of
from include.sample.company.rates import in_books
from include.sample.company.rows import CreditNote, CreditNoteLine, Invoice, InvoiceLine

SUBSCRIPTIONS = "4000"
PERIOD_ENDS = (date(2025, 12, 31), date(2026, 1, 31))  # of a year that is closed, and of the month before both nights


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
    return rounded(earned(day) * in_books(whole, currency, own, begins), whole)


def _schedules(billing: Billing, row: Invoice | CreditNote) -> Iterator[tuple[UUID, Earned]]:
    if isinstance(row, Invoice):
        for line in billing.children(InvoiceLine, row.id):
            if product_of(billing, line).revenue_treatment == "ratable":
                yield line.id, _of_invoice_line(billing, line)
        return
    for credit in billing.children(CreditNoteLine, row.id):
        if unearned := unearned_credit(billing, row, credit):
            credited = billing.get(InvoiceLine, credit.invoice_line_id)
            yield credit.id, taken_back(billing, credited, -unearned, credited_since(row, credit))


def _of_invoice_line(billing: Billing, line: InvoiceLine) -> Earned:
    if line.credited_line_id is not None and line.service_start is not None:
        credited = billing.get(InvoiceLine, line.credited_line_id)
        return taken_back(billing, credited, line.net_minor, line.service_start - timedelta(days=1))
    return straight(billing, line)
