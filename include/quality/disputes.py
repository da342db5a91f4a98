"""Disputes: money that a customer's bank takes back."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.document_lines import not_negative
from include.quality.rule import SuiteSettings, quarantine, suite_of


def disputes_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A dispute names its payment and an amount."""
    return suite_of(
        "disputes",
        settings,
        [
            *not_negative("dispute"),
            quarantine(
                "missing_reference",
                "The payment says in whose books and against which invoices a loss falls.",
                "names no payment",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_payments",
                max_value=0,
            ),
            quarantine(
                "unknown_event_type",
                "Money of which we do not know whether it was taken or given back would be left out in silence.",
                "{unknown_movements} movements of an unknown kind, or in another currency than the dispute",
                gxe.ExpectColumnValuesToBeBetween,
                column="unknown_movements",
                max_value=0,
            ),
            quarantine(
                "negative_amount",
                "Money that is given back is a movement of its own kind, never one below zero.",
                "{movements_below_zero} movements without an amount, or below zero",
                gxe.ExpectColumnValuesToBeBetween,
                column="movements_below_zero",
                max_value=0,
            ),
        ],
    )
