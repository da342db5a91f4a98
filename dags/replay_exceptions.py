"""
# Replay exceptions

Tries again now what exceptions hold back, instead of waiting for the next night: the documents are read again from their source,
validated, accounted and posted; an entry that the ERP refused is asked for and sent again. Run it after a repair: a rate
was loaded, a mapping added, a document corrected in billing, an account opened in the ERP.

| step | what it does | if it fails |
|---|---|---|
| plan | chooses the exceptions of the form, writes down who had them tried again and why, lets refused entries go on | the message says what to change |
| extract, validate, account, recognise, tie_out_source | the stages of `nightly_posting`, for the sources of these documents | as there |
| post, tie_out | the same, for every legal entity: what is accounted is posted | as there |
| outcome | says how many closed and how many still stand, and why: `make exceptions` | it names the tasks that failed |

**Parameters.** `legal_entities`, `categories`: only exceptions of these; empty: all. `documents`: only these, written
`invoice:ID`. `reason`: what was repaired; it stays with each exception.

**What is safe.** Everything: it is a night of these sources, so what else changed in billing is read along. Clear any task, run it
again, run it beside the nightly: each entry reaches the ledger once, and a replay of what is settled does nothing. The nightly
tries the same by itself. Manual: `docs/exceptions.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, get_current_context, task, task_group

from include.config.load import load_configuration
from include.orchestration.notify import RunFailedNotifier
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY
from include.pipelines.entities import entities_of

CONFIGURATION = load_configuration()
ENTITIES = [*sorted(CONFIGURATION.legal_entities), "UNASSIGNED"]
CATEGORIES = sorted({rule.category for rule in CONFIGURATION.exception_rules.values()})

PARAMS = {
    "reason": Param(type="string", minLength=1, title="Reason", description="What was repaired."),
    "legal_entities": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": ENTITIES},
        examples=ENTITIES,
        title="Legal entities",
        description="Empty: all.",
    ),
    "categories": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": CATEGORIES},
        examples=CATEGORIES,
        title="Categories",
        description="Empty: all.",
    ),
    "documents": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "pattern": "^[a-z_]+:.+$"},
        title="Documents",
        description="One per line, as invoice:ID. Empty: all.",
    ),
}


@dag(
    dag_id="replay_exceptions",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    on_failure_callback=RunFailedNotifier(),
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=6),
    params=PARAMS,
    tags=["finance", "posting", "exceptions"],
    default_args={
        "owner": "finance-systems",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=2),
    },
)
def replay_exceptions() -> None:
    """Choose, run the stages of a night for what was chosen, say what it came to."""

    @task
    def plan() -> dict[str, object]:
        from include.orchestration.replay import plan_replay_run

        return plan_replay_run(get_current_context()["params"])

    @task(map_index_template="{{ source }}")
    def extract(source: str, night: dict[str, object]) -> str | None:
        from include.orchestration.night import extract_run

        get_current_context()["source"] = source
        return extract_run(source, night)

    @task(map_index_template="{{ source }}")
    def validate(source: str, attempt: str | None) -> str:
        from include.orchestration.night import validate_run

        get_current_context()["source"] = source
        return validate_run(attempt)

    @task(map_index_template="{{ source }}")
    def account(source: str, attempt: str | None) -> None:
        from include.orchestration.night import account_run

        get_current_context()["source"] = source
        account_run(attempt)

    # Also where account has nothing to do: a task cleared after the commit finds its night covered.
    @task(map_index_template="{{ source }}", trigger_rule=TriggerRule.NONE_FAILED)
    def recognise(source: str, night: dict[str, object]) -> None:
        from include.orchestration.night import recognise_run

        get_current_context()["source"] = source
        recognise_run(source, night)

    @task(map_index_template="{{ source }}", trigger_rule=TriggerRule.NONE_FAILED)
    def tie_out_source(source: str, night: dict[str, object]) -> None:
        from include.orchestration.night import tie_out_source_run

        get_current_context()["source"] = source
        tie_out_source_run(source, night, "replay_exceptions")

    @task_group
    def read(source: str, night: dict[str, object]) -> None:
        (
            account(source, validate(source, extract(source, night)))
            >> recognise(source, night)
            >> tie_out_source(source, night)
        )

    @task(trigger_rule=TriggerRule.ALL_DONE)
    def plan_posting() -> int:
        from include.orchestration.night import plan_posting_run

        return plan_posting_run()

    @task(map_index_template="{{ entity }}")
    def post(entity: str, night: dict[str, object]) -> None:
        from include.orchestration.night import post_run

        get_current_context()["entity"] = entity
        post_run(entity, night, "replay_exceptions")

    @task(map_index_template="{{ entity }}")
    def tie_out(entity: str, night: dict[str, object]) -> None:
        from include.orchestration.night import tie_out_run

        get_current_context()["entity"] = entity
        tie_out_run(entity, night, "replay_exceptions")

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def outcome(night: dict[str, object]) -> str:
        from include.orchestration.replay import replay_outcome_run

        context = get_current_context()
        run = context["dag_run"]
        states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
        return replay_outcome_run(night, states[run.run_id])

    night = plan()
    ready = plan_posting()
    read.partial(night=night).expand(source=sorted(CONFIGURATION.sources)) >> ready
    done = outcome(night)
    for code, erp in sorted(CONFIGURATION.erps.items()):
        # One mapped group per ERP: a pool belongs to a task, not to an element of its mapping.
        pool = erp.pool

        @task_group(group_id=f"ledger_{code}")
        def ledger(entity: str, night: dict[str, object], pool: str = pool) -> None:
            post.override(pool=pool)(entity, night) >> tie_out.override(pool=pool)(entity, night)

        (
            ready
            >> ledger.partial(night=night).expand(entity=[each.code for each in entities_of(CONFIGURATION, code)])
            >> done
        )


replay_exceptions()
