"""Reading `fiscal_calendars/`: one file per calendar that legal entities name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from include.config.calendar_shapes import MONTHS, WEEKDAYS, FiscalCalendarShape, ListedYearShape
from include.config.findings import Findings
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.entity_settings import EntitySettings
from include.finance.fiscal_calendar import (
    CALENDAR_YEAR,
    FiscalCalendar,
    ListedCalendar,
    MonthCalendar,
    WeekCalendar,
    YearEnd,
    YearName,
    year_from_ends,
)

_PATTERNS = {
    "4-4-5": (4, 4, 5) * 4,
    "4-5-4": (4, 5, 4) * 4,
    "5-4-4": (5, 4, 4) * 4,
    "thirteen_periods": (4,) * 13,
}
_WEEKS = tuple(_PATTERNS)
# Which kinds a key belongs to, and whether they need it.
_KEYS: Mapping[str, tuple[tuple[str, ...], bool]] = {
    "first_month": (("months",), True),
    "ends": (_WEEKS, True),
    "week_53_in": (_WEEKS, False),
    "years": (("listed",), True),
    "named_by": (("months", *_WEEKS), False),
}


def read_fiscal_calendars(files: Mapping[str, YamlFile], findings: Findings) -> dict[str, FiscalCalendar]:
    """The calendars that are sound, by the name of their file; what is wrong becomes findings."""
    calendars: dict[str, FiscalCalendar] = {}
    for name, file in files.items():
        shape = (
            checked_shape(file, (), file.content, FiscalCalendarShape, findings) if file.content is not None else None
        )
        if shape is None:
            continue
        faults = list(_faults(shape))
        for path, text in faults:
            findings.add(file.name, file.line_of(path), text)
        if not faults:
            calendars[name] = calendar_of(name, shape)
    return calendars


def calendars_by_entity(
    settings: Mapping[str, EntitySettings], calendars: Mapping[str, FiscalCalendar]
) -> dict[str, FiscalCalendar]:
    """The calendar of each legal entity, by its code; none for one whose calendar is not sound."""
    names = {code: each.fiscal_calendar_name for code, each in settings.items()}
    return {
        code: calendars[name] if name else CALENDAR_YEAR
        for code, name in names.items()
        if not name or name in calendars
    }


def _faults(shape: FiscalCalendarShape) -> Iterator[tuple[YamlPath, str]]:
    for key, (kinds, is_needed) in _KEYS.items():
        is_given = getattr(shape, key) is not None
        if is_given and shape.kind not in kinds:
            yield (key,), f"a calendar of kind `{shape.kind}` has no `{key}`; remove it."
        if is_needed and not is_given and shape.kind in kinds:
            yield ("kind",), f"a calendar of kind `{shape.kind}` needs the key `{key}`; add it."
    periods = len(_PATTERNS.get(shape.kind, ()))
    if shape.week_53_in and periods and shape.week_53_in > periods:
        yield ("week_53_in",), f"there is no period {shape.week_53_in}; write one of 1 to {periods}."
    yield from _faults_of_years(shape.years or [])


def _faults_of_years(years: list[ListedYearShape]) -> Iterator[tuple[YamlPath, str]]:
    wanted = None
    numbers: set[int] = set()
    for index, year in enumerate(years):
        path: YamlPath = ("years", index)
        if year.year in numbers:
            yield (*path, "year"), f"the year {year.year} is written twice; keep one."
        numbers.add(year.year)
        if wanted and year.starts != wanted:
            yield (
                (*path, "starts"),
                f"{year.year} starts on {year.starts}, and the year before it ends the day before {wanted}; leave no gap and no overlap.",
            )
        before = year.starts - timedelta(days=1)
        for at, end in enumerate(year.period_ends):
            if end <= before:
                yield (
                    (*path, "period_ends", at),
                    f"period {at + 1} of {year.year} ends on {end}, not after {before}; write the last day of each period, in order.",
                )
            before = max(before, end)
        wanted = before + timedelta(days=1)


def calendar_of(name: str, shape: FiscalCalendarShape) -> FiscalCalendar:
    """The calendar that a shape without faults describes."""
    named_by, adjustment = YearName(shape.named_by or "end"), shape.adjustment_period
    if shape.first_month is not None:
        return MonthCalendar(name, MONTHS.index(shape.first_month) + 1, named_by, adjustment)
    if shape.ends is not None:
        weeks, ends = _PATTERNS[shape.kind], shape.ends
        month, weekday = MONTHS.index(ends.month) + 1, WEEKDAYS.index(ends.weekday)
        long_period = shape.week_53_in or len(weeks)
        return WeekCalendar(name, weeks, month, weekday, YearEnd(ends.convention), long_period, named_by, adjustment)
    years = (
        year_from_ends(year.year, year.starts, year.period_ends, has_adjustment=adjustment)
        for year in shape.years or ()
    )
    return ListedCalendar(name, tuple(years))


def calendar_to_plain(calendar: FiscalCalendar) -> dict[str, Any]:
    """A calendar as JSON values, its name among them: what `calendar_from_plain` reads."""
    if isinstance(calendar, ListedCalendar):
        years = [
            {
                "year": year.number,
                "starts": str(year.start_date),
                "period_ends": [str(one.end_date) for one in year.periods],
            }
            for year in calendar.years
        ]
        has_adjustment = any(year.adjustment for year in calendar.years)
        return {"name": calendar.name, "kind": "listed", "years": years, "adjustment_period": has_adjustment}
    if isinstance(calendar, MonthCalendar):
        own: dict[str, Any] = {"kind": "months", "first_month": MONTHS[calendar.first_month - 1]}
    elif isinstance(calendar, WeekCalendar):
        month, weekday = MONTHS[calendar.end_month - 1], WEEKDAYS[calendar.end_weekday]
        own = {
            "kind": next(kind for kind, weeks in _PATTERNS.items() if weeks == calendar.weeks),
            "ends": {"month": month, "weekday": weekday, "convention": calendar.year_end.value},
            "week_53_in": calendar.long_period,
        }
    else:
        raise TypeError(f"{type(calendar).__name__} has no plain form")
    named_by, has_adjustment = calendar.named_by.value, calendar.has_adjustment
    return {"name": calendar.name, **own, "named_by": named_by, "adjustment_period": has_adjustment}


def calendar_from_plain(plain: Mapping[str, Any]) -> FiscalCalendar:
    """The calendar that `calendar_to_plain` gave."""
    text = json.dumps({key: value for key, value in plain.items() if key != "name"})
    return calendar_of(plain["name"], FiscalCalendarShape.model_validate_json(text))
