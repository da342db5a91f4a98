"""Is what stands in the ledger what we meant to post? Pure comparison; the answer is a list of named differences."""

from __future__ import annotations

from collections import Counter

from include.finance.journal import JournalEntry, ReversalStyle
from include.finance.money import Money
from include.ports.erp import LedgerEntry


def content_differences(entry: JournalEntry, ledger: LedgerEntry) -> list[str]:
    """Differences of date, net amount per account and single lines; empty when the content is ours.

    Dates are compared because an ERP may move an entry out of a locked period without a word.
    """
    found: list[str] = []
    if ledger.header.reference != entry.reference:
        found.append(f"reference {ledger.header.reference} instead of {entry.reference}")
    if ledger.header.posting_date != entry.posting_date:
        found.append(f"date {ledger.header.posting_date} instead of {entry.posting_date}")
    found += _net_differences(entry, ledger)
    if not found:
        found += _line_differences(entry, ledger)
    return found


def _net_differences(entry: JournalEntry, ledger: LedgerEntry) -> list[str]:
    ours, theirs = entry.net_by_account(), ledger.net_by_account()
    return [
        f"account {account} {_amount(theirs.get(account, 0), entry)} instead of {_amount(ours.get(account, 0), entry)}"
        for account in sorted(ours.keys() | theirs.keys())
        if ours.get(account, 0) != theirs.get(account, 0)
    ]


def _line_differences(entry: JournalEntry, ledger: LedgerEntry) -> list[str]:
    is_negative = entry.style is ReversalStyle.NEGATIVE
    ours = Counter((line.account_code, line.in_books.minor, is_negative) for line in entry.lines)
    # an amount of nothing has no side
    theirs = Counter(
        (line.account_code, line.amount_minor, line.is_negative if line.amount_minor else is_negative)
        for line in ledger.lines
    )
    lost, added = sorted((ours - theirs).elements()), sorted((theirs - ours).elements())
    return [f"no line {_told(line, entry)}" for line in lost] + [
        f"a line {_told(line, entry)} too many" for line in added
    ]


def _told(line: tuple[str, int, bool], entry: JournalEntry) -> str:
    """A line in words; a negative amount names the side on which it stands."""
    account, minor, is_negative = line
    if not is_negative:
        return f"{account} {_amount(minor, entry)}"
    return f"{account} {_amount(-abs(minor), entry)} in {'credit' if minor > 0 else 'debit'}"


def _amount(minor: int, entry: JournalEntry) -> str:
    return str(Money(minor, entry.functional_currency))
