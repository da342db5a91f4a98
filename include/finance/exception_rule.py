"""The exceptions that a person decides: who owns each, how grave it is, and what usually cures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from include.finance.tie_out import EXCEPTION_OF_CHECK, EXCEPTION_OF_HOP


class Severity(StrEnum):
    """How grave an exception is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


# Found in documents.
DOCUMENT_EXCEPTIONS: frozenset[str] = frozenset(
    {
        "duplicate_document",
        "unknown_document_type",
        "rows_without_document",
        "unknown_legal_entity",
        "unknown_currency",
        "unknown_status",
        "missing_document_date",
        "future_document_date",
        "unknown_product",
        "missing_service_dates",
        "service_ends_before_start",
        "lines_do_not_sum",
        "recognition_amounts_do_not_sum",
        "taxes_do_not_sum",
        "duplicate_rows",
        "missing_reference",
        "negative_amount",
        "applications_exceed_document",
        "missing_revenue_effect",
        "credited_in_another_currency",
        "unknown_event_type",
        "unknown_invoice",
        "no_posting_rule",
        "ambiguous_posting_rule",
        "no_fx_rate",
        "fractional_amount",
        "value_out_of_range",
        "unmapped_dimension",
        "unmapped_account",
        "refund_without_credit_note",
        "adjustment_above_tolerance",
        "residual_above_tolerance",
        "exchange_amount_missing",
        "intercompany_not_bookable",
        "payout_items_do_not_sum",
        "processor_adjustment",
        "deleted_after_accounting",
        "prior_bookings_unreadable",
        "backdated",
        "currency_changed",
        "no_period",
        "hold_for_reopen",
    }
)

# Found between a journal entry and the ERP.
POSTING_EXCEPTIONS: frozenset[str] = frozenset(
    {
        "entry_refused",
        "account_unusable_in_erp",
        "journal_missing_in_erp",
        "currency_differs_in_erp",
        "too_many_lines",
        "reversal_style_refused",
        "period_closed_in_erp",
        "duplicate_in_erp",
        "foreign_content_in_erp",
        "unknown_entry_in_erp",
        "entry_missing_in_erp",
        "read_back_differs",
    }
)

# Found by the tie-out.
TIE_OUT_EXCEPTIONS: frozenset[str] = frozenset({*EXCEPTION_OF_HOP.values(), *EXCEPTION_OF_CHECK.values()})

# Found when open items are revalued.
REVALUATION_EXCEPTIONS: frozenset[str] = frozenset({"no_closing_rate"})

# Found by the check of evidence, by what is wrong with a file.
EVIDENCE_EXCEPTIONS: Mapping[str, str] = {"lost": "evidence_lost", "altered": "evidence_altered"}

EXCEPTION_NAMES: frozenset[str] = frozenset(
    {
        *DOCUMENT_EXCEPTIONS,
        *POSTING_EXCEPTIONS,
        *TIE_OUT_EXCEPTIONS,
        *REVALUATION_EXCEPTIONS,
        *EVIDENCE_EXCEPTIONS.values(),
    }
)


@dataclass(frozen=True, slots=True)
class ExceptionRule:
    """What an exception of one name means: `owner` is a responsibility that each legal entity gives to somebody."""

    name: str
    category: str
    severity: Severity
    owner: str
    suggested_fix: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """What an exception of one name means for one legal entity; `owner` is a person or team.

    `risk_currency` is the legal entity's functional currency, in which money at risk is told; None where there is none.
    """

    category: str
    severity: Severity
    owner: str
    suggested_fix: str
    risk_currency: str | None

    def risk_minor(self, currency: str, amount_minor: int) -> int | None:
        """Money at risk in `risk_currency`. None for an amount in another currency: no rate is known yet."""
        return amount_minor if currency == self.risk_currency else None
