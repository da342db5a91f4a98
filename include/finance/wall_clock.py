"""From what a clock on the wall shows to the instant, also where clocks are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the clocks of a zone show a time of a day.

    A time that is shown twice means the second: nothing of that hour is left out. A time that is skipped means the moment
    at which the clocks jump. So what stands earlier in a list of local times is never later than what follows.
    """
    shown = datetime.combine(day, at)
    first, second = (shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    # In a gap the two readings are the other way round: by the offset before it, and by the one after.
    return _jump(second, first, zone) if second < first else second


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant with the offset that holds at `after`, to the second."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2 // _SECOND * _SECOND
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
