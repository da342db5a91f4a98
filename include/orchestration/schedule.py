"""When the night runs, from TIEOUT_SCHEDULE: a cron expression in UTC, or the close calendars; unset: when somebody starts it.

With the close calendars, closes also begin at the steps that say so. TIEOUT_EVIDENCE_CHECK_SCHEDULE, a cron expression in UTC, says when
evidence is checked.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from include.config.close_calendars import check_holidays
from include.config.configuration import Configuration
from include.finance.close_calendar import DueClose, DueNight, closes_due_at, nights_due_at
from include.finance.errors import ConfigurationError
from include.orchestration.instants import plain_instant

if TYPE_CHECKING:
    from include.orchestration.timetable import CloseCalendarTimetable, PeriodCloseTimetable

CLOSE_CALENDARS = "close_calendars"
# Runs that the timetable made; the others are somebody's. Airflow's own types are texts that equal these.
_BY_TIMETABLE = ("scheduled", "backfill")


def nightly_schedule(
    environment: Mapping[str, str] = os.environ, configuration: Configuration | None = None
) -> str | CloseCalendarTimetable | None:
    """The cron expression in UTC, the timetable of the close calendars, or None.

    Raises ConfigurationError where TIEOUT_SCHEDULE asks for close calendars that do not cover every legal entity, or whose
    holidays nobody knows.
    """
    wanted = environment.get("TIEOUT_SCHEDULE", "").strip()
    if wanted != CLOSE_CALENDARS or configuration is None:
        return wanted or None
    if left := configuration.without_close_calendar():
        raise ConfigurationError(
            f"TIEOUT_SCHEDULE is {CLOSE_CALENDARS}, and no close calendar has {', '.join(left)}: no night would run at their cutoff. "
            "Add them to a file of close_calendars/."
        )
    calendars = list(configuration.close_calendars.values())
    check_holidays(calendars)
    from include.orchestration.timetable import CloseCalendarTimetable  # noqa: PLC0415 - only who asks loads it

    return CloseCalendarTimetable(calendars)


def close_schedule(
    environment: Mapping[str, str] = os.environ, configuration: Configuration | None = None
) -> PeriodCloseTimetable | None:
    """The timetable of the closes that begin by themselves; None where nights do not follow the close calendars, or no step says so."""
    if environment.get("TIEOUT_SCHEDULE", "").strip() != CLOSE_CALENDARS or configuration is None:
        return None
    calendars = [each for each in configuration.close_calendars.values() if any(step.is_close for step in each.steps)]
    if not calendars:
        return None
    check_holidays(calendars)
    from include.orchestration.timetable import PeriodCloseTimetable  # noqa: PLC0415 - only who asks loads it

    return PeriodCloseTimetable(calendars)


def evidence_check_schedule(environment: Mapping[str, str] = os.environ) -> str | None:
    """The cron expression in UTC; None: evidence is checked when somebody says so."""
    return environment.get("TIEOUT_EVIDENCE_CHECK_SCHEDULE", "").strip() or None


def closes_due(configuration: Configuration, run_after: datetime) -> list[DueClose]:
    """What a scheduled run of this instant closes, by the close calendars as they are now."""
    return closes_due_at(tuple(configuration.close_calendars.values()), plain_instant(run_after))


def nights_due(
    configuration: Configuration, run_after: datetime, run_type: str, environment: Mapping[str, str] = os.environ
) -> list[DueNight]:
    """What a run of this instant is for, by the close calendars; empty where it is not theirs."""
    if environment.get("TIEOUT_SCHEDULE", "").strip() != CLOSE_CALENDARS or run_type not in _BY_TIMETABLE:
        return []
    return nights_due_at(tuple(configuration.close_calendars.values()), plain_instant(run_after))
