"""The header of every document that is more than a draft, whatever its type."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.ports.canonical import DOCUMENT_TYPES
from include.quality.rule import SuiteSettings, quarantine, stop, suite_of

# A status outside this list would be taken for a live document. Drafts and pending documents are not judged at all.
STATUSES: dict[str, tuple[str, ...]] = {
    "invoice": ("issued", "paid", "void", "written_off"),
    "credit_memo": ("issued", "void"),
    "payment": ("succeeded", "failed", "reversed"),
    "refund": ("succeeded", "failed"),
    "dispute": ("inquiry", "open", "won", "lost"),
    "processor_fee": ("without status",),
    "payout": ("in_transit", "paid", "failed", "canceled"),
}


def documents_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """Whose document it is, in which currency, of which day and state; and that it came once."""
    date_missing = "Without its day a document belongs to no period."
    whose = "A document is booked in the books of one legal entity that we keep."
    currency = "An amount without a known currency is no money."
    return suite_of(
        "documents",
        settings,
        [
            stop(
                "unknown_document_type",
                "A document of a type that we do not know would be left out in silence.",
                "is of the unknown type {document_type}",
                gxe.ExpectColumnValuesToBeInSet,
                column="document_type",
                value_set=list(DOCUMENT_TYPES),
            ),
            quarantine(
                "duplicate_document",
                "A document that comes twice would be booked twice; which of the two is right, nobody knows.",
                "came {copies} times",
                gxe.ExpectColumnValuesToBeBetween,
                column="copies",
                max_value=1,
            ),
            quarantine(
                "unknown_legal_entity",
                whose,
                "no legal entity",
                gxe.ExpectColumnValuesToNotBeNull,
                column="legal_entity_code",
            ),
            quarantine(
                "unknown_legal_entity",
                whose,
                "legal entity {legal_entity_code} is not configured",
                gxe.ExpectColumnValuesToBeInSet,
                column="legal_entity_code",
                value_set=list(settings.legal_entities),
            ),
            quarantine(
                "unknown_currency",
                currency,
                "no currency",
                gxe.ExpectColumnValuesToNotBeNull,
                column="currency",
            ),
            quarantine(
                "unknown_currency",
                currency,
                "currency {currency} is not an ISO 4217 currency",
                gxe.ExpectColumnValuesToBeInSet,
                column="currency",
                value_set=list(settings.currencies),
            ),
            quarantine(
                "unknown_status",
                "The status decides which events a document has; one that we do not know would pass for a live one.",
                "status {status} is not known",
                gxe.ExpectColumnValuesToBeInSet,
                column="typed_status",
                value_set=[f"{kind} {status}" for kind, statuses in STATUSES.items() for status in statuses],
            ),
            quarantine(
                "missing_document_date",
                date_missing,
                "no document date",
                gxe.ExpectColumnValuesToNotBeNull,
                column="document_date",
            ),
            quarantine(
                "missing_document_date",
                "A void, a reversal or a failure is booked on its own day.",
                "status {status}, but no date of it",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_status_dates",
                max_value=0,
            ),
            quarantine(
                "future_document_date",
                "A date far ahead is a slip of the pen more often than a renewal issued early.",
                "dated {document_date}, more than {max_future_days} days after {today}",
                gxe.ExpectColumnValuesToBeBetween,
                column="days_too_far",
                max_value=0,
            ),
        ],
    )
