"""What Tieout adds to Airflow. This file only registers; what it registers lives in `include/orchestration`.

Airflow imports every file below `plugins/` in each of its processes, so this one stays alone and small. A timetable must be
registered, or the scheduler cannot read the DAG that has it.
"""

from __future__ import annotations

from typing import ClassVar

from airflow.plugins_manager import AirflowPlugin

from include.orchestration.notify import ClosedByDeadline, TiedOutByDeadline
from include.orchestration.timetable import CloseCalendarTimetable, PeriodCloseTimetable


class TieoutPlugin(AirflowPlugin):
    """Tieout by name, so that Airflow's list of plugins shows that this folder is read."""

    name = "tieout"
    timetables: ClassVar[list[type]] = [CloseCalendarTimetable, PeriodCloseTimetable]
    deadline_references: ClassVar[list[type]] = [TiedOutByDeadline, ClosedByDeadline]
