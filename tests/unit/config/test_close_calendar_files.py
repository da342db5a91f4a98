"""Close calendars as files: what they say, whose holidays they take, and how a fault is named."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.calendar_shapes import WEEKDAYS
from include.config.close_calendars import check_holidays, close_calendar_from_plain, close_calendar_to_plain
from include.config.folder import PROJECT_FOLDER
from include.config.load import load_configuration
from include.config.public_holidays import PublicHolidays
from include.finance.errors import ConfigurationError
from tests.unit.config.refusal import Edit, refusal

EUROPE = "close_calendars/europe.yaml"


def test_the_shipped_calendars_cover_every_legal_entity_with_holidays_that_exist() -> None:
    configuration = load_configuration()
    check_holidays(configuration.close_calendars.values())
    assert configuration.without_close_calendar() == []
    europe = configuration.close_calendars["europe"]
    assert (europe.legal_entities, europe.time_zone.key, europe.cutoff) == (("UK", "DE"), "Europe/London", time(2))
    assert europe.fiscal_calendar == configuration.fiscal_calendar_of("DE")


@pytest.mark.parametrize(
    ("calendar", "period_end", "expected"),
    [
        # 31 December 2026 is a Thursday; New Year's Day follows, and in Japan the banks' days off are no public holidays.
        ("america", date(2026, 12, 31), ["2026-12-31 23:00", "2027-01-04 07:00", "2027-01-06 17:00"]),
        ("europe", date(2026, 12, 31), ["2026-12-31 18:00", "2027-01-04 02:00", "2027-01-06 12:00"]),
        ("japan", date(2026, 12, 31), ["2026-12-31 09:00", "2027-01-03 17:00", "2027-01-06 03:00"]),
        # Good Friday and Easter Monday 2026 are 3 and 6 April; the United States work.
        ("america", date(2026, 3, 31), ["2026-03-31 22:00", "2026-04-01 06:00", "2026-04-03 16:00"]),
        ("europe", date(2026, 3, 31), ["2026-03-31 17:00", "2026-04-01 01:00", "2026-04-07 11:00"]),
        # Golden Week 2026: 29 April, and 3 to 6 May.
        ("japan", date(2026, 4, 30), ["2026-04-30 09:00", "2026-04-30 17:00", "2026-05-08 03:00"]),
    ],
)
def test_the_steps_of_a_close_skip_the_holidays_of_their_country(
    calendar: str, period_end: date, expected: list[str]
) -> None:
    close = load_configuration().close_calendars[calendar]
    steps = close.steps_of(close.fiscal_calendar.period_of(period_end))
    assert [f"{each.instant:%Y-%m-%d %H:%M}" for each in steps] == expected


def test_a_company_adds_holidays_takes_some_away_and_chooses_its_weekend(folder: Path, edit: Edit) -> None:
    edit(EUROPE, "subdivision: ENG}", "subdivision: ENG, also: [2026-12-24], working: [2026-12-28]}\nweekend: [friday]")
    days = load_configuration(folder).close_calendars["europe"].business_days
    found = {str(day): days.is_business_day(day) for day in (date(2026, 12, 1) + timedelta(days=n) for n in range(31))}
    assert [day for day, works in found.items() if not works] == [
        "2026-12-04",
        "2026-12-11",
        "2026-12-18",
        "2026-12-24",
        "2026-12-25",
        "2026-12-26",
    ]


def test_the_holidays_of_a_market_are_those_of_its_banks() -> None:
    target = PublicHolidays(market="ECB")
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    closed = [str(day) for day in days if target.is_holiday(day)]
    # The ECB's long-term calendar of TARGET closing days.
    assert closed == ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25", "2026-12-26"]


@pytest.mark.parametrize(
    ("old", "new", "line", "fact_and_cure"),
    [
        ("[UK, DE]", "[UK, DK]", 3, "legal entity `DK` is unknown; Known: DE, "),
        ("[UK, DE]", "[UK, DE, UK]", 3, "legal entity UK is in close calendar `europe` already; keep it in one."),
        ("[UK, DE]", "[UK, DE, US]", 3, "legal entity US is in close calendar `america` already; keep it in one."),
        ("Europe/London", "Europe/Londen", 4, "`Europe/Londen` is no time zone (IANA, as in Europe/Berlin); did you mean `Europe/London`?"),
        ('"02:00"', '"2:00"', 5, '`2:00` is no time of day; write it as "02:00".'),
        ('"02:00"', '"24:00"', 5, '`24:00` is no time of day; write it as "02:00".'),
        ("country: GB", "market: ECB, country: GB", 6, "holidays are those of a `country` or of a `market`; keep one"),
        ("country: GB, ", "", 6, "a `subdivision` is one of a `country`; name the country."),
        ("BD-1 18:00", "BD0 18:00", 8, "`BD0 18:00` is no time of a step; write business day and time, as BD-1 18:00"),
        ("BD+3 12:00", "BD+32 12:00", 10, "`BD+32 12:00` is no time of a step"),
        ("step: lock", "step: final", 10, "step `final` is written twice; keep one, or name them apart."),
        ("night: true", "nights: true", 8, "the key `nights` is unknown; did you mean `night`?"),
        ("cutoff:", "cut_off:", 3, "the key `cutoff` is missing; add it."),
    ],
)  # fmt: skip
def test_a_fault_in_a_close_calendar(
    folder: Path, edit: Edit, old: str, new: str, line: int, fact_and_cure: str
) -> None:
    edit(EUROPE, old, new)
    found = refusal(folder)
    assert any(one.startswith(f"{EUROPE}:{line}: ") and fact_and_cure in one for one in found), found


def test_who_closes_together_has_the_same_fiscal_calendar(folder: Path, edit: Edit) -> None:
    (folder / "fiscal_calendars/july.yaml").write_text("kind: months\nfirst_month: july\n", encoding="utf-8")
    edit(
        "legal_entities.yaml",
        "Europe/Berlin\n  fiscal_calendar: calendar_year",
        "Europe/Berlin\n  fiscal_calendar: july",
    )
    (found,) = refusal(folder)
    assert found == (
        f"{EUROPE}:3: legal entity DE has fiscal calendar `july`, and UK has `calendar_year`; those of one close calendar "
        "end their periods together: give each its own."
    )


def test_a_final_step_before_the_period_has_ended_for_everybody_is_refused(folder: Path, edit: Edit) -> None:
    edit("legal_entities.yaml", "Europe/London", "Atlantic/Azores")
    edit(EUROPE, "BD+1 02:00", "BD+1 00:30")
    (found,) = refusal(folder)
    assert found.startswith(
        f"{EUROPE}:9: at 00:30 in Europe/London it is still the day before for UK in Atlantic/Azores: step `final` would come before"
    )


@pytest.mark.parametrize(
    ("steps", "text"),
    [
        (
            "[{step: begin, at: BD-1 18:00, close: true}]",
            "step `begin` would begin the close of a period that has not ended; make it BD+1 or later.",
        ),
        (
            "[{step: begin, at: BD+1 08:00, close: true}, {step: again, at: BD+2 08:00, close: true}]",
            "step `begin` begins the close already; keep `close: true` at one step.",
        ),
    ],
)
def test_a_close_begins_at_one_step_after_the_end(folder: Path, steps: str, text: str) -> None:
    path = folder / EUROPE
    kept = path.read_text(encoding="utf-8").partition("steps:")[0]
    path.write_text(f"{kept}\nsteps: {steps}\n", encoding="utf-8")
    assert refusal(folder) == [f"{EUROPE}:{kept.count(chr(10)) + 2}: {text}"]


@pytest.mark.parametrize(
    ("holidays", "text"),
    [
        ("{country: XX}", "country `XX` is unknown; write its code of two letters (ISO 3166), as GB."),
        ("{country: GB, subdivision: EGN}", "country GB has no subdivision `EGN`; did you mean `ENG`?"),
        ("{market: NYSX}", "market `NYSX` is unknown; did you mean `"),
    ],
)
def test_holidays_that_nobody_knows_are_named_when_the_configuration_is_checked(
    folder: Path, edit: Edit, holidays: str, text: str
) -> None:
    edit(EUROPE, "{country: GB, subdivision: ENG}", holidays)
    configuration = load_configuration(folder)
    with pytest.raises(ConfigurationError, match=r"europe\.yaml:6: ") as refused:
        check_holidays(configuration.close_calendars.values())
    assert text in str(refused.value)
    with pytest.raises(ConfigurationError, match=r"europe\.yaml:6: "):
        configuration.close_calendars["europe"].next_night(datetime(2026, 1, 1, tzinfo=UTC))


def test_a_legal_entity_in_another_time_zone_is_configuration_only(folder: Path, edit: Edit) -> None:
    edit("legal_entities.yaml", "US:\n", "IN:\n")
    edit("legal_entities.yaml", "America/New_York", "Asia/Kolkata")
    edit("erps.yaml", "US:", "IN:")
    (folder / "close_calendars/america.yaml").unlink()
    (folder / "close_calendars/india.yaml").write_text(
        'legal_entities: [IN]\ntime_zone: Asia/Kolkata\ncutoff: "02:00"\nholidays: {country: IN}\n', encoding="utf-8"
    )
    configuration = load_configuration(folder)
    assert configuration.without_close_calendar() == []
    night = configuration.close_calendars["india"].next_night(datetime(2026, 1, 31, 12, tzinfo=UTC))
    assert night is not None
    assert (night.instant.isoformat(), night.legal_entities) == ("2026-01-31T20:30:00+00:00", ("IN",))


def test_the_examples_of_the_manual_are_read(folder: Path) -> None:
    manual = (PROJECT_FOLDER / "docs/calendars.md").read_text(encoding="utf-8")
    examples = re.findall(
        r"^```yaml\n# ((?:fiscal|close)_calendars/\w+\.yaml)(.*?)^```$", manual, re.MULTILINE | re.DOTALL
    )
    assert len(examples) == 6
    for name, text in examples:
        # India is told of, and no company of the sample.
        (folder / name).write_text(f"# {text.replace('[IN]', '[JP]')}", encoding="utf-8")
    (folder / "close_calendars/japan.yaml").unlink()
    calendars = load_configuration(folder).fiscal_calendars
    assert calendars["july"].period_of(date(2026, 6, 30)).name == "FY2026 P12"
    assert calendars["retail"].year_of(date(2024, 2, 3)).number == 2023
    assert calendars["devices"].period_of(date(2022, 12, 31)).name == "FY2023 P03"
    assert calendars["founded"].period_of(date(2027, 4, 1)).name == "FY2027 P02"


DATES = st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=3).map(
    lambda days: sorted(map(str, set(days)))
)


@settings(deadline=None)
@given(
    cutoff=st.times().map(lambda at: f"{at:%H:%M}"),
    nights=st.sampled_from(["every_day", "business_days"]),
    holidays=st.sampled_from([{}, {"country": "GB", "subdivision": "SCT"}, {"market": "XNYS"}]),
    also=DATES,
    working=DATES,
    weekend=st.lists(st.sampled_from(WEEKDAYS), unique=True, max_size=6).map(lambda days: sorted(days, key=WEEKDAYS.index)),
    night=st.booleans(),
    close=st.booleans(),
    day=st.integers(min_value=-31, max_value=31).filter(bool),
)  # fmt: skip
def test_what_a_calendar_is_written_as_is_read_back(
    cutoff: str,
    nights: str,
    holidays: dict[str, str],
    also: list[str],
    working: list[str],
    weekend: list[str],
    night: bool,  # noqa: FBT001 - hypothesis calls by name
    close: bool,  # noqa: FBT001
    day: int,
) -> None:
    plain = {
        "name": "own",
        "legal_entities": ["US", "UK"],
        "time_zone": "Asia/Kathmandu",
        "cutoff": cutoff,
        "nights": nights,
        "holidays": {**holidays, "also": also, "working": working},
        "weekend": weekend,
        "steps": [{"step": "final", "at": f"BD{day:+d} {cutoff}", "night": night, "close": close}],
        "fiscal_calendar": {
            "name": "m",
            "kind": "months",
            "first_month": "july",
            "named_by": "end",
            "adjustment_period": False,
        },
    }
    calendar = close_calendar_from_plain(plain)
    assert close_calendar_to_plain(calendar) == plain
    assert close_calendar_from_plain(json.loads(json.dumps(close_calendar_to_plain(calendar)))) == calendar
