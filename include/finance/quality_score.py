"""Data-quality scores: how much of what billing counts is with us, how soon it came, and how soon clearing money left again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from include.finance.fiscal_calendar import FiscalCalendar

WHOLE_BP = 10_000  # basis points of the whole
DOCUMENTS = "documents"  # the unit of what is counted; money is in minor units of a currency
PERIODS = 6  # ended accounting periods over which timeliness has its mean


class Score(StrEnum):
    """What is measured of a legal entity each night."""

    COMPLETENESS = "completeness"
    TIMELINESS = "timeliness"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """What a score may take for granted. Shares are basis points; a floor that is None is none.

    `below_mean_bp`: how far timeliness may fall below its mean. Clearing judges the money that came onto an account in the
    `window_days` that ended `clearing_days` before the night.
    """

    completeness_floor_bp: int | None = WHOLE_BP
    timeliness_days: int = 3
    timeliness_floor_bp: int | None = None
    below_mean_bp: int | None = 1_000
    clearing_days: int = 10
    window_days: int = 28
    clearing_floor_bp: int | None = 9_500

    def timeliness_floor(self, mean: Share | None) -> int | None:
        """The higher of the fixed floor and what is left of the mean; None where neither is known."""
        mean_bp = mean.basis_points if mean else None
        relative = (
            max(mean_bp - self.below_mean_bp, 0) if mean_bp is not None and self.below_mean_bp is not None else None
        )
        floors = [floor for floor in (self.timeliness_floor_bp, relative) if floor is not None]
        return max(floors, default=None)

    def judged_days(self, night: date) -> tuple[date, date]:
        """The first and the last day on which money came whose days are over by this one."""
        last = night - timedelta(days=self.clearing_days)
        return last - timedelta(days=self.window_days - 1), last


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in whole documents or minor units."""

    numerator: int = 0
    denominator: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator:
            raise ValueError(f"{self.numerator} is no part of {self.denominator}")

    def __add__(self, other: Share) -> Share:
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def basis_points(self) -> int | None:
        """Rounded down, so that only the whole is 10000; None of nothing."""
        return self.numerator * WHOLE_BP // self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class QualityScore:
    """A score of a legal entity and night. `mean` is that of the last accounting periods, for timeliness.

    `explanation` says what is not in it, and what is short.
    """

    read_instant: datetime
    legal_entity_code: str
    score: Score
    share: Share
    unit: str = DOCUMENTS
    mean: Share | None = None
    days: int | None = None
    floor_bp: int | None = None
    explanation: str = ""

    @property
    def is_below(self) -> bool:
        """Whether it is lower than it may be. What was not measured is not."""
        share = self.share.basis_points
        return share is not None and self.floor_bp is not None and share < self.floor_bp


def days_before(calendar: FiscalCalendar, day: date, periods: int = PERIODS) -> tuple[date, date]:
    """The first and the last day of so many accounting periods that ended before the one of this day; fewer where the calendar ends.

    Where there is none, the first day is after the last.
    """
    current = calendar.find_period(day)
    if current is None:
        return day, day - timedelta(days=1)
    last = current.start_date - timedelta(days=1)
    first = current.start_date
    for _ in range(periods):
        before = calendar.find_period(first - timedelta(days=1))
        if before is None:
            break
        first = before.start_date
    return first, last


def score_title(each: QualityScore) -> str:
    """`timeliness within 3 days`."""
    return each.score.value if each.days is None else f"{each.score} within {each.days} days"


def percent_text(basis_points: int | None) -> str:
    """`99.87 %`; `not measured` where there was nothing to count."""
    return "not measured" if basis_points is None else f"{basis_points // 100}.{basis_points % 100:02} %"
