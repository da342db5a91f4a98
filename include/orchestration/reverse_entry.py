"""The tasks of `reverse_entry`: propose, ask, book, and say what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from airflow.sdk.exceptions import AirflowFailException

from include.app import app_from_environment
from include.orchestration.actor import acting
from include.orchestration.connections import AirflowConnections
from include.orchestration.questions import Answer
from include.pipelines import reverse_entry as reversals
from include.pipelines.account import AccountingDesk
from include.pipelines.reverse_entry import ReversalWanted

BOOKED_ANEW = "book it anew by the rules in force"

log = structlog.get_logger(__name__)


def propose_reversal_run(params: Mapping[str, Any], run_id: str) -> int:
    """Work out what the reversal would book, and keep it; its number. Whoever started the run proposes."""
    wanted = ReversalWanted(
        params["reference"] or "",
        tuple(params["documents"] or ()),
        params["afterwards"] == BOOKED_ANEW,
        params["reason"] or "",
    )
    proposal = reversals.propose_reversal(_desk(), wanted, acting().person, run_id)
    log.info("proposed", reversal=proposal.reversal_no, sha256=proposal.sha256, documents=proposal.document_count)
    return proposal.reversal_no


def show_reversal(reversal_no: int) -> tuple[str, str, list[str]]:
    """The question: subject, the report of the proposal, and who may answer."""
    asked, people = reversals.reversal_asked(_desk(), reversal_no)
    subject = f"Reverse entry {asked.reference} of {asked.legal_entity_code}? SHA-256 {asked.sha256[:12]}"
    return subject, f"Proposed by **{asked.proposed_by}**.\n\n{asked.report}", people


def take_reversal(reversal_no: int, answer: Answer) -> None:
    """Write the answer down. Raises EntryReversalError where it does not count."""
    reversals.take_controllers_answer(_desk(), reversal_no, answer.by, is_approved=answer.is_approved)


def book_reversal_run(reversal_no: int) -> None:
    """Book what a second person approved, once."""
    done = reversals.book_reversal(_desk(), reversal_no)
    log.info("booked", batch=done.batch_no, entries=done.entry_count, approved_by=done.answered_by)


def reversal_outcome_run(reversal_no: int | None) -> None:
    """Say what it came to; fails the run where nothing was booked."""
    if reversal_no is None:
        raise AirflowFailException(
            "Nothing was proposed; the log of the task `propose` says why. The books are as they were."
        )
    asked, _ = reversals.reversal_asked(_desk(), reversal_no)
    if asked.batch_no is None:
        fact = f"{asked.answer} by {asked.answered_by}" if asked.answer else "answered by nobody"
        raise AirflowFailException(
            f"Entry {asked.reference} stays as it is: its reversal was {fact}, or could not be booked; the task logs say which."
        )
    log.info("reversed; the next night posts it", batch=asked.batch_no, reference=asked.reference)


def _desk() -> AccountingDesk:
    return app_from_environment(AirflowConnections(), actor=acting()).accounting_desk()
