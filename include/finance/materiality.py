"""How much a late document, and all of them together, may change a closed period without a person's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from include.finance.chart import AccountType, Chart


class Measure(StrEnum):
    """What is measured: all accounts of income, the receivables, the output tax."""

    REVENUE = "revenue"
    RECEIVABLES = "receivables"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Materiality:
    """The limits for late documents of the days from `effective_from` to `effective_to` (inclusive; None: no end).

    Minor units of the functional currency. A measure without a limit is not judged.
    """

    effective_from: date
    effective_to: date | None
    per_document_minor: Mapping[Measure, int]
    per_period_minor: Mapping[Measure, int]


def measured_accounts(chart: Chart) -> dict[str, Measure]:
    """The accounts of a chart that are measured."""
    found = {code: Measure.REVENUE for code, each in chart.accounts.items() if each.type is AccountType.INCOME}
    found |= dict.fromkeys(chart.codes_of("accounts_receivable"), Measure.RECEIVABLES)
    return found | dict.fromkeys(chart.codes_of("tax_payable"), Measure.TAX)
