"""Invoices with what their lines and taxes add up to. A total below zero is a downgrade and no mistake."""

from __future__ import annotations

import great_expectations as gx
import great_expectations.expectations as gxe

from include.quality.document_lines import line_rules
from include.quality.rule import Rule, SuiteSettings, quarantine, suite_of


def invoices_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """The lines of an invoice are what it says, and can be earned."""
    return suite_of("invoices", settings, [*line_rules(), *_service_rules()])


def _service_rules() -> list[Rule]:
    return [
        quarantine(
            "missing_service_dates",
            "What is earned over time or on a day would stay deferred for ever without it.",
            "{lines_without_days} of {line_count} lines are earned over time and lack their service dates, or the day they are earned on",
            gxe.ExpectColumnValuesToBeBetween,
            column="lines_without_days",
            max_value=0,
        ),
        quarantine(
            "service_ends_before_start",
            "A service that ends before it begins has no days to be earned over.",
            "{lines_ending_before_start} of {line_count} lines end before they begin",
            gxe.ExpectColumnValuesToBeBetween,
            column="lines_ending_before_start",
            max_value=0,
        ),
        quarantine(
            "recognition_amounts_do_not_sum",
            "An allocation moves revenue from line to line; what it adds or loses is nobody's.",
            "{line_recognised} minor units are to be recognised of lines of {line_net}",
            gxe.ExpectColumnPairValuesToBeEqual,
            column_A="line_recognised",
            column_B="line_net",
        ),
    ]
