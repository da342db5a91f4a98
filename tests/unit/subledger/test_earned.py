"""What of a line is earned by a day: S1 to the cent, five calendars, and SQL and Python alike on every other line."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.finance.recognition import RecognitionMethod, earned_minor, worth_minor
from include.subledger.workspace import SQL_FOLDER

CONNECTION = duckdb.connect()
CONNECTION.execute((SQL_FOLDER / "macros.sql").read_text(encoding="utf-8"))
ASK = "select earned_minor($1::bigint, $2, $3::date, $4::date, $5::date, $6::date)"
AMOUNTS = st.integers(-(10**15), 10**15) | st.integers(-100, 100)
DAYS = st.dates(date(2019, 12, 1), date(2032, 3, 1))


def in_sql(*facts: object) -> int | None:
    [[earned]] = CONNECTION.execute(ASK, list(facts)).fetchall()
    return None if earned is None else int(earned)


def earned(amount: int, method: str, start: str, end: str, as_of: str) -> int:
    """What Python says, and SQL with it."""
    days = (date.fromisoformat(start), date.fromisoformat(end), None, date.fromisoformat(as_of))
    said = earned_minor(amount, RecognitionMethod(method), *days)
    assert in_sql(amount, method, *days) == said
    return said


def differences(amount: int, method: str, start: str, end: str, period_ends: list[str]) -> list[int]:
    cumulative = [earned(amount, method, start, end, day) for day in period_ends]
    return [new - old for old, new in zip([0, *cumulative[:-1]], cumulative, strict=True)]


def month_ends(first: str, count: int) -> list[str]:
    day, ends = date.fromisoformat(first), []
    for _ in range(count):
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        ends.append(str(following - timedelta(days=1)))
        day = following
    return ends


def test_s1_in_thirteen_months_to_the_cent() -> None:
    months = differences(108000, "daily", "2026-01-15", "2027-01-14", month_ends("2026-01-01", 13))
    assert months == [5030, 8285, 9173, 8876, 9173, 8877, 9172, 9173, 8877, 9172, 8877, 9173, 4142]
    assert sum(months) == 108000


def test_s12_catches_up_seventeen_days_and_takes_all_of_february() -> None:
    assert differences(120000, "daily", "2026-01-15", "2027-01-14", ["2026-01-31", "2026-02-28"]) == [5589, 9206]


def test_15_january_to_14_january_by_service_months_has_thirteen_postings() -> None:
    months = differences(120000, "monthly", "2026-01-15", "2027-01-14", month_ends("2026-01-01", 13))
    assert months == [5484, 9516, 10484, 9849, 10151, 9849, 10151, 10000, 9849, 10151, 9849, 10151, 4516]
    assert sum(months) == 120000


def test_calendar_months_of_a_whole_year_are_equal() -> None:
    assert differences(120000, "monthly", "2026-01-01", "2026-12-31", month_ends("2026-01-01", 12)) == [10000] * 12


def test_two_months_and_six_days_are_two_months_and_six_thirty_firsts() -> None:
    ends = ["2026-02-14", "2026-03-14", "2026-03-20"]
    assert differences(68000, "monthly", "2026-01-15", "2026-03-20", ends) == [31000, 31000, 6000]


def test_weeks_of_a_4_4_5_calendar_by_days() -> None:
    ends = ["2026-01-25", "2026-02-22", "2026-03-29", "2026-04-26"]
    assert differences(36400, "daily", "2025-12-29", "2026-12-27", ends) == [2800, 2800, 3500, 2800]


def test_a_service_that_begins_on_the_31st_renews_on_the_last_day_of_shorter_months() -> None:
    ends = ["2026-02-27", "2026-03-30", "2026-04-29"]
    assert differences(30000, "monthly", "2026-01-31", "2026-04-29", ends) == [10000, 10000, 10000]


def test_29_february_of_a_leap_year_is_a_day_like_any_other() -> None:
    assert differences(36600, "daily", "2024-01-01", "2024-12-31", ["2024-01-31", "2024-02-29"]) == [3100, 2900]


def test_half_a_cent_goes_away_from_zero_on_both_sides() -> None:
    assert earned(1, "daily", "2026-01-01", "2026-01-02", "2026-01-01") == 1
    assert earned(-1, "daily", "2026-01-01", "2026-01-02", "2026-01-01") == -1


@pytest.mark.parametrize(("as_of", "expected"), [("2026-03-09", 0), ("2026-03-10", 500), ("2027-01-01", 500)])
def test_on_a_date_is_all_on_that_day(as_of: str, expected: int) -> None:
    assert in_sql(500, "on_date", None, None, "2026-03-10", as_of) == expected
    days = (None, None, date(2026, 3, 10), date.fromisoformat(as_of))
    assert earned_minor(500, RecognitionMethod.ON_DATE, *days) == expected


def test_a_line_without_the_days_of_its_method_has_no_answer() -> None:
    assert in_sql(500, "daily", None, "2026-01-31", None, "2026-01-31") is None
    assert in_sql(500, "on_date", "2026-01-01", "2026-01-31", None, "2026-01-31") is None
    with pytest.raises(ValueError, match="no service dates"):
        earned_minor(500, RecognitionMethod.DAILY, None, date(2026, 1, 31), None, date(2026, 1, 31))
    with pytest.raises(ValueError, match="has none"):
        earned_minor(500, RecognitionMethod.ON_DATE, None, None, None, date(2026, 1, 31))


def test_a_line_that_names_no_method_is_earned_day_by_day() -> None:
    assert in_sql(3100, None, "2026-01-01", "2026-01-31", None, "2026-01-10") == 1000


@settings(deadline=None)
@given(AMOUNTS, st.sampled_from(RecognitionMethod), DAYS, st.integers(0, 1200), DAYS)
def test_sql_and_python_agree_on_every_line(
    amount: int, method: RecognitionMethod, start: date, days: int, as_of: date
) -> None:
    facts = (start, start + timedelta(days=days), start, as_of)
    assert in_sql(amount, method.value, *facts) == earned_minor(amount, method, *facts)


@settings(deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(RecognitionMethod), DAYS, st.integers(0, 1200), DAYS)
def test_what_is_earned_never_shrinks_and_ends_with_the_line(
    amount: int, method: RecognitionMethod, start: date, days: int, as_of: date
) -> None:
    line = (amount, method, start, start + timedelta(days=days), start)
    today, tomorrow = earned_minor(*line, as_of), earned_minor(*line, as_of + timedelta(days=1))
    assert 0 <= today <= tomorrow <= amount
    assert earned_minor(*line, start + timedelta(days=days)) == amount
    assert earned_minor(-amount, *line[1:], as_of) == -today


@given(AMOUNTS.filter(bool), st.integers(0, 100), st.integers(-(10**15), 10**15))
@settings(max_examples=200, deadline=None)
def test_what_is_released_of_a_foreign_line_is_worth_its_part_of_it(amount: int, percent: int, worth: int) -> None:
    released = amount * percent // 100
    [[said]] = CONNECTION.execute("select worth_minor($1, $2, $3)", [released, amount, worth]).fetchall()
    assert said == worth_minor(released, amount, worth)
    assert worth_minor(amount, amount, worth) == worth
    assert CONNECTION.execute("select worth_minor($1, $2, null)", [released, amount]).fetchall() == [(None,)]
