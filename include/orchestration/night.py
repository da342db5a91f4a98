"""The tasks of `nightly_posting`: connect, call one pipeline, return ids. No rows pass through Airflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from airflow.sdk.exceptions import AirflowSkipException

from include.app import App, app_from_environment
from include.finance.errors import NightUnfinishedError
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.orchestration.notify import tell_standing
from include.orchestration.schedule import nights_due
from include.pipelines import night as nights
from include.pipelines.entities import entities_of
from include.pipelines.plan import Night, NightRequest, plan_night
from include.pipelines.report import store_report, stored_lines, with_closing
from include.pipelines.verdict import night_counts, require_complete, what_changed
from include.report.console import report_lines
from include.report.read import read_report

log = structlog.get_logger(__name__)


def plan_run(params: Mapping[str, Any], run_after: datetime, run_type: str) -> dict[str, object]:
    """Choose the read instant, fetch the ERPs' periods, and hand the night to all other tasks.

    Every run is a night of all legal entities, also one that is due at the cutoff of some: a source is read and accounted as
    a whole, and what is accounted is posted.
    """
    app = _app()
    request = NightRequest(
        as_of=params["as_of"],
        is_dry_run=params["dry_run"],
        is_full=params["full_compare"],
        reason=params["reason"],
        sources=tuple(params["sources"] or ()),
        legal_entities=tuple(params["legal_entities"] or ()),
    )
    configuration = app.configuration
    night = plan_night(
        app.finance(),
        request,
        run_after,
        sources=configuration.sources,
        legal_entities=configuration.legal_entities,
    )
    for warning in nights.prepare(app, night):
        log.warning(warning)
    log.info(
        "planned",
        read_instant=night.read_instant.isoformat(),
        dry_run=night.is_dry_run,
        full_compare=night.is_full,
        occasions=[name for each in nights_due(configuration, run_after, run_type) for name in each.occasions],
    )
    return night_passed_on(night)


def night_passed_on(night: Night) -> dict[str, object]:
    """A night as its tasks hand it on."""
    return {
        "read_instant": night.read_instant.isoformat(),
        "dry_run": night.is_dry_run,
        "full_compare": night.is_full,
        "sources": list(night.sources),
        "legal_entities": list(night.legal_entities),
    }


def extract_run(source: str, night: Mapping[str, Any]) -> str | None:
    """Land one source; the attempt's id, or None where a committed night covers it."""
    planned = _night(night)
    if source not in planned.sources:
        raise AirflowSkipException(f"source {source} was not chosen in this run's params")
    landed = nights.extract(_app(), source, planned)
    log.info(landed.message, source=source)
    return str(landed.attempt_id) if landed.attempt_id else None


def validate_run(attempt: str | None) -> str:
    """Judge a landed attempt; its id again, for account."""
    if attempt is None:
        raise AirflowSkipException("a committed night covers this one: nothing to validate")
    for line in nights.validate(_app(), UUID(attempt)):
        log.info(line)
    return attempt


def account_run(attempt: str | None) -> None:
    """Account a landed attempt."""
    if attempt is None:
        raise AirflowSkipException("a committed night covers this one: nothing to account")
    for line in nights.account(_app(), UUID(attempt)):
        log.info(line)


def recognise_run(source: str, night: Mapping[str, Any]) -> None:
    """Recognise what the ended periods of one source's legal entities have earned, and revalue their open items."""
    planned = _night(night)
    if planned.is_dry_run:
        raise AirflowSkipException("dry run: nothing is committed, so there is nothing to recognise")
    if source not in planned.sources:
        raise AirflowSkipException(f"source {source} was not chosen in this run's params")
    log.info(nights.recognise(_app(), source, planned))
    for line in nights.revalue(_app(), source, planned):
        log.info(line)


def plan_posting_run() -> int:
    """Say what lies ahead, read from the finance database and not from what `account` returned; how many entries are open."""
    counts = nights.open_entries(_app())
    log.info("entries open before posting", **counts)
    return sum(counts.values())


def post_run(entity: str, night: Mapping[str, Any], actor: str = "nightly_posting") -> None:
    """Post one legal entity."""
    planned = _night(night)
    _skip_unless_posted(entity, planned)
    for line, fields in nights.post(_app(), entity, planned, actor=actor).lines:
        log.info(line, **fields)


def tie_out_source_run(source: str, night: Mapping[str, Any], actor: str = "nightly_posting") -> None:
    """Hops 1 to 3 of one source."""
    planned = _night(night)
    if planned.is_dry_run:
        raise AirflowSkipException("dry run: nothing is committed, so there is nothing to tie out")
    if source not in planned.sources:
        raise AirflowSkipException(f"source {source} was not chosen in this run's params")
    log.info(nights.tie_out_source(_app(), source, planned, actor=actor))


def tie_out_run(entity: str, night: Mapping[str, Any], actor: str = "nightly_posting") -> None:
    """Hops 4 to 6 of one legal entity."""
    planned = _night(night)
    _skip_unless_posted(entity, planned)
    log.info(nights.tie_out(_app(), entity, planned, actor=actor))


def report_run(night: Mapping[str, Any] | None) -> None:
    """Log the night, and write its report as JSON and as a page beside the evidence."""
    if night is None:
        raise AirflowSkipException("the night was not planned: there is nothing to report")
    planned, app = _night(night), _app()
    if planned.is_dry_run:
        log.info("dry run: what it would do is in the log of account; nothing is committed, so no report is written")
        return
    for line in (*nights.sort_exceptions(app, planned), *nights.score(app, planned, actor="nightly_posting")):
        log.warning(line)
    finance, configuration = app.finance(), app.configuration
    report = with_closing(read_report(finance, configuration, planned.read_instant), finance, configuration)
    # First the log: a full disk must not hide what became of the night.
    for line in report_lines(report):
        log.info(line)
    for line in (*stored_lines(store_report(report, app.evidence())), *nights.anchor_audit(app)):
        log.info(line)
    tell_standing(app)


def verdict_run(night: Mapping[str, Any] | None, states: Mapping[str, str]) -> dict[str, object]:
    """Fail the run unless the night is complete; else say what it came to. `states` are those of the run's tasks."""
    if night is None:
        raise NightUnfinishedError("The night was not planned. Remove what the task `plan` names, then run it again.")
    planned, app = _night(night), _app()
    if planned.is_dry_run:
        raise AirflowSkipException("dry run: nothing is committed, so nothing can be complete")
    configuration = app.configuration
    log.info(what_changed(app.finance(), acting().run_id))
    require_complete(
        app.finance(),
        planned.read_instant,
        planned.sources,
        planned.legal_entities,
        not_tied_out=[
            f"source {source}"
            for index, source in enumerate(sorted(configuration.sources))
            if source in planned.sources and states.get(f"read.tie_out_source_{index}") != "success"
        ]
        + [
            f"legal entity {entity.code}"
            for erp_code in sorted(configuration.erps)
            for index, entity in enumerate(entities_of(configuration, erp_code))
            if entity.code in planned.legal_entities and states.get(f"ledger_{erp_code}.tie_out_{index}") != "success"
        ],
    )
    return {
        "read_instant": planned.read_instant.isoformat(),
        "sources": list(planned.sources),
        "legal_entities": list(planned.legal_entities),
        **night_counts(app.finance(), planned.read_instant, planned.sources, planned.legal_entities),
    }


def _skip_unless_posted(entity: str, night: Night) -> None:
    if night.is_dry_run:
        raise AirflowSkipException("dry run: nothing is posted")
    if entity not in night.legal_entities:
        raise AirflowSkipException(f"legal entity {entity} was not chosen in this run's params")


def _app() -> App:
    return app_from_environment(AirflowConnections(), actor=acting())


def _night(night: Mapping[str, Any] | None) -> Night:
    if night is None:
        raise AirflowSkipException("nothing was planned")
    return Night(
        datetime.fromisoformat(night["read_instant"]),
        night["dry_run"],
        night["full_compare"],
        tuple(night["sources"]),
        tuple(night["legal_entities"]),
    )
