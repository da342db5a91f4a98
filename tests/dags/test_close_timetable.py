"""The nightly's runs by close calendars: with Airflow's own classes, and through a DAG as Airflow stores it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.sdk.api.datamodels._generated import DagRunType as ToldRunType
from airflow.timetables.base import DataInterval, TimeRestriction
from airflow.utils.types import DagRunType
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.config.public_holidays import PublicHolidays
from include.finance.business_days import BusinessDays
from include.finance.close_calendar import CloseCalendar, CloseStep, NightsOn, closed_by
from include.finance.errors import ConfigurationError
from include.finance.fiscal_calendar import CALENDAR_YEAR, WeekCalendar, YearEnd
from include.orchestration.notify import close_deadline
from include.orchestration.schedule import close_schedule, closes_due, nightly_schedule, nights_due
from include.orchestration.timetable import CloseCalendarTimetable, PeriodCloseTimetable

_ROOT = Path(__file__).resolve().parents[2]
BY_CALENDARS = {"TIEOUT_SCHEDULE": "close_calendars"}
START = pendulum.datetime(2026, 1, 1, tz="UTC")
# Reads the real DAG as the dag-processor does, stores it, and asks what was stored as the scheduler does.
_READ = """
import json, sys
import pendulum
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization
bag = DagBag("dags")
stored = [json.dumps(DagSerialization.to_dict(bag.dags["nightly_posting"]), sort_keys=True) for _ in range(2)]
dag = DagSerialization.from_dict(json.loads(stored[0]))
first, last = pendulum.datetime(2026, 1, 29, 20), pendulum.datetime(2026, 2, 3, 8)
from airflow.utils.types import DagRunType
runs = [
    (str(info.run_after), str(info.logical_date),
     dag.timetable.generate_run_id(run_type=DagRunType.SCHEDULED, run_after=info.run_after, data_interval=info.data_interval))
    for info in dag.iter_dagrun_infos_between(first, last)
]
answer = {
    "errors": bag.import_errors, "stored": stored, "runs": runs, "equal": dag.timetable == bag.dags["nightly_posting"].timetable,
    "summary": dag.timetable.summary, "description": dag.timetable.description, "type": type(dag.timetable).__name__,
}
json.dump(answer, open(sys.argv[1], "w"))
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("airflow")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TIEOUT"))}
    own = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(_ROOT / "plugins"),
        "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    answer = folder / "answer.json"
    subprocess.run(
        [sys.executable, "-c", _READ, str(answer)],
        env=kept | own | BY_CALENDARS,
        cwd=_ROOT,
        check=True,
        capture_output=True,
    )
    read: dict[str, Any] = json.loads(answer.read_text())
    return read


def test_the_dag_is_stored_with_its_calendars_and_read_back_the_same(stored: dict[str, Any]) -> None:
    assert stored["errors"] == {}
    assert stored["stored"][0] == stored["stored"][1]
    assert stored["type"] == "CloseCalendarTimetable"
    assert stored["equal"] is True


def test_the_list_of_dags_says_when_it_runs(stored: dict[str, Any]) -> None:
    assert stored["summary"] == "america 02:00 America/New_York, europe 02:00 Europe/London, japan 02:00 Asia/Tokyo"
    assert stored["description"].startswith(
        "america (US): every day at 02:00 America/New_York, and at BD-1 18:00 pre_close, BD+1 02:00 final of each period. europe (UK, DE): "
    )


def test_around_a_month_end_each_group_has_its_nights_and_each_run_its_cutoff(stored: dict[str, Any]) -> None:
    # 30 January 2026 is a Friday. Tokyo is nine hours ahead of London, New York five behind.
    assert [run[2].removeprefix("scheduled__") for run in stored["runs"]] == [
        "2026-01-30T02:00:00+00:00__europe_cutoff",
        "2026-01-30T07:00:00+00:00__america_cutoff",
        "2026-01-30T09:00:00+00:00__japan_pre_close_FY2026_P01",
        "2026-01-30T17:00:00+00:00__japan_cutoff",
        "2026-01-30T18:00:00+00:00__europe_pre_close_FY2026_P01",
        "2026-01-30T23:00:00+00:00__america_pre_close_FY2026_P01",
        "2026-01-31T02:00:00+00:00__europe_cutoff",
        "2026-01-31T07:00:00+00:00__america_cutoff",
        "2026-01-31T17:00:00+00:00__japan_cutoff",
        "2026-02-01T02:00:00+00:00__europe_cutoff",
        "2026-02-01T07:00:00+00:00__america_cutoff",
        "2026-02-01T17:00:00+00:00__japan_cutoff__japan_final_FY2026_P01",
        "2026-02-02T02:00:00+00:00__europe_cutoff__europe_final_FY2026_P01",
        "2026-02-02T07:00:00+00:00__america_cutoff__america_final_FY2026_P01",
        "2026-02-02T17:00:00+00:00__japan_cutoff",
        "2026-02-03T02:00:00+00:00__europe_cutoff",
        "2026-02-03T07:00:00+00:00__america_cutoff",
    ]
    assert all(run_after == logical_date for run_after, logical_date, _ in stored["runs"])


def calendar(name: str, zone: str, *steps: CloseStep, cutoff: time = time(2)) -> CloseCalendar:
    """A calendar of one legal entity of the same name, without holidays."""
    days = BusinessDays(frozenset({5, 6}), PublicHolidays())
    return CloseCalendar(name, (name.upper(),), ZoneInfo(zone), days, CALENDAR_YEAR, cutoff, steps=steps)


LONDON, TOKYO, NEW_YORK = (
    calendar("uk", "Europe/London"),
    calendar("jp", "Asia/Tokyo"),
    calendar("us", "America/New_York"),
)


def runs(
    timetable: CloseCalendarTimetable | PeriodCloseTimetable,
    now: datetime,
    last: datetime | None,
    count: int,
    *,
    catchup: bool = False,
) -> list[str]:
    """The next runs after the last one, if the scheduler makes each as soon as it is due, and it is now."""
    timetable._now = lambda: now  # type: ignore[method-assign]
    found: list[str] = []
    interval = DataInterval.exact(pendulum.instance(last)) if last else None
    for _ in range(count):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=interval, restriction=TimeRestriction(START, None, catchup)
        )
        assert info is not None
        interval = info.data_interval
        found.append(f"{info.run_after:%d %H:%M}")
    return found


def test_after_an_outage_each_group_has_one_night_and_then_the_usual_ones() -> None:
    timetable = CloseCalendarTimetable([LONDON, TOKYO, NEW_YORK])
    last, now = datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 6, 8, tzinfo=UTC)
    # Three days were missed: of each group the last night, in the order of time, then what is to come.
    assert runs(timetable, now, last, 5) == ["05 17:00", "06 02:00", "06 07:00", "06 17:00", "07 02:00"]


def test_with_catchup_no_night_is_left_out() -> None:
    timetable = CloseCalendarTimetable([LONDON, TOKYO])
    last, now = datetime(2026, 3, 2, 17, tzinfo=UTC), datetime(2026, 3, 6, 8, tzinfo=UTC)
    assert runs(timetable, now, last, 6, catchup=True) == ["03 02:00", "03 17:00", "04 02:00", "04 17:00", "05 02:00", "05 17:00"]  # fmt: skip
    assert runs(timetable, now, None, 2, catchup=True) == ["01 02:00", "01 17:00"]


def test_a_dag_that_is_switched_on_begins_with_the_last_night_of_each_group() -> None:
    timetable = CloseCalendarTimetable([LONDON, TOKYO])
    assert runs(timetable, datetime(2026, 3, 6, 8, tzinfo=UTC), None, 3) == ["05 17:00", "06 02:00", "06 17:00"]
    # Before the DAG's start there was nothing to miss.
    assert runs(timetable, datetime(2025, 12, 1, tzinfo=UTC), None, 2) == ["01 02:00", "01 17:00"]


def test_nothing_runs_after_the_end_of_the_dag() -> None:
    timetable = CloseCalendarTimetable([LONDON])
    timetable._now = lambda: datetime(2026, 3, 6, 8, tzinfo=UTC)  # type: ignore[method-assign]
    for latest, expected in ((7, 7), (6, None)):
        info = timetable.next_dagrun_info(
            last_automated_data_interval=DataInterval.exact(pendulum.datetime(2026, 3, 6, 2)),
            restriction=TimeRestriction(START, pendulum.datetime(2026, 3, latest, 2), catchup=False),
        )
        assert (info.run_after.day if info else None) == expected


def test_where_clocks_change_a_day_has_one_night_all_the_same() -> None:
    timetable = CloseCalendarTimetable([calendar("us", "America/New_York", cutoff=time(2, 30))])
    spring, autumn = datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 10, 31, 12, tzinfo=UTC)
    assert runs(timetable, spring, spring, 2) == ["08 07:00", "09 06:30"]
    assert runs(timetable, autumn, autumn, 2) == ["01 07:30", "02 07:30"]


def test_a_run_that_somebody_starts_has_the_usual_id_and_its_own_instant() -> None:
    at = pendulum.datetime(2026, 3, 6, 2)
    timetable = CloseCalendarTimetable([LONDON])
    assert timetable.infer_manual_data_interval(run_after=at) == DataInterval.exact(at)
    made = timetable.generate_run_id(run_type=DagRunType.MANUAL, run_after=at, data_interval=None)
    assert made == "manual__2026-03-06T02:00:00+00:00"


def test_a_long_list_of_groups_fits_into_airflows_database() -> None:
    many = CloseCalendarTimetable([replace(LONDON, name=f"group number {n:02}") for n in range(60)])
    at = pendulum.datetime(2026, 3, 6, 2)
    assert len(many.description) == 1000
    assert len(many.generate_run_id(run_type=DagRunType.SCHEDULED, run_after=at, data_interval=None)) < 250


@given(
    zones=st.lists(st.sampled_from(["Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland", "Africa/Casablanca"]), min_size=1, max_size=3, unique=True),
    cutoff=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    nights=st.sampled_from(NightsOn),
    step=st.integers(min_value=-5, max_value=5).filter(bool),
    last=st.datetimes(datetime(2026, 1, 2), datetime(2029, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    away=st.integers(min_value=0, max_value=400),
)  # fmt: skip
@settings(deadline=None)
def test_stored_calendars_give_the_same_runs_and_every_group_gets_its_last_night(
    zones: list[str], cutoff: time, nights: NightsOn, step: int, last: datetime, away: int
) -> None:
    retail = WeekCalendar("retail", (4, 5, 4) * 4, 1, 5, YearEnd.NEAREST, 12)
    calendars = [
        replace(
            calendar(f"g{n}", zone, CloseStep("final", step, cutoff, is_night=True), cutoff=cutoff),
            nights=nights,
            fiscal_calendar=retail,
        )
        for n, zone in enumerate(zones)
    ]
    timetable = CloseCalendarTimetable(calendars)
    restored = CloseCalendarTimetable.deserialize(json.loads(json.dumps(timetable.serialize())))
    assert restored == timetable
    now = last + timedelta(hours=away)
    made = instants(restored, now, last)
    assert made == instants(timetable, now, last) == sorted(set(made))
    for each in calendars:
        night = each.last_night(now)
        assert night is not None
        assert night.instant <= last or night.instant in made
    assert len(made) <= len(calendars)


def instants(timetable: CloseCalendarTimetable, now: datetime, last: datetime) -> list[datetime]:
    """What the scheduler makes at once, after an absence."""
    timetable._now = lambda: now  # type: ignore[method-assign]
    found: list[datetime] = []
    interval = DataInterval.exact(pendulum.instance(last))
    while True:
        info = timetable.next_dagrun_info(
            last_automated_data_interval=interval, restriction=TimeRestriction(START, None, catchup=False)
        )
        assert info is not None
        assert info.data_interval is not None
        if info.run_after > now:
            return found
        found.append(info.run_after)
        interval = info.data_interval


def due(run_after: str, run_type: str, environment: dict[str, str] = BY_CALENDARS) -> set[str]:
    """Whose night a run of the shipped calendars is."""
    found = nights_due(load_configuration(), datetime.fromisoformat(run_after), run_type, environment)
    return {code for night in found for code in night.legal_entities}


def test_a_run_knows_whose_cutoff_it_is_and_that_of_a_person_is_nobodys() -> None:
    assert due("2026-02-02T02:00:00+00:00", "scheduled") == {"UK", "DE"}
    assert due("2026-02-02T07:00:00+00:00", "backfill") == {"US"}
    # What a task is told by the api-server, and what the scheduler says.
    assert due("2026-02-02T07:00:00+00:00", ToldRunType.SCHEDULED) == {"US"}
    assert due("2026-02-02T07:00:00+00:00", DagRunType.BACKFILL_JOB) == {"US"}
    assert due("2026-02-02T02:00:00+00:00", "manual") == set()
    assert due("2026-02-02T02:00:01+00:00", "scheduled") == set()
    assert due("2026-02-02T02:00:00+00:00", "scheduled", {"TIEOUT_SCHEDULE": "0 2 * * *"}) == set()


def test_without_the_word_nothing_changes_and_with_it_every_legal_entity_must_be_covered(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    configuration = load_configuration(folder)
    assert nightly_schedule({}, configuration) is None
    assert nightly_schedule({"TIEOUT_SCHEDULE": "0 6 * * *"}, configuration) == "0 6 * * *"
    assert isinstance(nightly_schedule(BY_CALENDARS, configuration), CloseCalendarTimetable)
    europe = folder / "close_calendars/europe.yaml"
    europe.write_text(europe.read_text(encoding="utf-8").replace("[UK, DE]", "[UK]"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="no close calendar has DE: no night would run at their cutoff"):
        nightly_schedule(BY_CALENDARS, load_configuration(folder))


def test_every_legal_entity_has_a_night_every_day_of_the_year() -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    whose: dict[date, set[str]] = {}
    for each in load_configuration().close_calendars.values():
        for night in each.nights_between(first, first + timedelta(days=365)):
            whose.setdefault(night.instant.date(), set()).update(night.legal_entities)
    assert len(whose) == 365
    assert all(codes == {"US", "UK", "DE", "JP"} for codes in whose.values())


# Closes that begin by themselves

BEGIN, LOCK = CloseStep("begin", 2, time(8), is_close=True), CloseStep("lock", 3, time(12))
CLOSING = [
    calendar("uk", "Europe/London", BEGIN, LOCK),
    calendar("jp", "Asia/Tokyo", BEGIN, LOCK),
    calendar("us", "America/New_York", replace(BEGIN, business_day=3), LOCK),
]


def test_a_close_begins_by_the_clock_of_each_group_and_says_of_which_period() -> None:
    timetable = PeriodCloseTimetable(CLOSING)
    # 31 January 2026 is a Saturday: BD+2 is Tuesday the 3rd, in Tokyo while it is still Monday in London.
    last, now = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    assert runs(timetable, now, last, 4) == ["02 23:00", "03 08:00", "04 13:00", "02 23:00"]
    at = pendulum.datetime(2026, 2, 3, 8)
    made = timetable.generate_run_id(run_type=DagRunType.SCHEDULED, run_after=at, data_interval=None)
    assert made == "scheduled__2026-02-03T08:00:00+00:00__uk_FY2026_P01"
    assert timetable.summary.startswith("jp BD+2 08:00 begin Asia/Tokyo, uk BD+2 08:00 begin Europe/London")
    assert timetable.description.startswith("jp (JP): BD+2 08:00 begin Asia/Tokyo of each period.")


def test_of_closes_that_were_missed_each_group_has_the_last_one() -> None:
    timetable = PeriodCloseTimetable(CLOSING)
    last, now = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    # Three month ends were missed; an earlier period is closed by hand, as the checklist then says.
    assert runs(timetable, now, last, 4) == ["01 23:00", "02 07:00", "03 12:00", "03 23:00"]


def test_closes_are_stored_and_read_back_and_are_not_nights() -> None:
    timetable = PeriodCloseTimetable(CLOSING)
    restored = PeriodCloseTimetable.deserialize(json.loads(json.dumps(timetable.serialize())))
    assert restored == timetable
    assert restored != CloseCalendarTimetable(CLOSING)
    assert [step.is_close for step in restored.calendars[0].steps] == [True, False]


def test_closes_begin_by_themselves_only_where_nights_follow_the_calendars_and_a_step_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(PACKAGE_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert close_schedule(BY_CALENDARS, load_configuration(folder)) is None
    europe = folder / "close_calendars/europe.yaml"
    begin = "steps:\n  - {step: begin, at: BD+2 08:00, close: true}"
    europe.write_text(europe.read_text(encoding="utf-8").replace("steps:", begin), encoding="utf-8")
    configuration = load_configuration(folder)
    assert close_schedule({}, configuration) is None
    assert close_schedule({"TIEOUT_SCHEDULE": "0 2 * * *"}, configuration) is None
    timetable = close_schedule(BY_CALENDARS, configuration)
    assert isinstance(timetable, PeriodCloseTimetable)
    assert [each.name for each in timetable.calendars] == ["europe"]
    [due] = closes_due(configuration, datetime(2026, 2, 3, 8, tzinfo=UTC))
    assert (due.legal_entities, due.period.end_date) == (("UK", "DE"), date(2026, 1, 31))
    assert closes_due(configuration, datetime(2026, 2, 3, 9, tzinfo=UTC)) == []
    # What the night reads is not touched by it.
    assert isinstance(nightly_schedule(BY_CALENDARS, configuration), CloseCalendarTimetable)


def test_a_close_is_to_be_done_by_the_last_step_of_its_calendar() -> None:
    calendars = tuple(CLOSING)
    started = datetime(2026, 2, 2, 12, tzinfo=UTC)
    assert closed_by(calendars, ["UK"], started) == datetime(2026, 2, 4, 12, tzinfo=UTC)
    assert closed_by(calendars, ["UK", "JP"], started) == datetime(2026, 2, 4, 3, tzinfo=UTC)
    # Late already: no deadline is still to come, and the night tells that the close is late.
    assert closed_by(calendars, ["UK"], datetime(2026, 2, 10, tzinfo=UTC)) is None
    assert closed_by(calendars, ["somebody else"], started) is None


def test_a_dry_run_has_no_deadline_and_a_close_that_the_form_starts_has_that_of_whom_it_names() -> None:
    configuration = load_configuration()
    started = datetime(2026, 2, 2, 12, tzinfo=UTC)
    assert close_deadline(configuration, started, "manual", {}) is None
    assert close_deadline(configuration, started, "manual", {"dry_run": True, "legal_entities": ["US"]}) is None
    real = {"dry_run": False, "legal_entities": ["US"]}
    assert close_deadline(configuration, started, "manual", real) == datetime(2026, 2, 4, 17, tzinfo=UTC)
    # Of all, the first that is due: Japan's.
    everybody = {"dry_run": False, "legal_entities": []}
    assert close_deadline(configuration, started, "manual", everybody) == datetime(2026, 2, 4, 3, tzinfo=UTC)
    assert close_deadline(configuration, started, "scheduled", {}) is None
