"""The tasks of `period_close` and `period_reopen`: connect, call one pipeline, return ids; and what their questions say and do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.app import App, app_from_environment
from include.finance.close_calendar import DueClose
from include.finance.errors import NightUnfinishedError, PeriodCloseError
from include.finance.money import Money
from include.finance.period_close import Checklist, CloseItem
from include.finance.trial_balance import TrialBalance
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.orchestration.questions import Answer, has_simple_logins
from include.orchestration.schedule import closes_due
from include.pipelines import night as nights
from include.pipelines import period_close as closes
from include.pipelines import period_reopen as reopenings
from include.pipelines.plan import Night

log = structlog.get_logger(__name__)
SHOWN = 30
# How Airflow calls runs that its timetable made, and those that somebody triggered.
SCHEDULED, MANUAL = "scheduled", "manual"


def plan_close_run(params: Mapping[str, Any], run_after: datetime, run_type: str) -> dict[str, object]:
    """Choose legal entities and periods, by the form or, where nobody filled one in, by the close calendars; what the other tasks need."""
    app = _app()
    read_instant = run_after.astimezone(UTC).isoformat()
    if run_type == SCHEDULED:
        due = closes_due(app.configuration, run_after)
        steps = "; ".join(f"{each.calendar_name}, {each.step}, {each.period.name}" for each in due)
        return {
            "periods": _due_periods(app, due),
            "dry_run": False,
            "reason": f"close calendar {steps or 'changed since: nothing is due'}",
            "read_instant": read_instant,
        }
    entities = sorted(set(params["legal_entities"] or ()) or set(app.configuration.legal_entities))
    if unknown := sorted(set(entities) - set(app.configuration.legal_entities)):
        raise PeriodCloseError(
            f"There is no legal entity {', '.join(unknown)} in legal_entities.yaml; choose among those."
        )
    if run_type != MANUAL:
        raise PeriodCloseError(
            f"A close is not started as a {run_type} run: fill in the form, or let the close calendar."
        )
    if not params["period"]:
        raise PeriodCloseError("Say in `period` which one is closed, as the ERP writes it, for instance 2026-01.")
    return {
        "periods": dict.fromkeys(entities, params["period"]),
        "dry_run": params["dry_run"],
        "reason": params["reason"] or "",
        "read_instant": read_instant,
    }


def _due_periods(app: App, due: Collection[DueClose]) -> dict[str, str]:
    """The period of each legal entity that a calendar closes now, by its name in the ERP. Who has closed it already is left out."""
    periods = {}
    for close in due:
        for entity in close.legal_entities:
            # One that the ERP does not have fails in the preflight of its legal entity, under the fiscal calendar's name.
            name = closes.period_ending(app, entity, close.period.end_date) or close.period.name
            if reopenings.state_of(app, entity, name) == "closed":
                log.info("closed already", entity=entity, period=name)
            else:
                periods[entity] = name
    return periods


def require_planned(plan: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What `plan` handed on. Raises PeriodCloseError where it failed."""
    if plan is None:
        raise PeriodCloseError(
            "The close was not planned; the log of the task `plan` says what to do. Nothing was changed."
        )
    return plan


def require_chosen(entity: str, plan: Mapping[str, Any] | None) -> None:
    """Skip the tasks of a legal entity that the form did not choose."""
    if entity not in require_planned(plan)["periods"]:
        raise AirflowSkipException(f"legal entity {entity} is not among those that this run closes")


def preflight_run(entity: str, plan: Mapping[str, Any]) -> None:
    """Log the checklist before anything is done; fails where no night of tonight could mend what blocks."""
    require_chosen(entity, plan)
    found = closes.checklist(_app(), entity, plan["periods"][entity])
    log_checklist(found)
    if has_simple_logins():
        log.warning(
            "Airflow has its simple logins (SimpleAuthManager), with passwords in a file: for production use FAB or OpenID Connect"
        )
    if not plan["dry_run"]:
        closes.require_closable(found)


def skip_night_run(plan: Mapping[str, Any] | None, states: Mapping[str, str]) -> None:
    """A dry run reads nothing new, and where no legal entity can be closed nobody waits for a night. `states` are those of the run's tasks."""
    if require_planned(plan)["dry_run"]:
        raise AirflowSkipException("dry run: no night is run, the figures are those of the last one")
    if "success" not in {state for name, state in states.items() if name.startswith("preflight")}:
        raise AirflowSkipException("no legal entity can be closed: the logs of `preflight` say why")


def soft_lock_run(entity: str, plan: Mapping[str, Any], run_id: str, run_type: str) -> int:
    """Begin the close and lock the period softly, here and in the ERP; the number of the close."""
    require_chosen(entity, plan)
    if plan["dry_run"]:
        raise AirflowSkipException("dry run: nothing is locked")
    app, period = _app(), plan["periods"][entity]
    # Whoever started the run must be known: they are the one who cannot approve it. What the calendar starts, nobody did.
    by = acting().person
    if run_type == SCHEDULED and (calendar := app.configuration.close_calendar_of(entity)):
        by = f"close calendar {calendar.name}"
    close = closes.begin(app, entity, period, run_id=run_id, by=by, reason=plan["reason"])
    closes.soft_lock(app, close.close_no)
    log.info("softly locked", close=close.close_no, entity=entity, period=period, started_by=close.started_by)
    return close.close_no


def tie_out_close_run(entity: str, plan: Mapping[str, Any]) -> None:
    """Post what the soft lock still takes, and tie out the legal entity; what differs blocks, and is shown with the package."""
    require_chosen(entity, plan)
    if plan["dry_run"]:
        raise AirflowSkipException("dry run: the figures are those of the last tie-out")
    night = Night(
        datetime.fromisoformat(plan["read_instant"]),
        is_dry_run=False,
        is_full=False,
        sources=(),
        legal_entities=(entity,),
    )
    try:
        log.info(nights.tie_out(_app(), entity, night, actor="period_close"))
    except NightUnfinishedError as error:
        log.warning(str(error))


def package_run(entity: str, plan: Mapping[str, Any], close_no: int | None) -> str:
    """Make the figures and the package; the hash that is to be approved, or of a dry run that of the trial balance."""
    require_chosen(entity, plan)
    if close_no is None:
        found, package = closes.draft(_app(), entity, plan["periods"][entity])
        log_checklist(found)
        for fact in package.differences:
            log.warning(fact)
        log.info("draft", page=package.page_location, workbook=package.workbook_location)
        return package.trial_balance_hash
    offered = closes.propose(_app(), close_no)
    _log_items(offered.blockers)
    log.info("proposed", hash=offered.close.close_hash, page=offered.page_location, workbook=offered.workbook_location)
    assert offered.close.close_hash is not None
    return offered.close.close_hash


def lock_run(close_no: int) -> None:
    """Lock the period, if a second person approved exactly these figures and they still stand. It trusts no other task."""
    close = closes.lock(_app(), close_no)
    log.info(
        "locked", close=close_no, entity=close.legal_entity_code, period=close.period_name, approved_by=close.decided_by
    )


def publish_run(close_no: int) -> dict[str, str]:
    """The package with the approval in it; what the asset event says."""
    app = _app()
    package = closes.publish(app, close_no)
    log.info("published", page=package.page_location, workbook=package.workbook_location)
    return {
        "close_no": str(close_no),
        "trial_balance_sha256": package.trial_balance_hash,
        "page_sha256": package.page_sha256,
        "workbook_sha256": package.workbook_sha256,
    }


def outcome_run(entity: str, plan: Mapping[str, Any] | None, run_id: str, states: Mapping[str, str]) -> None:
    """Where the period was not locked it is open again, here and in the ERP; fails with the reason, or says that it is closed."""
    plan = require_planned(plan)
    require_chosen(entity, plan)
    if plan["dry_run"]:
        return
    failed = sorted(name for name, state in states.items() if state in ("failed", "upstream_failed"))
    app, period = _app(), plan["periods"][entity]
    why = (
        f"the run did not come to the lock (tasks not done: {', '.join(failed)})"
        if failed
        else "it was refused or not answered"
    )
    close = closes.release(app, entity, period, run_id, why)
    if close is not None and close.state == "closed":
        log.info("closed", entity=entity, period=period, close=close.close_no, approved_by=close.decided_by)
        return
    state = reopenings.state_of(app, entity, period)
    if state != "open":
        raise AirflowFailException(
            f"Period {period} of legal entity {entity} is {state}, by another close than that of this run, which changed nothing: the "
            "log of the task `soft_lock` says which."
        )
    told = (
        f"{close.decided_by} refused it: {close.comment or 'no comment'}"
        if close and close.decision == "refused"
        else why
    )
    raise AirflowFailException(
        f"Period {period} of legal entity {entity} is OPEN, here and in the ERP: {told}. The logs of the tasks say what to do; then "
        "start a new close."
    )


def log_checklist(found: Checklist) -> None:
    """Every item, and what blocks as a warning with owner and cure."""
    for item in found.items:
        if not item.is_blocking:
            log.info(str(item))
    _log_items(found.blockers)


def _log_items(items: Collection[CloseItem]) -> None:
    for item in items:
        log.warning(str(item))


def show_close(close_no: int) -> tuple[str, str, list[str]]:
    """The question of a close: subject, body with the package's figures and what blocks, and who may answer."""
    app = _app()
    offered, balance, people = closes.ask(app, close_no)
    close = offered.close
    chart = app.configuration.chart_of(close.legal_entity_code)
    names = {code: each.name for code, each in chart.accounts.items()}
    subject = f"Close {close.period_name} of {close.legal_entity_code}? SHA-256 {str(close.close_hash)[:12]}"
    return subject, close_question(offered, balance, names), people


def take_close(close_no: int, answer: Answer) -> None:
    """Write the answer to a close down, with comment and waivers. Raises PeriodCloseError where it does not count."""
    closes.answer_close(
        _app(),
        close_no,
        decision=closes.APPROVED if answer.is_approved else closes.REFUSED,
        by=answer.by,
        at=answer.at,
        comment=str(answer.given.get("comment") or ""),
        waivers=str(answer.given.get("waivers") or ""),
    )


def show_reopening(reopening_no: int) -> tuple[str, str, list[str]]:
    """The question of a reopening: who asks and why, what was closed, and what is late of the period."""
    asked, people = reopenings.asked(_app(), reopening_no)
    one = asked.reopening
    late = "".join(
        f"\n* {row['measure']}, {row['state']} in {row['posted_period']}: {row['document_count']} documents, "
        f"{row['amount_minor']} minor units of {row['functional_currency']}"
        for row in asked.late
    )
    body = (
        f"**{one.asked_by}** asks: {one.reason}\n\nIt was closed with trial balance SHA-256 `{one.before_hash}`; its package: "
        f"`{asked.page_location}`.\n\nBelongs to it and is booked elsewhere, or waits for it:{late or ' nothing.'}"
    )
    return f"Open {one.period_name} of {one.legal_entity_code} again?", body, people


def take_reopening(reopening_no: int, answer: Answer) -> None:
    """Write the answer to a reopening down; with a yes the period is open here."""
    reopenings.answer_reopening(_app(), reopening_no, is_approved=answer.is_approved, by=answer.by, at=answer.at)


def close_question(offered: closes.Offered, balance: TrialBalance, names: Mapping[str, str]) -> str:
    """What a controller reads before answering, as Markdown: blocking items first, then the trial balance."""
    close = offered.close
    lines = [
        f"Started by **{close.started_by}**: {close.reason}",
        "",
        (
            f"Approved is SHA-256 `{close.close_hash}`: trial balance `{close.trial_balance_hash}`, the ERP's figures `{close.erp_hash}`, page "
            f"`{close.page_sha256}`, workbook `{close.workbook_sha256}`."
        ),
        "",
        f"Package: `{offered.page_location}`, `{offered.workbook_location}`",
        "",
    ]
    if offered.blockers:
        lines += [f"**{len(offered.blockers)} items block.** Approving takes a waiver for each (`code: reason`):", ""]
        lines += [
            f"* `{item.code}`{'' if item.can_waive else ' (cannot be waived)'}: {item.fact} *{item.owner}*: {item.cure} {item.link}".rstrip()
            for item in offered.blockers[:SHOWN]
        ]
        lines += (
            [f"* and {len(offered.blockers) - SHOWN} more in the package", ""]
            if len(offered.blockers) > SHOWN
            else [""]
        )
    else:
        lines += ["Nothing blocks.", ""]
    lines += [
        f"| Account | | Opening | Debits | Credits | Closing ({balance.currency.code}) |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in balance.rows:
        figures = (row.opening_minor, row.debit_minor, row.credit_minor, row.closing_minor)
        told = " | ".join(str(Money(minor, balance.currency)) for minor in figures)
        lines.append(f"| {row.account_code} | {names.get(row.account_code, '')} | {told} |")
    return "\n".join(lines)


def ask_reopening_run(params: Mapping[str, Any], run_id: str) -> int:
    """Write down who asks for which period to be opened again, and why; the number of the reopening."""
    who = acting()
    asked = reopenings.ask_reopening(
        _app(),
        params["legal_entity"],
        params["period"],
        run_id=run_id,
        by=who.person,
        reason=params["reason"] or "",
    )
    log.info("asked", reopening=asked.reopening.reopening_no, page=asked.page_location, late=len(asked.late))
    return asked.reopening.reopening_no


def reopen_run(reopening_no: int) -> None:
    """Open the period in the ERP, if a second person said so."""
    one = reopenings.reopen_in_erp(_app(), reopening_no)
    log.info("open again", entity=one.legal_entity_code, period=one.period_name, approved_by=one.decided_by)


def reopen_outcome_run(params: Mapping[str, Any], run_id: str) -> None:
    """Say whether the period is open; a question that nobody answered is taken back."""
    app = _app()
    if reopenings.end_asking(app, run_id, params["legal_entity"], params["period"]):
        raise AirflowFailException(
            f"Period {params['period']} of legal entity {params['legal_entity']} stays CLOSED: nobody approved its reopening."
        )
    state = reopenings.state_of(app, params["legal_entity"], params["period"])
    if state != "open":
        raise AirflowFailException(
            f"Period {params['period']} of legal entity {params['legal_entity']} is {state}: the task logs say why."
        )
    log.info("the period is open; the next night posts what waited for it, and a new close closes it")


def _app() -> App:
    return app_from_environment(AirflowConnections(), actor=acting())
