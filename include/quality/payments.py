"""Payments with what is applied of them."""

from __future__ import annotations

import great_expectations as gx

from include.quality.document_lines import covered_by_document, not_negative
from include.quality.rule import SuiteSettings, suite_of


def payments_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """A payment is money that came in, and covers what is applied of it."""
    return suite_of("payments", settings, [*not_negative("payment"), covered_by_document("covered_minor")])
