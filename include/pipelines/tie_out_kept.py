"""Hop 1 over the whole open period: the totals that billing keeps itself against the live documents of the register."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_desk import CELLS, OpenedBatch, SourceDesk, status_of
from include.pipelines.tie_out_named import name_cell
from include.ports.billing import Cell
from include.ports.canonical import CONTROL_DATASET, CONTROL_TOTALS
from include.store import tie_out_facts as facts
from include.tie_out.workspace import TieOutWorkspace

_CHECK = "kept_totals"
_Key = tuple[str, str, str, str]


def kept_totals(desk: SourceDesk, opened: OpenedBatch) -> list[TieOutRow]:
    """One row per legal entity, document type, currency and month of document date, from the first open day on.

    A document type of which billing keeps no totals is `same_path_only`: only the window check has looked at it.
    """
    if fault := opened.fault(CONTROL_DATASET):
        return [opened.whole(1, _CHECK, TieOutStatus.DIFFERENT, fault)]
    with desk.workspace() as work:
        work.view("control_totals", opened.paths(CONTROL_DATASET), CONTROL_TOTALS)
        since = next((row["since"] for row in work.rows("kept_since")), date.min)
        registered, last_batch_no = facts.registered_totals(desk.database, desk.source_code, since)
        if last_batch_no != opened.batch.batch_no:
            message = (
                f"batch {last_batch_no} of another run was committed meanwhile; its own tie-out compares the totals"
            )
            return [opened.whole(1, _CHECK, TieOutStatus.PENDING, message)]
        work.table("registered", registered)
        work.table("open_since", facts.open_since(desk.database))
        work.run("kept_days")
        found = work.rows("kept_result")
        days = _explained_days(desk, opened, work)
    rows = [_row(opened, each, days.get(_key(each), [])) for each in found]
    return rows or [opened.whole(1, _CHECK, TieOutStatus.EQUAL, "no documents in open periods")]


def _row(opened: OpenedBatch, each: Mapping[str, Any], days: list[str]) -> TieOutRow:
    kept = Side(each["kept_count"], each["kept_minor"])
    registered = Side(each["registered_count"], each["registered_minor"])
    status, explanation = status_of(is_equal=not each["unlike_days"]), ""
    if not each["is_covered"]:
        status = TieOutStatus.SAME_PATH_ONLY
        explanation = f"same-path check only: billing keeps no control totals of document type {each['document_type']}"
    elif each["unlike_days"]:
        explanation = f"{each['unlike_days']} days differ: {'; '.join(days) or 'see the other cells of this tie-out'}"
    return TieOutRow(
        1,
        _CHECK,
        each["legal_entity_code"],
        each["currency"],
        "document_type",
        each["document_type"],
        kept if each["is_covered"] else Side(),
        registered,
        status,
        explanation,
        each["month"],
        opened.batch.batch_no,
    )


def _explained_days(desk: SourceDesk, opened: OpenedBatch, work: TieOutWorkspace) -> dict[_Key, list[str]]:
    """What lies behind the differing days, by cell and month; of the first few with their documents by name."""
    days: dict[_Key, list[str]] = defaultdict(list)
    for number, each in enumerate(work.rows("unlike_days")):
        told = days[_key(each | {"month": each["document_date"].strftime("%Y-%m")})]
        if len(told) == CELLS:
            continue
        text = f"{each['document_date']}: billing's own total is {each['kept_count']}, registered {each['registered_count']}"
        if number < CELLS:
            cell = Cell(each["document_type"], each["legal_entity_code"], each["document_date"], each["currency"])
            text += f" ({name_cell(desk, opened, cell, work)})"
        told.append(text)
    return days


def _key(each: Mapping[str, Any]) -> _Key:
    return each["legal_entity_code"], each["document_type"], each["currency"], each["month"]
