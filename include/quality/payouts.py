"""Payouts of a payment processor. One below zero is money that the processor draws from us."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.rule import SuiteSettings, quarantine, suite_of


def payouts_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A payout names its processor and an amount."""
    return suite_of(
        "payouts",
        settings,
        [
            quarantine(
                "missing_reference",
                "The processor says which clearing account the payout empties.",
                "names no processor",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_processors",
                max_value=0,
            ),
            quarantine(
                "negative_amount",
                "A payout without an amount moves no money and closes no clearing item.",
                "payout without an amount",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_totals",
                max_value=0,
            ),
        ],
    )
