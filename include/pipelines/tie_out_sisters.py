"""Hop 6: what one legal entity has in its books as owed to or by another is what the other has there, by document and application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.finance.tie_out import SISTERS, Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_desk import NAMED, EntityDesk


def sisters_tied(desk: EntityDesk) -> list[TieOutRow]:
    """One row per other legal entity and currency of documents, in minor units of it: ours against theirs, debit and credit changed over.

    Each key (a document and what it was applied to) must come to nothing over both books, whatever the sums do. `pending`: it does,
    and a leg is not verified in its ERP yet; or an entry was given up and its documents are booked anew by the next night.
    """
    rows = [_row(desk, each) for each in desk.facts.intercompany(NAMED)]
    nothing = (6, SISTERS, desk.entity.code, desk.currency, "legal_entity", "*", Side(0), Side(0))
    return rows or [TieOutRow(*nothing, TieOutStatus.EQUAL, "nothing owed between legal entities")]


def _row(desk: EntityDesk, found: Mapping[str, Any]) -> TieOutRow:
    keys = found["key_count"]
    status, told = TieOutStatus.EQUAL, ""
    if found["pending_count"]:
        status, told = TieOutStatus.PENDING, _named(found["pending_count"], keys, "not verified", found["pending"])
    if found["given_up_count"]:
        status = TieOutStatus.PENDING
        told = f"{found['given_up_count']} of {keys} had a leg given up: booked anew by the next night"
    if found["unlike_count"]:
        status, told = TieOutStatus.DIFFERENT, _named(found["unlike_count"], keys, "differ", found["unlike"])
    ours = Side(keys, found["ours_debit"], found["ours_credit"])
    theirs = Side(keys, found["theirs_debit"], found["theirs_credit"])
    return TieOutRow(
        6,
        SISTERS,
        desk.entity.code,
        found["currency"],
        "legal_entity",
        found["sister_code"],
        ours,
        theirs,
        status,
        told,
    )


def _named(count: int, keys: int, fact: str, documents: list[str]) -> str:
    more = "; ..." if count > len(documents) else ""
    return f"{count} of {keys} {fact}: {'; '.join(documents)}{more}"
