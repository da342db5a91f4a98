"""Charts of accounts: which account of the ledger plays which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# The roles whose account may depend on which money it is, and on what of it: where a company has several bank accounts and
# several accounts at a processor. Every event that books one of them knows these facts, as far as billing tells them.
_AT_PROCESSOR, _AT_BANK = ("currency", "processor_account"), ("currency", "bank_account_ref")
PLACED_ROLES: Mapping[str, tuple[str, ...]] = {
    "bank": _AT_BANK,
    "cash_receipts_clearing": _AT_BANK,
    "processor_clearing": _AT_PROCESSOR,
    "processor_suspense": _AT_PROCESSOR,
    "processor_reserves": _AT_PROCESSOR,
    "accrued_processor_fees": _AT_PROCESSOR,
    "payouts_in_transit": ("currency", "processor_account", "bank_account_ref"),
}


class AccountType(StrEnum):
    """The part of the statements an account belongs to."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the general ledger.

    `is_exclusive`: nobody but Tieout posts to it, so any other entry there is an exception. `party_key` names the
    summary customer that the ERP wants on each line of a control account.
    """

    code: str
    name: str
    type: AccountType
    is_exclusive: bool
    party_key: str | None


@dataclass(frozen=True, slots=True)
class PlacedAccount:
    """One of several accounts that play a role, and the money that it is for. A fact that is None may be anything."""

    code: str
    currency: str | None = None
    processor_account: str | None = None
    bank_account_ref: str | None = None

    @property
    def facts(self) -> dict[str, str]:
        """What is asked of the money, by name."""
        asked = ("currency", "processor_account", "bank_account_ref")
        return {name: value for name in asked if (value := getattr(self, name)) is not None}

    def overlaps(self, other: PlacedAccount) -> bool:
        """Whether some money would fit both: no fact that both ask about tells them apart."""
        mine, theirs = self.facts, other.facts
        return all(mine[name] == theirs[name] for name in mine.keys() & theirs.keys())


@dataclass(frozen=True, slots=True)
class Chart:
    """The accounts of a legal entity by code, and the account code behind each role.

    `placed` has the roles that have several accounts, of which at most one fits; money that none fits is an exception.
    """

    name: str
    accounts: Mapping[str, Account]
    roles: Mapping[str, str]
    placed: Mapping[str, tuple[PlacedAccount, ...]] = field(default_factory=dict)

    def account_of(self, role: str) -> Account:
        """The account that plays a role. Raises KeyError for a role that the chart gives no account, or several."""
        return self.accounts[self.roles[role]]

    def all_roles(self) -> frozenset[str]:
        """Every role that has an account, or several."""
        return frozenset(self.roles.keys() | self.placed.keys())

    def codes_of(self, role: str) -> tuple[str, ...]:
        """The codes of all accounts that play a role."""
        if role in self.placed:
            return tuple(sorted({each.code for each in self.placed[role]}))
        return (self.roles[role],) if role in self.roles else ()
