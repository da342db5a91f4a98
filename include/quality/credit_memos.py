"""Credit memos with what their lines, taxes and applications add up to."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.document_lines import covered_by_document, line_rules, not_negative
from include.quality.rule import SuiteSettings, quarantine, suite_of


def credit_memos_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """The lines of a credit memo are what it says, it says what becomes of the revenue, and it covers what is applied."""
    return suite_of(
        "credit_memos",
        settings,
        [
            *line_rules(),
            *not_negative("credit memo"),
            covered_by_document("covered_minor"),
            quarantine(
                "missing_revenue_effect",
                "A credit ends a service, lowers its price or is goodwill: each takes revenue from another account.",
                "{lines_without_effect} of {line_count} lines do not say what becomes of the revenue",
                gxe.ExpectColumnValuesToBeBetween,
                column="lines_without_effect",
                max_value=0,
            ),
            quarantine(
                "missing_revenue_effect",
                "An effect that we do not know would pass for a lower price.",
                "{lines_of_unknown_effect} of {line_count} lines say an effect that is not known",
                gxe.ExpectColumnValuesToBeBetween,
                column="lines_of_unknown_effect",
                max_value=0,
            ),
            quarantine(
                "missing_reference",
                "A chargeback and the dispute behind it are one loss: without the link it would be booked twice.",
                "names no dispute",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_disputes",
                max_value=0,
            ),
            quarantine(
                "credited_in_another_currency",
                "What it takes back of an invoice was booked in the currency of the invoice, at its rate: there is no part of it in another.",
                "is in {currency}, its invoice in {parent_currency}",
                gxe.ExpectColumnValuesToBeBetween,
                column="foreign_invoices",
                max_value=0,
            ),
        ],
    )
