"""The tax rows of each document; whether they equal the tax of their lines is judged with the document."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.child_rows import child_rules
from include.quality.rule import SuiteSettings, quarantine, suite_of


def line_taxes_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """Each tax row belongs to a line of a document that came, once."""
    return suite_of(
        "line_taxes",
        settings,
        [
            *child_rules("tax rows"),
            quarantine(
                "taxes_do_not_sum",
                "A tax on no line would be reported and never booked.",
                "{taxes_without_line} of {row_count} tax rows stand on no line of it",
                gxe.ExpectColumnValuesToBeBetween,
                column="taxes_without_line",
                max_value=0,
            ),
        ],
    )
