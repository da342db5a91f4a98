"""Nights through a real Airflow into a real ERP: whatever fails, dies or runs twice, the ledger ends right."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from include.pipelines.verify_audit import verify_audit
from include.sample.airflow_api import AirflowError
from include.sample.company import Night
from include.sample.ports import Ports
from include.sample.supervisor import Supervisor
from tests.dags.airflow_company import NIGHT_ONE, NIGHT_TWO, AirflowCompany, AirflowOffice, Run, wait_for
from tests.notices.servers import Hook

POSTS = {"post[JP]", "post[US]"}
TIE_OUTS = {"tie_out[JP]", "tie_out[US]"}
EVERYTHING = {
    "plan",
    "extract[billing]",
    "validate[billing]",
    "account[billing]",
    "recognise[billing]",
    "tie_out_source[billing]",
    "plan_posting",
    *POSTS,
    *TIE_OUTS,
    "report",
    "verdict",
}


def assert_night_is_right(sample: AirflowCompany, run: Run) -> None:
    """A run after which night one stands in the ledger, to the cent, each entry once."""
    assert (run.state, run.of("success")) == ("success", EVERYTHING)
    ledger, answer = sample.ledger_and_answer(NIGHT_ONE)
    assert ledger == answer
    assert all(sample.in_erp().values())


def unused_port(sample: AirflowCompany) -> int:
    """A port on which nobody listens."""
    return Ports(sample.office.airflow._state).allocate("nobody")


def test_two_nights_give_the_answer_and_a_third_run_posts_nothing_new(sample: AirflowCompany) -> None:
    assert_night_is_right(sample, sample.run(NIGHT_ONE))
    sample.live_a_day()
    second = sample.run(NIGHT_TWO)
    assert second.state == "success"
    told = sample.office.log(second, "report")
    assert "Report, to read:" in told
    assert "What became of every document" in told
    ledger, answer = sample.ledger_and_answer(NIGHT_TWO)
    assert ledger == answer
    entries = sample.in_erp()
    again = sample.run(NIGHT_TWO)
    assert again.state == "success"
    assert again.tasks["account[billing]"] == "skipped"
    assert "nothing to read" in sample.office.log(again, "extract[billing]")
    assert "nothing new to post" in sample.office.log(again, "post[US]")
    assert sample.in_erp() == entries
    # Who did it, and that nobody touched the log since.
    with sample.app.finance().transaction() as connection:
        acted = connection.execute(
            "select distinct actor, person from audit_log where run_id = %s and subject_type in ('night', 'journal_entry')",
            (second.run_id,),
        ).fetchall()
    actors = {row["actor"] for row in acted}
    assert {"nightly_posting.plan", "nightly_posting.read.account", "nightly_posting.ledger_tryton.post"} <= actors
    assert {row["person"] for row in acted} == {"preparer"}
    assert "Audit log, its head:" in told
    verified = verify_audit(sample.app.finance(), sample.app.evidence())
    assert (verified.faults, verified.anchor_count > 0) == ((), True)


@pytest.mark.chaos
def test_a_backfill_converges_and_says_what_it_changed(sample: AirflowCompany) -> None:
    """Of a night that nobody ran, of one that is done, by the API and by the command line; and an earlier one by hand."""
    assert_night_is_right(sample, sample.run(NIGHT_ONE))
    sample.live_a_day()
    range_of_night_two = {"from_date": "2026-01-15T00:00:00Z", "to_date": "2026-02-20T00:00:00Z"}
    asked = {
        "dag_id": "nightly_posting",
        "max_active_runs": 1,
        "reprocess_behavior": "completed",
        "run_backwards": False,
    }
    sample.office.api._request("POST", "/api/v2/backfills", asked | range_of_night_two)
    first = sample.office.finish(sample.office.backfill_run(2))
    assert first.state == "success"
    assert "journal entries posted and read back" in sample.office.log(first, "verdict")
    ledger, answer = sample.ledger_and_answer(NIGHT_TWO)
    assert ledger == answer
    entries = sample.in_erp()
    backfills = "/backfills?dag_id=nightly_posting"
    # Airflow runs one backfill of a DAG at a time, and notes a moment after the last run that one has ended.
    wait_for(
        lambda: all(each["completed_at"] for each in sample.office.api.get(backfills)["backfills"]), 120, "its end"
    )
    said = sample.office.airflow.cli(
        "backfill", "create", "--dag-id", "nightly_posting", "--from-date", "2026-01-15", "--to-date", "2026-02-20",
        "--reprocess-behavior", "completed", "--run-backwards",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr[-2000:]
    again = sample.office.finish(sample.office.backfill_run(3))
    assert again.state == "success"
    assert "This run changed nothing in the books" in sample.office.log(again, "verdict")
    assert "covered by batch" in sample.office.log(again, "extract[billing]")
    assert sample.in_erp() == entries
    # Night one again, as a person: before a committed night it takes a reason, and then it changes nothing.
    refused = sample.run(NIGHT_ONE)
    assert refused.tasks["plan"] == "failed"
    past = sample.run(NIGHT_ONE, reason="the auditor asks")
    assert "This run changed nothing in the books" in sample.office.log(past, "verdict")
    assert sample.in_erp() == entries


@pytest.mark.chaos
def test_a_night_of_which_all_waits_is_complete_and_a_run_may_post_some_entities_only(sample: AirflowCompany) -> None:
    sample.close_year(2026)
    held = sample.run(NIGHT_ONE)
    assert (held.state, held.of("success")) == ("success", EVERYTHING)
    assert {state for states in sample.entries().values() for state in states} == {"held"}
    assert sample.in_erp() == {"JP": 0, "US": 0}
    sample.reopen_year(2026)
    chosen = sample.run(NIGHT_ONE, legal_entities=["JP"])
    assert chosen.state == "success"
    assert chosen.of("skipped") == {"validate[billing]", "account[billing]", "post[US]", "tie_out[US]"}
    assert sample.in_erp()["US"] == 0 < sample.in_erp()["JP"]
    (event,) = sample.office.asset_events(chosen)
    assert event["legal_entities"] == ["JP"]
    assert event["verified_entries"] == sample.in_erp()["JP"]
    assert_night_is_right_again(sample, sample.run(NIGHT_ONE))


@pytest.mark.chaos
def test_a_dry_run_says_what_it_would_do_and_does_nothing(sample: AirflowCompany) -> None:
    run = sample.run(NIGHT_ONE, dry_run=True)
    assert run.state == "success"
    assert run.of("skipped") == POSTS | TIE_OUTS | {"recognise[billing]", "tie_out_source[billing]", "verdict"}
    assert "journal entries, not committed: dry run" in sample.office.log(run, "account[billing]")
    assert sample.entries() == {}
    assert sample.in_erp() == {"JP": 0, "US": 0}


def test_the_schedule_reads_up_to_the_instant_at_which_its_run_was_due(
    office: AirflowOffice, scheduled_run: Run
) -> None:
    assert scheduled_run.run_id.startswith("scheduled__")
    due = office.api.get(f"/dags/nightly_posting/dagRuns/{quote(scheduled_run.run_id, safe='')}")["run_after"]
    assert due.endswith("-02-02T06:00:00Z")
    assert f"{due.removesuffix('Z')}+00:00" in office.log(scheduled_run, "plan")


def test_a_night_without_documents_still_ties_out(scheduled_run: Run) -> None:
    assert (scheduled_run.state, scheduled_run.of("success")) == ("success", EVERYTHING)


def test_an_as_of_or_a_choice_that_cannot_be_is_refused_when_the_run_is_started(sample: AirflowCompany) -> None:
    for wrong in ("yesterday", "2026-02-01", "2026-02-01T06:00:00", 20260201):
        with pytest.raises(AirflowError, match="HTTP 400"):
            sample.office.start({"as_of": wrong})
    with pytest.raises(AirflowError, match="HTTP 400"):
        sample.start(NIGHT_ONE, legal_entities=["FR"])


@pytest.mark.chaos
def test_an_as_of_in_the_future_fails_the_run_at_once(sample: AirflowCompany) -> None:
    run = sample.office.finish(sample.office.start({"as_of": "2199-01-01T00:00:00Z"}))
    assert run.state == "failed"
    assert (run.tasks["plan"], run.tries["plan"]) == ("failed", 1)
    assert "lies in the future" in sample.office.log(run, "plan")
    assert "was not planned" in sample.office.log(run, "verdict")
    assert sample.office.asset_events(run) == []
    assert run.of("success") == {"plan_posting"}
    assert sample.in_erp() == {"JP": 0, "US": 0}


@pytest.mark.chaos
def test_an_entity_whose_erp_refuses_leaves_the_others_posted_and_is_named(sample: AirflowCompany) -> None:
    sample.close_account("US", "1100", is_closed=True)
    run = sample.run(NIGHT_ONE)
    assert run.state == "failed"
    verdict = sample.office.log(run, "verdict")
    assert "of legal entity US is failed_preflight" in verdict
    assert "1100" in verdict
    assert "legal entity JP" not in verdict
    assert set(sample.entries()["JP"]) <= {"verified", "held"}
    assert sample.in_erp()["JP"] == sample.entries()["JP"]["verified"]
    sample.close_account("US", "1100", is_closed=False)
    assert_night_is_right_again(sample, sample.run(NIGHT_ONE))


@pytest.mark.chaos
def test_accounting_goes_on_without_the_erp_and_posting_without_billing(sample: AirflowCompany) -> None:
    sample.learn_periods()
    sample.connect("erp_tryton", port=unused_port(sample))
    without_erp = sample.run(NIGHT_ONE)
    assert without_erp.state == "failed"
    assert without_erp.of("failed") == POSTS | {"verdict"}
    assert "does not answer" in sample.office.log(without_erp, "post[US]")
    assert "legal entity US was not tied out" in sample.office.log(without_erp, "verdict")
    assert without_erp.tasks["account[billing]"] == "success"
    sample.connect("erp_tryton")
    sample.connect("billing_db", port=unused_port(sample))
    an_hour_later = Night(1, NIGHT_ONE.as_of + timedelta(hours=1))
    without_billing = sample.run(an_hour_later)
    assert without_billing.state == "failed"
    assert without_billing.of("failed") == {"extract[billing]", "verdict"}
    assert "billing_db" in sample.office.log(without_billing, "extract[billing]")
    assert "source billing is not accounted" in sample.office.log(without_billing, "verdict")
    ledger, answer = sample.ledger_and_answer(NIGHT_ONE)
    assert ledger == answer
    sample.connect("billing_db")
    assert_night_is_right(sample, sample.run(an_hour_later))


@pytest.mark.chaos
def test_a_missing_connection_is_named_and_the_next_run_completes(sample: AirflowCompany) -> None:
    sample.disconnect("billing_db")
    run = sample.run(NIGHT_ONE)
    assert (run.state, run.tries["extract[billing]"]) == ("failed", 1)
    assert "Connection billing_db is not configured" in sample.office.log(run, "extract[billing]")
    sample.connect("billing_db")
    assert_night_is_right(sample, sample.run(NIGHT_ONE))


@pytest.mark.chaos
def test_a_wrong_password_is_named_and_never_shown(sample: AirflowCompany) -> None:
    sample.connect("finance_db", password="certainly-not-this")
    run = sample.run(NIGHT_ONE)
    assert (run.state, run.tries["plan"]) == ("failed", 1)
    said = sample.office.log(run, "plan")
    assert "Connection finance_db: the database refuses login or password" in said
    assert "certainly-not-this" not in said
    assert sample.in_erp() == {"JP": 0, "US": 0}


@pytest.mark.chaos
def test_two_runs_at_once_of_the_same_night_post_it_once(sample: AirflowCompany) -> None:
    first, second = sample.start(NIGHT_ONE), sample.start(NIGHT_ONE)
    states = {sample.office.finish(run).state for run in (first, second)}
    assert states == {"success"}
    ledger, answer = sample.ledger_and_answer(NIGHT_ONE)
    assert ledger == answer
    assert all(sample.in_erp().values())


@pytest.mark.chaos
def test_a_task_killed_while_it_sends_is_tried_again_and_each_entry_stands_once(sample: AirflowCompany) -> None:
    run_id = sample.start(NIGHT_ONE)
    wait_for(lambda: sample.entries().get("US", {}).get("posted", 0) >= 3, 120, "a posted entry", 0.05)
    # The process of a task has the task's id for a name; the one that watches it has a longer one.
    name = f"airflow worker -- {sample.office.task(run_id, 'post[US]')['id']}"
    members = Supervisor(sample.office.airflow._state)._members("airflow-scheduler")
    (process,) = [one for one in members if " ".join(one.cmdline()).strip() == name]
    process.kill()
    run = sample.office.finish(run_id)
    assert run.tries["post[US]"] == 2
    assert_night_is_right(sample, run)


@pytest.mark.chaos
def test_a_killed_scheduler_takes_its_tasks_along_and_the_run_completes_when_it_is_back(
    sample: AirflowCompany,
) -> None:
    run_id = sample.start(NIGHT_ONE)
    wait_for(lambda: sample.office.task(run_id, "account[billing]").get("state") == "running", 120, "accounting", 0.1)
    airflow = sample.office.airflow
    scheduler = Supervisor(airflow._state).process("airflow-scheduler")
    assert scheduler is not None
    scheduler.kill()
    scheduler.wait(5)
    airflow.start()
    assert_night_is_right(sample, sample.office.finish(run_id))


def assert_night_is_right_again(sample: AirflowCompany, run: Run) -> None:
    """As after a night that failed: what was accounted is not accounted again."""
    assert run.state == "success"
    assert run.tasks["account[billing]"] == "skipped"
    ledger, answer = sample.ledger_and_answer(NIGHT_ONE)
    assert ledger == answer
    assert all(sample.in_erp().values())


@pytest.mark.chaos
def test_people_are_told_of_a_missed_deadline_and_of_a_run_that_failed(sample: AirflowCompany, hook: Hook) -> None:
    """The run of the schedule was due long ago, and so was its morning; this one cannot reach its ERP."""

    def told(words: str) -> list[str]:
        return [text for body in hook.bodies if words in (text := json.dumps(body))]

    wait_for(lambda: told("is late"), 60, "the notice of the deadline")
    assert any("not tied out by 06:00 local time" in each for each in told("scheduled__2026-02-02"))
    sample.connect("erp_tryton", password="wrong")
    failed = sample.run(NIGHT_ONE)
    assert failed.state == "failed"
    wait_for(lambda: told(f"run {failed.run_id}"), 60, "the notice of the run")
    [one] = told(f"run {failed.run_id}")
    assert "nightly_posting failed" in one
    assert "http://airflow.example.com/dags/nightly_posting/runs/" in one
