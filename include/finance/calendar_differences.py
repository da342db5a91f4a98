"""Whether an ERP's periods are those of the fiscal calendar that its company declares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from include.finance.fiscal_calendar import FiscalCalendar
from include.finance.period import AccountingPeriod

_DAY = timedelta(days=1)


def calendar_differences(calendar: FiscalCalendar, periods: Sequence[AccountingPeriod]) -> list[str]:
    """What differs, a fact each, in the order of days. `periods` are the ordinary ones of one company in its ERP.

    Only the days between the ERP's first and last are compared: which years it has opened is its own affair.
    """
    ordered = sorted(periods, key=lambda period: (period.start_date, period.end_date))
    return [*_other_spans(calendar, ordered), *_missing(calendar, ordered), *_other_years(calendar, ordered)]


def _other_spans(calendar: FiscalCalendar, periods: Sequence[AccountingPeriod]) -> Iterator[str]:
    for period in periods:
        ours = calendar.find_period(period.start_date)
        if ours is None:
            yield f"period {period.name} starts on {period.start_date}, which the calendar does not reach"
        elif (ours.start_date, ours.end_date) != (period.start_date, period.end_date):
            yield (
                f"period {period.name} is {period.start_date} to {period.end_date}, "
                f"and {ours.name} is {ours.start_date} to {ours.end_date}"
            )


def _missing(calendar: FiscalCalendar, periods: Sequence[AccountingPeriod]) -> Iterator[str]:
    """Days that no period of the ERP holds: their documents would wait."""
    reached = None
    for period in periods:
        if reached and period.start_date > reached + _DAY:
            first, last = reached + _DAY, period.start_date - _DAY
            ours = calendar.find_period(first)
            yield f"no period holds {first} to {last}{f', which begins in {ours.name}' if ours else ''}"
        reached = max(reached or period.end_date, period.end_date)


def _other_years(calendar: FiscalCalendar, periods: Sequence[AccountingPeriod]) -> Iterator[str]:
    """A late document moves within its fiscal year only, so where years end matters."""
    theirs: dict[str, set[int]] = {}
    for period in periods:
        if ours := calendar.find_period(period.start_date):
            theirs.setdefault(period.fiscal_year, set()).add(ours.fiscal_year)
    for name, numbers in theirs.items():
        if len(numbers) > 1:
            yield f"fiscal year {name} has periods of {' and '.join(f'FY{number}' for number in sorted(numbers))}"
    for number in sorted({number for numbers in theirs.values() for number in numbers}):
        names = [name for name, numbers in theirs.items() if number in numbers]
        if len(names) > 1:
            yield f"the periods of FY{number} are in fiscal years {' and '.join(names)}"
