"""The closed catalogue of accounting events: what can happen to a document that has an effect in the books.

An event outside this table is an exception, never a guess. `docs/accounting.md` prints the table for accountants, and a
test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from include.finance.journal import JournalCategory

# A component is an amount that an event carries. Some are sums of others: a rule balances when both sides are equal
# once every component is written in base components.
BASE_COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "net": ("net",),
    "tax": ("tax",),
    "gross": ("net", "tax"),
    "amount": ("amount",),
}

# What settles a receivable beside cash, as far as a legal entity tolerates it.
ADJUSTMENT_KINDS: tuple[str, ...] = ("bank_charge", "withholding_tax", "cash_discount", "small_balance")

# What the conditions of a rule may test, with the values that can occur; None: free text of the billing system.
ATTRIBUTE_VALUES: Mapping[str, tuple[str, ...] | None] = {
    "revenue_treatment": ("immediate", "ratable", "usage"),
    "product_line": None,
    "document_sign": ("positive", "negative"),
    "line_kind": ("charge", "proration", "rounding"),
    "revenue_effect": ("termination", "price_reduction", "goodwill"),
    "kind": ("ar_reduction", "refund", "on_account", "write_off", "chargeback"),
    "channel": ("processor", "direct", "bank"),  # bank: direct, on an account that the books hold themselves
    "method": ("card", "bank_transfer", "direct_debit", "cash", "other"),
    "processor": None,
    "processor_account": None,
    "bank_account_ref": None,
    "refund_against": ("credit", "awaiting"),
    "fee_kind": None,
    "settled": ("deducted", "invoiced"),
    "reverse_charge": ("yes", "no"),
    "portion": ("unearned", "earned", "unapplied", "open"),
    "loss_account": ("expense", "contra_revenue"),
    "tax_relief": ("yes", "no"),
    "settled_by": ("cash", *ADJUSTMENT_KINDS),
    "settles": ("own", "sister", "exchanged"),
    "sister": None,
}


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of accounting event.

    `code` is stored with every booking and never changes its meaning. `date_fields` are columns of the canonical
    datasets; the earliest filled one is the accounting date. `attributes` are what `when` of a rule may test.
    """

    name: str
    code: int
    document_type: str
    trigger: str
    date_fields: tuple[str, ...]
    category: JournalCategory
    components: tuple[str, ...]
    attributes: tuple[str, ...]
    open_item_key: str
    scenario: str
    is_supported: bool


_OF_INVOICE_LINE = ("revenue_treatment", "product_line", "document_sign", "line_kind")
_OF_CREDIT_LINE = ("revenue_treatment", "revenue_effect", "kind", "portion", "product_line")
_OF_PAYMENT = ("channel", "method", "processor", "processor_account", "bank_account_ref")
_OF_REFUND = ("channel", "refund_against", "sister")
_OF_FEE = ("fee_kind", "settled", "reverse_charge")
_OF_LOSS = ("portion", "loss_account", "tax_relief", "product_line")
_OF_WRITE_OFF = ("portion", "tax_relief", "product_line")
_OF_APPLICATION = ("settled_by", "settles", "sister")
_OF_CONVERSION = ("processor", "processor_account")
_LINE = ("net", "tax", "gross")
_ONE = ("amount",)
_C = JournalCategory

CATALOGUE: tuple[EventType, ...] = (
    EventType("invoice.issued", 1, "invoice", "an invoice is first seen as issued, paid or void", ("document_date",),
              _C.INVOICES, _LINE, _OF_INVOICE_LINE, "invoice", "S1, S13", is_supported=True),
    EventType("invoice.voided", 2, "invoice", "an issued invoice becomes void", ("voided_date",),
              _C.INVOICES, _LINE, _OF_INVOICE_LINE, "invoice", "S15", is_supported=True),
    EventType("invoice.written_off", 3, "invoice", "an issued invoice becomes written_off", ("written_off_date",),
              _C.CREDITS, _LINE, _OF_WRITE_OFF, "invoice", "S7", is_supported=True),
    EventType("invoice.recovered", 4, "invoice", "an invoice is settled after its write-off, or that is taken back", ("effective_date",),
              _C.CREDITS, _LINE, _OF_WRITE_OFF, "invoice", "S7", is_supported=True),
    EventType("credit_memo.issued", 10, "credit_memo", "a credit memo is first seen as issued or void",
              ("document_date",), _C.CREDITS, _LINE, _OF_CREDIT_LINE, "credit_memo", "S5, S6", is_supported=True),
    EventType("credit_memo.voided", 11, "credit_memo", "an issued credit memo becomes void, or its invoice does",
              ("voided_date", "parent_voided_date"), _C.CREDITS, _LINE, _OF_CREDIT_LINE, "credit_memo", "S6", is_supported=True),
    EventType("credit.applied", 12, "credit_memo", "it is applied to an invoice, said or implied", ("applied_date",),
              _C.APPLICATIONS, _ONE, ("sister",), "credit_memo, invoice", "S5, S6", is_supported=True),
    EventType("credit.unapplied", 13, "credit_memo", "it is taken back, or its invoice or credit memo voided",
              ("reversed_date", "invoice_voided_date", "voided_date", "parent_voided_date"),
              _C.APPLICATIONS, _ONE, ("sister",), "credit_memo, invoice", "S15", is_supported=True),
    EventType("payment.received", 20, "payment", "a payment is first seen as succeeded or reversed", ("document_date",),
              _C.RECEIPTS, _ONE, _OF_PAYMENT, "payment", "S2, S3, S4", is_supported=True),
    EventType("payment.reversed", 21, "payment", "a received payment becomes reversed", ("reversed_date",),
              _C.RECEIPTS, _ONE, _OF_PAYMENT, "payment", "S2", is_supported=True),
    EventType("payment.applied", 22, "payment", "it is applied to an invoice", ("applied_date",),
              _C.APPLICATIONS, _ONE, _OF_APPLICATION, "payment, invoice", "S2, S3, S4", is_supported=True),
    EventType("payment.unapplied", 23, "payment", "it is taken back, its invoice is voided, or its payment reversed",
              ("reversed_date", "invoice_voided_date"), _C.APPLICATIONS, _ONE, _OF_APPLICATION, "payment, invoice", "S15",
              is_supported=True),
    EventType("intercompany.applied", 24, "payment", "it is applied to an invoice of a sister entity", ("applied_date",),
              _C.INTERCOMPANY, _ONE, ("sister",), "payment, invoice", "S11", is_supported=True),
    EventType("intercompany.unapplied", 25, "payment", "such an application ends", ("reversed_date", "invoice_voided_date"),
              _C.INTERCOMPANY, _ONE, ("sister",), "payment, invoice", "S11", is_supported=True),
    EventType("exchange.applied", 26, "payment", "it is applied to an invoice in another currency", ("applied_date",),
              _C.APPLICATIONS, _ONE, ("settled_by",), "payment, invoice", "S10", is_supported=True),
    EventType("exchange.unapplied", 27, "payment", "such an application ends", ("reversed_date", "invoice_voided_date"),
              _C.APPLICATIONS, _ONE, ("settled_by",), "payment, invoice", "S10", is_supported=True),
    EventType("intercompany.credited", 28, "credit_memo", "it is applied to an invoice of a sister entity", ("applied_date",),
              _C.INTERCOMPANY, _ONE, ("sister",), "credit_memo, invoice", "S11", is_supported=True),
    EventType("intercompany.uncredited", 29, "credit_memo", "such an application ends",
              ("reversed_date", "invoice_voided_date", "voided_date", "parent_voided_date"),
              _C.INTERCOMPANY, _ONE, ("sister",), "credit_memo, invoice", "S11", is_supported=True),
    EventType("refund.paid", 30, "refund", "a refund is first seen as succeeded, or as failed after it succeeded",
              ("document_date",), _C.REFUNDS, _ONE, _OF_REFUND, "refund", "S5", is_supported=True),
    EventType("refund.failed", 31, "refund", "a paid refund becomes failed", ("failed_date",),
              _C.REFUNDS, _ONE, _OF_REFUND, "refund", "S5", is_supported=True),
    EventType("intercompany.refunded", 32, "refund", "another legal entity than that of the payment pays it back",
              ("document_date",), _C.INTERCOMPANY, _ONE, ("refund_against", "sister"), "refund", "S11", is_supported=True),
    EventType("intercompany.refund_failed", 33, "refund", "such a refund fails", ("failed_date",),
              _C.INTERCOMPANY, _ONE, ("refund_against", "sister"), "refund", "S11", is_supported=True),
    EventType("dispute.opened", 40, "dispute", "the processor withdraws the disputed money", ("effective_date",),
              _C.DISPUTES, _ONE, ("channel",), "dispute", "S8", is_supported=True),
    EventType("dispute.won", 41, "dispute", "the processor gives the disputed money back", ("effective_date",),
              _C.DISPUTES, _ONE, ("channel",), "dispute", "S8", is_supported=True),
    EventType("dispute.lost", 42, "dispute", "an open dispute becomes lost", ("closed_date",),
              _C.DISPUTES, _LINE, _OF_LOSS, "dispute", "S8", is_supported=True),
    EventType("dispute.passed_on", 43, "dispute", "a dispute is lost of a payment that settled invoices of a sister entity",
              ("closed_date",), _C.DISPUTES, _ONE, ("sister",), "dispute", "S11", is_supported=True),
    EventType("dispute.borne", 44, "dispute", "the entity that billed bears such a loss", ("closed_date",),
              _C.INTERCOMPANY, _LINE, (*_OF_LOSS, "sister"), "dispute", "S11", is_supported=True),
    EventType("fee.charged", 50, "processor_fee", "a processor fee appears", ("document_date",),
              _C.FEES, _LINE, _OF_FEE, "processor_fee", "S9", is_supported=True),
    EventType("payout.created", 60, "payout", "a payout appears, whatever becomes of it later", ("document_date",),
              _C.PAYOUTS, _ONE, (), "payout", "S9", is_supported=True),
    EventType("payout.arrived", 61, "payout", "a payout becomes paid where we book the bank, or fails after that",
              ("arrival_date", "failed_date"), _C.PAYOUTS, _ONE, (), "payout", "S9", is_supported=True),
    EventType("payout.failed", 62, "payout", "a payout becomes failed or canceled", ("failed_date",),
              _C.PAYOUTS, _ONE, (), "payout", "S9", is_supported=True),
    EventType("processor.adjustment", 63, "payout", "a payout has an adjustment without a document", ("document_date",),
              _C.PAYOUTS, _ONE, (), "payout", "S9", is_supported=True),
    EventType("processor.reserved", 64, "payout", "a payout keeps a reserve back, or releases one", ("document_date",),
              _C.PAYOUTS, _ONE, (), "payout", "S9", is_supported=True),
    EventType("processor.exchanged", 65, "payment", "the processor settles a payment, refund or dispute in another currency",
              ("settled_date", "document_date", "effective_date"), _C.PAYOUTS, _ONE, _OF_CONVERSION, "payment, refund, dispute", "S10", is_supported=True),
    EventType("processor.settled", 66, "payment", "what it settles comes into the balance in that currency",
              ("settled_date", "document_date", "effective_date"), _C.PAYOUTS, _ONE, _OF_CONVERSION, "payment, refund, dispute", "S10", is_supported=True),
    EventType("revenue.recognized", 70, "invoice", "a period of a ratable line ends", ("period_end",),
              _C.RECOGNITION, _ONE, ("revenue_treatment", "product_line"), "invoice line", "S1, S12, S15", is_supported=True),
    EventType("fx.revalued", 71, "invoice", "a period ends with foreign open items", ("period_end",),
              _C.REVALUATION, _ONE, (), "open item", "S10", is_supported=False),
    EventType("small_balance.written_off", 72, "invoice", "the last document leaves a small residual",
              ("effective_date",), _C.ROUNDING, _ONE, ("portion",), "invoice, credit_memo", "S14", is_supported=True),
    EventType("service.delivered", 73, "invoice", "an issued invoice bills what was delivered in an earlier accounting period",
              ("service_end",), _C.INVOICES, _LINE, (), "invoice line", "C37", is_supported=False),
)  # fmt: skip

EVENTS: Mapping[str, EventType] = {event.name: event for event in CATALOGUE}

# All attributes, in the order of their columns in the rule tables.
ATTRIBUTES: tuple[str, ...] = tuple(ATTRIBUTE_VALUES)
