"""Reading `close_calendars/`: one file per group of legal entities, saying when its nights run and its periods close."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from include.config.calendar_shapes import CLOCK_TIME, STEP_TIME, WEEKDAYS, CloseCalendarShape, CloseStepShape
from include.config.findings import Findings, one_of
from include.config.fiscal_calendars import calendar_from_plain, calendar_to_plain
from include.config.legal_entities import time_zones
from include.config.public_holidays import PublicHolidays
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.business_days import BusinessDays
from include.finance.close_calendar import CloseCalendar, CloseStep, NightsOn
from include.finance.entity import LegalEntity
from include.finance.fiscal_calendar import FiscalCalendar
from include.finance.wall_clock import instant_of

# Days on which zones differ as much as they ever do: between them summer time begins and ends everywhere.
_SAMPLE_DAYS = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(0, 365, 7))


def read_close_calendars(
    files: Mapping[str, YamlFile],
    codes: Collection[str],
    entities: Mapping[str, LegalEntity],
    fiscal_calendars: Mapping[str, FiscalCalendar],
    findings: Findings,
) -> dict[str, CloseCalendar]:
    """The calendars that are sound, by the name of their file; what is wrong becomes findings.

    `codes` are all legal entities, `entities` those that are sound, `fiscal_calendars` theirs, by legal entity.
    """
    calendars: dict[str, CloseCalendar] = {}
    calendar_of_entity: dict[str, str] = {}
    for name, file in files.items():
        shape = (
            checked_shape(file, (), file.content, CloseCalendarShape, findings) if file.content is not None else None
        )
        if shape is None:
            continue
        faults = [
            *_faults(shape, codes),
            *_faults_of_steps(shape.steps),
            *_faults_of_group(name, shape, fiscal_calendars, calendar_of_entity),
        ]
        fiscal_calendar = fiscal_calendars.get(shape.legal_entities[0])
        if fiscal_calendar and not faults:
            calendars[name] = calendar_of(name, shape, fiscal_calendar, file.where(("holidays",)))
            faults = list(_too_early(calendars[name], entities))
        for path, text in faults:
            findings.add(file.name, file.line_of(path), text)
    return calendars


def _faults(shape: CloseCalendarShape, codes: Collection[str]) -> Iterator[tuple[YamlPath, str]]:
    for index, code in enumerate(shape.legal_entities):
        if code not in codes:
            yield ("legal_entities", index), f"legal entity `{code}` is unknown; {one_of(code, codes)}"
    if shape.time_zone not in time_zones():
        yield (
            ("time_zone",),
            f"`{shape.time_zone}` is no time zone (IANA, as in Europe/Berlin); {one_of(shape.time_zone, time_zones())}",
        )
    if not re.match(CLOCK_TIME, shape.cutoff):
        yield ("cutoff",), f'`{shape.cutoff}` is no time of day; write it as "02:00".'
    if shape.holidays.country and shape.holidays.market:
        yield (
            ("holidays", "market"),
            "holidays are those of a `country` or of a `market`; keep one, and add days to `also`.",
        )
    if shape.holidays.subdivision and not shape.holidays.country:
        yield ("holidays", "subdivision"), "a `subdivision` is one of a `country`; name the country."


def _faults_of_steps(steps: Sequence[CloseStepShape]) -> Iterator[tuple[YamlPath, str]]:
    names: set[str] = set()
    closing = [step for step in steps if step.close]
    for index, step in enumerate(steps):
        if not re.match(STEP_TIME, step.at):
            text = f"`{step.at}` is no time of a step; write business day and time, as BD-1 18:00 (the last of the period) or BD+1 02:00 (the first after it); there is no BD 0."
            yield ("steps", index, "at"), text
        if step.step in names:
            yield ("steps", index, "step"), f"step `{step.step}` is written twice; keep one, or name them apart."
        names.add(step.step)
        if step.close and step.at.startswith("BD-"):
            yield (
                ("steps", index, "close"),
                f"step `{step.step}` would begin the close of a period that has not ended; make it BD+1 or later.",
            )
        if step.close and step is not closing[0]:
            yield (
                ("steps", index, "close"),
                f"step `{closing[0].step}` begins the close already; keep `close: true` at one step.",
            )


def _faults_of_group(
    name: str,
    shape: CloseCalendarShape,
    fiscal_calendars: Mapping[str, FiscalCalendar],
    calendar_of_entity: dict[str, str],
) -> Iterator[tuple[YamlPath, str]]:
    first = shape.legal_entities[0]
    for index, code in enumerate(shape.legal_entities):
        other = calendar_of_entity.setdefault(code, name)
        if other != name or code in shape.legal_entities[:index]:
            yield (
                ("legal_entities", index),
                f"legal entity {code} is in close calendar `{other}` already; keep it in one.",
            )
        theirs, ours = fiscal_calendars.get(code), fiscal_calendars.get(first)
        if theirs and ours and theirs != ours:
            text = (
                f"legal entity {code} has fiscal calendar `{theirs.name}`, and {first} has `{ours.name}`; those of one close "
                "calendar end their periods together: give each its own."
            )
            yield ("legal_entities", index), text


def _too_early(calendar: CloseCalendar, entities: Mapping[str, LegalEntity]) -> Iterator[tuple[YamlPath, str]]:
    """A step after the period's end comes when the period has ended for every legal entity, wherever it keeps its books."""
    for index, step in enumerate(calendar.steps):
        if step.business_day < 0:
            continue
        for code in calendar.legal_entities:
            entity = entities.get(code)
            if entity and any(
                entity.local_date(instant_of(day, step.at, calendar.time_zone)) < day for day in _SAMPLE_DAYS
            ):
                text = (
                    f"at {step.at:%H:%M} in {calendar.time_zone.key} it is still the day before for {code} in {entity.time_zone.key}: "
                    f"step `{step.name}` would come before its period has ended. Make it later, or give {code} a calendar of its own."
                )
                yield ("steps", index, "at"), text


def calendar_of(
    name: str, shape: CloseCalendarShape, fiscal_calendar: FiscalCalendar, where: str = "close_calendars/"
) -> CloseCalendar:
    """The calendar that a shape without faults describes. `where` is the file and line of its holidays."""
    given = shape.holidays
    holidays = PublicHolidays(
        given.country, given.subdivision, given.market, frozenset(given.also), frozenset(given.working), where
    )
    return CloseCalendar(
        name,
        tuple(shape.legal_entities),
        ZoneInfo(shape.time_zone),
        BusinessDays(frozenset(WEEKDAYS.index(day) for day in shape.weekend), holidays),
        fiscal_calendar,
        time.fromisoformat(shape.cutoff),
        NightsOn(shape.nights),
        tuple(_step(step) for step in shape.steps),
    )


def _step(shape: CloseStepShape) -> CloseStep:
    day, at = shape.at.removeprefix("BD").split(" ")
    return CloseStep(shape.step, int(day), time.fromisoformat(at), shape.night, shape.close)


def check_holidays(calendars: Iterable[CloseCalendar]) -> None:
    """Raise ConfigurationError for a country, subdivision or market that nobody knows; a load is too often to ask."""
    for calendar in calendars:
        if isinstance(holidays := calendar.business_days.holidays, PublicHolidays):
            holidays.check()


def close_calendar_to_plain(calendar: CloseCalendar) -> dict[str, Any]:
    """A calendar as JSON values, with its name and its fiscal calendar: what `close_calendar_from_plain` reads."""
    holidays = calendar.business_days.holidays
    if not isinstance(holidays, PublicHolidays):
        raise TypeError(f"{type(holidays).__name__} has no plain form")
    named = {"country": holidays.country, "subdivision": holidays.subdivision, "market": holidays.market}
    return {
        "name": calendar.name,
        "legal_entities": list(calendar.legal_entities),
        "time_zone": calendar.time_zone.key,
        "cutoff": f"{calendar.cutoff:%H:%M}",
        "nights": calendar.nights.value,
        "holidays": {
            **{key: value for key, value in named.items() if value},
            "also": sorted(map(str, holidays.also)),
            "working": sorted(map(str, holidays.working)),
        },
        "weekend": [WEEKDAYS[day] for day in sorted(calendar.business_days.weekend)],
        "steps": [
            {
                "step": step.name,
                "at": f"BD{step.business_day:+d} {step.at:%H:%M}",
                "night": step.is_night,
                "close": step.is_close,
            }
            for step in calendar.steps
        ],
        "fiscal_calendar": calendar_to_plain(calendar.fiscal_calendar),
    }


def close_calendar_from_plain(plain: Mapping[str, Any]) -> CloseCalendar:
    """The calendar that `close_calendar_to_plain` gave."""
    own = {key: value for key, value in plain.items() if key not in ("name", "fiscal_calendar")}
    shape = CloseCalendarShape.model_validate_json(json.dumps(own))
    name = plain["name"]
    return calendar_of(name, shape, calendar_from_plain(plain["fiscal_calendar"]), f"close_calendars/{name}.yaml")
