"""The task of `evidence_check`: read, note, and fail where something is lost or altered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from airflow.sdk.exceptions import AirflowSkipException

from include.app import app_from_environment
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.pipelines.evidence_check import CheckDesk, check_evidence, require_whole

EVERYTHING = "everything"

log = structlog.get_logger(__name__)


def check_evidence_run(source: str, params: Mapping[str, Any], run_id: str) -> None:
    """Check a source's evidence. Raises EvidenceError that names what is lost or altered, when all of it is noted."""
    if source not in (params["sources"] or [source]):
        raise AirflowSkipException(f"source {source} was not chosen in this run's params")
    who = acting()
    app = app_from_environment(AirflowConnections(), actor=who)
    desk = CheckDesk(app.finance(), app.evidence(), app.configuration)
    checked = check_evidence(
        desk, source, run_id, who.person or who.program, is_everything=params["share"] == EVERYTHING
    )
    log.info(checked.text, source=source)
    require_whole(checked)
