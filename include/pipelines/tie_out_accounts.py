"""Hop 5: what was ever accounted on an account, and other people's entries there, are all that the ERP has on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.finance.money import Money
from include.finance.period import AccountingPeriod, PeriodState
from include.finance.tie_out import FOREIGN_ENTRIES, Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_desk import LOOK_BACK, NAMED, ON_THE_WAY, EntityDesk, status_of
from include.ports.erp import LedgerEntry

_Key = tuple[str, str]  # account and period
_Sides = tuple[int, int]  # debit and credit in minor units
_NONE = (0, 0)


@dataclass(frozen=True, slots=True)
class _Others:
    """Entries on one account that the finance database does not have as posted: other people's, and ours on their way."""

    foreign: Sequence[LedgerEntry] = ()
    waiting: Sequence[LedgerEntry] = ()


def accounts_tied(desk: EntityDesk, read_instant: datetime) -> list[TieOutRow]:
    """One row per account and period: ours and foreign entries against the ERP's total.

    And one per account that only Tieout may post to on which somebody else's entries stand, until they are reversed.
    """
    ours = {
        (row["account_code"], row["period_name"]): (row["debit_minor"], row["credit_minor"])
        for row in desk.facts.posted_balances()
    }
    accounts = sorted(desk.chart.accounts.keys() | {account for account, _ in ours})
    rows: list[TieOutRow] = []
    foreign: dict[_Key, Sequence[LedgerEntry]] = {}
    for period in _periods(desk, read_instant):
        moved = {
            each.account_code: (each.debit_minor, each.credit_minor)
            for each in desk.erp.movements(desk.entity, period.name, accounts)
        }
        mine = {account: sides for (account, name), sides in ours.items() if name == period.name}
        used = sorted(moved.keys() | mine.keys())
        others = _others(desk, period, [each for each in used if moved.get(each, _NONE) != mine.get(each, _NONE)])
        for account in used:
            found = others.get(account, _Others())
            foreign[account, period.name] = found.foreign
            rows.append(_row(desk, account, period.name, mine.get(account, _NONE), moved.get(account, _NONE), found))
    rows += _exclusive_rows(desk, foreign)
    nothing = (5, "accounts", desk.entity.code, desk.currency, "account", "*", Side(), Side())
    return rows or [TieOutRow(*nothing, TieOutStatus.EQUAL, "no movement on our accounts")]


def _periods(desk: EntityDesk, read_instant: datetime) -> list[AccountingPeriod]:
    first = desk.entity.local_date(read_instant) - LOOK_BACK
    return [each for each in desk.erp.periods(desk.entity) if each.state is PeriodState.OPEN or each.end_date >= first]


def _others(desk: EntityDesk, period: AccountingPeriod, accounts: Sequence[str]) -> dict[str, _Others]:
    """Entries that are not ours by account, asked for only where there is more or less than ours."""
    if not accounts:
        return {}
    listed = desk.erp.entries(desk.entity, period.name, accounts, period.start_date)
    posted = desk.facts.our_erp_ids([each.header.erp_id for each in listed])
    unknown = [each for each in listed if each.header.erp_id not in posted]
    states = desk.facts.unsettled([each.header.reference for each in unknown])
    waiting = [each for each in unknown if states.get(each.header.reference) in ON_THE_WAY]
    foreign = [each for each in unknown if each not in waiting]
    return {account: _Others(_on(foreign, account), _on(waiting, account)) for account in accounts}


def _on(entries: Sequence[LedgerEntry], account: str) -> list[LedgerEntry]:
    return [each for each in entries if any(line.account_code == account for line in each.lines)]


def _row(desk: EntityDesk, account: str, period: str, ours: _Sides, moved: _Sides, others: _Others) -> TieOutRow:
    left = _sum([ours, *(_side(entry, account) for entry in others.foreign)])
    status, told = status_of(is_equal=left == moved), []
    if others.foreign:
        net = sum(_net(entry, account) for entry in others.foreign)
        told.append(
            f"{len(others.foreign)} foreign entries, {_money(desk, net)}: {_names(desk, others.foreign, account)}"
        )
    if left != moved:
        if _sum([left, *(_side(entry, account) for entry in others.waiting)]) == moved:
            status = TieOutStatus.PENDING
            told.append(f"{len(others.waiting)} of our entries are on their way, settled by the next run")
        else:
            told.append("the rest is ours and missing or changed in the ERP: see hop 4")
    sides = Side(None, *left), Side(None, *moved)
    return TieOutRow(
        5, "accounts", desk.entity.code, desk.currency, "account", account, *sides, status, "; ".join(told), period
    )


def _sum(sides: Sequence[_Sides]) -> _Sides:
    return sum(debit for debit, _ in sides), sum(credit for _, credit in sides)


def _exclusive_rows(desk: EntityDesk, foreign: Mapping[_Key, Sequence[LedgerEntry]]) -> list[TieOutRow]:
    rows = []
    for account in sorted({account for account, _ in foreign}):
        declared = desk.chart.accounts.get(account)
        entries = [entry for (code, _), several in sorted(foreign.items()) if code == account for entry in several]
        standing = _not_reversed(entries, account)
        if declared is None or not declared.is_exclusive or not standing:
            continue
        debit, credit = (sum(_side(entry, account)[n] for entry in standing) for n in (0, 1))
        told = (
            f"{len(standing)} entries of others on account {account} {declared.name}, which only Tieout posts to: "
            f"{_names(desk, standing, account)}"
        )
        rows.append(
            TieOutRow(
                5,
                FOREIGN_ENTRIES,
                desk.entity.code,
                desk.currency,
                "account",
                account,
                Side(0),
                Side(len(standing), debit, credit),
                TieOutStatus.DIFFERENT,
                told,
            )
        )
    return rows


def _not_reversed(entries: Sequence[LedgerEntry], account: str) -> list[LedgerEntry]:
    """Without the pairs of which one takes the other back, whatever the period."""
    left: list[LedgerEntry] = []
    for entry in entries:
        debit, credit = _side(entry, account)
        opposite = next((each for each in left if _net(each, account) == credit - debit), None)
        if opposite is not None:
            left.remove(opposite)
        elif debit != credit:
            left.append(entry)
    return left


def _names(desk: EntityDesk, entries: Sequence[LedgerEntry], account: str) -> str:
    names = [
        f"{entry.header.number or 'id ' + entry.header.erp_id} of {entry.header.posting_date} by {entry.entered_by or 'an unknown user'}"
        f" ({_money(desk, _net(entry, account))})"
        for entry in entries[:NAMED]
    ]
    return "; ".join([*names, "..."] if len(entries) > NAMED else names)


def _side(entry: LedgerEntry, account: str) -> tuple[int, int]:
    sides = [line.sides for line in entry.lines if line.account_code == account]
    return sum(debit for debit, _ in sides), sum(credit for _, credit in sides)


def _net(entry: LedgerEntry, account: str) -> int:
    debit, credit = _side(entry, account)
    return debit - credit


def _money(desk: EntityDesk, minor: int) -> str:
    return str(Money(minor, desk.entity.functional_currency))
