"""A close of the sample company through its Airflow, as its preparer and its controller do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from include.finance.errors import PeriodCloseError
from include.sample.stack import Stack

DAG = "period_close"
_ENDED = ("success", "failed")
_LONGEST_SECONDS = 1200
_SETTLED_SECONDS = 5


def close_sample_period(
    stack: Stack,
    period: str,
    entity: str | None,
    reason: str,
    *,
    approve_as: str,
    is_dry_run: bool,
    say: Callable[[str], None],
) -> None:
    """Start a close as the preparer, and show each question that it asks; with `approve_as`, answer it and wait for the end.

    Raises PeriodCloseError where the run fails.
    """
    conf = {
        "period": period,
        "legal_entities": [entity] if entity else [],
        "dry_run": is_dry_run,
        "reason": reason,
    }
    run_id = stack.airflow.trigger(DAG, conf)
    run, api = f"/dags/{DAG}/dagRuns/{quote(run_id, safe='')}", stack.airflow.api("auditor")
    say(f"Close of {period} started: {stack.airflow.url}/dags/{DAG}/runs/{quote(run_id, safe='')}")
    answered: set[tuple[str, int]] = set()
    deadline = time.monotonic() + _LONGEST_SECONDS
    while time.monotonic() < deadline:
        state = api.get(run)["state"]
        asked = [
            task
            for task in api.get(f"{run}/taskInstances?limit=200")["task_instances"]
            if task["state"] == "awaiting_input" and (task["id"], task["try_number"]) not in answered
        ]
        for task in asked:
            path = f"{run}/taskInstances/{task['task_id']}/{task['map_index']}"
            question = api.get(f"{path}/hitlDetails")
            say(f"{question['subject']}\n{question['body']}")
            answered.add((task["id"], task["try_number"]))
            if approve_as:
                # Airflow takes a task that is answered before it has noted the end of its process for a dead one, and asks again.
                time.sleep(_SETTLED_SECONDS)
                given = {"comment": "", "waivers": _waivers(question)}
                stack.airflow.api(approve_as).answer(path, "Approve", given)
        if state in _ENDED:
            _tell(state, period, is_dry_run=is_dry_run, say=say)
            return
        if answered and not approve_as and not _is_running(api.get(f"{run}/taskInstances?limit=200")["task_instances"]):
            say(
                f"Log in at {stack.airflow.url} as `controller` to answer: Required Actions. Until then the period is closed softly."
            )
            return
        time.sleep(1)
    raise PeriodCloseError(f"The close of {period} did not end in {_LONGEST_SECONDS} s; look at its run in Airflow.")


def _is_running(tasks: list[Mapping[str, Any]]) -> bool:
    return any(task["state"] in ("running", "queued", "scheduled", "up_for_retry") for task in tasks)


def _waivers(question: Mapping[str, Any]) -> str:
    codes = [line.split("`")[1] for line in str(question["body"]).splitlines() if line.startswith("* `")]
    return "\n".join(f"{code}: accepted in the sample company" for code in codes)


def _tell(state: str, period: str, *, is_dry_run: bool, say: Callable[[str], None]) -> None:
    if state == "failed":
        raise PeriodCloseError(
            f"{period} was not closed for every legal entity: the logs of the tasks `outcome` say why."
        )
    say(f"{period}: a dry run, nothing was locked." if is_dry_run else f"{period} is closed.")
