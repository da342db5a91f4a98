"""The tasks of `replay_exceptions` that a night does not have: choose, and say what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from airflow.sdk.exceptions import AirflowSkipException

from include.app import app_from_environment
from include.finance.errors import NightUnfinishedError
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.orchestration.night import night_passed_on
from include.pipelines import night as nights
from include.pipelines.replay import plan_replay, replay_outcome
from include.store.replays import ReplayAsked

log = structlog.get_logger(__name__)


def plan_replay_run(params: Mapping[str, Any]) -> dict[str, object]:
    """Choose the exceptions of the form, and hand the night that tries them again to all other tasks."""
    who = acting()
    app = app_from_environment(AirflowConnections(), actor=who)
    asked = ReplayAsked(
        tuple(params["legal_entities"] or ()), tuple(params["categories"] or ()), tuple(params["documents"] or ())
    )
    planned = plan_replay(app, asked, by=who.person or who.program, reason=params["reason"] or "")
    if planned is None:
        raise AirflowSkipException("no exception stands that could be tried again: nothing to do")
    for warning in nights.prepare(app, planned.night):
        log.warning(warning)
    log.info("planned", exceptions=planned.chosen.exception_count, entries=len(planned.chosen.rejected))
    return {
        **night_passed_on(planned.night),
        "exception_count": planned.chosen.exception_count,
    }


def replay_outcome_run(night: Mapping[str, Any] | None, states: Mapping[str, str]) -> str:
    """Say what the replay came to; fails the run when one of its tasks did."""
    failed = sorted(name for name, state in states.items() if state in ("failed", "upstream_failed"))
    if night is None:
        if failed:
            raise NightUnfinishedError("The replay was not planned; the log of the task `plan` says what to do.")
        raise AirflowSkipException("nothing was chosen")
    app = app_from_environment(AirflowConnections(), actor=acting())
    # The instant of a replay is the read instant of its night.
    came = replay_outcome(app, datetime.fromisoformat(night["read_instant"]), night["exception_count"])
    if failed:
        raise NightUnfinishedError(f"{came} These tasks failed: {', '.join(failed)}; their logs say what to do.")
    log.info(came)
    return came
