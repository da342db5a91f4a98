"""The tasks of `period_close` and `period_reopen`: connect, call one pipeline, return ids; and the question to a controller."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import Param, conf
from airflow.sdk.api.datamodels._generated import HITLUser
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from include.app import App, app_from_environment
from include.finance.errors import NightUnfinishedError, PeriodCloseError
from include.finance.money import Money
from include.finance.period_close import Checklist, CloseItem
from include.finance.trial_balance import TrialBalance
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.pipelines import night as nights
from include.pipelines import period_close as closes
from include.pipelines import period_reopen as reopenings
from include.pipelines.plan import Night

log = structlog.get_logger(__name__)
SHOWN = 30
ASKED_AGAIN = 20  # answers that do not count, before the question is given up


def plan_close_run(params: Mapping[str, Any], run_after: datetime) -> dict[str, object]:
    """Choose legal entities and period; what the other tasks need."""
    app = _app()
    entities = sorted(set(params["legal_entities"] or ()) or set(app.configuration.legal_entities))
    if unknown := sorted(set(entities) - set(app.configuration.legal_entities)):
        raise PeriodCloseError(
            f"There is no legal entity {', '.join(unknown)} in legal_entities.yaml; choose among those."
        )
    return {
        "legal_entities": entities,
        "period": params["period"],
        "dry_run": params["dry_run"],
        "reason": params["reason"] or "",
        "read_instant": run_after.astimezone(UTC).isoformat(),
    }


def require_chosen(entity: str, plan: Mapping[str, Any] | None) -> None:
    """Skip the tasks of a legal entity that the form did not choose."""
    if plan is None:
        raise PeriodCloseError(
            "The close was not planned; the log of the task `plan` says what to do. Nothing was changed."
        )
    if entity not in plan["legal_entities"]:
        raise AirflowSkipException(f"legal entity {entity} was not chosen in this run's params")


def preflight_run(entity: str, plan: Mapping[str, Any]) -> None:
    """Log the checklist before anything is done; fails where no night of tonight could mend what blocks."""
    require_chosen(entity, plan)
    found = closes.checklist(_app(), entity, plan["period"])
    log_checklist(found)
    if _has_simple_logins():
        log.warning(
            "Airflow has its simple logins (SimpleAuthManager), with passwords in a file: for production use FAB or OpenID Connect"
        )
    if not plan["dry_run"]:
        closes.require_closable(found)


def skip_night_run(plan: Mapping[str, Any] | None, states: Mapping[str, str]) -> None:
    """A dry run reads nothing new, and where no legal entity can be closed nobody waits for a night. `states` are those of the run's tasks."""
    if plan is None:
        raise PeriodCloseError(
            "The close was not planned; the log of the task `plan` says what to do. Nothing was changed."
        )
    if plan["dry_run"]:
        raise AirflowSkipException("dry run: no night is run, the figures are those of the last one")
    if "success" not in {state for name, state in states.items() if name.startswith("preflight")}:
        raise AirflowSkipException("no legal entity can be closed: the logs of `preflight` say why")


def soft_lock_run(entity: str, plan: Mapping[str, Any], run_id: str) -> int:
    """Begin the close and lock the period softly, here and in the ERP; the number of the close."""
    require_chosen(entity, plan)
    if plan["dry_run"]:
        raise AirflowSkipException("dry run: nothing is locked")
    who = acting()
    app = _app()
    # Whoever started the run must be known: they are the one who cannot approve it.
    close = closes.begin(app, entity, plan["period"], run_id=run_id, by=who.person, reason=plan["reason"])
    closes.soft_lock(app, close.close_no)
    log.info("softly locked", close=close.close_no, entity=entity, period=plan["period"], started_by=close.started_by)
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
        found, package = closes.draft(_app(), entity, plan["period"])
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
    require_chosen(entity, plan)
    assert plan is not None
    if plan["dry_run"]:
        return
    failed = sorted(name for name, state in states.items() if state in ("failed", "upstream_failed"))
    app = _app()
    why = (
        f"the run did not come to the lock (tasks not done: {', '.join(failed)})"
        if failed
        else "it was refused or not answered"
    )
    close = closes.release(app, entity, plan["period"], run_id, why)
    if close is not None and close.state == "closed":
        log.info("closed", entity=entity, period=plan["period"], close=close.close_no, approved_by=close.decided_by)
        return
    told = (
        f"{close.decided_by} refused it: {close.comment or 'no comment'}"
        if close and close.decision == "refused"
        else why
    )
    raise AirflowFailException(
        f"Period {plan['period']} of legal entity {entity} is OPEN, here and in the ERP: {told}. The logs of the tasks say what to do; then "
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


class _Question(ApprovalOperator):
    """A question whose answer counts only as the task itself writes it into the finance database.

    It is written from what Airflow's API server took of a logged-in person: a task that is marked as a success, or an XCom that is put in
    by hand, answers nothing. An answer that does not count (the wrong person, a waiver missing) fails the try, whose log says why, and
    the question is asked again.
    """

    template_fields = (*ApprovalOperator.template_fields, "number")

    def __init__(self, *, number: Any, hours: int, **more: Any) -> None:
        super().__init__(
            subject="Not asked yet",
            response_timeout=timedelta(hours=hours),
            retries=ASKED_AGAIN,
            retry_delay=timedelta(seconds=1),
            retry_policy=None,
            **more,
        )
        self.number = number

    def execute(self, context: Any) -> Any:
        """Show what is asked, and wait without a worker."""
        self.subject, self.body, people = self.shown(_app())
        # Only with Airflow's simple logins are names ids. With others everybody is let answer, and the answer is judged.
        if _has_simple_logins():
            if not people:
                raise AirflowFailException(
                    "Nobody may answer: no controller is left but the person who started this. `make grant` one."
                )
            self.assigned_users = [{"id": name, "name": name} for name in people]
        self._require_shown(context["ti"].id)
        return super().execute(context)

    def _require_shown(self, ti_id: UUID) -> None:
        """Airflow goes on showing what was asked first, also when the task asks again: that must be what is asked now."""
        # Only a running task has these.
        from airflow.sdk.execution_time.comms import CreateHITLDetailPayload, HITLDetailRequestResult  # noqa: PLC0415
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # noqa: PLC0415

        asked = CreateHITLDetailPayload(
            ti_id=ti_id,
            options=self.options,
            subject=self.subject,
            body=self.body,
            params=self.serialized_params,
            assigned_users=[HITLUser(**user) for user in self.assigned_users or ()],
        )
        shown = SUPERVISOR_COMMS.send(asked)
        if isinstance(shown, HITLDetailRequestResult) and shown.body != self.body:
            raise AirflowFailException(
                "The figures have changed since this run first asked, and Airflow goes on showing the first question. Nothing was locked or "
                "opened: start a new run."
            )

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Take the answer: into the finance database first, only then is this task done."""
        if event.get("error_type") == "timeout":
            raise AirflowFailException(
                "Nobody answered in time. Nothing was locked or opened; start again when somebody can answer."
            )
        if "error" not in event:
            person = event["responded_by_user"] or {}
            name, at = str(person.get("name") or person.get("id") or ""), event["responded_at"]
            is_approved = list(event["chosen_options"]) == [self.APPROVE]
            self.take(_app(), is_approved, name, at, event["params_input"] or {})
        return super().execute_complete(context, event)

    def shown(self, app: App) -> tuple[str, str, list[str]]:
        """Subject and body of the question, and who may answer."""
        raise NotImplementedError

    def take(self, app: App, is_approved: bool, by: str, at: datetime, given: Mapping[str, Any]) -> None:  # noqa: FBT001 - an answer
        """Write the answer down. Raises PeriodCloseError where it does not count."""
        raise NotImplementedError


class CloseApproval(_Question):
    """Asks a controller whether a period may be closed on the figures of its package; `number` is that of the close."""

    def __init__(self, *, params: Any = None, **more: Any) -> None:  # noqa: ARG002 - the form of the run is not this one
        waivers = Param(
            "",
            type=["null", "string"],
            format="multiline",
            title="Waivers",
            description="One line for each blocking item that you accept: its code, a colon and the reason.",
        )
        comment = Param("", type=["null", "string"], title="Comment")
        super().__init__(params={"comment": comment, "waivers": waivers}, **more)

    def shown(self, app: App) -> tuple[str, str, list[str]]:
        """The package's figures, what blocks, and the hash that the answer is given on."""
        offered, balance, people = closes.ask(app, int(self.number))
        close = offered.close
        subject = f"Close {close.period_name} of {close.legal_entity_code}? SHA-256 {str(close.close_hash)[:12]}"
        chart = app.configuration.chart_of(close.legal_entity_code)
        return (
            subject,
            close_question(offered, balance, {code: each.name for code, each in chart.accounts.items()}),
            people,
        )

    def take(self, app: App, is_approved: bool, by: str, at: datetime, given: Mapping[str, Any]) -> None:  # noqa: FBT001 - an answer
        """Write the answer down, with comment and waivers."""
        closes.answer_close(
            app,
            int(self.number),
            decision=closes.APPROVED if is_approved else closes.REFUSED,
            by=by,
            at=at,
            comment=str(given.get("comment") or ""),
            waivers=str(given.get("waivers") or ""),
        )


class ReopenApproval(_Question):
    """Asks a controller whether a closed period may be opened again; `number` is that of the reopening."""

    def shown(self, app: App) -> tuple[str, str, list[str]]:
        """Who asks and why, what was closed, and what is late of the period."""
        asked, people = reopenings.asked(app, int(self.number))
        one = asked.reopening
        subject = f"Open {one.period_name} of {one.legal_entity_code} again?"
        late = "".join(
            f"\n* {row['measure']}, {row['state']} in {row['posted_period']}: {row['document_count']} documents, "
            f"{row['amount_minor']} minor units of {row['functional_currency']}"
            for row in asked.late
        )
        body = (
            f"**{one.asked_by}** asks: {one.reason}\n\nIt was closed with trial balance SHA-256 `{one.before_hash}`; its package: "
            f"`{asked.page_location}`.\n\nBelongs to it and is booked elsewhere, or waits for it:{late or ' nothing.'}"
        )
        return subject, body, people

    def take(self, app: App, is_approved: bool, by: str, at: datetime, given: Mapping[str, Any]) -> None:  # noqa: FBT001, ARG002
        """Write the answer down; with a yes the period is open here."""
        reopenings.answer_reopening(app, int(self.number), is_approved=is_approved, by=by, at=at)


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
            f"* `{item.code}`{'' if item.can_waive else ' (cannot be waived)'}: {item.fact}"
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


def _has_simple_logins() -> bool:
    return "SimpleAuthManager" in conf.get("core", "auth_manager")


def _app() -> App:
    return app_from_environment(AirflowConnections(), actor=acting())
