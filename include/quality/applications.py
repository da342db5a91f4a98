"""What is applied of each payment and credit memo; whether it is covered is judged with the document."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.child_rows import child_rules
from include.quality.rule import SuiteSettings, quarantine, suite_of


def applications_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """Each application belongs to a document that came, once, and applies money."""
    return suite_of(
        "applications",
        settings,
        [
            *child_rules("applications"),
            quarantine(
                "missing_reference",
                "What is applied to nothing would settle no receivable, and nobody would look for it.",
                "{rows_without_invoice} of {row_count} applications name no invoice",
                gxe.ExpectColumnValuesToBeBetween,
                column="rows_without_invoice",
                max_value=0,
            ),
            quarantine(
                "negative_amount",
                "An application that is taken back is reversed on its day, never applied below zero.",
                "an application of {smallest_application} minor units",
                gxe.ExpectColumnValuesToBeBetween,
                column="smallest_application",
                min_value=0,
            ),
            quarantine(
                "negative_amount",
                "An application without an amount settles nothing, and would pass for one that does.",
                "{rows_without_amount} of {row_count} applications have no amount",
                gxe.ExpectColumnValuesToBeBetween,
                column="rows_without_amount",
                max_value=0,
            ),
        ],
    )
