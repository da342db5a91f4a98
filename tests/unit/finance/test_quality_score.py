"""Data-quality scores as numbers: whole parts of whole documents and minor units, never rounded up."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from include.finance.fiscal_calendar import CALENDAR_YEAR, MonthCalendar
from include.finance.quality_score import (
    QualityScore,
    Score,
    ScoreSettings,
    Share,
    days_before,
    percent_text,
)

NIGHT = datetime(2026, 2, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "whole", "basis_points"),
    [
        (0, 0, None),
        (0, 7, 0),
        (7, 7, 10_000),
        (2, 3, 6_666),
        (9_999_999, 10_000_000, 9_999),  # only the whole is the whole
        (10**30 - 1, 10**30, 9_999),
    ],
)
def test_a_share_is_rounded_down_and_of_nothing_it_is_unknown(part: int, whole: int, basis_points: int | None) -> None:
    found = Share(part, whole).basis_points
    assert found == basis_points
    assert isinstance(found, int | None)


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 1), (0, -1)])
def test_a_part_that_is_none_cannot_be_built(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="no part"):
        Share(part, whole)


@pytest.mark.parametrize(
    ("fixed", "below_mean", "mean", "floor"),
    [
        (None, 1_000, Share(95, 100), 8_500),
        (9_000, 1_000, Share(95, 100), 9_000),
        (8_000, 1_000, Share(95, 100), 8_500),
        (None, 1_000, Share(5, 100), 0),
        (None, 1_000, Share(), None),
        (9_000, 1_000, None, 9_000),
        (None, None, Share(95, 100), None),
    ],
)
def test_the_floor_of_timeliness_is_the_higher_of_the_fixed_one_and_what_the_mean_leaves(
    fixed: int | None, below_mean: int | None, mean: Share | None, floor: int | None
) -> None:
    settings = ScoreSettings(timeliness_floor_bp=fixed, below_mean_bp=below_mean)
    assert settings.timeliness_floor(mean) == floor


@pytest.mark.parametrize(
    ("share", "floor", "is_below"),
    [
        (Share(99, 100), 9_900, False),
        (Share(9_899, 10_000), 9_900, True),
        (Share(), 9_900, False),
        (Share(0, 1), None, False),
    ],
)
def test_a_score_is_below_its_floor_only_where_both_are_known(share: Share, floor: int | None, is_below: bool) -> None:  # noqa: FBT001
    assert QualityScore(NIGHT, "US", Score.CLEARING, share, "USD", floor_bp=floor).is_below is is_below


def test_clearing_judges_the_days_whose_time_is_over() -> None:
    settings = ScoreSettings(clearing_days=10, window_days=28)
    assert settings.judged_days(date(2026, 2, 11)) == (date(2026, 1, 5), date(2026, 2, 1))


def test_the_mean_is_of_the_six_periods_that_ended_before_this_one() -> None:
    assert days_before(CALENDAR_YEAR, date(2026, 2, 14)) == (date(2025, 8, 1), date(2026, 1, 31))
    july = MonthCalendar("july", first_month=7)
    assert days_before(july, date(2026, 7, 1)) == (date(2026, 1, 1), date(2026, 6, 30))


def test_a_share_is_written_with_two_digits() -> None:
    assert [percent_text(bp) for bp in (10_000, 9_907, 5, None)] == ["100.00 %", "99.07 %", "0.05 %", "not measured"]
