"""Who acts in a task: what the audit log says of its changes."""

from __future__ import annotations

from airflow.sdk import get_current_context

from include.finance.actor import Actor


def acting() -> Actor:
    """DAG and task, the person who triggered the run (nobody did where the schedule has), and the run.

    Whoever clears a task is not known to it: Airflow's own log says so.
    """
    context = get_current_context()
    run, task = context["dag_run"], context["ti"]
    return Actor(f"{run.dag_id}.{task.task_id}", run.triggering_user_name or "", run.run_id)
