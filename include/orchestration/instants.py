"""Airflow's instants as plain ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pendulum


def plain_instant(instant: datetime) -> datetime:
    """The same instant as a plain datetime in UTC: pendulum's can lose their zone in arithmetic with others."""
    utc = pendulum.instance(instant).in_timezone("UTC")
    return datetime(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond, UTC)
