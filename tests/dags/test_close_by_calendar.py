"""A close that nobody starts: the close calendar does, and a controller answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from include.finance.period import PeriodState
from include.sample.airflow import AirflowStack
from include.sample.demo import DAG
from include.sample.people import grant_sample_roles
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from tests.dags.airflow_company import AirflowCompany, AirflowOffice, open_office, two_entities, wait_for
from tests.dags.conftest import SETTINGS, telling
from tests.dags.test_period_close import ClosingCompany, waivers_for
from tests.notices.servers import Hook

_LONGEST_SECONDS = 300
# January is the period that ended last, whenever the test is run; what follows it has no end that anybody lives to see.
_FISCAL = {
    "kind": "listed",
    "years": [{"year": 2026, "starts": "2026-01-01", "period_ends": ["2026-01-31", "2199-12-31"]}],
}
_CLOSES = {"step": "begin", "at": "BD+2 08:00", "close": True}


def january_only(folder: Path) -> Path:
    """Two legal entities, of which the calendar of one closes January on its second business day."""
    two_entities(folder)
    (folder / "fiscal_calendars").mkdir(exist_ok=True)
    fiscal = yaml.safe_dump(_FISCAL).replace("'", "")
    (folder / "fiscal_calendars/january.yaml").write_text(fiscal, encoding="utf-8")
    for name, change in (
        ("legal_entities.yaml", lambda all_of: all_of["US"].update(fiscal_calendar="january")),
        ("close_calendars/america.yaml", lambda one: one["steps"].append(_CLOSES)),
    ):
        content = yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        change(content)
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def calendar_office(
    state: Path,
    postgres: EmbeddedPostgres,
    tryton: TrytonServer,
    finance_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    hook: Hook,
) -> Iterator[AirflowOffice]:
    """An Airflow whose nights and closes follow the close calendars."""
    folder = tmp_path_factory.mktemp("calendar_office")
    settings = (
        SETTINGS
        | telling(january_only(folder / "config"), hook)
        | {
            "TIEOUT_SCHEDULE": "close_calendars",
            "TIEOUT_EVIDENCE": str(folder / "evidence"),
            "TIEOUT_SCRATCH": str(folder / "scratch"),
        }
    )
    with open_office(AirflowStack(state, postgres, settings), postgres, tryton, finance_template, settings) as one:
        yield one


@pytest.fixture
def company_of_calendar(calendar_office: AirflowOffice, empty_billing: str) -> Iterator[AirflowCompany]:
    """A company without documents: its nights up to now are short."""
    with calendar_office.company(empty_billing) as one:
        yield one


@pytest.mark.chaos
def test_the_calendar_begins_a_close_by_itself_and_a_controller_approves_it(
    company_of_calendar: AirflowCompany, hook: Hook
) -> None:
    office = company_of_calendar.office
    grant_sample_roles(company_of_calendar.app.finance())
    # The nights of the calendars come first: the last one of each.
    office.finish(office.first_scheduled_run())
    office.api._request("PATCH", "/api/v2/dags/period_close", {"is_paused": False})
    path = "/dags/period_close/dagRuns?run_type=scheduled&limit=5"
    wait_for(lambda: office.api.get(path)["dag_runs"], _LONGEST_SECONDS, "the close of the calendar")
    [found] = office.api.get(path)["dag_runs"]
    assert found["dag_run_id"] == "scheduled__2026-02-03T13:00:00+00:00__america_FY2026_P01"
    run = f"/dags/period_close/dagRuns/{found['dag_run_id'].replace(':', '%3A').replace('+', '%2B')}"
    closing = ClosingCompany(company_of_calendar)
    question = closing.wait_for_question(run, "approval[US]")
    assert (
        "Started by **close calendar america**: close calendar america, BD+2 08:00 begin, FY2026 P01"
        in question["body"]
    )
    assert closing.state(run, "soft_lock[JP]") == "skipped"
    # The last step of the calendar, two days after this close was due, is over and nobody has answered: people are told.
    late = "Tieout: period_close is late"
    wait_for(lambda: any(late in json.dumps(body) for body in hook.bodies), 60, "the notice of the deadline")
    [told] = [text for body in hook.bodies if late in (text := json.dumps(body))]
    assert found["dag_run_id"] in told
    assert "the period is not locked, and the last step of its close calendar is over" in told
    closing.answer(run, "approval[US]", "controller", yes=True, comment="fine", waivers=waivers_for(question))
    assert closing.end(run) == "success"
    assert (closing.here("US"), closing.in_erp("US")) == ("closed", PeriodState.CLOSED)
    assert closing.here("JP") == "open"
    backfill_a_range_of_the_closed_period(company_of_calendar)
    assert (closing.here("US"), closing.in_erp("US")) == ("closed", PeriodState.CLOSED)


def backfill_a_range_of_the_closed_period(company: AirflowCompany) -> None:
    """Every night of some days that nobody ran, two at a time, after a later one and behind a lock: nothing changes, and each says so."""
    office = company.office
    days = {"from_date": "2026-01-31T00:00:00Z", "to_date": "2026-02-02T12:00:00Z"}
    asked = {"dag_id": DAG, "max_active_runs": 2, "reprocess_behavior": "none", "run_backwards": False}
    office.api._request("POST", "/api/v2/backfills", asked | days)
    path = f"/dags/{DAG}/dagRuns?run_type=backfill&limit=20"
    wait_for(
        lambda: (
            (runs := office.api.get(path)["dag_runs"]) and all(each["state"] in ("success", "failed") for each in runs)
        ),
        2 * _LONGEST_SECONDS,
        "the end of the backfill",
    )
    runs = office.api.get(path)["dag_runs"]
    # New York and Tokyo: the cutoffs of three days, and what their calendars add at the month's end.
    assert len(runs) >= 5
    assert {each["state"] for each in runs} == {"success"}
    for each in runs[:2]:
        run = office.finish(each["dag_run_id"])
        assert "This run changed nothing in the books" in office.log(run, "verdict")
        assert "covered by batch" in office.log(run, "extract[billing]")
