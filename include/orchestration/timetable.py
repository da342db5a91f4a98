"""Timetables by close calendars: of the nightly, and of the closes that begin by themselves.

What a calendar is, and when it is due, is `include/finance/close_calendar.py`; here that is told to Airflow. The calendars
travel inside the serialized DAG, so that the scheduler needs no configuration, and a changed calendar is a new version.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from airflow.utils.types import DagRunType

from include.config.close_calendars import close_calendar_from_plain, close_calendar_to_plain
from include.finance.close_calendar import (
    CloseCalendar,
    DueClose,
    DueNight,
    NightsOn,
    closes_due_at,
    nights_due_at,
)
from include.orchestration.instants import plain_instant

_MOMENT = timedelta(microseconds=1)
_LONGEST_DESCRIPTION = 1000  # what Airflow's database takes
_LONGEST_OCCASIONS = 120  # of a run's id, which has room for 250


class _DueTimetable(Timetable):
    """Runs at the instants that close calendars name. Each run's instant is its logical date.

    With `catchup` everything that was missed is made up for. Without, the last missed instant of each calendar is.
    """

    def __init__(self, calendars: Sequence[CloseCalendar]) -> None:
        self.calendars = tuple(sorted(calendars, key=lambda calendar: calendar.name))
        told = " ".join(self._told(calendar) for calendar in self.calendars)
        self.description = told if len(told) <= _LONGEST_DESCRIPTION else f"{told[: _LONGEST_DESCRIPTION - 1]}…"

    @abstractmethod
    def _told(self, calendar: CloseCalendar) -> str:
        """A sentence about one calendar."""

    @abstractmethod
    def _next(self, calendar: CloseCalendar, after: datetime) -> DueNight | DueClose | None:
        """What a calendar wants first after an instant."""

    @abstractmethod
    def _last(self, calendar: CloseCalendar, until: datetime) -> DueNight | DueClose | None:
        """What a calendar wanted last up to an instant."""

    @abstractmethod
    def _occasions(self, instant: datetime) -> Iterable[str]:
        """What a run at this instant is for, as its id says it."""

    def serialize(self) -> dict[str, Any]:
        """The calendars as JSON values."""
        return {"calendars": [close_calendar_to_plain(calendar) for calendar in self.calendars]}

    @classmethod
    def deserialize(cls, data: Mapping[str, Any]) -> Self:
        """The timetable that `serialize` gave."""
        return cls([close_calendar_from_plain(plain) for plain in data["calendars"]])

    def __eq__(self, other: object) -> bool:
        """Whether both are of one kind and have the same calendars."""
        return isinstance(other, type(self)) and other.calendars == self.calendars

    def __hash__(self) -> int:
        return hash(tuple(calendar.name for calendar in self.calendars))

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """A run that somebody starts covers the instant at which it is due."""
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The next run after the last one, within the DAG's dates."""
        after = self._after(last_automated_data_interval, restriction)
        due = None if restriction.catchup else self._missed(after)
        due = due or self._first(after)
        if due is None or (restriction.latest is not None and due > plain_instant(restriction.latest)):
            return None
        return DagRunInfo.exact(pendulum.instance(due))

    def generate_run_id(
        self, *, run_type: DagRunType, run_after: pendulum.DateTime, data_interval: DataInterval | None, **extra: Any
    ) -> str:
        """The usual id; that of a scheduled run ends with what it is for, as `europe_final_FY2026_P01`."""
        usual = super().generate_run_id(run_type=run_type, run_after=run_after, data_interval=data_interval, **extra)
        if run_type is not DagRunType.SCHEDULED:
            return usual
        occasions = self._occasions(plain_instant(run_after))
        told = "__".join(re.sub(r"[^A-Za-z0-9]+", "_", name) for name in occasions)
        return f"{usual}__{told[:_LONGEST_OCCASIONS]}" if told else usual

    def _after(self, last: DataInterval | None, restriction: TimeRestriction) -> datetime:
        """The instant after which runs count; the DAG's first and last instant are among them."""
        bounds = [plain_instant(last.end)] if last else []
        if restriction.earliest is not None:
            bounds.append(plain_instant(restriction.earliest) - _MOMENT)
        return max(bounds, default=self._now())

    def _missed(self, after: datetime) -> datetime | None:
        """The earliest of the calendars' last instants that ought to have run by now."""
        missed = (self._last(calendar, self._now()) for calendar in self.calendars)
        return min((due.instant for due in missed if due and due.instant > after), default=None)

    def _first(self, after: datetime) -> datetime | None:
        following = (self._next(calendar, after) for calendar in self.calendars)
        return min((due.instant for due in following if due), default=None)

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)


class CloseCalendarTimetable(_DueTimetable):
    """Nights at the cutoffs and around the period ends of close calendars. Each run's instant is its cutoff.

    Of nights that were missed, the last one of each calendar is made up for: it reads what the earlier ones would have read.
    """

    @property
    def summary(self) -> str:
        """Each calendar with its cutoff, for the list of DAGs."""
        return ", ".join(f"{each.name} {each.cutoff:%H:%M} {each.time_zone.key}" for each in self.calendars)

    def _told(self, calendar: CloseCalendar) -> str:
        days = "every day" if calendar.nights is NightsOn.EVERY_DAY else "every business day"
        nights = [str(step) for step in calendar.steps if step.is_night]
        more = f", and at {', '.join(nights)} of each period" if nights else ""
        return (
            f"{calendar.name} ({', '.join(calendar.legal_entities)}): {days} at {calendar.cutoff:%H:%M} "
            f"{calendar.time_zone.key}{more}."
        )

    def _next(self, calendar: CloseCalendar, after: datetime) -> DueNight | None:
        return calendar.next_night(after)

    def _last(self, calendar: CloseCalendar, until: datetime) -> DueNight | None:
        return calendar.last_night(until)

    def _occasions(self, instant: datetime) -> Iterable[str]:
        return (name for night in nights_due_at(self.calendars, instant) for name in night.occasions)


class PeriodCloseTimetable(_DueTimetable):
    """A close at the step of each close calendar that says `close: true`. Of closes that were missed, the last one is made up for."""

    @property
    def summary(self) -> str:
        """Each calendar with its step, for the list of DAGs."""
        return ", ".join(f"{each.name} {_closing(each)} {each.time_zone.key}" for each in self.calendars)

    def _told(self, calendar: CloseCalendar) -> str:
        entities = ", ".join(calendar.legal_entities)
        return f"{calendar.name} ({entities}): {_closing(calendar)} {calendar.time_zone.key} of each period."

    def _next(self, calendar: CloseCalendar, after: datetime) -> DueClose | None:
        return calendar.next_close(after)

    def _last(self, calendar: CloseCalendar, until: datetime) -> DueClose | None:
        return calendar.last_close(until)

    def _occasions(self, instant: datetime) -> Iterable[str]:
        return (f"{close.calendar_name} {close.period.name}" for close in closes_due_at(self.calendars, instant))


def _closing(calendar: CloseCalendar) -> str:
    return ", ".join(str(step) for step in calendar.steps if step.is_close)
