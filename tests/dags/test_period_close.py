"""Periods closed and opened again through a real Airflow and a real ERP, by people who may and people who may not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest

from include.finance.period import PeriodState
from include.sample import airflow_settings
from include.sample.airflow_api import AirflowError
from include.sample.people import grant_sample_roles
from tests.dags.airflow_company import ENTITIES, NIGHT_ONE, AirflowCompany, wait_for
from tests.dags.browser import CHROMIUM, NO_CHROMIUM, answer, logged_in

PERIOD = "2026-01"
_LONGEST_SECONDS = 300
_SETTLED_SECONDS = 5
INDEX = {entity: index for index, entity in enumerate(ENTITIES)}


class ClosingCompany:
    """The sample company after night one, and what people do in Airflow to close a period of it."""

    def __init__(self, sample: AirflowCompany) -> None:
        self.sample = sample
        self.airflow = sample.office.airflow
        self.api = sample.office.api

    def start(self, dag: str, **conf: object) -> str:
        """Trigger a run as the preparer."""
        run_id = self.airflow.trigger(dag, conf)
        return f"/dags/{dag}/dagRuns/{quote(run_id, safe='')}"

    def end(self, run: str) -> str:
        """Wait for the end of a run; its state."""
        wait_for(lambda: self.api.get(run)["state"] in ("success", "failed"), _LONGEST_SECONDS, f"the end of {run}")
        return str(self.api.get(run)["state"])

    def tasks(self, run: str) -> dict[str, dict[str, Any]]:
        """The task instances of a run by name, `lock[US]` where mapped by legal entity."""
        found = self.api.get(f"{run}/taskInstances?limit=200")["task_instances"]
        return {
            each["task_id"].rsplit(".", 1)[-1]
            + (f"[{ENTITIES[each['map_index']]}]" if each["map_index"] >= 0 else ""): each
            for each in found
        }

    def state(self, run: str, name: str) -> str:
        return str(self.tasks(run).get(name, {}).get("state"))

    def wait_for_question(self, run: str, name: str, tries: int = 1) -> Mapping[str, Any]:
        """Wait until a task asks, for the so-manieth time; the question."""

        def asks() -> bool:
            task = self.tasks(run).get(name, {})
            return bool(task.get("state") == "awaiting_input" and task["try_number"] >= tries)

        wait_for(asks, _LONGEST_SECONDS, f"the question of {name}")
        # Airflow takes a task that is answered before it has noted the end of its process for a dead one, and asks again.
        time.sleep(_SETTLED_SECONDS)
        task = self.tasks(run)[name]
        found: Mapping[str, Any] = self.api.get(f"{self._path(run, task)}/hitlDetails")
        return found

    def answer(
        self, run: str, name: str, user: str, *, yes: bool, until: Callable[[], object] | None = None, **given: str
    ) -> None:
        """Answer a question by the API, as a person does, and once more where Airflow asks again though nothing was wrong.

        `until` something is so; by default the end of the task.
        """
        task = self.tasks(run)[name]
        self.airflow.api(user).answer(self._path(run, task), "Approve" if yes else "Reject", given)
        self.see_through(run, name, user, task["try_number"], until=until, yes=yes, **given)

    def see_through(
        self,
        run: str,
        name: str,
        user: str,
        tries: int,
        *,
        yes: bool,
        until: Callable[[], object] | None = None,
        **given: str,
    ) -> None:
        """Wait for what an answer leads to, and answer what is asked again."""
        is_so = until or (lambda: self.state(run, name) in ("success", "failed"))

        def answered() -> bool:
            nonlocal tries
            task = self.tasks(run)[name]
            if task["state"] == "awaiting_input" and task["try_number"] > tries:
                tries = task["try_number"]
                time.sleep(_SETTLED_SECONDS)
                if not is_so():
                    self.airflow.api(user).answer(self._path(run, task), "Approve" if yes else "Reject", given)
            return bool(is_so())

        wait_for(answered, _LONGEST_SECONDS, f"what the answer to {name} leads to")

    def mark_success(self, run: str, name: str, user: str) -> None:
        task = self.tasks(run)[name]
        path = (
            f"{self._path(run, task)}"
            if task["map_index"] < 0
            else f"{run}/taskInstances/{task['task_id']}/{task['map_index']}"
        )
        self.airflow.api(user)._request("PATCH", f"/api/v2{path}", {"new_state": "success"})

    def log(self, run: str, name: str) -> str:
        task = self.tasks(run)[name]
        path = f"{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}?map_index={task['map_index']}&full_content=true"
        return str(self.api.get(path)["content"])

    def here(self, entity: str) -> str:
        rows = self.rows(
            "select state from accounting_period where legal_entity_code = %s and period_name = %s", entity, PERIOD
        )
        return str(rows[0]["state"]) if rows else "open"

    def in_erp(self, entity: str) -> PeriodState:
        app = self.sample.app
        one = app.configuration.legal_entities[entity]
        return next(each.state for each in app.erp(one.erp_code).periods(one) if each.name == PERIOD)

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        with self.sample.app.finance().transaction() as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[call-overload, no-any-return]

    @staticmethod
    def _path(run: str, task: Mapping[str, Any]) -> str:
        return f"{run}/taskInstances/{task['task_id']}/{task['map_index']}"


@pytest.fixture
def closing(sample: AirflowCompany) -> ClosingCompany:
    grant_sample_roles(sample.app.finance())
    assert sample.run(NIGHT_ONE).state == "success"
    return ClosingCompany(sample)


def waivers_for(question: Mapping[str, Any]) -> str:
    """A waiver for each item that the question lists."""
    codes = [line.split("`")[1] for line in question["body"].splitlines() if line.startswith("* `")]
    return "\n".join(f"{code}: accepted for the sample company" for code in codes)


def test_a_close_from_dry_run_to_the_lock_and_what_people_try_on_the_way(closing: ClosingCompany) -> None:
    # A dry run shows all and changes nothing.
    dry = closing.start("period_close", period=PERIOD, legal_entities=["US"], dry_run=True, reason="a look")
    assert closing.end(dry) == "success"
    assert "close/US/2026-01" in closing.log(dry, "package[US]")
    assert closing.state(dry, "lock[US]") == "skipped"
    assert closing.state(dry, "package[JP]") == "skipped"
    assert closing.rows("select * from period_close") == []

    run = closing.start("period_close", period=PERIOD, legal_entities=[], dry_run=False, reason="January is over")
    question = closing.wait_for_question(run, "approval[US]")
    closing.wait_for_question(run, "approval[JP]")
    assert closing.here("US") == closing.here("JP") == "soft_closed"
    assert closing.in_erp("US") is closing.in_erp("JP") is PeriodState.CLOSED
    assert "| 1100 |" in question["body"]
    # Who started it cannot answer, nor can an administrator who is no controller.
    for user in ("preparer", "admin", "auditor"):
        with pytest.raises(AirflowError, match="HTTP 403"):
            closing.answer(run, "approval[US]", user, yes=True, comment="", waivers="")
    # Marking the question as answered locks nothing.
    closing.mark_success(run, "approval[JP]", "admin")
    wait_for(lambda: closing.state(run, "outcome[JP]") == "failed", _LONGEST_SECONDS, "the outcome of JP")
    assert "marked as done by hand is no approval" in closing.log(run, "lock[JP]")
    assert "is OPEN, here and in the ERP" in closing.log(run, "outcome[JP]")
    assert (closing.here("JP"), closing.in_erp("JP")) == ("open", PeriodState.OPEN)
    # An approval without the waivers does not count, and is asked again.
    waivers = waivers_for(question)
    if waivers:
        faults = "select answer_fault from period_close where answer_fault is not null"
        closing.answer(
            run, "approval[US]", "controller", yes=True, until=lambda: closing.rows(faults), comment="", waivers=""
        )
        [fault] = closing.rows(faults)
        assert "without a waiver" in fault["answer_fault"]
        assert closing.wait_for_question(run, "approval[US]", tries=2)["body"] == question["body"]
    closing.answer(run, "approval[US]", "controller", yes=True, comment="fine", waivers=waivers)
    assert closing.end(run) == "failed"  # JP's sake
    assert closing.state(run, "outcome[US]") == "success"
    assert (closing.here("US"), closing.in_erp("US")) == ("closed", PeriodState.CLOSED)
    [close] = closing.rows("select * from period_close where state = 'closed'")
    assert (close["legal_entity_code"], close["started_by"], close["decided_by"]) == ("US", "preparer", "controller")
    assert close["comment"] == "fine"
    # Cleared and run again, the lock of the one that was not approved locks nothing, and that of the other nothing more.
    body = {
        "dry_run": False,
        "task_ids": [["close.lock", INDEX["JP"]], ["close.lock", INDEX["US"]]],
        "dag_run_id": closing.api.get(run)["dag_run_id"],
        "reset_dag_runs": True,
        "only_failed": False,
        "include_downstream": True,
    }
    closing.airflow.api("admin")._request("POST", "/api/v2/dags/period_close/clearTaskInstances", body)
    time.sleep(1)
    assert closing.end(run) == "failed"
    assert (closing.here("US"), closing.here("JP")) == ("closed", "open")
    assert closing.in_erp("JP") is PeriodState.OPEN


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_a_controller_approves_in_a_browser_refuses_by_api_and_opens_again(closing: ClosingCompany) -> None:
    run = closing.start("period_close", period=PERIOD, legal_entities=[], dry_run=False, reason="January is over")
    question = closing.wait_for_question(run, "approval[US]")
    closing.wait_for_question(run, "approval[JP]")
    closing.answer(run, "approval[JP]", "controller", yes=False, comment="a payout is missing", waivers="")
    task = closing.tasks(run)["approval[US]"]
    page_of_task = (
        f"/dags/period_close/runs/{run.rpartition('/')[2]}/tasks/{task['task_id']}/mapped/{task['map_index']}"
    )
    password = airflow_settings.password(closing.airflow._state, "controller")
    with logged_in(closing.airflow.url, "controller", password) as page:
        given = {"comment": "seen in the browser", "waivers": waivers_for(question)}
        said = answer(page, closing.airflow.url, page_of_task, "Approve", given)
    closing.see_through(run, "approval[US]", "controller", task["try_number"], yes=True, **given)
    assert "January is over" in said
    assert "Billing receivables" in said
    assert closing.end(run) == "failed"  # JP's sake
    assert "controller refused it: a payout is missing" in closing.log(run, "outcome[JP]")
    assert (closing.here("JP"), closing.in_erp("JP")) == ("open", PeriodState.OPEN)
    assert (closing.here("US"), closing.in_erp("US")) == ("closed", PeriodState.CLOSED)
    [close] = closing.rows("select * from period_close where state = 'closed'")
    assert (close["decided_by"], close["comment"]) == ("controller", "seen in the browser")

    # Opened again by the word of a second person.
    opening = closing.start("period_reopen", legal_entity="US", period=PERIOD, reason="a bonus is missing")
    question = closing.wait_for_question(opening, "approval")
    assert "a bonus is missing" in question["body"]
    assert close["trial_balance_hash"] in question["body"]
    with pytest.raises(AirflowError, match="HTTP 403"):
        closing.answer(opening, "approval", "preparer", yes=True)
    closing.answer(opening, "approval", "controller", yes=True)
    assert closing.end(opening) == "success"
    assert (closing.here("US"), closing.in_erp("US")) == ("open", PeriodState.OPEN)


@pytest.mark.chaos
def test_a_posted_entry_is_reversed_on_a_controllers_word_and_the_next_night_posts_it(closing: ClosingCompany) -> None:
    """DAG reverse_entry: nobody reverses alone, and what was reversed stays out of the books."""
    first = """
        select reference from journal_entry
        where legal_entity_code = 'JP' and category = 'invoices' and state = 'verified' order by posting_date, reference limit 1
        """
    reference = closing.rows(first)[0]["reference"]
    before = closing.sample.in_erp()["JP"]
    asked = {"reference": reference, "afterwards": "leave it out of the books", "reason": "billed to nobody"}
    run = closing.start("reverse_entry", documents=[], **asked)
    question = closing.wait_for_question(run, "approval")
    assert reference in question["body"]
    assert "billed to nobody" in question["body"]
    for user in ("preparer", "auditor"):
        with pytest.raises(AirflowError, match="HTTP 403"):
            closing.answer(run, "approval", user, yes=True)
    assert closing.rows("select state from journal_entry where state = 'ready'") == []
    closing.answer(run, "approval", "controller", yes=True)
    assert closing.end(run) == "success"
    [word] = closing.rows(
        "select proposed_by, answered_by, answer, batch_no is not null as is_booked from entry_reversal"
    )
    assert word == {"proposed_by": "preparer", "answered_by": "controller", "answer": "approved", "is_booked": True}
    # Marked as done by hand, the same question books nothing.
    other = closing.rows(first.replace("limit 1", "offset 1 limit 1"))[0]["reference"]
    second = closing.start("reverse_entry", documents=[], **(asked | {"reference": other}))
    closing.wait_for_question(second, "approval")
    closing.mark_success(second, "approval", "admin")
    assert closing.end(second) == "failed"
    assert closing.rows("select count(batch_no) as n from entry_reversal") == [{"n": 1}]
    # The night posts it once, with what is earned no more, and a night after that nothing more.
    counts = []
    for _ in range(2):
        assert closing.sample.run(NIGHT_ONE, reason="after a reversal").state == "success"
        made = closing.rows(
            "select e.state from journal_entry as e join entry_reversal as r on r.batch_no = e.batch_no"
        )
        assert {row["state"] for row in made} == {"verified"}
        counts.append(closing.sample.in_erp()["JP"])
        known = "select count(*) as n from journal_entry where legal_entity_code = 'JP' and state = 'verified'"
        assert closing.rows(known) == [{"n": counts[-1]}]
    assert before + len(made) <= counts[0] == counts[1]
