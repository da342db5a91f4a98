"""Reclassify: post what a corrected rule or chart changes for documents that are in the books already.

One person proposes: what it would book is worked out and kept under a hash over all of it. Another person approves that hash: it
is worked out again, and only if it still comes to the same, a batch of kind `reclassify` is committed. Dying anywhere before that
commit leaves nothing that counts; after it, asking again finds the batch. The next night posts its entries like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from include.finance.errors import GenerationMovedError, ReclassificationError
from include.pipelines.account import AccountingDesk
from include.pipelines.reclassified import Reckoning
from include.pipelines.reclassify_asked import Asked, documents_by_source
from include.pipelines.reclassify_reckoning import reckon
from include.pipelines.reclassify_report import reclassify_markdown
from include.pipelines.worked_out import commit_reckoning
from include.store.reclassifications import Proposal, commit_reclassification, find_proposal, keep_proposal
from include.store.register import BatchCommit, BatchHeader

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a proposal for one source came to. `proposal` is None where nothing would change; `report` says what, or why not."""

    source_code: str
    report: str
    proposal: Proposal | None


def propose_reclassification(desk: AccountingDesk, asked: Asked, by: str) -> list[Proposed]:
    """Work out what the configuration in force changes for documents, and keep it as a proposal, per source.

    Books nothing. Raises UnknownNameError, ReclassificationError, EvidenceError and what `reckon` raises.
    """
    by = _name_of(by)
    found = documents_by_source(desk.database, desk.configuration, asked)
    return [_propose(desk, source, asked, uids, by) for source, uids in found.items() if _has_nights(desk, source)]


def _has_nights(desk: AccountingDesk, source_code: str) -> bool:
    with desk.database.transaction() as connection:
        row = connection.execute(
            "select last_batch_no from source_stream where source_code = %s", (source_code,)
        ).fetchone()
    return bool(row and row["last_batch_no"])


def _propose(desk: AccountingDesk, source_code: str, asked: Asked, uids: Sequence[UUID], by: str) -> Proposed:
    with reckon(desk, source_code, asked, uids) as found:
        report = reclassify_markdown(source_code, asked, desk.configuration.sha256, found)
        if not found.entry_count:
            return Proposed(source_code, report, None)
        proposal = Proposal(
            sha256=found.sha256(asked.to_json(), desk.configuration.sha256),
            source_code=source_code,
            asked=asked.to_json(),
            reason=asked.reason,
            rule_set_sha256=desk.configuration.sha256,
            entry_count=found.entry_count,
            document_count=found.document_count,
            report=report,
            proposed_by=by,
        )
    return Proposed(source_code, report, keep_proposal(desk.database, proposal))


def approve_reclassification(desk: AccountingDesk, sha256: str, by: str) -> Proposal:
    """Commit a proposal on a second person's word, once; returns it with its batch. Safe to call again at any time.

    Raises ReclassificationError for the person who proposed it, and where it would come to something else by now.
    """
    proposal, by = find_proposal(desk.database, sha256), _name_of(by)
    if by.casefold() == proposal.proposed_by.strip().casefold():
        raise ReclassificationError(
            f"Proposal {proposal.sha256[:12]} was made by {proposal.proposed_by}, and nobody approves their own: a second person does "
            "(BY=...). Nothing was booked."
        )
    for _ in range(_TRIES):
        if proposal.batch_no is None:
            try:
                _approve_once(desk, proposal, by)
            except (GenerationMovedError, ReclassificationError) as error:
                proposal = find_proposal(desk.database, proposal.sha256)
                # Another second person was quicker: what they booked is what this one found changed.
                if proposal.batch_no is None and isinstance(error, ReclassificationError):
                    raise
            proposal = find_proposal(desk.database, proposal.sha256)
        if proposal.batch_no is not None:
            return proposal
    raise GenerationMovedError(
        f"Source {proposal.source_code}: nights committed {_TRIES} times while the proposal was being compared; approve it again."
    )


def _approve_once(desk: AccountingDesk, proposal: Proposal, by: str) -> None:
    asked = Asked.from_json(proposal.asked)
    uids = documents_by_source(desk.database, desk.configuration, asked)[proposal.source_code]
    with reckon(desk, proposal.source_code, asked, uids) as found:
        _require_same(desk, proposal, asked, found)
        recognised = found.standing.recognised_batch_no

        def end(commit: BatchCommit, header: BatchHeader) -> None:
            commit_reclassification(commit, header, found.rows, proposal, by, recognised)

        commit_reckoning(desk, found, "reclassify", end)


def _require_same(desk: AccountingDesk, proposal: Proposal, asked: Asked, found: Reckoning) -> None:
    configuration = desk.configuration.sha256
    if found.sha256(asked.to_json(), configuration) == proposal.sha256:
        return
    if configuration != proposal.rule_set_sha256:
        fact = f"was made under configuration {proposal.rule_set_sha256[:12]}, and the one in force is {configuration[:12]}"
    else:
        fact = (
            f"came to {proposal.entry_count} journal entries of {proposal.document_count} documents when it was made, and documents "
            f"or periods have changed since: today other entries would be booked ({found.entry_count}, of {found.document_count})"
        )
    raise ReclassificationError(
        f"Proposal {proposal.sha256[:12]} {fact}. Propose it again (`make reclassify`) and have that approved. Nothing was booked."
    )


def _name_of(by: str) -> str:
    if not by.strip():
        raise ReclassificationError("Say who you are: BY=anna. It stands with the proposal for good.")
    return by.strip()
