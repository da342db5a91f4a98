"""The documents behind a difference of hop 1, by name: billing is asked for those of one cell only."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

import pyarrow as pa

from include.evidence.decided import read_decided
from include.finance.errors import TieoutError
from include.pipelines.tie_out_desk import NAMED, OpenedBatch, SourceDesk
from include.ports.billing import Cell
from include.ports.canonical import BUCKETS, DOCUMENT_TYPES
from include.store.landed import evidence_of_batches
from include.store.tie_out_facts import known_documents
from include.tie_out.workspace import TieOutWorkspace

_HIDDEN = (
    "billing's tables show exactly the documents that are registered: look in billing for what hides the others "
    "(a view, a filter, row security, a trigger that was off), or for wrong control totals"
)


def name_cell(desk: SourceDesk, opened: OpenedBatch, cell: Cell, work: TieOutWorkspace) -> str:
    """Which documents of one cell billing has and the register does not, or the other way round."""
    if cell.document_type not in DOCUMENT_TYPES:
        return "a document type that is not read"
    known = known_documents(desk.database, desk.source_code, cell)
    work.table("known_documents", known)
    return _compared(desk, opened, cell, work, 0, known) or _HIDDEN


def name_window(desk: SourceDesk, opened: OpenedBatch, cell: Cell, work: TieOutWorkspace) -> str:
    """Which documents of one cell changed in billing and did not land, or the other way round."""
    opened.view_landed(work, None)
    for name, value in (("document_type", cell.document_type), ("entity", cell.legal_entity_code)):
        work.set(name, value)
    work.set("currency", cell.currency)
    work.run("window_known")
    differing = _compared(desk, opened, cell, work, opened.batch.horizon_from, None)
    return differing or "billing shows the same documents now"


def _compared(
    desk: SourceDesk, opened: OpenedBatch, cell: Cell, work: TieOutWorkspace, since_horizon: int, known: pa.Table | None
) -> str:
    try:
        work.table("billed_documents", desk.billing().cell_documents(cell, since_horizon))
    except TieoutError as error:
        return f"the documents could not be named: {error}"
    for name, value in (("source_code", desk.source_code), ("tenant", desk.tenant)):
        work.set(name, value)
    work.set("document_type", cell.document_type)
    work.set("horizon_to", opened.batch.horizon_to)
    work.set("with_deleted", known is None)
    found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for each in work.rows("cell_result"):
        found[each["fact"]].append((each["document_uid"], each["native_id"]))
    return "; ".join(f"{len(each)} {fact}: {', '.join(_names(desk, each, known))}" for fact, each in found.items())


def _names(desk: SourceDesk, found: list[tuple[str, str | None]], known: pa.Table | None) -> list[str]:
    """The first few by billing's own ids; of those that billing does not show any more, evidence knows them."""
    some = found[:NAMED]
    unnamed = [uid for uid, native_id in some if native_id is None]
    remembered = _native_ids(desk, unnamed, known) if unnamed and known is not None else {}
    names = [native_id or remembered.get(uid, f"document {uid}") for uid, native_id in some]
    return [*names, "..."] if len(found) > len(some) else names


def _native_ids(desk: SourceDesk, uids: list[str], known: pa.Table) -> dict[str, str]:
    batch_of = dict(zip(known["document_uid"].to_pylist(), known["batch_no"].to_pylist(), strict=True))
    wanted = pa.array([UUID(uid).bytes for uid in uids], pa.binary(16))
    names: dict[str, str] = {}
    for bucket in range(BUCKETS):
        files = evidence_of_batches(desk.database, sorted({batch_of[uid] for uid in uids}), "decisions", [bucket])
        found = read_decided(desk.evidence.fetch(files), ["document_uid", "native_id"], wanted)
        names |= {str(row["document_uid"]): row["native_id"] for row in (found.to_pylist() if found else ())}
    return names
