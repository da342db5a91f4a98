"""Refunds with what their payment had left."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.document_lines import not_negative
from include.quality.rule import SuiteSettings, suite_of, warn


def refunds_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A refund is money that went out, against a credit memo or against what was never applied."""
    return suite_of(
        "refunds",
        settings,
        [
            *not_negative("refund"),
            warn(
                "refund_without_credit_note",
                "Revenue and tax stay overstated until a credit note stands behind the money that went back.",
                "no credit memo, and the payment has {unapplied_minor} minor units unapplied",
                gxe.ExpectColumnValuesToBeBetween,
                column="uncovered_minor",
                max_value=0,
            ),
        ],
    )
