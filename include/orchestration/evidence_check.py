"""The tasks of `evidence_check`: choose sources; read, note, and fail where something is lost or altered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from include.app import app_from_environment
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.pipelines.evidence_check import CheckDesk, check_evidence, require_whole, sources_to_check

EVERYTHING = "everything"

log = structlog.get_logger(__name__)


def plan_check_run(params: Mapping[str, Any]) -> list[str]:
    """The sources whose evidence is checked."""
    return sources_to_check(_desk(), params["sources"] or ())


def check_evidence_run(source: str, params: Mapping[str, Any], run_id: str) -> None:
    """Check a source's evidence. Raises EvidenceError that names what is lost or altered, when all of it is noted."""
    who = acting()
    is_everything = params["share"] == EVERYTHING
    checked = check_evidence(_desk(), source, run_id, who.person or who.program, is_everything=is_everything)
    log.info(checked.text, source=source)
    require_whole(checked)


def _desk() -> CheckDesk:
    app = app_from_environment(AirflowConnections(), actor=acting())
    return CheckDesk(app.finance(), app.evidence(), app.configuration)
