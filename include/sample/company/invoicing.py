"""Writing invoices and credit notes of the sample company, with their lines and taxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from uuid import UUID

from include.sample.company.billing import Billing
from include.sample.company.cash_rows import PaymentAllocation
from include.sample.company.catalogue import (
    ONBOARDING,
    PLAN,
    USAGE,
    Home,
    allot,
    contract_id,
    entity_id,
    product_id,
    tax_on,
    tax_within,
)
from include.sample.company.rows import (
    CreditNote,
    Customer,
    Invoice,
    InvoiceLine,
    InvoiceLineTax,
)


@dataclass(frozen=True, slots=True)
class Item:
    """What one invoice line bills: amount before discount, in minor units."""

    sku: str
    amount: int
    discount: int = 0
    is_taxed: bool = True
    is_inclusive: bool = False
    reduces: InvoiceLine | None = None


def plan(amount: int, discount: int = 0, *, is_inclusive: bool = False) -> Item:
    """An annual plan."""
    return Item(PLAN, amount, discount, is_inclusive=is_inclusive)


def onboarding(amount: int) -> Item:
    """An onboarding, delivered at once."""
    return Item(ONBOARDING, amount)


def usage(amount: int) -> Item:
    """Metered usage, untaxed."""
    return Item(USAGE, amount, is_taxed=False)


def issue_invoice(
    billing: Billing,
    home: Home,
    customer: Customer,
    name: str,
    day: date,
    items: Sequence[Item],
    *,
    status: str = "issued",
    currency: str | None = None,
) -> Invoice:
    """Write an invoice with lines and taxes whose sums are right."""
    key = billing.key(f"invoice/{home.code}/{name}")
    lines = [_line(billing, home, key, number, day, item) for number, item in enumerate(items, start=1)]
    tax = sum(line.tax_minor for line in lines)
    total = sum(line.net_minor for line in lines) + tax
    invoice = billing.write(
        Invoice(
            id=key,
            legal_entity_id=entity_id(billing, home.code),
            customer_id=customer.id,
            contract_id=contract_id(billing, customer),
            number=f"{home.code}-{name}",
            status=status,
            issue_date=day,
            due_date=day + timedelta(days=30),
            finalized_at=None if status == "draft" else home.instant(day, time(0, 10)),
            currency=currency or home.currency,
            subtotal_minor=sum(line.amount_minor for line in lines),
            discount_minor=sum(line.discount_minor for line in lines),
            tax_minor=tax,
            total_minor=total,
            open_minor=max(total, 0) if status == "issued" else 0,
        )
    )
    for line in lines:
        billing.write(line)
        _write_taxes(billing, home, line)
    return invoice


def change_amount(billing: Billing, home: Home, invoice: Invoice, line: InvoiceLine, amount: int) -> Invoice:
    """Change the amount of an untouched invoice's exclusively taxed line, with everything that follows from it."""
    tax = tax_on(home, amount - line.discount_minor) if line.tax_minor else 0
    change = amount - line.amount_minor + tax - line.tax_minor
    changed = billing.write(replace(line, amount_minor=amount, tax_minor=tax))
    _write_taxes(billing, home, changed)
    return billing.write(
        replace(
            invoice,
            subtotal_minor=invoice.subtotal_minor + amount - line.amount_minor,
            tax_minor=invoice.tax_minor + tax - line.tax_minor,
            total_minor=invoice.total_minor + change,
            open_minor=invoice.open_minor + change,
        )
    )


def line_of(billing: Billing, invoice: Invoice, number: int = 1) -> InvoiceLine:
    """The line of an invoice with this number."""
    return next(line for line in billing.children(InvoiceLine, invoice.id) if line.line_no == number)


def settle(billing: Billing, invoice_id: UUID) -> Invoice:
    """Bring billing's own opinion of an invoice up to date: what is open, and whether it is paid."""
    invoice = billing.get(Invoice, invoice_id)
    live = [row for row in billing.children(PaymentAllocation, invoice_id) if row.is_live]
    reductions = [row for row in billing.children(CreditNote, invoice_id) if row.kind == "ar_reduction"]
    silent = [row.total_minor for row in reductions if not billing.children(PaymentAllocation, row.id)]
    applied = sum(row.amount_minor + row.adjustment_minor for row in live)
    left = max(invoice.total_minor - applied - sum(silent), 0)
    if invoice.status not in ("issued", "paid"):
        return invoice
    return billing.write(replace(invoice, open_minor=left, status="issued" if left else "paid"))


def tax_shares(home: Home, tax: int) -> list[tuple[str, Decimal, int]]:
    """A tax cut into its authorities' shares; the last takes what is left."""
    shares, left = [], tax
    for authority in home.taxes:
        share = left if authority is home.taxes[-1] else allot(tax, authority.millionths, home.millionths)
        left -= share
        shares.append((authority.jurisdiction, authority.rate, share))
    return shares if tax else []


def _line(billing: Billing, home: Home, invoice: UUID, number: int, day: date, item: Item) -> InvoiceLine:
    base = item.amount - item.discount
    tax = 0
    if item.is_taxed:
        tax = tax_within(home, base) if item.is_inclusive else tax_on(home, base)
    is_plan, is_usage = item.sku == PLAN, item.sku == USAGE
    start = day - timedelta(days=30) if is_usage else day
    end = day + timedelta(days=364) if is_plan else day
    return InvoiceLine(
        id=billing.key(f"line/{invoice}/{number}"),
        invoice_id=invoice,
        line_no=number,
        product_id=product_id(billing, item.sku),
        description=item.sku.replace("-", " ").lower(),
        line_kind="proration" if item.reduces else "charge",
        quantity=Decimal(1),
        amount_minor=item.amount,
        discount_minor=item.discount,
        tax_minor=tax,
        tax_inclusive=item.is_inclusive,
        service_start=start,
        service_end=end,
        credited_line_id=item.reduces.id if item.reduces else None,
    )


def _write_taxes(billing: Billing, home: Home, line: InvoiceLine) -> None:
    for number, (jurisdiction, rate, minor) in enumerate(tax_shares(home, line.tax_minor), start=1):
        billing.write(
            InvoiceLineTax(
                id=billing.key(f"tax/{line.id}/{number}"),
                invoice_line_id=line.id,
                jurisdiction=jurisdiction,
                rate=rate,
                taxable_minor=line.net_minor,
                tax_minor=minor,
            )
        )
