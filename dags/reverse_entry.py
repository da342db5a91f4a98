"""
# Reverse an entry

Reverses a posted entry, or documents of it, by a new entry: with a reason, on a second person's word. Nothing posted is edited or deleted.

| parameter | meaning |
|---|---|
| `reference` | the posted entry: its reference as in the ERP's text, its number there, or its id |
| `documents` | of it only these, as `invoice:ID`; none: the whole entry |
| `afterwards` | what was reversed stays out of the books until a person lifts that, or is booked anew by the rules in force |
| `reason` | why; it stands with the reversal for good |

| step | what it does | if it fails |
|---|---|---|
| propose | works out what it would book, and keeps that under a hash | the message says what cannot be reversed, and why |
| approval | shows the money by account, and asks a controller who is not the one who asked | refused, or nobody answered in time: nothing is booked |
| book | works it out again, and commits it if it still comes to the same | documents or periods have changed: start again, and have that approved |
| outcome | says whether it is booked | that is its message |

**What follows.** The next night posts the new entries like any other. Every task can be cleared and run again: it books once.

Runbook: `docs/runbooks/reverse_entry.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, get_current_context, task

from include.config.load import load_configuration
from include.orchestration.notify import RunFailedNotifier
from include.orchestration.questions import ReversalApproval
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY

CONFIGURATION = load_configuration()
AFTERWARDS = ("leave it out of the books", "book it anew by the rules in force")

PARAMS = {
    "reference": Param(
        None, type="string", minLength=1, title="Entry", description="Its reference, or its number in the ERP."
    ),
    "documents": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "pattern": "^[a-z_]+:.+$"},
        title="Documents",
        description="One per line, as invoice:ID; none: the whole entry.",
    ),
    "afterwards": Param(None, type="string", enum=list(AFTERWARDS), title="Afterwards"),
    "reason": Param(None, type="string", minLength=1, title="Reason"),
}


@dag(
    dag_id="reverse_entry",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    on_failure_callback=RunFailedNotifier(),
    max_active_runs=4,
    params=PARAMS,
    tags=["finance", "repair"],
    default_args={
        "owner": "controller",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=1),
    },
)
def reverse_entry() -> None:
    """Propose, wait for the second person, book."""

    @task
    def propose() -> int:
        from include.orchestration.reverse_entry import propose_reversal_run

        context = get_current_context()
        return propose_reversal_run(context["params"], context["dag_run"].run_id)

    @task
    def book(number: int) -> None:
        from include.orchestration.reverse_entry import book_reversal_run

        book_reversal_run(number)

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def outcome(number: int | None) -> None:
        from include.orchestration.reverse_entry import reversal_outcome_run

        reversal_outcome_run(number)

    number = propose()
    approval = ReversalApproval(task_id="approval", number=number, hours=CONFIGURATION.approval_hours)
    booked = book(number)
    number >> approval >> booked >> outcome(number)


reverse_entry()
