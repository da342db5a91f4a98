"""The canonical datasets: billing documents in the project's own fields, whatever system they came from.

Amounts are integers in the ISO 4217 minor unit of the currency beside them. `*_date` is a day in the legal entity's
time zone, `*_at` an instant in UTC. What a posting rule may look at is frozen on the row: the product of a line, the
entity of a payment's invoice. Nothing here is a float.
"""

from __future__ import annotations

import pyarrow as pa

DOCUMENT_TYPES: dict[str, int] = {
    "invoice": 1,
    "credit_memo": 2,
    "payment": 3,
    "refund": 4,
    "dispute": 5,
    "processor_fee": 6,
    "payout": 7,
}

_TEXT, _DAY, _MINOR, _FLAG = pa.string(), pa.date32(), pa.int64(), pa.bool_()
_INSTANT = pa.timestamp("us", tz="UTC")

# One row per document.
DOCUMENTS = pa.schema(
    [
        ("document_type", _TEXT),
        ("native_id", _TEXT),
        ("number", _TEXT),  # as printed; no accounting meaning, in no hash
        ("legal_entity_code", _TEXT),  # null when the source names none
        ("customer_ref", _TEXT),
        ("status", _TEXT),
        ("kind", _TEXT),  # of a credit memo; of a fee
        ("currency", _TEXT),
        ("document_date", _DAY),
        ("voided_date", _DAY),
        ("written_off_date", _DAY),
        ("failed_date", _DAY),
        ("reversed_date", _DAY),
        ("succeeded_date", _DAY),  # of a refund: when the money left
        ("subtotal_minor", _MINOR),
        ("discount_minor", _MINOR),
        ("tax_minor", _MINOR),
        ("total_minor", _MINOR),
        ("open_minor", _MINOR),  # of an invoice: what billing says is still owed; a control, in no hash and no entry
        ("method", _TEXT),
        ("processor", _TEXT),
        ("processor_account", _TEXT),
        ("bank_account_ref", _TEXT),
        ("invoice_id", _TEXT),  # of a credit memo: the invoice it corrects
        ("payment_id", _TEXT),  # of a refund, dispute, fee
        ("credit_memo_id", _TEXT),  # of a refund
        # entity of that invoice or payment, frozen. Of a refund another than its own: who pays it owes it to who collected
        ("parent_entity_code", _TEXT),
        ("parent_currency", _TEXT),
        (
            "payment_unapplied_minor",
            _MINOR,
        ),  # of a refund or dispute: its payment less live applications and (earlier) refunds, frozen
        ("settled", _TEXT),  # of a fee: deducted from the processor's balance | invoiced
        ("is_reverse_charge", _FLAG),  # of a fee: its tax is ours to declare, and no part of what was taken
        ("arrival_date", _DAY),  # of a payout: when the bank has it, as the processor says
        ("closed_date", _DAY),  # of a dispute: when it was won or lost
        ("payment_minor", _MINOR),  # of a dispute: its payment, and what of that was refunded, frozen
        ("refunded_minor", _MINOR),
        ("covered_minor", _MINOR),  # of a dispute: what chargeback credit memos took over, frozen
        ("dispute_id", _TEXT),  # of a chargeback credit memo
        ("dispute_entity_code", _TEXT),  # entity of that dispute's payment, frozen
        ("parent_date", _DAY),  # of a dispute in a foreign currency: the day of its payment, frozen
        ("parent_voided_date", _DAY),  # of a credit memo: the void of its invoice ends it, frozen
        ("is_deleted", _FLAG),
        ("updated_at", _INSTANT),
        ("row_xid", _MINOR),
    ]
)

# One row per live line of an invoice or credit memo, movement of a dispute and, of a
# lost one, invoice line that its payment settled, item of a payout. Of an invoice that is written off, also each line with
# what credit memos left of it (written_off), and each amount that settled the receivable or was taken back (settled). Of an
# invoice that credit memos took back wholly, each balance that is left of it or of them (residual), debit positive, on the last day.
LINES = pa.schema(
    [
        ("document_type", _TEXT),
        ("native_id", _TEXT),  # of the owning document
        ("line_id", _TEXT),
        ("line_no", pa.int32()),
        ("product_sku", _TEXT),  # null when the product is missing or unknown
        ("product_line", _TEXT),
        ("revenue_treatment", _TEXT),  # immediate | ratable | usage, frozen from the product
        ("recognition_method", _TEXT),
        # of a dispute: withdrawn | reinstated | settled; of an item: what it stands for; credited: what an earlier credit memo
        # took of the line that the line of the same number takes back, or that was lost
        ("line_kind", _TEXT),
        ("amount_minor", _MINOR),
        ("discount_minor", _MINOR),
        ("tax_minor", _MINOR),
        ("is_tax_inclusive", _FLAG),
        ("service_start", _DAY),
        ("service_end", _DAY),
        ("recognition_date", _DAY),
        ("recognition_amount_minor", _MINOR),
        # of a credit memo line: what it corrects; of a proration: what it reduces; of a residual: the credit memo on which it stands
        ("invoice_line_id", _TEXT),
        # Of the line that invoice_line_id names, frozen: its net, and over which days or on which day it is earned.
        ("credited_net_minor", _MINOR),
        ("credited_service_start", _DAY),
        ("credited_service_end", _DAY),
        ("credited_recognition_date", _DAY),
        ("revenue_effect", _TEXT),
        # of a termination: from when service ends; of a movement or residual: its day; of a line behind a foreign dispute: the invoice's
        ("effective_date", _DAY),
        ("department", _TEXT),
        ("region", _TEXT),
        # of a line behind a lost dispute: the entity that billed it, where that is not the one that collected
        ("invoice_entity_code", _TEXT),
        # of an item of a payout: the id in billing of the payment, refund, dispute or fee that it stands for; a control, in no hash
        # and no entry
        ("item_document_id", _TEXT),
    ]
)

# One row per tax of a line.
LINE_TAXES = pa.schema(
    [
        ("document_type", _TEXT),
        ("native_id", _TEXT),
        ("line_id", _TEXT),
        ("tax_id", _TEXT),
        ("jurisdiction", _TEXT),
        ("rate", pa.decimal128(9, 6)),
        ("taxable_minor", _MINOR),
        ("tax_minor", _MINOR),
        ("tax_local_minor", _MINOR),
    ]
)

# One row per application of a payment or credit memo to an invoice; owned by the payment or credit memo.
APPLICATIONS = pa.schema(
    [
        ("document_type", _TEXT),  # payment | credit_memo
        ("native_id", _TEXT),
        ("application_id", _TEXT),
        ("invoice_id", _TEXT),
        ("invoice_entity_code", _TEXT),  # frozen
        ("invoice_currency", _TEXT),
        ("invoice_voided_date", _DAY),  # a void un-applies what is still applied
        ("amount_minor", _MINOR),
        ("currency", _TEXT),
        ("payment_amount_minor", _MINOR),
        ("payment_currency", _TEXT),
        ("adjustment_minor", _MINOR),
        ("adjustment_kind", _TEXT),
        ("applied_date", _DAY),
        ("reversed_date", _DAY),
        ("is_implied", _FLAG),  # a credit memo that reduces a receivable without saying by which application
    ]
)

# What only other rows know of a document in another currency than its entity's own: one row per open item that it settles in
# part or takes back from, and one per credit memo with the day of the invoice that it corrects. Owned by that document. An open
# item is told by its day, whose rate is its historical one, and its total; `before_minor` is what was settled of it before, in
# order of days.
RELIEFS = pa.schema(
    [
        ("document_type", _TEXT),  # payment | credit_memo | refund | payout; invoice: its residuals
        ("native_id", _TEXT),
        ("application_id", _TEXT),  # null: the document itself; of an invoice: the line that tells the residual
        ("is_undone", _FLAG),  # the application taken back, the refund or payout failed, the credit memo void
        # invoice | payment | credit_memo; dispute: money withdrawn that a chargeback takes over; clearing: money in a processor's
        # balance that a payout empties (below zero: what it took); origin: the invoice that a credit memo corrects
        ("item_type", _TEXT),
        ("item_id", _TEXT),  # its name in billing; null of an origin, a dispute and a clearing
        ("item_date", _DAY),
        ("item_total_minor", _MINOR),
        ("before_minor", _MINOR),
        ("amount_minor", _MINOR),  # negative where taken back
    ]
)

# One row per amount that a payment processor settles in another currency than that of the payment or refund, or of the movement of
# a dispute. Owned by that document.
CONVERSIONS = pa.schema(
    [
        ("document_type", _TEXT),  # payment | refund | dispute
        ("native_id", _TEXT),
        ("line_id", _TEXT),  # the movement; null: the document itself
        ("settlement_currency", _TEXT),
        ("settlement_minor", _MINOR),  # in the settlement currency, positive as the amount that it stands for
        ("settled_date", _DAY),  # null: the day of the document or movement
    ]
)

# One row per amount of a document, or of what it owns, that is no whole number of minor units of its currency, in a source that
# writes the currency in smaller units. The amount that landed is without the rest: nothing of the document is booked.
REMAINDERS = pa.schema(
    [
        ("document_type", _TEXT),
        ("native_id", _TEXT),
        ("field", _TEXT),  # as lines.amount_minor
        ("currency", _TEXT),
        ("written", _MINOR),  # as the source has it
        ("divisor", _MINOR),  # so many of its units are one minor unit
    ]
)

# One row per document that was deleted for good.
DELETIONS = pa.schema([("document_type", _TEXT), ("native_id", _TEXT), ("deleted_at", _INSTANT), ("row_xid", _MINOR)])

DATASETS: dict[str, pa.Schema] = {
    "documents": DOCUMENTS,
    "lines": LINES,
    "line_taxes": LINE_TAXES,
    "applications": APPLICATIONS,
    "reliefs": RELIEFS,
    "conversions": CONVERSIONS,
    "deletions": DELETIONS,
    "remainders": REMAINDERS,
}

# What a source says of itself beside its documents, landed as a small file of its own and never accounted. One row per
# count: `window` what changed since the horizon, by count queries; `kept` the totals that billing keeps by another path,
# from the day of the row `since` on; `earlier` a document type of which it keeps totals, but none from that day on.
CONTROL_TOTALS = pa.schema(
    [
        ("check_name", _TEXT),
        ("dataset", _TEXT),
        ("document_type", _TEXT),
        ("legal_entity_code", _TEXT),  # as billing names it; UNASSIGNED where it names none
        ("document_date", _DAY),
        ("currency", _TEXT),
        ("row_count", _MINOR),
        ("total_minor", _MINOR),  # documents: total; lines and applications: amount
        ("open_minor", _MINOR),  # what billing says is still open
    ]
)
CONTROL_DATASET = "control_totals"

# As landed, each row also has these two columns, computed at landing.
#   document_uid  the first 128 bits of sha256(source|tenant|document_type|native_id), as a UUID
#   bucket        0 .. BUCKETS-1, from the last two hex digits of document_uid
BUCKETS = 8


def landed_schema(dataset: str) -> pa.Schema:
    """A canonical dataset as landed: with document_uid and bucket, and invoice_uid for applications, item_uid for reliefs."""
    extra = [("document_uid", pa.uuid()), ("bucket", pa.int8())]
    if dataset == "applications":
        extra.append(("invoice_uid", pa.uuid()))
    if dataset == "reliefs":
        extra.append(("item_uid", pa.uuid()))
    return pa.schema([*DATASETS[dataset], *(pa.field(name, kind) for name, kind in extra)])
