"""What Tieout adds to Airflow. This file only registers; what it registers lives in `include/orchestration`.

Airflow imports every file below `plugins/` in each of its processes, so this one stays alone and small. Nothing needs
registering yet: the nightly schedule is a cron expression, and logs and reports are in the tasks' own pages. The first
timetable or link of ours gets its line here.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class TieoutPlugin(AirflowPlugin):
    """Tieout by name, so that Airflow's list of plugins shows that this folder is read."""

    name = "tieout"
