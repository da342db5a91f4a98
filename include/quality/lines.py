"""The lines of each document; what they add up to is judged with the invoice or credit memo."""

from __future__ import annotations

import great_expectations as gx

from include.quality.child_rows import child_rules
from include.quality.rule import SuiteSettings, suite_of


def lines_suite(settings: SuiteSettings) -> gx.ExpectationSuite:
    """Each line belongs to a document that came, once."""
    return suite_of("lines", settings, child_rules("lines"))
