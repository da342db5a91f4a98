"""Close calendars: at which instants a group of companies reads its books, night by night and around a period's end, and closes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from include.finance.business_days import BusinessDays
from include.finance.fiscal_calendar import FiscalCalendar, FiscalPeriod
from include.finance.wall_clock import instant_of

_MOMENT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
# Beyond the days of its business days, a step lies at most so far from its period's end: holidays.
_HOLIDAYS = timedelta(days=62)
_LONGEST_WAIT = 60  # weeks without a night: more is a mistake in the calendar


class NightsOn(StrEnum):
    """Which days end with a night."""

    EVERY_DAY = "every_day"
    BUSINESS_DAYS = "business_days"


@dataclass(frozen=True, slots=True)
class CloseStep:
    """A step of the close: so many business days from a period's end, at a local time. Some run the nightly, one may begin the close."""

    name: str
    business_day: int
    at: time
    is_night: bool = False
    is_close: bool = False

    def __str__(self) -> str:
        return f"BD{self.business_day:+d} {self.at:%H:%M} {self.name}"


@dataclass(frozen=True, slots=True)
class DatedStep:
    """A step of the close of one period, at its instant (UTC)."""

    step: CloseStep
    period: FiscalPeriod
    instant: datetime


@dataclass(frozen=True, slots=True)
class DueNight:
    """A night that a close calendar wants: its instant (UTC) is the read instant. `occasions` say what for."""

    instant: datetime
    legal_entities: tuple[str, ...]
    occasions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DueClose:
    """A close that a calendar begins by itself: its instant (UTC), the legal entities, and the period that has ended."""

    instant: datetime
    calendar_name: str
    legal_entities: tuple[str, ...]
    period: FiscalPeriod
    step: CloseStep


_Due = TypeVar("_Due", DueNight, DueClose)


@dataclass(frozen=True, slots=True)
class CloseCalendar:
    """When a group of legal entities reads its books, and which steps end each of its periods."""

    name: str
    legal_entities: tuple[str, ...]
    time_zone: ZoneInfo
    business_days: BusinessDays
    fiscal_calendar: FiscalCalendar
    cutoff: time
    nights: NightsOn = NightsOn.EVERY_DAY
    steps: tuple[CloseStep, ...] = ()

    def steps_of(self, period: FiscalPeriod) -> list[DatedStep]:
        """The steps of one period's close, in the order of time; as written where two are at once."""
        dated = [DatedStep(step, period, self._instant_of(step, period)) for step in self.steps]
        return sorted(dated, key=lambda each: each.instant)

    def nights_between(self, after: datetime, until: datetime) -> list[DueNight]:
        """The nights due after one instant and up to and with another, in order; one for each instant."""
        occasions: dict[datetime, list[str]] = {}
        nights = self._dated(after, until, [step for step in self.steps if step.is_night])
        named = [(each.instant, f"{each.step.name} {each.period.name}") for each in nights]
        for instant, occasion in (*self._cutoffs(after, until), *named):
            if after < instant <= until:
                occasions.setdefault(instant, []).append(occasion)
        return [
            DueNight(instant, self.legal_entities, tuple(f"{self.name} {name}" for name in names))
            for instant, names in sorted(occasions.items())
        ]

    def closes_between(self, after: datetime, until: datetime) -> list[DueClose]:
        """The closes that begin by themselves after one instant and up to and with another, in order."""
        dated = self._dated(after, until, [step for step in self.steps if step.is_close])
        found = [each for each in dated if after < each.instant <= until]
        return [
            DueClose(each.instant, self.name, self.legal_entities, each.period, each.step)
            for each in sorted(found, key=lambda each: each.instant)
        ]

    def next_night(self, after: datetime) -> DueNight | None:
        """The first night after an instant; None where there is none for more than a year."""
        return _first_after(self.nights_between, after)

    def last_night(self, until: datetime) -> DueNight | None:
        """The last night up to and with an instant; None where there is none for more than a year."""
        return _last_until(self.nights_between, until)

    def next_close(self, after: datetime) -> DueClose | None:
        """The first close that begins by itself after an instant; None where there is none for more than a year."""
        return _first_after(self.closes_between, after)

    def last_close(self, until: datetime) -> DueClose | None:
        """The last close that began by itself up to and with an instant; None where there is none for more than a year."""
        return _last_until(self.closes_between, until)

    def last_ended(self, instant: datetime) -> FiscalPeriod | None:
        """The period that ended last before an instant, by the calendar's own clock."""
        current = self.fiscal_calendar.find_period(instant.astimezone(self.time_zone).date())
        return self.fiscal_calendar.find_period(current.start_date - _DAY) if current else None

    def _cutoffs(self, after: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
        for day in self._days(after, until):
            if self.nights is NightsOn.EVERY_DAY or self.business_days.is_business_day(day):
                yield instant_of(day, self.cutoff, self.time_zone), "cutoff"

    def _dated(self, after: datetime, until: datetime, steps: Sequence[CloseStep]) -> Iterator[DatedStep]:
        """These steps of all periods that may come between two instants, and of some around them."""
        if not steps:
            return
        reach = 7 * max(abs(step.business_day) for step in steps) * _DAY + _HOLIDAYS
        day = after.astimezone(self.time_zone).date() - reach
        last = until.astimezone(self.time_zone).date() + reach
        while day <= last:
            period = self.fiscal_calendar.find_period(day)
            if period is not None:
                for step in steps:
                    yield DatedStep(step, period, self._instant_of(step, period))
            day = period.end_date + _DAY if period else day + _DAY

    def _days(self, after: datetime, until: datetime) -> Iterator[date]:
        day, last = after.astimezone(self.time_zone).date() - _DAY, until.astimezone(self.time_zone).date() + _DAY
        while day <= last:
            yield day
            day += _DAY

    def _instant_of(self, step: CloseStep, period: FiscalPeriod) -> datetime:
        day = self.business_days.counted_from(period.end_date, step.business_day)
        return instant_of(day, step.at, self.time_zone)


def _first_after(between: Callable[[datetime, datetime], list[_Due]], after: datetime) -> _Due | None:
    for week in range(_LONGEST_WAIT):
        if found := between(after + week * _WEEK, after + (week + 1) * _WEEK):
            return found[0]
    return None


def _last_until(between: Callable[[datetime, datetime], list[_Due]], until: datetime) -> _Due | None:
    for week in range(_LONGEST_WAIT):
        if found := between(until - (week + 1) * _WEEK, until - week * _WEEK):
            return found[-1]
    return None


def nights_due_at(calendars: tuple[CloseCalendar, ...], instant: datetime) -> list[DueNight]:
    """What the calendars want at exactly this instant: at most one night of each."""
    at = instant.astimezone(UTC)
    return [night for calendar in calendars for night in calendar.nights_between(at - _MOMENT, at)]


def closes_due_at(calendars: tuple[CloseCalendar, ...], instant: datetime) -> list[DueClose]:
    """The closes that the calendars begin at exactly this instant: at most one of each."""
    at = instant.astimezone(UTC)
    return [close for calendar in calendars for close in calendar.closes_between(at - _MOMENT, at)]


def closed_by(
    calendars: tuple[CloseCalendar, ...], legal_entities: Collection[str], instant: datetime
) -> datetime | None:
    """When the last step is due of the close of the period that ended last, of these legal entities: the earliest of those to come.

    None where no calendar of theirs has a step that is still to come.
    """
    utc = instant.astimezone(UTC)
    due = []
    for calendar in calendars:
        if set(calendar.legal_entities) & set(legal_entities) and (period := calendar.last_ended(utc)):
            due += [dated.instant for dated in calendar.steps_of(period)[-1:]]
    return min((each for each in due if each > utc), default=None)


def tied_out_by(calendars: tuple[CloseCalendar, ...], instant: datetime, at: time) -> datetime | None:
    """The first local time `at` after an instant, in the zones of the calendars that have a night then; of none: of all of them."""
    utc = instant.astimezone(UTC)
    due = [calendar for calendar in calendars if calendar.nights_between(utc - _MOMENT, utc)]
    found = []
    for calendar in due or calendars:
        day = utc.astimezone(calendar.time_zone).date()
        found.append(
            next(
                one
                for one in (instant_of(day + number * _DAY, at, calendar.time_zone) for number in range(3))
                if one > utc
            )
        )
    return min(found, default=None)
