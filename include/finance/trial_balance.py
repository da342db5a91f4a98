"""The trial balance of a legal entity and period, its hash, and what differs between two."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from include.finance.money import Currency, Money

FORMAT = 1  # of what is hashed


@dataclass(frozen=True, slots=True)
class ForeignBalance:
    """What stands on an account from documents in another currency than the books' own, in that currency's minor units."""

    currency: str
    exponent: int
    opening_minor: int
    debit_minor: int
    credit_minor: int

    @property
    def closing_minor(self) -> int:
        """What stands there at the period's end; debit positive."""
        return self.opening_minor + self.debit_minor - self.credit_minor


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account in the books' own currency, in minor units: opening and closing are debit positive, the turnovers as the ERP shows them."""

    account_code: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    foreign: tuple[ForeignBalance, ...] = ()

    @property
    def closing_minor(self) -> int:
        """What stands on the account at the period's end; debit positive."""
        return self.opening_minor + self.debit_minor - self.credit_minor


@dataclass(frozen=True)
class TrialBalance:
    """The accounts of a legal entity at the end of a period that ever moved, in order of their codes.

    The hash is SHA-256 over entity, period, currency and all amounts in one canonical form: equal figures have equal hashes, whoever
    made them, when, and in whatever order.
    """

    legal_entity_code: str
    period_name: str
    currency: Currency
    rows: tuple[AccountBalance, ...]

    def __post_init__(self) -> None:
        ordered = sorted(filter(None, map(_canonical, self.rows)), key=lambda row: row.account_code)
        if len({row.account_code for row in ordered}) != len(ordered):
            raise ValueError(
                f"the trial balance of legal entity {self.legal_entity_code} in {self.period_name} has an account twice"
            )
        object.__setattr__(self, "rows", tuple(ordered))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the figures, in hexadecimal."""
        canonical = json.dumps({"format": FORMAT} | asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def out_of_balance_minor(self) -> int:
        """Debits less credits of all accounts at the period's end: nothing, or something to be explained."""
        return sum(row.closing_minor for row in self.rows)

    def closing_of(self, account_code: str) -> int:
        """What stands on an account at the period's end; nothing on one without entries."""
        return sum(row.closing_minor for row in self.rows if row.account_code == account_code)


@dataclass(frozen=True, slots=True)
class BalanceDifference:
    """A figure that is not the same in two trial balances. Amounts are in minor units of `currency`."""

    account_code: str
    currency: Currency
    figure: str
    one_minor: int
    other_minor: int

    def __str__(self) -> str:
        one, other = (Money(minor, self.currency) for minor in (self.one_minor, self.other_minor))
        return f"account {self.account_code}, {self.figure}: {one} and {other}"


def compare_trial_balances(one: TrialBalance, other: TrialBalance) -> tuple[BalanceDifference, ...]:
    """Every figure that differs, in order of accounts; nothing exactly where the hashes are equal.

    Raises ValueError when they are not of the same legal entity, period and currency.
    """
    about = [(each.legal_entity_code, each.period_name, each.currency) for each in (one, other)]
    if about[0] != about[1]:
        raise ValueError(f"trial balances of {about[0]} and of {about[1]} cannot be compared")
    left, right = _figures(one), _figures(other)
    return tuple(
        BalanceDifference(*key, left.get(key, 0), right.get(key, 0))
        for key in sorted(left.keys() | right.keys())
        if left.get(key, 0) != right.get(key, 0)
    )


def _canonical(row: AccountBalance) -> AccountBalance | None:
    """The row with its currencies in order and without those that never moved; None for an account that never did."""
    moved = [each for each in row.foreign if (each.opening_minor, each.debit_minor, each.credit_minor) != (0, 0, 0)]
    if not moved and (row.opening_minor, row.debit_minor, row.credit_minor) == (0, 0, 0):
        return None
    return replace(row, foreign=tuple(sorted(moved, key=lambda each: each.currency)))


def _figures(balance: TrialBalance) -> dict[tuple[str, Currency, str], int]:
    return {
        (account, currency, figure): minor
        for account, currency, each in _balances(balance)
        for figure, minor in (
            ("opening", each.opening_minor),
            ("debits", each.debit_minor),
            ("credits", each.credit_minor),
            ("closing", each.closing_minor),
        )
    }


def _balances(balance: TrialBalance) -> Iterator[tuple[str, Currency, AccountBalance | ForeignBalance]]:
    for row in balance.rows:
        yield row.account_code, balance.currency, row
        for foreign in row.foreign:
            yield row.account_code, Currency(foreign.currency, foreign.exponent), foreign
