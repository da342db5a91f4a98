"""Fees of a payment processor. One below zero is a fee given back."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.rule import SuiteSettings, quarantine, suite_of


def processor_fees_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A fee says what it is for, and its tax is a part of it."""
    return suite_of(
        "processor_fees",
        settings,
        [
            quarantine(
                "missing_reference",
                "The kind of a fee decides its account.",
                "does not say what kind of fee it is",
                gxe.ExpectColumnValuesToBeBetween,
                column="missing_kinds",
                max_value=0,
            ),
            quarantine(
                "taxes_do_not_sum",
                "The tax is a part of the total taken, never more than it.",
                "{tax_minor} minor units of tax in a fee of {total_minor}",
                gxe.ExpectColumnPairValuesAToBeGreaterThanB,
                column_A="fee_size",
                column_B="tax_size",
                or_equal=True,
            ),
        ],
    )
