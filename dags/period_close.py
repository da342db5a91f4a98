"""
# Period close

Closes an accounting period of one or more legal entities, each by itself: on figures that stand still, approved by a second person.

| step | what it does | if it fails |
|---|---|---|
| plan | takes the form: legal entities, period, reason; or what the close calendar says is due | the message says what to change |
| preflight | per legal entity: the checklist before anything is done | it cannot be closed yet: the message says why, and who acts |
| skip_night, final_night | runs `nightly_posting` once more: everything read, accounted, recognised, revalued, posted | the close goes on with what is there; what is missing blocks |
| soft_lock | nobody books into the period any more, here and in the ERP (where `period_close.yaml` says so) | entries are on their way, or the ERP refuses: the message names them |
| tie_out | hops 4 to 6 once more, on what stands still | what differs blocks |
| package | trial balance, roll-forwards, flux, checks: a page and a workbook, and the hash that is approved | a file is lost, or a figure cannot be made: the message says which |
| approval | asks a controller, in the UI (Required Actions) or by API | refused, or nobody answered in time: the period is open again |
| lock | reads everything again, and locks only what was approved | a figure moved, or the approval does not count: the message names entry and user |
| publish | the package with the approval in it | clear it |
| outcome | says whether the period is closed; where it is not, opens it here and in the ERP | that is its message |

**When.** Somebody fills in the form; or, with `TIEOUT_SCHEDULE=close_calendars`, a close begins by itself at the step of each close calendar
that says `close: true`, for its legal entities and the period that has ended. A period that is closed already is left out.

**Who.** The controller is another person than the one who started the run, has the role `controller` for the legal entity
(`make access-review`), and prepared no override in the period. What blocks takes a waiver each, `code: reason`.

**What is safe.** Everything: clear any task. A task that is marked as a success by hand locks nothing: the lock looks at the answer,
the person, the role and the figures itself. Runbook: `docs/runbooks/period_close.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, TriggerRule, dag, get_current_context, task, task_group

from include.config.load import load_configuration
from include.orchestration.assets import PERIOD_CLOSED
from include.orchestration.notify import RunFailedNotifier, close_deadlines
from include.orchestration.questions import CloseApproval
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY
from include.orchestration.schedule import close_schedule

CONFIGURATION = load_configuration()
ENTITIES = sorted(CONFIGURATION.legal_entities)

PARAMS = {
    # The close calendar starts runs without a form, so it cannot be required here: `plan` does.
    "period": Param(
        None,
        type=["null", "string"],
        minLength=1,
        title="Period",
        description="Which one is closed, as the ERP writes it, for instance 2026-01.",
    ),
    "legal_entities": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": ENTITIES},
        examples=ENTITIES,
        title="Legal entities",
        description="Empty: all. Each is closed by itself.",
    ),
    "dry_run": Param(
        True, type="boolean", title="Dry run", description="Checklist and package as they are now; nothing is locked."
    ),
    "reason": Param(None, type=["null", "string"], title="Reason", description="Stands in the close for good."),
}


@dag(
    dag_id="period_close",
    doc_md=__doc__,
    schedule=close_schedule(configuration=CONFIGURATION),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    on_failure_callback=RunFailedNotifier(),
    deadline=close_deadlines(CONFIGURATION),
    max_active_runs=4,
    params=PARAMS,
    tags=["finance", "close"],
    default_args={
        "owner": "controller",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=2),
    },
)
def period_close() -> None:  # noqa: PLR0915 - one statement per step and arrow
    """A last night for all, then each legal entity by itself."""

    @task
    def plan() -> dict[str, object]:
        from include.orchestration.period_close import plan_close_run

        context = get_current_context()
        run = context["dag_run"]
        return plan_close_run(context["params"], run.run_after, run.run_type)

    @task(map_index_template="{{ entity }}")
    def preflight(entity: str, plan: dict[str, object]) -> None:
        from include.orchestration.period_close import preflight_run

        get_current_context()["entity"] = entity
        preflight_run(entity, plan)

    # One legal entity that cannot be closed does not keep the others.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def skip_night(plan: dict[str, object]) -> None:
        from include.orchestration.period_close import skip_night_run

        context = get_current_context()
        run = context["dag_run"]
        skip_night_run(plan, context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id]).get(run.run_id, {}))

    @task(map_index_template="{{ entity }}", trigger_rule=TriggerRule.ALL_DONE)
    def soft_lock(entity: str, plan: dict[str, object]) -> int:
        from include.orchestration.period_close import soft_lock_run

        context = get_current_context()
        context["entity"] = entity
        run = context["dag_run"]
        return soft_lock_run(entity, plan, run.run_id, run.run_type)

    @task(map_index_template="{{ entity }}", trigger_rule=TriggerRule.NONE_FAILED)
    def tie_out(entity: str, plan: dict[str, object]) -> None:
        from include.orchestration.period_close import tie_out_close_run

        get_current_context()["entity"] = entity
        tie_out_close_run(entity, plan)

    @task(map_index_template="{{ entity }}", trigger_rule=TriggerRule.NONE_FAILED)
    def package(entity: str, plan: dict[str, object], close_no: int | None) -> str:
        from include.orchestration.period_close import package_run

        get_current_context()["entity"] = entity
        return package_run(entity, plan, close_no)

    @task(map_index_template="{{ entity }}")
    def lock(entity: str, close_no: int) -> None:
        from include.orchestration.period_close import lock_run

        get_current_context()["entity"] = entity
        lock_run(close_no)

    @task(map_index_template="{{ entity }}", outlets=[PERIOD_CLOSED])
    def publish(entity: str, close_no: int, plan: dict[str, object]) -> None:
        from include.orchestration.period_close import publish_run

        context = get_current_context()
        context["entity"] = entity
        told = publish_run(close_no)
        about = {"legal_entity": entity, "period": plan["periods"][entity]}
        context["outlet_events"][PERIOD_CLOSED].extra = {**about, **told}

    @task(map_index_template="{{ entity }}", trigger_rule=TriggerRule.ALL_DONE)
    def outcome(entity: str, plan: dict[str, object]) -> None:
        from include.orchestration.period_close import outcome_run

        context = get_current_context()
        context["entity"] = entity
        run, index = context["dag_run"], context["ti"].map_index
        states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id], map_index=index)
        outcome_run(entity, plan, run.run_id, states.get(run.run_id, {}))

    @task_group
    def close(entity: str, plan: dict[str, object]) -> None:
        number = soft_lock(entity, plan)
        approval = CloseApproval(task_id="approval", number=number, hours=CONFIGURATION.approval_hours)
        tied = tie_out(entity, plan)
        made = package(entity, plan, number)
        locked = lock(entity, number)
        number >> tied >> made >> approval >> locked >> publish(entity, number, plan) >> outcome(entity, plan)

    planned = plan()
    final_night = TriggerDagRunOperator(
        task_id="final_night",
        trigger_dag_id="nightly_posting",
        trigger_run_id="period_close__{{ run_id }}",
        conf={
            "as_of": "{{ ti.xcom_pull(task_ids='plan')['read_instant'] }}",
            "reason": "period close: {{ ti.xcom_pull(task_ids='plan')['reason'] }}",
        },
        reset_dag_run=True,
        wait_for_completion=True,
        poke_interval=5,
        # A night that is not complete for some legal entity keeps no other: what is missing blocks its own close.
        allowed_states=["success", "failed"],
        failed_states=[],
        fail_when_dag_is_paused=True,
    )
    (
        preflight.partial(plan=planned).expand(entity=ENTITIES)
        >> skip_night(planned)
        >> final_night
        >> close.partial(plan=planned).expand(entity=ENTITIES)
    )


period_close()
