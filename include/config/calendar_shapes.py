"""The shapes of `fiscal_calendars/` and `close_calendars/`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from include.config.shapes import Shape

Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS: tuple[str, ...] = get_args(Month)
WEEKDAYS: tuple[str, ...] = get_args(Weekday)
ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class YearEndShape(Shape):
    """`ends` of a fiscal calendar of weeks."""

    month: Month
    weekday: Weekday
    convention: Literal["last", "nearest"]


class ListedYearShape(Shape):
    """One of the `years` of a listed fiscal calendar."""

    year: Annotated[int, Field(ge=1900, le=9998)]
    starts: date
    period_ends: Annotated[list[date], Field(min_length=1, max_length=99)]


class FiscalCalendarShape(Shape):
    """One file of `fiscal_calendars/`."""

    kind: Literal["months", "4-4-5", "4-5-4", "5-4-4", "thirteen_periods", "listed"]
    named_by: Literal["start", "end"] | None = None
    first_month: Month | None = None
    ends: YearEndShape | None = None
    week_53_in: Annotated[int, Field(ge=1, le=13)] | None = None
    years: Annotated[list[ListedYearShape], Field(min_length=1)] | None = None
    adjustment_period: bool = False
