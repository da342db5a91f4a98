"""
# Period reopen

Opens a closed period of a legal entity again: with a reason, on a second person's word, the latest closed period first.

| step | what it does | if it fails |
|---|---|---|
| ask | writes down who asks and why, with the hash of what was closed, and lists what is late of the period | it is not closed here, or a later one is: the message says which comes first |
| approval | asks a controller who is not the one who asked | refused, or nobody answered in time: the period stays closed |
| reopen | opens it in the ERP too, where closes close it there | the ERP refuses: the message quotes it; here the period is open, clear the task when it is repaired |
| outcome | says whether it is open | that is its message |

**What follows.** The next night posts what waited for the period (`hold_for_reopen`). What went into a later period stays there. The
next close of the period asks for an approval anew, and its package lists what was booked in between.

Runbook: `docs/runbooks/period_reopen.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, get_current_context, task

from include.config.load import load_configuration
from include.orchestration.notify import RunFailedNotifier
from include.orchestration.questions import ReopenApproval
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY

CONFIGURATION = load_configuration()

PARAMS = {
    "legal_entity": Param(None, type="string", enum=sorted(CONFIGURATION.legal_entities), title="Legal entity"),
    "period": Param(
        None, type="string", minLength=1, title="Period", description="As the ERP writes it, for instance 2026-01."
    ),
    "reason": Param(None, type="string", minLength=1, title="Reason"),
}


@dag(
    dag_id="period_reopen",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    on_failure_callback=RunFailedNotifier(),
    max_active_runs=4,
    params=PARAMS,
    tags=["finance", "close"],
    default_args={
        "owner": "controller",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=1),
    },
)
def period_reopen() -> None:
    """Ask, wait for the second person, open."""

    @task
    def ask() -> int:
        from include.orchestration.period_close import ask_reopening_run

        context = get_current_context()
        return ask_reopening_run(context["params"], context["dag_run"].run_id)

    @task
    def reopen(number: int) -> None:
        from include.orchestration.period_close import reopen_run

        reopen_run(number)

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def outcome() -> None:
        from include.orchestration.period_close import reopen_outcome_run

        context = get_current_context()
        reopen_outcome_run(context["params"], context["dag_run"].run_id)

    number = ask()
    approval = ReopenApproval(task_id="approval", number=number, hours=CONFIGURATION.approval_hours)
    number >> approval >> reopen(number) >> outcome()


period_reopen()
