"""Payouts of a payment processor. One below zero is money that the processor draws from us."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.rule import SuiteSettings, quarantine, suite_of, warn


def payouts_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A payout names its processor and an amount, and is the sum of its items."""
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
            quarantine(
                "payout_items_do_not_sum",
                "What a payout is made of closes items in the processor's clearing: they must be the same money.",
                "items give {item_total} minor units, the payout says {total_minor}",
                gxe.ExpectColumnPairValuesToBeEqual,
                column_A="item_total",
                column_B="total_minor",
            ),
            quarantine(
                "payout_items_do_not_sum",
                "An item of a kind that we do not know would stay in the processor's clearing for ever.",
                "{unknown_items} items of an unknown kind",
                gxe.ExpectColumnValuesToBeBetween,
                column="unknown_items",
                max_value=0,
            ),
            warn(
                "processor_adjustment",
                "Money that no document explains lies in suspense until somebody has asked the processor.",
                "{adjustment_items} adjustments without a document",
                gxe.ExpectColumnValuesToBeBetween,
                column="adjustment_items",
                max_value=0,
            ),
        ],
    )
