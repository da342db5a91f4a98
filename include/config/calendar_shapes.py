"""The shapes of `fiscal_calendars/` and `close_calendars/`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import Field

from include.config.shapes import Shape, Text

Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MONTHS: tuple[str, ...] = get_args(Month)
WEEKDAYS: tuple[str, ...] = get_args(Weekday)

# Editors check these patterns; the reader words what is wrong.
CLOCK_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
STEP_TIME = r"^BD([+-])([1-9]|[12][0-9]|3[01]) (([01][0-9]|2[0-3]):[0-5][0-9])$"


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


class HolidaysShape(Shape):
    """`holidays` of a close calendar."""

    country: Text | None = None
    subdivision: Text | None = None
    market: Text | None = None
    also: list[date] = Field(default_factory=list)
    working: list[date] = Field(default_factory=list)


class CloseStepShape(Shape):
    """One of the `steps` of a close calendar."""

    step: Text
    at: Annotated[Text, Field(json_schema_extra={"pattern": STEP_TIME})]
    night: bool = False
    close: bool = False


class CloseCalendarShape(Shape):
    """One file of `close_calendars/`."""

    legal_entities: Annotated[list[Text], Field(min_length=1)]
    time_zone: Text
    cutoff: Annotated[Text, Field(json_schema_extra={"pattern": CLOCK_TIME})]
    nights: Literal["every_day", "business_days"] = "every_day"
    holidays: HolidaysShape = Field(default_factory=HolidaysShape)
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6, strict=False)] = ("saturday", "sunday")
    steps: list[CloseStepShape] = Field(default_factory=list)
