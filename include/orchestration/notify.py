"""Telling people from Airflow: of a run that failed, of a deadline that was missed, and of what stands after a night.

A message that cannot be sent is logged, and fails nothing. DAG files read this module: what sends is loaded when there is something to
send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from airflow.sdk import BaseNotifier
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from include.config.configuration import Configuration
from include.finance.actor import Actor
from include.finance.close_calendar import closed_by, tied_out_by
from include.finance.errors import TieoutError
from include.finance.notice import Notice, NoticeKind
from include.orchestration.instants import plain_instant
from include.orchestration.schedule import closes_due

if TYPE_CHECKING:
    from include.app import App

_NO_TIME = timedelta(0)
log = structlog.get_logger(__name__)


def tell_standing(app: App) -> None:
    """Tell what stands after a night: entries in doubt, differences, late exceptions, a close that is late; each once."""
    from include.pipelines.notices import standing_notices, tell, tell_waiting  # noqa: PLC0415

    try:
        late = tell_waiting(app, links(app))
        standing = tell(app, "Tieout: what needs somebody after the night", standing_notices(app), links(app))
        for line in (*late, *standing):
            log.warning(line) if "not told" in line else log.info(line)
    except Exception:
        log.warning("nobody could be told", exc_info=True)


def links(app: App, dag_id: str = "", run_id: str = "") -> list[tuple[str, str]]:
    """Addresses for a message: of the run, or of Airflow's list of DAGs."""
    url = app.configuration.notices.airflow_url
    if not url:
        return []
    if run_id:
        return [("The run", f"{url}/dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}")]
    return [("Airflow", f"{url}/dags")]


class RunFailedNotifier(BaseNotifier):
    """Tells once for each run that it failed: which tasks, and where to look."""

    def notify(self, context: Any) -> None:
        """Send it from the process in which DAG callbacks run."""
        dag_id, run_id = _run_of(context)
        reason = str(context.get("reason") or "")
        text = f"DAG {dag_id}, run {run_id}{f' ({reason})' if reason else ''}: the red task's last line says what to do"
        _tell(f"Tieout: {dag_id} failed", Notice(NoticeKind.RUN_FAILED, "", text), dag_id, run_id)


class DeadlineNotifier(BaseNotifier):
    """Tells that a run missed its deadline; `what` says which."""

    template_fields = ("what",)

    def __init__(self, what: str, **more: Any) -> None:
        super().__init__(**more)
        self.what = what

    async def async_notify(self, context: Any) -> None:
        """Send it from the triggerer, without keeping its other work waiting."""
        dag_id, run_id = _run_of(context)
        text = f"DAG {dag_id}, run {run_id}: {self.what}"
        notice = Notice(NoticeKind.DEADLINE_MISSED, "", text)
        await asyncio.to_thread(_tell, f"Tieout: {dag_id} is late", notice, dag_id, run_id)


class TiedOutByDeadline(BaseDeadlineReference):
    """The first local time of `tied_out_by` after a run is due, in the zones of the close calendars that it is for.

    Runs of no calendar, as those of a cron expression, count by all of them.
    """

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Any, **kwargs: Any) -> datetime | None:
        from airflow.models import DagRun  # noqa: PLC0415 - only the scheduler asks
        from sqlalchemy import select  # noqa: PLC0415

        from include.config.load import load_configuration  # noqa: PLC0415

        asked = select(DagRun.run_after).where(DagRun.dag_id == kwargs["dag_id"], DagRun.run_id == kwargs["run_id"])
        run_after = session.scalar(asked)
        return night_deadline(load_configuration(), run_after) if run_after else None


def night_deadline(configuration: Configuration, run_after: datetime) -> datetime | None:
    """By when a night that is due at an instant is to be tied out; None where no close calendar is configured."""
    calendars = tuple(configuration.close_calendars.values())
    return tied_out_by(calendars, plain_instant(run_after), configuration.notices.tied_out_by)


def night_deadlines(configuration: Configuration) -> list[DeadlineAlert]:
    """The deadline of the nightly; none where no close calendar is configured."""
    if not configuration.close_calendars:
        return []
    what = f"not tied out by {configuration.notices.tied_out_by:%H:%M} local time"
    return [
        DeadlineAlert(
            name="tied out by",
            reference=TiedOutByDeadline(),
            interval=_NO_TIME,
            callback=AsyncCallback(DeadlineNotifier, kwargs={"what": what}),
        )
    ]


class ClosedByDeadline(BaseDeadlineReference):
    """The last step of the close calendars of the legal entities that a close is for, of the period that ended last. None of a dry run."""

    required_kwargs = frozenset({"dag_id", "run_id"})

    def _evaluate_with(self, *, session: Any, **kwargs: Any) -> datetime | None:
        from airflow.models import DagRun  # noqa: PLC0415 - only the scheduler asks
        from sqlalchemy import select  # noqa: PLC0415

        from include.config.load import load_configuration  # noqa: PLC0415

        asked = select(DagRun).where(DagRun.dag_id == kwargs["dag_id"], DagRun.run_id == kwargs["run_id"])
        run = session.scalar(asked)
        return close_deadline(load_configuration(), run.run_after, run.run_type, run.conf or {}) if run else None


def close_deadline(
    configuration: Configuration, run_after: datetime, run_type: str, conf: Mapping[str, Any]
) -> datetime | None:
    """By when a close that is due or started at an instant is to be done; None of a dry run, and where no step is still to come."""
    if run_type != "scheduled" and conf.get("dry_run", True):
        return None
    chosen = conf.get("legal_entities") or list(configuration.legal_entities)
    if run_type == "scheduled":
        chosen = [code for due in closes_due(configuration, run_after) for code in due.legal_entities]
    return closed_by(tuple(configuration.close_calendars.values()), chosen, plain_instant(run_after))


def close_deadlines(configuration: Configuration) -> list[DeadlineAlert]:
    """The deadline of a close; none where no close calendar is configured."""
    if not configuration.close_calendars:
        return []
    what = "the period is not locked, and the last step of its close calendar is over; see Required Actions and the logs of `outcome`"
    return [
        DeadlineAlert(
            name="locked by",
            reference=ClosedByDeadline(),
            interval=_NO_TIME,
            callback=AsyncCallback(DeadlineNotifier, kwargs={"what": what}),
        )
    ]


def _tell(subject: str, notice: Notice, dag_id: str, run_id: str) -> None:
    from include.app import app_from_environment  # noqa: PLC0415
    from include.orchestration.connections import AirflowConnections  # noqa: PLC0415
    from include.pipelines.notices import tell  # noqa: PLC0415

    try:
        app = app_from_environment(AirflowConnections(), actor=Actor(f"{dag_id}.notify", "", run_id))
        for line in tell(app, subject, [notice], links(app, dag_id, run_id), are_events=True):
            log.warning(line) if "not told" in line else log.info(line)
    except TieoutError as error:
        log.warning("nobody could be told: %s", error)


def _run_of(context: Mapping[str, Any]) -> tuple[str, str]:
    run = context.get("dag_run")
    if isinstance(run, Mapping):
        return str(run.get("dag_id")), str(run.get("dag_run_id") or run.get("run_id"))
    return str(getattr(run, "dag_id", context.get("dag_id", ""))), str(
        getattr(run, "run_id", context.get("run_id", ""))
    )
