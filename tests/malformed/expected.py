"""What must become of each mutation: the rule under which it waits, or why it is sound. The first line that fits counts."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.malformed.mutations import Mutation


@dataclass(frozen=True)
class Sound:
    """No exception, by rule: the reason why."""

    why: str


@dataclass(frozen=True)
class Expectation:
    """A line of the table: which mutations, and the rule that one of their exceptions must have, or why there is none."""

    where: str
    what: str
    verdict: str | Sound

    def fits(self, mutation: Mutation) -> bool:
        """Whether a mutation is one of these; several patterns stand side by side with `|`."""
        return _matches(mutation.where, self.where) and _matches(mutation.what, self.what)


def _matches(text: str, patterns: str) -> bool:
    return any(fnmatchcase(text, pattern) for pattern in patterns.split("|"))


_ODD = "before Christ*|year 200000*|infinity*|minus infinity*"
_EXTREME = "most|least|above the limit|below the limit"
_AS_BEFORE = Sound("the field is as empty as it was")
_NO_MEANING = Sound("says nothing that is booked: it is printed, or told to a person")
_NAME = Sound("a name is taken as it is written, whatever it holds; it decides on no account")
_OWN_CURRENCY = Sound("counts only where the currencies differ, and here they do not")
_UNUSED_DAY = Sound("the day of something that did not happen: the status says so")
_WAITS_FOR_ITS_DAY = Sound("the entry waits for its day, held as `future_date`, and is posted then")
_NO_SERVICE = Sound("earned with the invoice: its service has no days that count")
_LEFT_OUT = Sound("deleted in billing: it is left out, and counted as such")
_OPTIONAL_ROWS = Sound("billing may keep none of these rows: what they add up to stands on the document or line")

EXPECTED: tuple[Expectation, ...] = tuple(
    Expectation(*line)
    for line in (
        # Nothing that is booked
        ("*.updated_at", "*", Sound("a writer's own word on when it wrote: never trusted, row_xid says what changed")),
        ("*.number", "*", _NO_MEANING),
        (
            "*.customer_id",
            "*",
            Sound("whose it is, is told to the ERP where it is known; the account is that of all customers"),
        ),
        ("*_taxes.jurisdiction", "*", _NO_MEANING),
        ("*_taxes.rate", "*", Sound("printed beside the tax: what is owed is the amount")),
        ("*_lines.line_no", "*", Sound("the order on the page; lines are told apart by their ids")),
        ("dispute_movements.settled_at|payments.settled_at|refunds.settled_at", "*", _OWN_CURRENCY),
        ("*.settlement_amount_minor", "*", _OWN_CURRENCY),
        ("*.settlement_currency", "missing", _AS_BEFORE),
        ("*.settlement_currency", "*", "exchange_amount_missing"),
        ("payments.received_at", "*", Sound("the bank's value date decides, and is there")),
        ("*.deleted_at", "missing", _AS_BEFORE),
        ("invoices.deleted_at|credit_notes.deleted_at|payments.deleted_at|refunds.deleted_at", "*", _LEFT_OUT),
        ("disputes.deleted_at|processor_fees.deleted_at|payouts.deleted_at", "*", _LEFT_OUT),
        ("invoice_lines.deleted_at|credit_note_lines.deleted_at", "*", "lines_do_not_sum"),
        (
            "*_taxes.deleted_at|payout_items.deleted_at|payment_allocations.deleted_at|dispute_movements.deleted_at",
            "*",
            _OPTIONAL_ROWS,
        ),
        # Beyond what an amount or a calendar holds
        ("*_minor", _EXTREME, "value_out_of_range"),
        ("*", "sum *", "value_out_of_range"),
        ("*_date|*_at|invoice_lines.service_*", _ODD, "value_out_of_range"),
        # Who, in which currency, of which state and day
        ("*.legal_entity_id", "missing|unknown|itself", "unknown_legal_entity"),
        ("payment_allocations.payment_currency", "*", _OWN_CURRENCY),
        ("payment_allocations.currency", "*", "exchange_amount_missing"),
        ("dispute_movements.currency", "*", "unknown_event_type"),
        ("*.currency", "foreign", "no_fx_rate"),
        ("*.currency", "*", "unknown_currency"),
        ("*.status", "*, without its day", "missing_document_date"),
        ("*.status", "*", "unknown_status"),
        ("*.issue_date|*.opened_date|*.incurred_date|*.initiated_date", "missing", "missing_document_date"),
        (
            "payments.value_date|refunds.refund_date",
            "missing",
            Sound("the day on which it was received or left stands in for it"),
        ),
        (
            "*.issue_date|*.opened_date|*.incurred_date|*.initiated_date|*.value_date|*.refund_date",
            "in two years|year 9999",
            "future_document_date",
        ),
        ("disputes.opened_date", "*", Sound("what is booked of a dispute are its movements, on their own days")),
        ("*.issue_date|*.incurred_date|*.initiated_date|*.value_date|*.refund_date", "two years ago", "no_period"),
        ("*.issue_date|*.incurred_date|*.initiated_date|*.value_date|*.refund_date", "year 1", "no_posting_rule"),
        # Days of what did not happen, or not yet
        (
            "invoices.voided_at|payments.failed_at|refunds.failed_date|disputes.closed_date|payouts.failed_date|refunds.succeeded_at",
            "*",
            _UNUSED_DAY,
        ),
        ("*.voided_at|*.written_off_at|*.reversed_at|*.reversed_date", "missing", _AS_BEFORE),
        ("invoices.written_off_at", "two years ago", "no_period"),
        ("invoices.written_off_at", "year 1", "no_posting_rule"),
        ("*.voided_at|*.written_off_at|*.reversed_at|*.reversed_date", "in two years|year 9999", _WAITS_FOR_ITS_DAY),
        ("*.voided_at|*.reversed_at|*.reversed_date", "*", Sound("taken back on the day it was made: never before it")),
        ("payouts.arrival_date", "*", Sound("the ERP's bank reconciliation books the arrival, not this")),
        (
            "payment_allocations.allocated_date|dispute_movements.movement_date",
            "in two years|year 9999",
            _WAITS_FOR_ITS_DAY,
        ),
        ("payment_allocations.allocated_date|dispute_movements.movement_date", "two years ago", "no_period"),
        ("payment_allocations.allocated_date|dispute_movements.movement_date", "missing|year 1", "no_posting_rule"),
        # Service and recognition
        ("invoice_lines.service_*", "missing, of *", "missing_service_dates"),
        ("invoice_lines.service_end", "year 1, of *|two years ago, of *", "service_ends_before_start"),
        ("invoice_lines.service_start", "year 9999, of *|in two years, of *", "service_ends_before_start"),
        ("invoice_lines.service_*", "*, of *", Sound("a long service is earned over its days, however many")),
        ("invoice_lines.service_end", "year 1|two years ago", "no_period"),
        ("invoice_lines.service_*", "*", _NO_SERVICE),
        (
            "invoice_lines.recognition_date",
            "*",
            Sound("earned day by day or at once: a day of recognition is for what is earned on it"),
        ),
        ("invoice_lines.recognition_amount_minor", "missing", _AS_BEFORE),
        ("invoice_lines.recognition_amount_minor", "*", "recognition_amounts_do_not_sum"),
        # Amounts that must add up
        ("*.discount_minor", "zero", _AS_BEFORE),
        (
            "invoices.discount_minor|*.subtotal_minor",
            "missing",
            Sound("the lines say it; the total is compared with them"),
        ),
        ("*_taxes.tax_minor|invoices.tax_minor|credit_notes.tax_minor", "*", "taxes_do_not_sum"),
        ("*_taxes.*_minor", "*", _NO_MEANING),
        ("credit_note_lines.tax_minor", "zero", _AS_BEFORE),
        ("processor_fees.tax_minor", "*", Sound("a fee of another tax rate; more tax than fee is refused")),
        ("invoices.open_minor", "*", Sound("billing's own word on what is owed: compared at the close, in no entry")),
        (
            "invoices.*_minor|invoice_lines.*_minor|credit_notes.*_minor|credit_note_lines.*_minor",
            "*",
            "lines_do_not_sum",
        ),
        ("invoice_lines.tax_inclusive", "missing", Sound("exclusive, as it was")),
        ("invoice_lines.tax_inclusive", "turned", "lines_do_not_sum"),
        ("payment_allocations.adjustment_minor", "missing|zero", _AS_BEFORE),
        ("payment_allocations.adjustment_minor", "*", "adjustment_above_tolerance"),
        ("payment_allocations.adjustment_kind", "*", Sound("the kind of an adjustment of nothing")),
        ("payment_allocations.payment_amount_minor", "*", _OWN_CURRENCY),
        ("payment_allocations.amount_minor", "zero", Sound("applies nothing, and moves nothing")),
        ("payment_allocations.amount_minor", "one more", "applications_exceed_document"),
        ("payment_allocations.amount_minor", "*", "negative_amount"),
        ("payments.amount_minor", "one more", Sound("more was paid than is applied: the rest is the customer's")),
        ("payments.amount_minor", "*", "applications_exceed_document"),
        ("refunds.amount_minor|disputes.amount_minor", "zero|one more", Sound("an amount like any other")),
        ("refunds.amount_minor|disputes.amount_minor", "*", "negative_amount"),
        (
            "dispute_movements.amount_minor",
            "zero|one more",
            Sound("an amount like any other: a bank may take less or more than is disputed"),
        ),
        ("dispute_movements.amount_minor", "*", "negative_amount"),
        (
            "processor_fees.amount_minor",
            "one more|negated",
            Sound("an amount like any other; one below zero is a fee given back"),
        ),
        ("processor_fees.amount_minor", "*", "taxes_do_not_sum"),
        ("payouts.amount_minor", "missing", "negative_amount"),
        ("payout_items.amount_minor", "missing", _OPTIONAL_ROWS),
        ("payouts.amount_minor|payout_items.amount_minor", "*", "payout_items_do_not_sum"),
        # Kinds and names
        (
            "credit_notes.kind|processor_fees.settled",
            "empty|blank|control*|formula|very*|quotes|right*",
            "no_posting_rule",
        ),
        ("credit_notes.kind|invoice_lines.line_kind", "*", "no_posting_rule"),
        ("processor_fees.settled", "missing", Sound("deducted, as nearly all are")),
        ("processor_fees.fee_kind", "missing", "missing_reference"),
        ("processor_fees.fee_kind", "*", "no_posting_rule"),
        ("processor_fees.reverse_charge", "*", Sound("turned, the tax is ours to declare; missing, it is not")),
        ("dispute_movements.movement_kind", "*", "unknown_event_type"),
        ("payout_items.item_kind", "*", "payout_items_do_not_sum"),
        ("credit_note_lines.revenue_effect", "*", "missing_revenue_effect"),
        (
            "credit_note_lines.effective_date",
            "*",
            Sound("the end of a service that is terminated; this one gets cheaper"),
        ),
        ("payouts.processor", "missing", "missing_reference"),
        ("*.processor|*.processor_account|*.bank_account_ref|payments.method|*.department|*.region", "*", _NAME),
        # What belongs to what
        ("invoice_lines.product_id", "*", "unknown_product"),
        ("credit_note_lines.product_id", "*", Sound("the line that it corrects has the product")),
        (
            "credit_note_lines.invoice_line_id",
            "*",
            Sound("a credit that corrects no line takes its own product's revenue"),
        ),
        (
            "invoice_lines.credited_line_id",
            "*",
            Sound("a charge that takes back no line that is there stands for itself"),
        ),
        ("credit_notes.dispute_id", "*", Sound("only a chargeback has a dispute")),
        (
            "credit_notes.invoice_id",
            "*",
            Sound("a credit that names no invoice which is there is the customer's, on account"),
        ),
        ("payment_allocations.invoice_id", "missing", "missing_reference"),
        ("payment_allocations.invoice_id", "*", "unknown_invoice"),
        ("disputes.payment_id|refunds.payment_id", "*", "unknown_legal_entity"),
        ("refunds.credit_note_id", "*", Sound("a refund of what the payment has left needs no credit memo")),
        ("processor_fees.*_id", "*", Sound("what a fee was taken for; it is the entity's own cost in any case")),
        ("payout_items.source_id", "*", Sound("what an item stands for; the payout is booked as its sum")),
        # Rows
        ("*_taxes", "all gone", _OPTIONAL_ROWS),
        ("payout_items|payment_allocations|dispute_movements", "all gone", _OPTIONAL_ROWS),
        ("invoice_lines|credit_note_lines", "all gone|twice, two names", "lines_do_not_sum"),
        ("*", "twice, one name", "duplicate_rows"),
        ("*_taxes", "twice, two names", "taxes_do_not_sum"),
        ("payout_items", "twice, two names", "payout_items_do_not_sum"),
        ("payment_allocations", "twice, two names", "applications_exceed_document"),
        (
            "dispute_movements",
            "twice, two names",
            Sound("two movements of the same money may both have happened; the processor's payouts tell"),
        ),
        ("*", "twice, alike|twice, another amount", "duplicate_document"),
    )
)


def expectation_of(mutation: Mutation) -> Expectation:
    """The line of the table for a mutation."""
    return next(line for line in EXPECTED if line.fits(mutation))
