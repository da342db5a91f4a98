"""The tasks of `nightly_posting`: connect, call one pipeline, return ids. No rows pass through Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from airflow.sdk.exceptions import AirflowSkipException

from include.app import App, app_from_environment
from include.orchestration.connections import AirflowConnections
from include.pipelines.account import account_attempt
from include.pipelines.extract import Covered, extract_source
from include.pipelines.plan import plan_night
from include.pipelines.post import post_entity
from include.pipelines.report import read_report, report_lines
from include.pipelines.verdict import require_complete
from include.store.postings import PostingStore

log = structlog.get_logger(__name__)


def plan_run(params: Mapping[str, Any], run_after: datetime) -> dict[str, object]:
    """Choose the read instant and hand it, as text, to all other tasks."""
    app = _app()
    night = plan_night(
        app.finance(),
        sorted(app.configuration.sources),
        params["as_of"],
        run_after,
        is_dry_run=params["dry_run"],
        is_full=params["full_compare"],
        reason=params["reason"],
    )
    log.info("planned", read_instant=night.read_instant.isoformat(), dry_run=night.is_dry_run, full_compare=night.is_full)
    return {"read_instant": night.read_instant.isoformat(), "dry_run": night.is_dry_run, "full_compare": night.is_full}
