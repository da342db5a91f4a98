"""
# Evidence check

Reads evidence again, file by file to its end, and compares it with the SHA-256 that its batch named when it was committed.

| parameter | meaning |
|---|---|
| `share` | the next part of all files; or everything, after a restore or before an audit |
| `sources` | only these; empty: all |

| step | what it does | if it fails |
|---|---|---|
| plan | takes the sources of the form, or all that ever committed a batch | a name is unknown |
| check | per source: reads, notes of each file when and what was found, opens an exception per batch | it names the files that are lost or altered; each exception closes by itself when they are back and were read again |

**Which part.** Files are cut into parts by the hash of their paths, `everything_in_runs` of them (`retention.yaml`); each run reads the part
after the last finished one, so that so many runs read everything. What was found lost or altered is read again each time.

**When.** `TIEOUT_EVIDENCE_CHECK_SCHEDULE`, a cron expression in UTC: once a week, with four parts, reads everything once a month. Unset:
only when somebody starts it. It reads the evidence only and may run beside nights.

**What is safe.** Everything: clear the task, and a check that died goes on where it stopped; one that was finished reads its part again.
Runbook: `docs/runbooks/evidence_check.md`; what is kept for how long: `docs/retention.md`.
"""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import Param, dag, get_current_context, task

from include.config.load import load_configuration
from include.orchestration.notify import RunFailedNotifier
from include.orchestration.retry import BY_ERROR_FAMILY, RETRIES, RETRY_DELAY
from include.orchestration.schedule import evidence_check_schedule

CONFIGURATION = load_configuration()
SOURCES = sorted(CONFIGURATION.sources)
SHARES = ("the next part", "everything")

PARAMS = {
    "share": Param(SHARES[0], type="string", enum=list(SHARES), title="Share"),
    "sources": Param(
        [],
        type=["null", "array"],
        items={"type": "string", "minLength": 1},
        examples=SOURCES,
        title="Sources",
        description="Empty: all, also those that are configured no more.",
    ),
}


@dag(
    dag_id="evidence_check",
    doc_md=__doc__,
    schedule=evidence_check_schedule(),
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    on_failure_callback=RunFailedNotifier(),
    max_active_runs=1,
    params=PARAMS,
    tags=["finance", "audit"],
    default_args={
        "owner": "finance-systems",
        "retries": RETRIES,
        "retry_delay": RETRY_DELAY,
        "retry_policy": BY_ERROR_FAMILY,
        "execution_timeout": timedelta(hours=12),
    },
)
def evidence_check() -> None:
    """One task per source: one that fails keeps no other."""

    @task
    def plan() -> list[str]:
        from include.orchestration.evidence_check import plan_check_run

        return plan_check_run(get_current_context()["params"])

    @task(map_index_template="{{ source }}")
    def check(source: str) -> None:
        from include.orchestration.evidence_check import check_evidence_run

        context = get_current_context()
        context["source"] = source
        check_evidence_run(source, context["params"], context["dag_run"].run_id)

    check.expand(source=plan())


evidence_check()
