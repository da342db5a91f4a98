"""Whether each ERP's periods are those of the fiscal calendar that its legal entity declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from include.config.configuration import Configuration
from include.finance.calendar_differences import calendar_differences
from include.finance.period import AccountingPeriod

SHOWN = 5  # a wrong calendar differs in every period: a few are enough to see how


def undeclared_periods(configuration: Configuration, periods: Mapping[str, Sequence[AccountingPeriod]]) -> list[str]:
    """A sentence for each legal entity whose periods in its ERP are not those that it declares.

    Entries follow the ERP's periods all the same. A legal entity that declares no calendar is not compared.
    """
    sentences = []
    for code, theirs in periods.items():
        name = configuration.entity_settings[code].fiscal_calendar_name
        differences = calendar_differences(configuration.fiscal_calendar_of(code), theirs) if name else []
        if differences:
            more = len(differences) - SHOWN
            sentences.append(
                f"Legal entity {code}: the ERP's periods are not those of fiscal calendar `{name}`: "
                + "; ".join(differences[:SHOWN])
                + (f"; and {more} more" if more > 0 else "")
                + ". Entries follow the ERP. Correct the periods there, or `fiscal_calendar` in legal_entities.yaml."
            )
    return sentences
