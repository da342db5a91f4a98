"""Business days: which days are, and how they are counted from the end of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from include.finance.errors import ConfigurationError

_DAY = timedelta(days=1)
_LONGEST_REST = 31  # days in a row; more is a mistake in the calendar


class HolidayCalendar(Protocol):
    """The days on which nobody works although they are no weekend."""

    def is_holiday(self, day: date) -> bool:
        """Whether a day is a holiday."""
        ...


@dataclass(frozen=True, slots=True)
class BusinessDays:
    """Days that are neither weekend (Monday is 0) nor holiday."""

    weekend: frozenset[int]
    holidays: HolidayCalendar

    def is_business_day(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() not in self.weekend and not self.holidays.is_holiday(day)

    def counted_from(self, period_end: date, number: int) -> date:
        """The business day of a number: BD+1 is the first after a period's end, BD-1 the last up to and with it.

        There is no BD 0. Raises ValueError for it, ConfigurationError where nobody works for a month.
        """
        if number == 0:
            raise ValueError("there is no business day 0: the last of a period is -1, the first after it 1")
        step = _DAY if number > 0 else -_DAY
        day = period_end if number > 0 else period_end + _DAY
        for _ in range(abs(number)):
            day = self._next(day, step)
        return day

    def _next(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_REST):
            day += step
            if self.is_business_day(day):
                return day
        raise ConfigurationError(
            f"There is no business day for a month before or after {day}; check weekend and holidays."
        )
