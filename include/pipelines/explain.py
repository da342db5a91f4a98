"""Explain a number: from a journal entry to what billing said, and from a document to the ledger.

Reads only: the finance database says which batch and which evidence, evidence says the rest. Nothing is computed anew:
what is shown is what was stored when it was booked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.errors import UnknownNameError
from include.pipelines.explain_bookings import EVENT_NAMES, explain_bookings, source_rows
from include.pipelines.explain_evidence import ExplainEvidence, open_evidence
from include.pipelines.explain_names import find_document, find_entry
from include.pipelines.explain_rules import tell_rules
from include.pipelines.explained import (
    DocumentExplained,
    DocumentTrace,
    EntryExplained,
    LineExplained,
    Origin,
    VersionExplained,
)
from include.store import explain_facts as facts
from include.store.database import Connection, FinanceDatabase, Row
from include.store.entry_reversals import reversals_of, reversed_by
from include.store.reclassifications import approvals_of

LISTED = 10  # documents of an entry that are shown unless all are asked for


@dataclass(frozen=True, slots=True)
class ExplainDesk:
    """What explaining needs, all of it for reading only: an auditor's login is enough."""

    database: FinanceDatabase
    evidence: EvidenceStore
    configuration: Configuration

    @property
    def tenants(self) -> Mapping[str, str]:
        """The tenant of each source."""
        return {code: source.tenant for code, source in self.configuration.sources.items()}

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, ExplainEvidence]]:
        """One snapshot of the finance database, for reading, and evidence beside it."""
        with self.database.transaction() as connection, open_evidence(self.evidence) as evidence:
            connection.execute("set transaction isolation level repeatable read, read only")
            yield connection, evidence


def explain_entry(desk: ExplainDesk, name: str, limit: int | None = LISTED) -> EntryExplained:
    """A journal entry by reference, ERP number or id; `name` may end in `:<line>` for the documents of one line.

    `limit` bounds the documents listed, None lists all; totals are always of all. Raises UnknownNameError, EvidenceError.
    """
    with desk.reading() as (connection, evidence):
        entry, line_no = find_entry(connection, name)
        lines = facts.lines_of(connection, [entry.id])
        batch = facts.batches_of(connection, [entry.batch_no])[entry.batch_no]
        evidence.take_lines(lines)
        documents = _document_count(evidence, entry, batch, lines, line_no)
        explained = _lines(lines, evidence.entry_totals(batch, entry.id))
        rule_ids = {origin.rule_id for line in explained for origin in line.origins}
        uids = evidence.entry_documents(batch, entry.id, line_no, documents if limit is None else limit)
        return EntryExplained(
            entry=entry,
            batch=batch,
            lines=explained,
            rules=tell_rules(connection, desk.configuration, [(batch, rule_ids)]),
            approvals=approvals_of(connection, [batch.batch_no]),
            reversals=reversals_of(connection, [batch.batch_no]),
            reversed_by=reversed_by(connection, [entry.reference]),
            transitions=facts.transitions_of(connection, entry.id),
            documents=_traces(connection, evidence, entry, batch, uids),
            document_count=documents,
            line_no=line_no,
        )


def explain_document(desk: ExplainDesk, name: str) -> DocumentExplained:
    """A document by `<type>:<native id>`, its number or uid. Raises UnknownNameError, EvidenceError."""
    with desk.reading() as (connection, evidence):
        uid = find_document(connection, evidence, desk.tenants, name)
        versions = facts.versions_of(connection, [uid])
        bookings = facts.bookings_of(connection, [uid])
        batches = facts.batches_of(connection, {v.batch_no for v in versions} | {b.batch_no for b in bookings})
        runs = facts.recognition_batches(connection, {batch.source_code for batch in batches.values()})
        batches |= runs
        booked_in = [batches[no] for no in sorted({each.batch_no for each in bookings} | runs.keys())]
        ids = {each.journal_entry_id for each in bookings} | evidence.entry_ids_of(runs.values(), [str(uid)])
        entries = facts.entries_by_id(connection, ids)
        evidence.take_lines(facts.lines_of(connection, entries))
        stored = evidence.entries_of(booked_in, [str(uid)])
        explained = _versions(evidence, uid, versions, batches)
        rows = [row for version in explained for row in version.rows]
        newest = explained[-1]
        return DocumentExplained(
            document_uid=uid,
            source_code=newest.batch.source_code,
            document_type=newest.document_type,
            native_id=newest.native_id,
            number=next((str(row.fields["number"]) for row in reversed(rows) if "number" in row.fields), None),
            versions=explained,
            bookings=explain_bookings(bookings, stored, entries, versions, rows),
            entries=tuple(entries.values()),
            rules=tell_rules(connection, desk.configuration, _rules_by_batch(stored, batches, entries)),
            approvals=approvals_of(connection, {entry.batch_no for entry in entries.values()}),
            reversals=reversals_of(connection, {entry.batch_no for entry in entries.values()}),
            reversed_by=reversed_by(connection, [entry.reference for entry in entries.values()]),
            exceptions=facts.open_exceptions_of(connection, uid, [entry.reference for entry in entries.values()]),
        )


def _document_count(
    evidence: ExplainEvidence,
    entry: facts.EntryFacts,
    batch: facts.BatchFacts,
    lines: Sequence[Row],
    line_no: int | None,
) -> int:
    """How many documents the entry, or one line of it, carries. Raises UnknownNameError for a line that is not there."""
    counts = {line["line_no"]: int(line["document_count"]) for line in lines}
    if line_no is None:
        # A recognition run counts lines of documents.
        return entry.document_count if batch.kind == "night" else evidence.document_count(batch, entry.id)
    if line_no not in counts:
        raise UnknownNameError(
            f"Journal entry {entry.reference} has {len(lines)} lines and no line {line_no}; leave the line out to see all."
        )
    return counts[line_no]


def _lines(lines: Sequence[Row], totals: Sequence[Mapping[str, Any]]) -> tuple[LineExplained, ...]:
    """Journal lines with their origins; last, without a number, what cancels out and so stands on no line."""
    origins: dict[int | None, list[Origin]] = {line["line_no"]: [] for line in lines}
    for row in totals:
        event = EVENT_NAMES.get(row["event_type"], f"event {row['event_type']}")
        amounts = (row["amount_minor"], row["functional_minor"])
        origin = Origin(event, row["rule_id"], row["is_reversal"], row["entry_count"], *amounts)
        origins.setdefault(row["line_no"], []).append(origin)
    shown = [
        LineExplained(
            line_no=line["line_no"],
            account_code=line["account_code"],
            party_key=line["party_key"],
            department=line["department"],
            region=line["region"],
            product_line=line["product_line"],
            amount_minor=line["amount_minor"],
            functional_minor=line["functional_minor"],
            document_count=line["document_count"],
            text=line["line_text"],
            origins=tuple(origins[line["line_no"]]),
        )
        for line in lines
    ]
    if None in origins:
        shown.append(LineExplained(None, "", None, None, None, None, 0, 0, 0, "", tuple(origins[None])))
    return tuple(shown)


def _traces(
    connection: Connection,
    evidence: ExplainEvidence,
    entry: facts.EntryFacts,
    batch: facts.BatchFacts,
    uids: Sequence[str],
) -> tuple[DocumentTrace, ...]:
    """Documents behind an entry, with what it books of them and their rows in billing as they were then."""
    stored = [row for row in evidence.entries_of([batch], uids) if str(row["journal_entry_id"]) == str(entry.id)]
    bookings = facts.bookings_of(connection, [UUID(uid) for uid in uids])
    versions = facts.versions_of(connection, [UUID(uid) for uid in uids])
    landed, decided = _as_read(connection, evidence, entry, versions, uids)
    traces = []
    for uid, each in groupby(stored, key=lambda row: str(row["document_uid"])):
        found, rows = list(each), source_rows(landed[uid])
        ours = [b for b in bookings if str(b.document_uid) == uid and b.journal_entry_id == entry.id]
        theirs = [version for version in versions if str(version.document_uid) == uid]
        explained = explain_bookings(ours, found, {entry.id: entry}, theirs, rows)
        traces.append(
            DocumentTrace(UUID(uid), decided[uid]["document_type"], decided[uid]["native_id"], explained, rows)
        )
    return tuple(traces)


def _as_read(
    connection: Connection,
    evidence: ExplainEvidence,
    entry: facts.EntryFacts,
    versions: Sequence[facts.VersionFacts],
    uids: Sequence[str],
) -> tuple[dict[str, list[tuple[str, dict[str, Any]]]], dict[str, dict[str, Any]]]:
    """Billing's rows of documents and the decisions on them, from the batch that read the version which the entry books."""
    newest: dict[str, int] = {}
    for version in versions:
        if version.batch_no <= entry.batch_no:
            newest[str(version.document_uid)] = version.batch_no
    batches = facts.batches_of(connection, set(newest.values()))
    landed: dict[str, list[tuple[str, dict[str, Any]]]] = {uid: [] for uid in uids}
    decided: dict[str, dict[str, Any]] = {}
    for batch in batches.values():
        theirs = [uid for uid in uids if newest[uid] == batch.batch_no]
        decided |= evidence.decisions_of(batch, theirs)
        for name, row in evidence.rows_of(batch, theirs):
            landed[str(row["document_uid"])].append((name, row))
    return landed, decided


def _versions(
    evidence: ExplainEvidence,
    uid: UUID,
    versions: Sequence[facts.VersionFacts],
    batches: Mapping[int, facts.BatchFacts],
) -> tuple[VersionExplained, ...]:
    explained = []
    for version in versions:
        batch = batches[version.batch_no]
        decision = evidence.decisions_of(batch, [str(uid)])[str(uid)]
        explained.append(
            VersionExplained(
                version_no=version.version_no,
                batch=batch,
                document_type=decision["document_type"],
                native_id=decision["native_id"],
                outcome=decision["outcome"],
                reason=decision["reason"],
                rows=source_rows(evidence.rows_of(batch, [str(uid)])),
            )
        )
    return tuple(explained)


def _rules_by_batch(
    stored: Sequence[Mapping[str, Any]],
    batches: Mapping[int, facts.BatchFacts],
    entries: Mapping[UUID, facts.EntryFacts],
) -> list[tuple[facts.BatchFacts, set[str]]]:
    """Which rules each batch used, by the stored entries of a document."""
    return [(batches[entries[UUID(row["journal_entry_id"])].batch_no], {row["rule_id"]}) for row in stored]
