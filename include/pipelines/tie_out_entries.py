"""Hop 4: every journal entry that should stand in the ERP stands there once, as it was meant, and nothing beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines.standing import standing
from include.pipelines.tie_out_desk import LOOK_BACK, NAMED, ON_THE_WAY, EntityDesk, status_of
from include.ports.erp import LedgerEntry, LedgerState, PostedEntry
from include.ports.log import about_entry

_Sides = dict[str, list[int]]  # debit and credit in minor units by account


@dataclass(slots=True)
class _Ours:
    """One of our entries as the finance database has it."""

    posting_date: date
    sides: _Sides = field(default_factory=lambda: defaultdict(lambda: [0, 0]))


def entries_tied(desk: EntityDesk, read_instant: datetime) -> list[TieOutRow]:
    """One row for the entries, both ways, and one per account.

    Compared one by one: what is dated within two months, or on or after the earliest entry of the last thirty batches.
    Older ones are in hop 5's balances.
    """
    since = min(desk.facts.since(), desk.entity.local_date(read_instant) - LOOK_BACK)
    listed = desk.erp.references(desk.entity, since)
    ours = _ours(desk, since, list(listed))
    unsettled = desk.facts.unsettled(list(listed))
    found = {
        reference: _standing(desk, reference, listed.get(reference, ())) for reference in ours.keys() | listed.keys()
    }
    ledger = _ledger(desk, found)
    facts: dict[str, list[str]] = defaultdict(list)
    for reference in sorted(found):
        fact = _fact(reference, ours.get(reference), found[reference], ledger, unsettled)
        if fact:
            facts[fact].append(_named(reference, found[reference]))
    pending = facts.pop("on its way", [])
    theirs = {each.erp_id: ledger[each.erp_id] for each in _flat(found) if each.erp_id in ledger}
    return [
        _entries_row(desk, ours, theirs, facts, pending),
        *_account_rows(desk, ours, theirs, is_pending=bool(pending)),
    ]


def _ours(desk: EntityDesk, since: date, listed: Sequence[str]) -> dict[str, _Ours]:
    ours: dict[str, _Ours] = {}
    for row in desk.facts.our_entries(since, listed):
        entry = ours.setdefault(row["reference"], _Ours(row["posting_date"]))
        entry.sides[row["account_code"]] = [row["debit_minor"], row["credit_minor"]]
    return ours


def _standing(desk: EntityDesk, reference: str, listed: Sequence[PostedEntry]) -> list[PostedEntry]:
    """What stands in the ERP with a reference. The list begins on a day: what is not once in it is asked for by name."""
    if len(listed) == 1:
        return list(listed)
    with about_entry(reference):
        return standing(desk.erp, desk.entity, desk.erp.find(desk.entity, reference))


def _ledger(desk: EntityDesk, found: Mapping[str, Sequence[PostedEntry]]) -> dict[str, LedgerEntry]:
    posted = [each for each in _flat(found) if each.state is LedgerState.POSTED]
    return {entry.header.erp_id: entry for entry in desk.erp.read_back_many(desk.entity, posted)}


def _fact(
    reference: str,
    ours: _Ours | None,
    found: Sequence[PostedEntry],
    ledger: Mapping[str, LedgerEntry],
    unsettled: Mapping[str, str],
) -> str:
    """What is wrong with one reference, in words; nothing, if nothing is."""
    if ours is None:
        return _fact_of_others(found, unsettled.get(reference))
    posted = [each for each in found if each.state is LedgerState.POSTED]
    if len(found) == 1 and posted:
        return _fact_of_one(ours, ledger.get(posted[0].erp_id))
    if len(posted) > 1:
        return f"{len(posted)} times in the ERP"
    if posted:
        return "with a draft beside it"
    return "only a draft in the ERP" if found else "missing in the ERP"


def _fact_of_others(found: Sequence[PostedEntry], state: str | None) -> str:
    """What the ERP has under a reference of our making that should not, or not surely, stand there."""
    if not found:
        return ""  # reversed under its reference
    if state in ON_THE_WAY:
        return "on its way"
    return f"{state} here, in the ERP all the same" if state else "not known here"


def _fact_of_one(ours: _Ours, entry: LedgerEntry | None) -> str:
    if entry is None:
        return "missing in the ERP"
    if entry.header.posting_date != ours.posting_date:
        return f"on another day ({ours.posting_date} here)"
    return "" if _sides([entry]) == ours.sides else "with other amounts"


def _named(reference: str, found: Sequence[PostedEntry]) -> str:
    where = ", ".join(f"{each.number or 'draft ' + each.erp_id} of {each.posting_date}" for each in found)
    return f"{reference} ({where})" if where else reference


def _entries_row(
    desk: EntityDesk,
    ours: Mapping[str, _Ours],
    theirs: Mapping[str, LedgerEntry],
    facts: Mapping[str, Sequence[str]],
    pending: Sequence[str],
) -> TieOutRow:
    told = [
        f"{len(names)} {fact}: {', '.join(names[:NAMED])}{', ...' if len(names) > NAMED else ''}"
        for fact, names in facts.items()
    ]
    if pending:
        told.append(f"{len(pending)} on their way, settled by the next run: {', '.join(pending[:NAMED])}")
    status = TieOutStatus.PENDING if pending and not facts else status_of(is_equal=not facts)
    left = _total(len(ours), [each.sides for each in ours.values()])
    right = _total(len(theirs), [_sides(list(theirs.values()))])
    return TieOutRow(
        4, "entries", desk.entity.code, desk.currency, "entries", "*", left, right, status, "; ".join(told)
    )


def _account_rows(
    desk: EntityDesk, ours: Mapping[str, _Ours], theirs: Mapping[str, LedgerEntry], *, is_pending: bool
) -> list[TieOutRow]:
    left: _Sides = defaultdict(lambda: [0, 0])
    for entry in ours.values():
        for account, (debit, credit) in entry.sides.items():
            left[account][0] += debit
            left[account][1] += credit
    right = _sides(list(theirs.values()))
    rows = []
    for account in sorted(left.keys() | right.keys()):
        mine, other = (Side(None, *sides[account]) for sides in (left, right))
        status = status_of(is_equal=mine == other)
        if is_pending and mine != other:
            status = TieOutStatus.PENDING
        told = "" if mine == other else "see the entries of this hop"
        rows.append(
            TieOutRow(4, "entry_lines", desk.entity.code, desk.currency, "account", account, mine, other, status, told)
        )
    return rows


def _total(count: int, sides: Sequence[_Sides]) -> Side:
    debit, credit = (sum(amounts[n] for each in sides for amounts in each.values()) for n in (0, 1))
    return Side(count, debit, credit)


def _sides(entries: Sequence[LedgerEntry]) -> _Sides:
    sides: _Sides = defaultdict(lambda: [0, 0])
    for entry in entries:
        for line in entry.lines:
            sides[line.account_code][line.amount_minor < 0] += abs(line.amount_minor)
    return sides


def _flat(found: Mapping[str, Sequence[PostedEntry]]) -> list[PostedEntry]:
    return [each for several in found.values() for each in several]
