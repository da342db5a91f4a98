"""What a run of posting did, for the log, the night's report and the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from include.finance.errors import LeaseHeldError, RetryError
from include.finance.journal import EntryState, JournalCategory
from include.ports.postings import DueEntry

UNFINISHED = (EntryState.READY, EntryState.SENDING, EntryState.IN_DOUBT, EntryState.CREATED_UNRELEASED)


@dataclass(frozen=True, slots=True)
class ReportedEntry:
    """One entry and where it ended."""

    journal_entry_id: UUID
    reference: str
    number: str | None
    posting_date: date
    category: JournalCategory
    state: EntryState
    cause: str | None

    @property
    def text(self) -> str:
        """The entry in one line, for a person."""
        why = f": {self.cause}" if self.cause else ""
        return f"{self.posting_date} {self.category}: {self.reference} {self.number or '-'} {self.state}{why}"

    @property
    def fields(self) -> Mapping[str, str | None]:
        """The entry as fields of a line of the log."""
        return {
            "reference": self.reference,
            "journal_entry_id": str(self.journal_entry_id),
            "state": self.state.value,
            "erp_number": self.number,
        }


@dataclass(frozen=True, slots=True)
class PostingReport:
    """The entries that were open at the start of a run, as they stand at its end."""

    legal_entity_code: str
    entries: tuple[ReportedEntry, ...]

    @property
    def counts(self) -> Mapping[EntryState, int]:
        """How many entries ended in each state."""
        return Counter(entry.state for entry in self.entries)

    @property
    def lines(self) -> list[tuple[str, Mapping[str, str | None]]]:
        """What a run says at its end: a line per entry for a person, and the same as fields."""
        code = self.legal_entity_code
        if not self.entries:
            return [(f"Legal entity {code}: nothing new to post.", {})]
        return [(f"{code} {entry.text}", entry.fields) for entry in self.entries]

    def require_finished(self) -> None:
        """Raise LeaseHeldError or RetryError while an entry is neither posted nor with a person."""
        open_entries = [entry for entry in self.entries if entry.state in UNFINISHED]
        if not open_entries:
            return
        states = ", ".join(f"{count} {state}" for state, count in Counter(e.state for e in open_entries).items())
        first = open_entries[0].reference
        message = f"Legal entity {self.legal_entity_code}: entries on their way ({states}), first {first}"
        if any(entry.state in (EntryState.SENDING, EntryState.CREATED_UNRELEASED) for entry in open_entries):
            raise LeaseHeldError(f"{message}. Another worker's lease runs on them; this task tries again after it.")
        raise RetryError(f"{message}. The ERP has not answered for them; this task asks it again later.")


def report_of(legal_entity_code: str, entries: Iterable[DueEntry]) -> PostingReport:
    """The report of these entries."""
    rows = (
        ReportedEntry(
            due.entry.id,
            due.reference,
            due.erp_number,
            due.entry.posting_date,
            due.entry.category,
            due.state,
            due.cause,
        )
        for due in entries
    )
    return PostingReport(legal_entity_code, tuple(rows))
