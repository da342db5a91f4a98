"""Hops 1 to 3 of the tie-out: from billing's own counts over what landed and was decided to the journal entries.

Nothing here is taken from what a stage said of itself: files are opened again, their digest compared, and summed up by
SQL that shares no file with accounting; tables are asked anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from include.config.currencies import CURRENCIES
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_desk import EVERYTHING, OpenedBatch, SourceDesk, open_batch, status_of
from include.pipelines.tie_out_kept import kept_totals
from include.pipelines.tie_out_named import name_window
from include.ports.billing import Cell
from include.ports.canonical import CONTROL_DATASET, CONTROL_TOTALS, DATASETS
from include.store import tie_out_facts as facts
from include.store.tie_outs import TieOutScope, write_tie_out
from include.subledger.recognition import BOOKED
from include.tie_out.workspace import TieOutWorkspace

_DECISIONS = pa.schema(
    [("document_uid", pa.uuid())]
    + [(name, pa.string()) for name in ("document_type", "native_id", "legal_entity_code", "currency")]
    + [("total_minor", pa.int64()), ("outcome", pa.string())]
)


def tie_out_source(desk: SourceDesk, read_instant: datetime, actor: str) -> list[TieOutRow]:
    """Tie out a source: its newest batch, those that never were, and billing's own totals of the open periods.

    Writes the result with its exceptions, and returns it. Raises SystemUnreachableError.
    """
    batches = [open_batch(desk, batch) for batch in facts.batches_to_tie(desk.database, desk.source_code)]
    nights = [opened for opened in batches if opened.batch.kind == "night"]  # recognition reads no documents
    rows = [row for opened in nights for row in window_counts(desk, opened)]
    rows += kept_totals(desk, nights[-1]) if nights else []
    rows += [row for opened in nights for row in documents_decided(desk, opened)]
    rows += [row for opened in batches for row in journal_lines(desk, opened)]
    scope = TieOutScope(read_instant, source_code=desk.source_code)
    write_tie_out(desk.database, scope, rows, actor, desk.configuration.assignments())
    return rows


def window_counts(desk: SourceDesk, opened: OpenedBatch) -> list[TieOutRow]:
    """Hop 1: what billing counted in the snapshot of the reading = what landed."""
    check = "window_counts"
    if not opened.files(CONTROL_DATASET):
        message = "same-path check only: the reading took no counts beside its rows"
        return [opened.whole(1, check, TieOutStatus.SAME_PATH_ONLY, message)]
    if fault := opened.fault(CONTROL_DATASET, *DATASETS):
        return [opened.whole(1, check, TieOutStatus.DIFFERENT, fault)]
    with desk.workspace() as work:
        work.set("horizon", opened.batch.horizon_from)
        work.view("control_totals", opened.paths(CONTROL_DATASET), CONTROL_TOTALS)
        for bucket in opened.buckets():
            opened.view_landed(work, bucket)
            work.run("window_landed")
        work.run("window_counted")
        found = work.rows("window_result")
        rows = [_window_row(desk, opened, each, work) for each in found]
    return rows or [opened.whole(1, check, TieOutStatus.EQUAL, "billing changed nothing")]


def _window_row(desk: SourceDesk, opened: OpenedBatch, each: Mapping[str, Any], work: TieOutWorkspace) -> TieOutRow:
    dataset, kind = each["dataset"], each["document_type"]
    counted = Side(each["counted_count"], each["counted_minor"])
    landed = Side(each["landed_count"], each["landed_minor"])
    explanation = ""
    if counted != landed:
        explanation = f"billing counted {counted.count} {dataset} in the snapshot, {landed.count} landed"
        if dataset == "documents" and each["legal_entity_code"] != EVERYTHING and each["currency"]:
            cell = Cell(kind, each["legal_entity_code"], None, each["currency"])
            explanation += f" ({name_window(desk, opened, cell, work)})"
    return TieOutRow(
        1,
        "window_counts",
        each["legal_entity_code"],
        each["currency"] or "unknown",
        "document_type" if dataset == "documents" else "dataset",
        kind if dataset == "documents" else f"{dataset} of {kind}",
        counted,
        landed,
        status_of(is_equal=counted == landed),
        explanation,
        batch_no=opened.batch.batch_no,
    )


def documents_decided(desk: SourceDesk, opened: OpenedBatch) -> list[TieOutRow]:
    """Hop 2: documents landed = decided upon (evidence) = counted in the accounted-for equation (finance database)."""
    check = "documents_decided"
    if fault := opened.fault("documents", "deletions", "decisions"):
        return [opened.whole(2, check, TieOutStatus.DIFFERENT, fault)]
    with desk.workspace() as work:
        work.table("known_entity", _known_entities(desk))
        work.table("known_currency", pa.table({"code": pa.array(CURRENCIES, pa.string())}))
        work.table("counted_outcomes", facts.counted_outcomes(desk.database, opened.batch.batch_no))
        for bucket in opened.buckets():
            opened.view_landed(work, bucket)
            work.view("decided", opened.paths("decisions", bucket=bucket), _DECISIONS)
            for step in ("landed", "decided_cells", "undecided"):
                work.run(step)
        work.run("decided_counted")
        found = work.rows("decided_result")
    rows = [_decided_row(opened, each) for each in found]
    return rows or [opened.whole(2, check, TieOutStatus.EQUAL, "nothing landed")]


def _decided_row(opened: OpenedBatch, each: Mapping[str, Any]) -> TieOutRow:
    landed = Side(each["landed_count"], each["landed_minor"])
    decided = Side(each["decided_count"], each["decided_minor"])
    counted = Side(each["counted_count"], each["counted_minor"])
    found = []
    if each["unlike_count"]:
        found.append(f"{each['unlike_count']} documents: {each['documents']}")
    if landed != decided:
        found.append(f"{landed.count} landed, {decided.count} decided")
    if each["miscounted"]:
        found.append(f"outcomes: {each['miscounted']}")
    if landed != counted and not found:
        found.append("the stored equation has another total than what landed")
    return TieOutRow(
        2,
        "documents_decided",
        each["legal_entity_code"],
        each["currency"],
        "document_type",
        each["document_type"],
        landed,
        counted,
        status_of(is_equal=not found),
        "; ".join(found) or each["outcomes"],
        batch_no=opened.batch.batch_no,
    )


def _known_entities(desk: SourceDesk) -> pa.Table:
    entities = desk.configuration.legal_entities.values()
    rows = [{"code": each.code, "functional_currency": each.functional_currency.code} for each in entities]
    return pa.Table.from_pylist(rows, pa.schema([("code", pa.string()), ("functional_currency", pa.string())]))


def journal_lines(desk: SourceDesk, opened: OpenedBatch) -> list[TieOutRow]:
    """Hop 3: subledger entries (evidence) = journal lines (finance database), by legal entity, account and category."""
    check = "journal_lines"
    if fault := opened.fault(*BOOKED):
        return [opened.whole(3, check, TieOutStatus.DIFFERENT, fault)]
    with desk.workspace() as work:
        work.table("known_entity", _known_entities(desk))
        work.table("journal_sums", facts.journal_sums(desk.database, opened.batch.batch_no))
        for bucket in opened.buckets():
            for name, schema in BOOKED.items():
                every = name == "recognition_legs"  # one small file for all buckets
                work.view(name, opened.paths(name, bucket=None if every else bucket), schema)
            for step in ("booked_entries", "entry_sums"):
                work.run(step)
        found = work.rows("journal_result")
    rows = [
        TieOutRow(
            3,
            check,
            each["legal_entity_code"],
            each["currency"],
            "account",
            f"{each['account_code']} {each['category']}",
            Side(each["left_count"], each["left_debit"], each["left_credit"]),
            Side(each["right_count"], each["right_debit"], each["right_credit"]),
            status_of(is_equal=not each["unlike_count"]),
            f"{each['unlike_count']} entries, in minor units: {each['entries']}" if each["unlike_count"] else "",
            batch_no=opened.batch.batch_no,
        )
        for each in found
    ]
    return rows or [opened.whole(3, check, TieOutStatus.EQUAL, "nothing was booked")]
