"""Writing credit notes of the sample company, with their lines and taxes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.catalogue import Home, allot
from include.sample.company.invoicing import tax_shares
from include.sample.company.rows import CreditNote, CreditNoteLine, CreditNoteLineTax, Invoice, InvoiceLine


def issue_credit(
    billing: Billing,
    home: Home,
    name: str,
    invoice: Invoice,
    day: date,
    kind: str,
    parts: Sequence[tuple[InvoiceLine, int, str | None]],
) -> CreditNote:
    """Write a credit note that takes back, per invoice line, a net amount with its share of tax and one effect."""
    key = billing.key(f"credit_note/{home.code}/{name}")
    lines = [_credit_line(billing, key, number, day, *part) for number, part in enumerate(parts, start=1)]
    subtotal, tax = sum(line.amount_minor for line in lines), sum(line.tax_minor for line in lines)
    credit = billing.write(
        CreditNote(
            id=key,
            legal_entity_id=invoice.legal_entity_id,
            customer_id=invoice.customer_id,
            invoice_id=invoice.id,
            number=f"CN-{home.code}-{name}",
            status="issued",
            kind=kind,
            issue_date=day,
            reason="agreed with the customer",
            currency=invoice.currency,
            subtotal_minor=subtotal,
            tax_minor=tax,
            total_minor=subtotal + tax,
        )
    )
    for line in lines:
        billing.write(line)
        base = line.amount_minor
        for number, (jurisdiction, rate, minor) in enumerate(tax_shares(home, line.tax_minor), start=1):
            billing.write(
                CreditNoteLineTax(
                    id=billing.key(f"tax/{line.id}/{number}"),
                    credit_note_line_id=line.id,
                    jurisdiction=jurisdiction,
                    rate=rate,
                    taxable_minor=base,
                    tax_minor=minor,
                )
            )
    return credit


def _credit_line(
    billing: Billing, credit: UUID, number: int, day: date, line: InvoiceLine, amount: int, effect: str | None
) -> CreditNoteLine:
    return CreditNoteLine(
        id=billing.key(f"line/{credit}/{number}"),
        credit_note_id=credit,
        line_no=number,
        invoice_line_id=line.id,
        product_id=line.product_id,
        description=f"credit for {line.description}",
        amount_minor=amount,
        tax_minor=allot(line.tax_minor, amount, line.net_minor),
        revenue_effect=effect,
        effective_date=day if effect == "termination" else None,
    )
