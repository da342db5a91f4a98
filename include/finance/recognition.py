"""How much of a ratable line is earned by the end of a day: the specification that `earned_minor` in SQL is held to.

Always the cumulative amount, rounded half away from zero; what a period earns is the difference of two of them. So the
periods of a line add up to the line, whatever their lengths.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum

_DAY = timedelta(days=1)
_MONTHS = 12


class RecognitionMethod(StrEnum):
    """How a line is earned. A line that names none is earned day by day."""

    DAILY = "daily"
    MONTHLY = "monthly"
    ON_DATE = "on_date"
    IMMEDIATE = "immediate"


def earned_minor(
    amount_minor: int,
    method: RecognitionMethod,
    service_start: date | None,
    service_end: date | None,
    recognition_date: date | None,
    as_of: date,
) -> int:
    """Return the part of `amount_minor` that is earned up to and including the day `as_of`.

    Raises ValueError when the method needs a day that the line does not say.
    """
    if method is RecognitionMethod.IMMEDIATE:
        return amount_minor
    if method is RecognitionMethod.ON_DATE:
        if recognition_date is None:
            raise ValueError("a line recognised on a date has none; fill recognition_date in billing")
        return amount_minor if as_of >= recognition_date else 0
    if service_start is None or service_end is None:
        raise ValueError(
            "a line recognised over time has no service dates; fill service_start and service_end in billing"
        )
    if as_of < service_start:
        return 0
    if as_of >= service_end:
        return amount_minor
    if method is RecognitionMethod.DAILY:
        elapsed, total = _days(service_start, as_of), _days(service_start, service_end)
        return divide_half_up(amount_minor * elapsed, total)
    (done, of), (months, of_months) = _months(service_start, as_of), _months(service_start, service_end)
    return divide_half_up(amount_minor * done * of_months, of * months)


def worth_minor(recognised_minor: int, amount_minor: int, functional_minor: int) -> int:
    """Return what so much of a foreign line is worth in the entity's own currency: pro rata of what the line was booked at.

    Of all of the line it is all of that, so that what is released over the months adds up in both currencies.
    """
    if amount_minor == 0:
        return 0
    turn = 1 if amount_minor > 0 else -1
    return divide_half_up(turn * functional_minor * recognised_minor, abs(amount_minor))


def divide_half_up(numerator: int, denominator: int) -> int:
    """Divide by a positive number and round half away from zero."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def _months(first: date, last: date) -> tuple[int, int]:
    """Return the service months from `first` to `last`, both inclusive, as a fraction (numerator, denominator).

    A service month begins on the day of the month on which the service began, or on the last day of a shorter month.
    Whole months count one each; the days of the month after them count as their part of that service month.
    """
    after = last + _DAY
    whole = (after.year - first.year) * _MONTHS + after.month - first.month
    if _add_months(first, whole) > after:
        whole -= 1
    begun, next_begun = _add_months(first, whole), _add_months(first, whole + 1)
    length = (next_begun - begun).days
    return whole * length + (after - begun).days, length


def _add_months(day: date, months: int) -> date:
    years, month0 = divmod(day.month - 1 + months, _MONTHS)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
