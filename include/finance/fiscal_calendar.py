"""Fiscal calendars: how a company's years and periods lie on the calendar.

Each kind says what one fiscal year is made of; from that follows the year and the period of any day. Periods are days of
the company's own calendar: an instant becomes one by `LegalEntity.local_date`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from include.finance.errors import ConfigurationError

_DAY = timedelta(days=1)
WEEKS = 52  # of an ordinary year; a long one has one more


class YearName(StrEnum):
    """Which calendar year a fiscal year is called by: that of its first month, or that of its last."""

    START = "start"
    END = "end"


class YearEnd(StrEnum):
    """On which day a year of weeks ends: the last such weekday of the month, or the one nearest to the month's last day."""

    LAST = "last"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class FiscalPeriod:
    """Days of one fiscal year, both ends inclusive. An adjustment period lies on its year's last day, beside the ordinary one."""

    fiscal_year: int
    number: int
    start_date: date
    end_date: date
    is_adjustment: bool = False

    def __post_init__(self) -> None:
        if self.start_date > self.end_date:
            raise ValueError(f"period {self.name} ends on {self.end_date}, before it starts on {self.start_date}")

    @property
    def name(self) -> str:
        """Year and number, as `FY2026 P01`. What the ERP calls its period is the ERP's."""
        return f"FY{self.fiscal_year} P{self.number:02}"

    def contains(self, day: date) -> bool:
        """Whether a day lies in this period."""
        return self.start_date <= day <= self.end_date


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """A fiscal year: ordinary periods in order, without gap or overlap, and the adjustment period where there is one."""

    number: int
    periods: tuple[FiscalPeriod, ...]
    adjustment: FiscalPeriod | None = None

    def __post_init__(self) -> None:
        for one, following in pairwise(self.periods):
            if following.start_date != one.end_date + _DAY:
                raise ValueError(
                    f"{following.name} starts on {following.start_date}, and {one.name} ends on {one.end_date}"
                )

    @property
    def start_date(self) -> date:
        """The first day of the year."""
        return self.periods[0].start_date

    @property
    def end_date(self) -> date:
        """The last day of the year."""
        return self.periods[-1].end_date

    def contains(self, day: date) -> bool:
        """Whether a day lies in this year."""
        return self.start_date <= day <= self.end_date


class FiscalCalendar(ABC):
    """How a company's years and periods lie. Each day lies in exactly one ordinary period.

    Two calendars are equal that have the same periods, whatever they are called.
    """

    name: str

    @abstractmethod
    def find_year(self, number: int) -> FiscalYear | None:
        """The fiscal year of this number; None where the calendar does not reach so far."""

    def find_period(self, day: date) -> FiscalPeriod | None:
        """The ordinary period of a day; None where the calendar does not reach so far."""
        year = self._year_around(day)
        return next((period for period in year.periods if period.contains(day)), None) if year else None

    def year_of(self, day: date) -> FiscalYear:
        """The fiscal year of a day. Raises ConfigurationError where the calendar does not reach so far."""
        if (year := self._year_around(day)) is None:
            raise ConfigurationError(
                f"Fiscal calendar `{self.name}` has no year that contains {day}; add it to fiscal_calendars/{self.name}.yaml."
            )
        return year

    def period_of(self, day: date) -> FiscalPeriod:
        """The ordinary period of a day. Raises ConfigurationError where the calendar does not reach so far."""
        return next(period for period in self.year_of(day).periods if period.contains(day))

    def _year_around(self, day: date) -> FiscalYear | None:
        # A year starts at most a year before or after the first day of the calendar year that it is called by.
        near = (self.find_year(number) for number in (day.year, day.year - 1, day.year + 1))
        return next((year for year in near if year and year.contains(day)), None)


@dataclass(frozen=True, slots=True)
class MonthCalendar(FiscalCalendar):
    """Twelve calendar months, of which `first_month` (1 to 12) begins the year."""

    name: str = field(compare=False)
    first_month: int = 1
    named_by: YearName = YearName.END
    has_adjustment: bool = False

    def find_year(self, number: int) -> FiscalYear:
        """The fiscal year of this number."""
        first = number if self.first_month == 1 or self.named_by is YearName.START else number - 1
        months = [divmod(self.first_month - 1 + n, 12) for n in range(12)]
        ends = [_month_end(first + years, month + 1) for years, month in months]
        return year_from_ends(number, date(first, self.first_month, 1), ends, has_adjustment=self.has_adjustment)


@dataclass(frozen=True, slots=True)
class WeekCalendar(FiscalCalendar):
    """Periods of whole weeks (4-4-5, 4-5-4, 5-4-4, thirteen of four), in years of 52 or 53.

    `weeks` are those of each period in an ordinary year; in a long one period `long_period` has one more. The year ends on
    `end_weekday` (Monday is 0), the last of `end_month` or the nearest to its last day.
    """

    name: str = field(compare=False)
    weeks: tuple[int, ...]
    end_month: int
    end_weekday: int
    year_end: YearEnd
    long_period: int
    named_by: YearName = YearName.END
    has_adjustment: bool = False

    def __post_init__(self) -> None:
        if sum(self.weeks) != WEEKS:
            raise ValueError(f"the periods of `{self.name}` have {sum(self.weeks)} weeks, and a year has {WEEKS}")

    def find_year(self, number: int) -> FiscalYear:
        """The fiscal year of this number."""
        # The month decides, not the day on which the year starts: a year that ends about New Year's Day may start in the
        # year before.
        last = number if self.end_month == 12 or self.named_by is YearName.END else number + 1  # noqa: PLR2004
        start, end = self._end(last - 1) + _DAY, self._end(last)
        spare = (end - start).days // 7 + 1 - WEEKS
        ends, day = [], start
        for period, weeks in enumerate(self.weeks, 1):
            day += timedelta(weeks=weeks + (spare if period == self.long_period else 0))
            ends.append(day - _DAY)
        return year_from_ends(number, start, ends, has_adjustment=self.has_adjustment)

    def _end(self, year: int) -> date:
        last = _month_end(year, self.end_month)
        back = (last.weekday() - self.end_weekday) % 7
        if self.year_end is YearEnd.NEAREST and back > 7 // 2:
            back -= 7
        return last - timedelta(days=back)


@dataclass(frozen=True, slots=True)
class ListedCalendar(FiscalCalendar):
    """Years whose dates somebody has written down, each following on the one before."""

    name: str = field(compare=False)
    years: tuple[FiscalYear, ...]

    def __post_init__(self) -> None:
        for one, following in pairwise(self.years):
            if following.start_date != one.end_date + _DAY:
                raise ValueError(
                    f"FY{following.number} starts on {following.start_date}, and FY{one.number} ends on {one.end_date}"
                )

    def find_year(self, number: int) -> FiscalYear | None:
        """The fiscal year of this number, if it is written down."""
        return next((year for year in self.years if year.number == number), None)

    def _year_around(self, day: date) -> FiscalYear | None:
        return next((year for year in self.years if year.contains(day)), None)


CALENDAR_YEAR = MonthCalendar("calendar year")


def year_from_ends(number: int, start: date, ends: list[date], *, has_adjustment: bool) -> FiscalYear:
    """A year from its first day and the last day of each period. Raises ValueError where a period would have no day."""
    starts = [start, *(end + _DAY for end in ends[:-1])]
    periods = [FiscalPeriod(number, n, *days) for n, days in enumerate(zip(starts, ends, strict=True), 1)]
    last = ends[-1]
    adjustment = FiscalPeriod(number, len(periods) + 1, last, last, is_adjustment=True) if has_adjustment else None
    return FiscalYear(number, tuple(periods), adjustment)


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])
