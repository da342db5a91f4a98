"""Invoices with what their lines and taxes add up to. A total below zero is a downgrade and no mistake."""

from __future__ import annotations

import great_expectations as gx

from include.quality.document_lines import line_rules
from include.quality.rule import SuiteSettings, suite_of


def invoices_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """The lines of an invoice are what it says."""
    return suite_of("invoices", settings, line_rules())
