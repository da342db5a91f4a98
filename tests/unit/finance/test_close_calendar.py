"""Close calendars: local times become instants, business days are counted, and every night has its instant."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.finance.business_days import BusinessDays
from include.finance.close_calendar import CloseCalendar, CloseStep, NightsOn, nights_due_at
from include.finance.errors import ConfigurationError
from include.finance.fiscal_calendar import CALENDAR_YEAR, ListedCalendar, MonthCalendar, WeekCalendar, YearEnd
from include.finance.wall_clock import instant_of

ZONES = st.sampled_from(sorted(name for name in available_timezones() if "/" in name)).map(ZoneInfo)
DAYS = st.dates(min_value=date(1995, 1, 1), max_value=date(2080, 12, 31))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
WEEKEND = frozenset({5, 6})


@dataclass(frozen=True)
class Days:
    """Holidays that a test writes down."""

    days: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        return day in self.days


@dataclass(frozen=True)
class EveryYear:
    """Holidays on the same days each year."""

    days: frozenset[tuple[int, int]]

    def is_holiday(self, day: date) -> bool:
        return (day.month, day.day) in self.days


BUSINESS_DAYS = st.builds(
    lambda weekend, days: BusinessDays(weekend, EveryYear(days)),
    st.frozensets(st.integers(min_value=0, max_value=6), max_size=4),
    st.frozensets(
        st.tuples(st.integers(min_value=1, max_value=12), st.integers(min_value=1, max_value=28)), max_size=12
    ),
)
PRE_CLOSE = CloseStep("pre-close", -1, time(18), is_night=True)
FINAL = CloseStep("final", 1, time(2), is_night=True)
LOCK = CloseStep("lock", 3, time(12))
LONDON = CloseCalendar(
    "europe",
    ("UK", "DE"),
    ZoneInfo("Europe/London"),
    BusinessDays(WEEKEND, Days(frozenset({date(2026, 1, 1), date(2026, 12, 25), date(2026, 12, 28)}))),
    CALENDAR_YEAR,
    time(2),
    steps=(PRE_CLOSE, FINAL, LOCK),
)


def local(zone: str, day: str, at: str) -> str:
    """The instant of a local time, as text."""
    return instant_of(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone)).isoformat()


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("America/New_York", "2026-01-31", "02:00", "2026-01-31T07:00:00+00:00"),
        ("America/New_York", "2026-07-31", "02:00", "2026-07-31T06:00:00+00:00"),
        # Clocks jump from 02:00 to 03:00: what would be shown between is the jump.
        ("America/New_York", "2026-03-08", "01:59", "2026-03-08T06:59:00+00:00"),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T07:00:00+00:00"),
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00+00:00"),
        ("America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00:00+00:00"),
        # 01:00 to 02:00 is shown twice: the second.
        ("America/New_York", "2026-11-01", "00:59", "2026-11-01T04:59:00+00:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T06:30:00+00:00"),
        ("America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00:00+00:00"),
        ("Europe/London", "2026-03-29", "01:30", "2026-03-29T01:00:00+00:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T01:30:00+00:00"),
        # Half hours, three quarters, and a change of half an hour.
        ("Asia/Kolkata", "2026-01-01", "02:00", "2025-12-31T20:30:00+00:00"),
        ("Asia/Kathmandu", "2026-01-01", "02:00", "2025-12-31T20:15:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00+00:00"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T15:15:00+00:00"),
        # Midnight itself is skipped, and a whole day.
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00:00+00:00"),
        ("Pacific/Apia", "2011-12-30", "02:00", "2011-12-30T10:00:00+00:00"),
        ("Asia/Tokyo", "2026-12-31", "23:59", "2026-12-31T14:59:00+00:00"),
    ],
)
def test_a_local_time_is_an_instant_also_where_clocks_change(zone: str, day: str, at: str, expected: str) -> None:
    assert local(zone, day, at) == expected


@settings(deadline=None)
@given(zone=ZONES, day=DAYS, one=TIMES, other=TIMES)
def test_a_later_local_time_is_never_an_earlier_instant(zone: ZoneInfo, day: date, one: time, other: time) -> None:
    early, late = sorted((one, other))
    assert instant_of(day, early, zone) <= instant_of(day, late, zone)
    assert instant_of(day, late, zone) <= instant_of(day + timedelta(days=1), early, zone)


@settings(deadline=None)
@given(zone=ZONES, instant=st.datetimes(datetime(1995, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_an_instant_is_found_again_from_what_the_clock_shows_or_is_the_first_of_two(
    zone: ZoneInfo, instant: datetime
) -> None:
    shown = instant.replace(microsecond=0).astimezone(zone)
    found = instant_of(shown.date(), shown.timetz().replace(tzinfo=None), zone)
    assert found.astimezone(zone).replace(tzinfo=None) == shown.replace(tzinfo=None)
    assert found >= instant.replace(microsecond=0)


@pytest.mark.parametrize(
    ("period_end", "number", "expected"),
    [
        ("2026-01-31", -1, "2026-01-30"),  # a Saturday: the Friday before is the last business day
        ("2026-01-31", 1, "2026-02-02"),
        ("2026-02-27", -1, "2026-02-27"),
        ("2025-12-31", -1, "2025-12-31"),
        ("2025-12-31", 1, "2026-01-02"),  # over New Year's Day
        ("2025-12-31", 3, "2026-01-06"),
        ("2026-12-31", 1, "2027-01-01"),  # no holiday that this calendar knows
        ("2026-12-27", 1, "2026-12-29"),
        ("2026-12-27", -1, "2026-12-24"),
    ],
)
def test_business_days_are_counted_from_the_end_of_the_period(period_end: str, number: int, expected: str) -> None:
    days = LONDON.business_days
    assert days.counted_from(date.fromisoformat(period_end), number) == date.fromisoformat(expected)


@settings(deadline=None)
@given(days=BUSINESS_DAYS, end=DAYS, number=st.integers(min_value=1, max_value=12))
def test_business_days_are_monotone_and_no_business_day_is_left_out(days: BusinessDays, end: date, number: int) -> None:
    counted = [days.counted_from(end, n) for n in range(-number, number + 1) if n]
    first, last = counted[0], counted[-1]
    between = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert counted == [day for day in between if days.is_business_day(day)]
    assert counted[number - 1] <= end < counted[number]
    later = end + timedelta(days=1)
    assert all(days.counted_from(end, n) <= days.counted_from(later, n) for n in (-number, number))


def test_there_is_no_business_day_nought_and_none_where_nobody_ever_works() -> None:
    with pytest.raises(ValueError, match="no business day 0"):
        LONDON.business_days.counted_from(date(2026, 1, 31), 0)
    with pytest.raises(ConfigurationError, match="no business day for a month"):
        BusinessDays(frozenset(range(7)), Days()).counted_from(date(2026, 1, 31), 1)


def test_the_steps_of_a_close_have_their_instants() -> None:
    january, march = (CALENDAR_YEAR.find_year(2026).periods[n] for n in (0, 2))
    assert [(str(each.step), each.instant.isoformat()) for each in LONDON.steps_of(january)] == [
        ("BD-1 18:00 pre-close", "2026-01-30T18:00:00+00:00"),
        ("BD+1 02:00 final", "2026-02-02T02:00:00+00:00"),
        ("BD+3 12:00 lock", "2026-02-04T12:00:00+00:00"),
    ]
    # Summer time has begun: an hour earlier in UTC.
    assert [each.instant.isoformat() for each in LONDON.steps_of(march)][:2] == [
        "2026-03-31T17:00:00+00:00",
        "2026-04-01T01:00:00+00:00",
    ]


def test_the_nights_around_a_year_end_are_the_cutoffs_and_what_the_close_adds() -> None:
    after, until = datetime(2025, 12, 31, 2, tzinfo=UTC), datetime(2026, 1, 2, 2, tzinfo=UTC)
    assert [(night.instant.isoformat(), night.occasions) for night in LONDON.nights_between(after, until)] == [
        ("2025-12-31T18:00:00+00:00", ("europe pre-close FY2025 P12",)),
        ("2026-01-01T02:00:00+00:00", ("europe cutoff",)),
        ("2026-01-02T02:00:00+00:00", ("europe cutoff", "europe final FY2025 P12")),
    ]


def test_on_business_days_only_the_days_between_have_no_night() -> None:
    quiet = replace(LONDON, nights=NightsOn.BUSINESS_DAYS, steps=())
    after = datetime(2025, 12, 31, 2, tzinfo=UTC)
    days = [str(night.instant.date()) for night in quiet.nights_between(after, after + timedelta(days=7))]
    assert days == ["2026-01-02", "2026-01-05", "2026-01-06", "2026-01-07"]


def test_where_the_listed_years_end_the_nights_go_on_without_the_close() -> None:
    ended = ListedCalendar("listed", (CALENDAR_YEAR.find_year(2025),))
    nights = replace(LONDON, fiscal_calendar=ended).nights_between(
        datetime(2026, 1, 30, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)
    )
    assert [night.occasions for night in nights] == [("europe cutoff",)] * 4


CALENDARS = st.builds(
    lambda zone, days, fiscal, cutoff, on, steps: CloseCalendar("own", ("US",), zone, days, fiscal, cutoff, on, steps),
    ZONES,
    BUSINESS_DAYS,
    st.one_of(
        st.integers(min_value=1, max_value=12).map(lambda month: MonthCalendar("months", month)),
        st.sampled_from(YearEnd).map(lambda end: WeekCalendar("weeks", (4, 5, 4) * 4, 1, 5, end, 12)),
    ),
    TIMES,
    st.sampled_from(NightsOn),
    st.lists(
        st.builds(
            CloseStep,
            st.sampled_from(["pre-close", "final", "lock"]),
            st.integers(min_value=-9, max_value=9).filter(bool),
            TIMES,
            st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(deadline=None)
@given(
    calendar=CALENDARS, start=INSTANTS, hours=st.lists(st.integers(min_value=1, max_value=200), min_size=2, max_size=4)
)
def test_nights_do_not_depend_on_where_the_asking_is_cut(
    calendar: CloseCalendar, start: datetime, hours: list[int]
) -> None:
    marks = [start]
    for each in hours:
        marks.append(marks[-1] + timedelta(hours=each))
    whole = calendar.nights_between(marks[0], marks[-1])
    assert whole == [night for one, other in pairwise(marks) for night in calendar.nights_between(one, other)]
    assert [night.instant for night in whole] == sorted({night.instant for night in whole})


@settings(deadline=None)
@given(calendar=CALENDARS, start=INSTANTS)
def test_the_next_night_and_the_last_one_are_neighbours(calendar: CloseCalendar, start: datetime) -> None:
    following = calendar.next_night(start)
    assert following is not None
    assert following.instant > start
    assert calendar.nights_between(start, following.instant) == [following]
    assert calendar.last_night(following.instant) == following
    assert nights_due_at((calendar,), following.instant) == [following]
    assert nights_due_at((calendar,), following.instant - timedelta(microseconds=1)) == []


@settings(deadline=None)
@given(calendar=CALENDARS, day=DAYS)
def test_the_steps_of_a_close_are_in_order_and_each_is_a_night_where_it_says_so(
    calendar: CloseCalendar, day: date
) -> None:
    period = calendar.fiscal_calendar.period_of(day)
    steps = calendar.steps_of(period)
    assert [each.instant for each in steps] == sorted(each.instant for each in steps)
    for one in steps:
        wanted = f"own {one.step.name} {period.name}"
        found = any(wanted in night.occasions for night in nights_due_at((calendar,), one.instant))
        same = [other for other in steps if other.step.name == one.step.name and other.instant == one.instant]
        assert found == any(other.step.is_night for other in same)
