"""The steps of a night in the order they run, the same for Airflow and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError, TieoutError
from include.pipelines.account import AccountingDesk, account_attempt
from include.pipelines.audit_anchors import anchor_head
from include.pipelines.declared_periods import undeclared_periods
from include.pipelines.entities import entities_of
from include.pipelines.exceptions_desk import escalation_lines, sort_desk
from include.pipelines.extract import Covered, extract_source
from include.pipelines.plan import Night
from include.pipelines.post import post_entity
from include.pipelines.posting_report import PostingReport
from include.pipelines.quality_scores import score_lines, score_night
from include.pipelines.recognise import recognise_source
from include.pipelines.redate import redate_closed
from include.pipelines.reference import fetch_reference
from include.pipelines.revalue import revalue_source, revalued_roles
from include.pipelines.tidy import KEEP_DAYS, tidy
from include.pipelines.tie_out_desk import EntityDesk, SourceDesk, require_tied
from include.pipelines.tie_out_entity import tie_out_entity
from include.pipelines.tie_out_source import tie_out_source as source_tied_out
from include.pipelines.validate import validate_attempt, validation_lines
from include.ports.billing import BillingSource
from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from include.store.landed import read_landed
from include.store.postings import PostingStore
from include.store.timings import StageCount, timed_stage


class Wiring(Protocol):
    """What a night needs of the outside world, made on demand."""

    @property
    def configuration(self) -> Configuration:
        """What finance has set."""
        ...

    def finance(self) -> FinanceDatabase:
        """The finance database."""
        ...

    def evidence(self) -> EvidenceStore:
        """The evidence folder."""
        ...

    def billing(self, source_code: str) -> BillingSource:
        """A billing system."""
        ...

    def erp(self, erp_code: str) -> Erp:
        """An ERP."""
        ...

    def accounting_desk(self) -> AccountingDesk:
        """Where accounting works."""
        ...


@dataclass(frozen=True, slots=True)
class Landed:
    """What extracting a source came to; no attempt where a committed night covers this one."""

    attempt_id: UUID | None
    message: str


def prepare(wiring: Wiring, night: Night) -> list[str]:
    """Fetch accounts and periods from every ERP, and send entries stuck in a closed period back to account.

    An ERP that is away does not stop the night: its last known periods serve. Removes what dead nights have left.
    Returns what a person should know of it.
    """
    warnings = []
    with _timed(wiring, night, "plan") as count:
        for code in sorted(wiring.configuration.erps):
            # All of them, also those that are not posted tonight: accounting needs every one's periods.
            entities = entities_of(wiring.configuration, code)
            try:
                erp = wiring.erp(code)
                periods = fetch_reference(wiring.finance(), erp, code, entities)
                warnings += undeclared_periods(wiring.configuration, periods)
                if not night.is_dry_run:
                    for entity in entities:
                        redate_closed(postings(wiring), wiring.evidence(), erp, code, entity, "plan")
            except TieoutError as error:
                warnings.append(f"ERP {code}: {error} Accounting goes on with the periods known from the last night.")
        count.row_count = len(wiring.configuration.erps)
    if not night.is_dry_run and (said := _tidy_up(wiring)):
        warnings.append(said)
    return warnings


def extract(wiring: Wiring, source_code: str, night: Night) -> Landed:
    """Land one source's changes. Raises what include.pipelines.extract raises."""
    source = wiring.configuration.sources[source_code]
    with _timed(wiring, night, "extract", source_code) as count:
        came = extract_source(
            wiring.billing(source_code),
            source_code,
            source.tenant,
            night.read_instant,
            night.kind,
            wiring.finance(),
            wiring.evidence(),
            is_full=night.is_full,
        )
        count.row_count = 0 if isinstance(came, Covered) else came.rows["documents"]
    if isinstance(came, Covered):
        return Landed(
            None,
            f"Source {source_code}: covered by batch {came.batch.batch_no} of {came.batch.read_instant.isoformat()}, nothing to read.",
        )
    return Landed(
        came.attempt_id,
        f"Source {source_code}: {came.rows['documents']} documents landed, transactions {came.horizon_from} to {came.horizon_to}.",
    )


def validate(wiring: Wiring, attempt_id: UUID) -> list[str]:
    """Judge what an attempt landed; one line per suite. Raises what include.pipelines.validate raises."""
    landed = read_landed(wiring.finance(), attempt_id)
    with timed_stage(wiring.finance(), landed.read_instant, landed.kind, "validate", landed.source_code) as count:
        validation = validate_attempt(wiring.accounting_desk(), attempt_id)
        count.row_count = validation.document_count
    return validation_lines(validation)


def account(wiring: Wiring, attempt_id: UUID) -> list[str]:
    """Account a landed attempt; one line per outcome."""
    landed = read_landed(wiring.finance(), attempt_id)
    with timed_stage(wiring.finance(), landed.read_instant, landed.kind, "account", landed.source_code) as count:
        came = account_attempt(wiring.accounting_desk(), attempt_id)
        count.row_count = sum(row.document_count for row in came.outcomes)
    if came.is_covered:
        return [f"Attempt {attempt_id} is covered by batch {came.batch_id}: a later reading is in the books already."]
    lines = [
        f"{row.legal_entity_code} {row.currency} {row.document_type}: {row.document_count} {row.outcome}{f' ({row.reason})' if row.reason else ''}"
        for row in came.outcomes
    ]
    return [*lines, f"{came.entry_count} journal entries" + ("" if came.batch_id else ", not committed: dry run")]


def recognise(wiring: Wiring, source_code: str, night: Night, periods: Sequence[str] = ()) -> str:
    """Recognise what the ended periods of a source have earned, or those asked for. Raises what `recognise_source` raises."""
    with _timed(wiring, night, "recognise", source_code) as count:
        came = recognise_source(wiring.accounting_desk(), source_code, night.read_instant, periods)
        count.row_count = came.line_count
    if came.batch_id is None:
        return f"Source {source_code}: nothing to recognise."
    return f"Source {source_code}: {came.line_count} lines recognised or taken up, {came.entry_count} journal entries."


def revalue(wiring: Wiring, source_code: str, night: Night, period: str | None = None) -> list[str]:
    """Revalue a source's open items at the end of the last period, or the one that is asked for; what a person should know.

    Empty where no legal entity has Tieout revalue anything. Raises what `revalue_source` raises.
    """
    if not revalued_roles(wiring.configuration):
        return []
    with _timed(wiring, night, "revalue", source_code) as count:
        came = revalue_source(wiring.accounting_desk(), source_code, night.read_instant, period)
        count.row_count = came.entry_count
    said = f"{came.entry_count} journal entries" if came.batch_id else "nothing to revalue"
    return [f"Source {source_code}: {said}.", *came.waiting.values(), *(each.message for each in came.missing)]


def postings(wiring: Wiring) -> PostingStore:
    """The way of journal entries to the ledger, with who acts on what goes wrong there."""
    return PostingStore(wiring.finance(), wiring.configuration.assignments())


def open_entries(wiring: Wiring) -> dict[str, int]:
    """How many entries of each legal entity are short of verified."""
    with wiring.finance().transaction() as connection:
        rows = connection.execute(
            "select legal_entity_code, count(*) as entry_count from journal_entry"
            " where state not in ('verified', 'superseded', 'reversed') group by legal_entity_code order by legal_entity_code"
        ).fetchall()
    return {row["legal_entity_code"]: row["entry_count"] for row in rows}


def post(wiring: Wiring, entity_code: str, night: Night, actor: str) -> PostingReport:
    """Post one legal entity's due entries; where each ended. Raises what include.pipelines.post raises."""
    entity = wiring.configuration.legal_entities[entity_code]
    with _timed(wiring, night, "post", entity_code) as count:
        report = post_entity(
            wiring.erp(entity.erp_code),
            postings(wiring),
            entity,
            entity.erp_code,
            night.read_instant,
            actor=actor,
            maintenance=wiring.configuration.erps[entity.erp_code].maintenance,
        )
        count.row_count = len(report.entries)
    return report


def tie_out_source(wiring: Wiring, source_code: str, night: Night, actor: str) -> str:
    """Hops 1 to 3 of one source, written down. Raises what `require_tied` raises."""
    configuration, finance = wiring.configuration, wiring.finance()
    desk = SourceDesk(finance, wiring.evidence(), configuration, source_code, lambda: wiring.billing(source_code))
    with _timed(wiring, night, "tie_out_source", source_code) as count:
        rows = source_tied_out(desk, night.read_instant, actor)
        count.row_count = len(rows)
    return require_tied(f"Source {source_code}", rows)


def tie_out(wiring: Wiring, entity_code: str, night: Night, actor: str) -> str:
    """Hops 4 to 6 of one legal entity, written down. Raises what `require_tied` raises."""
    configuration = wiring.configuration
    entity = configuration.legal_entities[entity_code]
    chart, assignments = configuration.chart_of(entity_code), configuration.assignments()
    desk = EntityDesk(wiring.finance(), wiring.erp(entity.erp_code), entity, chart, assignments)
    with _timed(wiring, night, "tie_out", entity_code) as count:
        rows = tie_out_entity(desk, night.read_instant, actor)
        count.row_count = len(rows)
    return require_tied(f"Legal entity {entity_code}", rows)


def sort_exceptions(wiring: Wiring, night: Night) -> list[str]:
    """Sort the exceptions desk; a line for each cause that is late since now. Raises SystemUnreachableError."""
    with _timed(wiring, night, "exceptions") as count:
        came = sort_desk(wiring.finance(), wiring.configuration)
        count.row_count = came.changed_count
    return escalation_lines(came.escalated)


def score(wiring: Wiring, night: Night, actor: str) -> list[str]:
    """Score the night of each legal entity; a line for each score that is lower than it may be.

    Where evidence is lost there are none, and that is said: the night's report does not wait for them. Raises SystemUnreachableError.
    """
    try:
        with _timed(wiring, night, "scores") as count:
            scores = score_night(
                wiring.finance(), wiring.evidence(), wiring.configuration, night.read_instant, actor=actor
            )
            count.row_count = len(scores)
    except EvidenceError as error:
        return [f"The night has no data-quality scores: {error}"]
    return score_lines(scores)


def anchor_audit(wiring: Wiring) -> list[str]:
    """Write the head of the audit log down beside the evidence; where, if anything was logged since. Raises EvidenceError."""
    written = anchor_head(wiring.finance(), wiring.evidence())
    return [f"Audit log, its head: {written}"] if written else []


def _timed(wiring: Wiring, night: Night, stage: str, subject: str = "") -> AbstractContextManager[StageCount]:
    return timed_stage(wiring.finance(), night.read_instant, night.kind, stage, subject)


def _tidy_up(wiring: Wiring) -> str | None:
    """Remove what dead nights have left; a sentence when there was something, or when it could not be removed."""
    try:
        count = tidy(wiring.finance(), wiring.evidence(), wiring.configuration.retention.first_hold)
    except TieoutError as error:
        return f"What dead nights have left was not removed, the next night tries again: {error}"
    return (
        f"Removed the evidence of {count} attempts that were abandoned more than {KEEP_DAYS} days ago."
        if count
        else None
    )
