"""Fiscal calendars as files: what they say, and how a fault is named."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.calendar_shapes import MONTHS, WEEKDAYS, FiscalCalendarShape
from include.config.fiscal_calendars import calendar_from_plain, calendar_of, calendar_to_plain
from include.config.load import load_configuration
from include.finance.fiscal_calendar import CALENDAR_YEAR
from include.finance.period import AccountingPeriod, PeriodState
from include.pipelines.declared_periods import undeclared_periods
from tests.unit.config.refusal import Edit, refusal

FILE = "fiscal_calendars/calendar_year.yaml"
RETAIL = "kind: 4-5-4\nends: {month: january, weekday: saturday, convention: nearest}\nnamed_by: start\n"
LISTED = """
kind: listed
adjustment_period: true
years:
  - {year: 2026, starts: 2026-03-10, period_ends: [2026-06-30, 2026-12-31]}
  - {year: 2027, starts: 2027-01-01, period_ends: [2027-06-30, 2027-12-31]}
"""


def test_each_legal_entity_has_the_calendar_that_it_names_and_else_the_calendar_year(folder: Path, edit: Edit) -> None:
    (folder / "fiscal_calendars/retail.yaml").write_text(RETAIL, encoding="utf-8")
    edit("legal_entities.yaml", "fiscal_calendar: calendar_year", "fiscal_calendar: retail")
    edit("legal_entities.yaml", "  fiscal_calendar: calendar_year\n", "")
    configuration = load_configuration(folder)
    day = date(2024, 2, 3)
    assert configuration.fiscal_calendar_of("US").period_of(day).name == "FY2023 P12"
    assert configuration.fiscal_calendar_of("UK") is CALENDAR_YEAR
    assert configuration.fiscal_calendar_of("DE").period_of(day).name == "FY2024 P02"


def test_listed_years_are_read_with_their_adjustment_period(folder: Path) -> None:
    (folder / FILE).write_text(LISTED, encoding="utf-8")
    calendar = load_configuration(folder).fiscal_calendar_of("US")
    assert calendar.period_of(date(2026, 3, 10)).name == "FY2026 P01"
    adjustment = calendar.year_of(date(2027, 1, 1)).adjustment
    assert adjustment is not None
    assert adjustment.name == "FY2027 P03"


@pytest.mark.parametrize(
    ("content", "line", "fact_and_cure"),
    [
        ("kind: quarters\n", 1, "`kind` is 'quarters'; write one of 'months', '4-4-5', '4-5-4', '5-4-4', "),
        ("kind: months\n", 1, "a calendar of kind `months` needs the key `first_month`; add it."),
        ("kind: months\nfirst_month: juli\n", 2, "`first_month` is 'juli'; write one of 'january', "),
        ("kind: months\nfirst_month: july\nweek_53_in: 2\n", 3, "a calendar of kind `months` has no `week_53_in`; remove it."),
        ("kind: 4-4-5\n", 1, "a calendar of kind `4-4-5` needs the key `ends`; add it."),
        (RETAIL + "week_53_in: 13\n", 4, "there is no period 13; write one of 1 to 12."),
        (RETAIL.replace("nearest", "closest"), 2, "`convention` is 'closest'; write one of 'last' or 'nearest'."),
        (LISTED.replace("starts: 2027-01-01", "starts: 2027-01-02"), 6, "2027 starts on 2027-01-02, and the year before it ends"),
        (LISTED.replace("year: 2027", "year: 2026"), 6, "the year 2026 is written twice; keep one."),
        (LISTED.replace("[2026-06-30,", "[2026-03-09,"), 5, "period 1 of 2026 ends on 2026-03-09, not after 2026-03-09;"),
        (LISTED.replace("years:", "named_by: end\nyears:"), 4, "a calendar of kind `listed` has no `named_by`; remove it."),
    ],
)  # fmt: skip
def test_a_fault_in_a_fiscal_calendar(folder: Path, content: str, line: int, fact_and_cure: str) -> None:
    (folder / FILE).write_text(content, encoding="utf-8")
    found = refusal(folder)
    assert any(one.startswith(f"{FILE}:{line}: ") and fact_and_cure in one for one in found), found


def test_a_calendar_that_does_not_exist_is_named_with_the_one_that_was_meant(folder: Path, edit: Edit) -> None:
    edit("legal_entities.yaml", "fiscal_calendar: calendar_year", "fiscal_calendar: calendar_jear")
    (found,) = refusal(folder)
    assert found.startswith("legal_entities.yaml:")
    assert "`calendar_jear` is no calendar in fiscal_calendars/; did you mean `calendar_year`?" in found


SHAPES = st.one_of(
    st.builds(
        lambda month, named, adjustment: {"kind": "months", "first_month": month, "named_by": named, "adjustment_period": adjustment},
        st.sampled_from(MONTHS), st.sampled_from(["start", "end"]), st.booleans(),
    ),
    st.builds(
        lambda kind, month, weekday, convention, week: {
            "kind": kind, "ends": {"month": month, "weekday": weekday, "convention": convention}, "week_53_in": week,
        },
        st.sampled_from(["4-4-5", "4-5-4", "5-4-4", "thirteen_periods"]), st.sampled_from(MONTHS), st.sampled_from(WEEKDAYS),
        st.sampled_from(["last", "nearest"]), st.none() | st.integers(1, 12),
    ),
    st.just({"kind": "listed", "years": [{"year": 2026, "starts": "2026-03-10", "period_ends": ["2026-06-30", "2026-12-31"]}]}),
)  # fmt: skip


@settings(deadline=None)
@given(shape=SHAPES)
def test_what_a_calendar_is_written_as_is_read_back(shape: dict[str, object]) -> None:
    calendar = calendar_of("own", FiscalCalendarShape.model_validate_json(json.dumps(shape)))
    assert calendar_from_plain(json.loads(json.dumps(calendar_to_plain(calendar)))) == calendar


def test_periods_of_an_erp_that_are_not_declared_are_told_each_night() -> None:
    configuration = load_configuration()
    right = [
        AccountingPeriod(str(n), "2026", each.start_date, each.end_date, PeriodState.OPEN)
        for n, each in enumerate(CALENDAR_YEAR.find_year(2026).periods, 1)
    ]
    fortnights = [
        AccountingPeriod(f"{one.name}{half}", "2026", date(2026, one.start_date.month, first), last, PeriodState.OPEN)
        for one in right
        for half, first, last in (("a", 1, date(2026, one.start_date.month, 14)), ("b", 15, one.end_date))
    ]
    (told,) = undeclared_periods(configuration, {"US": right, "UK": fortnights})
    assert told.startswith(
        "Legal entity UK: the ERP's periods are not those of fiscal calendar `calendar_year`: period 1a is 2026-01-01 to "
        "2026-01-14, and FY2026 P01 is 2026-01-01 to 2026-01-31; "
    )
    assert told.endswith(
        "; and 19 more. Entries follow the ERP. Correct the periods there, or `fiscal_calendar` in legal_entities.yaml."
    )
