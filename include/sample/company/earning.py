"""The answer's own reckoning of what a line has earned by a day, and of how much a credit note takes that is not earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from include.sample.company.billing import Billing
from include.sample.company.rows import CreditNote, CreditNoteLine, InvoiceLine, Product

Earned = Callable[[date], int]  # cumulative minor units by the end of a day


def straight(billing: Billing, line: InvoiceLine) -> Earned:
    """What a plan earns day by day, both ends inclusive."""
    assert product_of(billing, line).recognition_method == "daily"  # as all plans here
    start, end = line.service_start, line.service_end
    assert start is not None
    assert end is not None

    def earned(day: date) -> int:
        if day < start:
            return 0
        if day >= end:
            return line.net_minor
        return rounded(line.net_minor * ((day - start).days + 1), (end - start).days + 1)

    return earned


def taken_back(billing: Billing, credited: InvoiceLine, amount: int, since: date) -> Earned:
    """What is taken back of a line goes with what that line would have earned after a day."""
    whole = straight(billing, replace(credited, credited_line_id=None))
    left = credited.net_minor - whole(since)

    def earned(day: date) -> int:
        if day <= since:
            return 0
        return rounded(amount * (whole(day) - whole(since)), left) if left else amount

    return earned


def credited_since(note: CreditNote, credit: CreditNoteLine) -> date:
    """The day up to which the credited line is earned as it was."""
    assert note.issue_date is not None
    return (credit.effective_date if credit.revenue_effect == "termination" else None) or note.issue_date


def unearned_credit(billing: Billing, note: CreditNote, credit: CreditNoteLine) -> int:
    """How much of a line of a credit note comes out of deferred revenue; the rest takes revenue back."""
    credited = billing.get(InvoiceLine, credit.invoice_line_id)
    if credit.revenue_effect not in ("termination", "price_reduction"):
        return 0
    if product_of(billing, credited).revenue_treatment != "ratable":
        return 0
    others = [each for each in billing.all(CreditNoteLine) if each.invoice_line_id == credited.id]
    assert others == [credit]  # no line is credited twice in the sample company
    left = credited.net_minor - straight(billing, replace(credited, credited_line_id=None))(
        credited_since(note, credit)
    )
    if credit.revenue_effect == "termination":
        return min(credit.amount_minor, left)
    return rounded(credit.amount_minor * left, credited.net_minor)


def product_of(billing: Billing, line: InvoiceLine) -> Product:
    """The product that a line sells."""
    assert line.product_id is not None
    return billing.get(Product, line.product_id)


def rounded(numerator: int, denominator: int) -> int:
    """Half a minor unit goes away from zero."""
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole
