"""All suites by the name of their dataset, which is also that of the frame they judge (`sql/<name>.sql`)."""

from __future__ import annotations

from collections.abc import Callable

import great_expectations as gx

from include.quality.applications import applications_suite
from include.quality.credit_memos import credit_memos_suite
from include.quality.deletions import deletions_suite
from include.quality.disputes import disputes_suite
from include.quality.documents import documents_suite
from include.quality.invoices import invoices_suite
from include.quality.line_taxes import line_taxes_suite
from include.quality.lines import lines_suite
from include.quality.payments import payments_suite
from include.quality.payouts import payouts_suite
from include.quality.processor_fees import processor_fees_suite
from include.quality.refunds import refunds_suite
from include.quality.rule import SuiteSettings

SUITES: dict[str, Callable[[SuiteSettings], gx.ExpectationSuite]] = {
    "documents": documents_suite,
    "invoices": invoices_suite,
    "credit_memos": credit_memos_suite,
    "payments": payments_suite,
    "refunds": refunds_suite,
    "disputes": disputes_suite,
    "processor_fees": processor_fees_suite,
    "payouts": payouts_suite,
    "lines": lines_suite,
    "line_taxes": line_taxes_suite,
    "applications": applications_suite,
    "deletions": deletions_suite,
}
