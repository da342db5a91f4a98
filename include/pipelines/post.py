"""Post one legal entity's journal entries to its ERP, each exactly once, whatever dies on the way.

The order of steps is the safety of it: the lock, then the ERP's own view (accounts, periods, references), then doubt,
then new sends, then the read-back. Killed at any line and run again, it ends in the same ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from include.finance.entity import LegalEntity
from include.finance.errors import UnknownEntryError
from include.finance.journal import EntryState
from include.finance.maintenance import MaintenanceWindow
from include.pipelines.posting_desk import PostingClock, PostingDesk, PostingTimes
from include.pipelines.posting_report import PostingReport, report_of
from include.pipelines.preflight import gather_facts, hold_refusable, let_go
from include.pipelines.read_back import report_missing, verify_posted
from include.pipelines.send_entries import send_ready
from include.pipelines.settle_doubt import doubt_what_the_erp_has, settle_doubts, take_over
from include.pipelines.strangers import delete_stray_drafts, look_back_to, report_strangers
from include.ports.erp import Erp, PostedEntry
from include.ports.postings import Postings

_ROUNDS = 2  # an answer lost in the first is settled in the second; more is left to the next run


def post_entity(
    erp: Erp,
    store: Postings,
    entity: LegalEntity,
    erp_code: str,
    read_instant: datetime,
    *,
    actor: str,
    times: PostingTimes | None = None,
    clock: PostingClock | None = None,
    maintenance: tuple[MaintenanceWindow, ...] = (),
) -> PostingReport:
    """Post all due entries of a legal entity, then read them back.

    Returns a report when every due entry is in the ledger or with a person. Raises LeaseHeldError when another worker
    is at them, RetryError when some are still open, SystemUnreachableError when the ERP is gone: state is saved.
    Raises UnknownEntryError when entries wait beside some in the ERP that nobody here knows, ErpMaintenanceError when something waits and the
    ERP is in a maintenance window.
    """
    with store.locked(erp_code, entity.code) as journal:
        waits = times or PostingTimes()
        desk = PostingDesk(
            erp, journal, entity, read_instant, actor, waits, clock or PostingClock(), maintenance=maintenance
        )
        desk.entries.update({due.reference: due for due in journal.due_entries()})
        try:
            desk.require_open()
            strangers = _post(desk)
        finally:
            desk.tell_waiting()
        report = report_of(entity.code, desk.entries.values())
    if strangers and desk.in_state(EntryState.READY):
        raise UnknownEntryError(
            f"Legal entity {entity.code}: the ERP has {len(strangers)} entries in our journals that the finance database "
            f"does not know, first {min(strangers)}, so the {len(desk.in_state(EntryState.READY))} ready ones were not sent: "
            "they may be the same money. Was the finance database restored? Run the missing nights, then reverse in the ERP "
            "what is still unknown, the reversal under the same reference; the next run goes on."
        )
    report.require_finished()
    return report


def _post(desk: PostingDesk) -> frozenset[str]:
    """Everything that can be done for the entity; returns the references that the ERP has and we do not know."""
    facts = gather_facts(desk)
    take_over(desk)
    # Ask before sending, even what was never sent: our database may be a restored backup that forgot.
    in_erp = desk.erp.references(desk.entity, look_back_to(desk, facts.periods))
    doubt_what_the_erp_has(desk, in_erp)
    let_go(desk, facts)
    # A restored database that forgot several nights adds them up in other entries than those in the ledger: sending
    # beside entries that nobody here knows could book the same money twice.
    strangers = report_strangers(desk, in_erp)
    delete_stray_drafts(desk, in_erp)
    for _ in range(_ROUNDS):
        settle_doubts(desk)
        hold_refusable(desk, facts)
        if not strangers:
            send_ready(desk)
    recent = _recent(desk)
    in_erp = _fresh(desk, in_erp, recent)
    verify_posted(desk, in_erp, facts.periods)
    report_missing(desk, in_erp, recent)
    return strangers


def _recent(desk: PostingDesk) -> date:
    """From which posting date on our own entries are looked for once more: this month, and everything that is due."""
    return min([desk.local_date.replace(day=1), *(due.entry.posting_date for due in desk.entries.values())])


def _fresh(
    desk: PostingDesk, in_erp: Mapping[str, Sequence[PostedEntry]], since: date
) -> Mapping[str, Sequence[PostedEntry]]:
    """The ERP's list after sending; the one from before will do when nothing was sent or settled."""
    return desk.erp.references(desk.entity, since) if desk.in_state(EntryState.POSTED) else in_erp
