"""
# Nightly posting

Turns what happened in billing since the last night into journal entries in each legal entity's ERP.

| step | what it does | if it fails |
|---|---|---|
| plan | chooses the read instant: `as_of`, else the instant the run was due (the cutoff, where close calendars start it) | the message says what to change |
| extract | reads one snapshot of the source into evidence: all documents that changed, whole | nothing is booked; run again |
| validate | judges every document by the data-quality suites; what fails waits for a person, the rest goes on | it stops a source that contradicts itself: the message says what to do |
| account | decides, books events, sums them into journal entries; one commit | before the commit nothing counts, after it everything does |
| recognise | takes what ended periods have earned out of deferred revenue; then, where Tieout is to, revalues foreign open items at the end of the last period; one commit each | nothing is recognised or revalued; clear the task, or the next night does it |
| tie_out_source | hops 1 to 3: billing's own totals, documents landed and decided, journal lines | the message names what differs; posting goes on |
| post | per legal entity: asks the ERP, sends, reads back, compares | other entities go on; run again, nothing is sent twice |
| tie_out | per legal entity, hops 4 and 5: entries and accounts in the ERP, both ways | the message names entries, users and dates |
| report, verdict | scores and logs the night, writes its page and JSON beside the evidence; fails the run when anything is not where it should be | the message lists what is missing and who acts |

**Parameters.** `as_of`: read instant, for instance `2026-02-01T06:00:00Z`; empty: when the run was due. `dry_run`: decide
everything, commit and post nothing. `sources`: read only these; each is read and accounted whole, for all of its legal
entities. `legal_entities`: post and tie out only these; the others' journals wait for the next night. `full_compare`: read
the whole source again, after it was restored or replaced. `reason`: needed for an `as_of` before a committed night.

**What follows.** A night that is complete publishes the asset `subledger_tied_out`, once, with its read instant and counts.

**What is safe.** Everything: clear any task, run the night again, run two at once. Each entry reaches the ledger once, and a
night that is complete says so and does nothing. Runbook: `docs/runbooks/nightly_posting.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, TriggerRule, dag, get_current_context, task, task_group

from include.config.load import load_configuration
from include.orchestration.assets import SUBLEDGER_TIED_OUT
from include.orchestration.notify import RunFailedNotifier, night_deadlines
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY
from include.orchestration.schedule import nightly_schedule
from include.pipelines.entities import entities_of

CONFIGURATION = load_configuration()

PARAMS = {
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date-time",
        # Airflow does not check the format by itself.
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$",
        title="Read instant",
        description="Empty: when the run was due.",
    ),
    "dry_run": Param(False, type="boolean", title="Dry run", description="Decide everything, commit and post nothing."),
    "full_compare": Param(
        False, type="boolean", title="Full compare", description="Read the whole source again, after a restore."
    ),
    "sources": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": sorted(CONFIGURATION.sources)},
        examples=sorted(CONFIGURATION.sources),
        title="Sources",
        description="Empty: all. A source is always read and accounted whole.",
    ),
    "legal_entities": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "enum": sorted(CONFIGURATION.legal_entities)},
        examples=sorted(CONFIGURATION.legal_entities),
        title="Legal entities",
        description="Empty: all. Says whose journals are posted and tied out, not whose documents are read.",
    ),
    "reason": Param(
        None, type=["null", "string"], title="Reason", description="For an as_of before a committed night."
    ),
}


@dag(
    dag_id="nightly_posting",
    doc_md=__doc__,
    schedule=nightly_schedule(configuration=CONFIGURATION),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=2,
    on_failure_callback=RunFailedNotifier(),
    deadline=night_deadlines(CONFIGURATION),
    dagrun_timeout=timedelta(hours=6),
    params=PARAMS,
    tags=["finance", "posting"],
    default_args={
        "owner": "finance-systems",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=2),
    },
)
def nightly_posting() -> None:  # noqa: PLR0915 - one statement per step and arrow
    """Extract and account each source, then post each legal entity; no entity waits for another."""

    @task
    def plan() -> dict[str, object]:
        from include.orchestration.night import plan_run

        context = get_current_context()
        run = context["dag_run"]
        return plan_run(context["params"], run.run_after, run.run_type)

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

    # Also where account has nothing to do: a night that a committed one covers is recognised and tied out all the same.
    @task(map_index_template="{{ source }}", trigger_rule=TriggerRule.NONE_FAILED)
    def recognise(source: str, night: dict[str, object]) -> None:
        from include.orchestration.night import recognise_run

        get_current_context()["source"] = source
        recognise_run(source, night)

    @task(map_index_template="{{ source }}", trigger_rule=TriggerRule.NONE_FAILED)
    def tie_out_source(source: str, night: dict[str, object]) -> None:
        from include.orchestration.night import tie_out_source_run

        get_current_context()["source"] = source
        tie_out_source_run(source, night)

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
        post_run(entity, night)

    @task(map_index_template="{{ entity }}")
    def tie_out(entity: str, night: dict[str, object]) -> None:
        from include.orchestration.night import tie_out_run

        get_current_context()["entity"] = entity
        tie_out_run(entity, night)

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def report(night: dict[str, object]) -> None:
        from include.orchestration.night import report_run

        report_run(night)

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0, outlets=[SUBLEDGER_TIED_OUT])
    def verdict(night: dict[str, object]) -> None:
        from include.orchestration.night import verdict_run

        context = get_current_context()
        run = context["dag_run"]
        states = context["ti"].get_task_states(dag_id=run.dag_id, run_ids=[run.run_id])
        told = verdict_run(night, states[run.run_id])
        context["outlet_events"][SUBLEDGER_TIED_OUT].extra = {"run_id": run.run_id, **told}

    night = plan()
    ready = plan_posting()
    read.partial(night=night).expand(source=sorted(CONFIGURATION.sources)) >> ready
    done = report(night)
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
    done >> verdict(night)


nightly_posting()
