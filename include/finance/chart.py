"""Charts of accounts: which account of the ledger plays which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
class Chart:
    """The accounts of a legal entity by code, and the account code behind each role."""

    name: str
    accounts: Mapping[str, Account]
    roles: Mapping[str, str]

    def account_of(self, role: str) -> Account:
        """The account that plays a role. Raises KeyError for a role the chart does not name."""
        return self.accounts[self.roles[role]]
