"""What an adapter knows of one Tryton company: ids of accounts, journals, periods and parties, read in bulk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from include.adapters.erp.tryton_rpc import TrytonRpc
from include.finance.entity import LegalEntity
from include.finance.errors import EntryRefusedError, PeriodClosedError
from include.finance.journal import JournalCategory
from include.finance.period import AccountingPeriod, PeriodState
from include.ports.erp import ErpAccount, ReferenceData


@dataclass(frozen=True, slots=True)
class TrytonPeriod:
    """A standard period with its id."""

    id: int
    period: AccountingPeriod


@dataclass(frozen=True, slots=True)
class TrytonBook:
    """One company's ids by our names, and codes by id. Ids differ from database to database: never configured."""

    company_id: int
    currency_code: str
    exponent: int
    accounts: Mapping[str, int]
    account_facts: tuple[ErpAccount, ...]
    journals: Mapping[str, int]
    periods: tuple[TrytonPeriod, ...]
    parties: Mapping[str, int]
    codes: Mapping[int, str]

    @property
    def context(self) -> dict[str, Any]:
        """The context of every call about this company."""
        return {"company": self.company_id, "language": "en"}

    def reference_data(self) -> ReferenceData:
        """The company in the words of the port."""
        return ReferenceData(self.account_facts, frozenset(self.journals), self.currency_code, self.exponent)

    def period_on(self, day: date) -> TrytonPeriod:
        """The standard period of a day. Raises PeriodClosedError when there is none or it is closed."""
        found = next((each for each in self.periods if each.period.contains(day)), None)
        if found is None:
            raise PeriodClosedError(f"Tryton has no period for {day}: create the fiscal year there; the entry waits.")
        if found.period.state is not PeriodState.OPEN:
            raise PeriodClosedError(f"Period {found.period.name} is closed in Tryton: reopen it; the entry waits.")
        return found


def read_book(
    rpc: TrytonRpc,
    entity: LegalEntity,
    company: str,
    parties: Mapping[str, str],
    journals: Mapping[JournalCategory, str],
) -> TrytonBook:
    """Read everything about one company in five calls.

    `parties` are party names by account code, `journals` journal codes by category; categories may share a journal.
    """
    row = _company(rpc, entity, company)
    company_id, currency = int(row["id"]), row["currency."]
    context = {"company": company_id, "language": "en"}
    accounts = _accounts(rpc, company_id, context)
    party_ids = _parties(rpc, frozenset(parties.values()), context)
    facts = tuple(_account_fact(account, parties, party_ids) for account in accounts)
    return TrytonBook(
        company_id=company_id,
        currency_code=currency["code"],
        exponent=int(currency["digits"]),
        accounts={account["code"]: account["id"] for account in accounts},
        account_facts=facts,
        journals=_journals(rpc, journals, context),
        periods=read_periods(rpc, company_id),
        parties={account: party_ids[name] for account, name in parties.items() if name in party_ids},
        codes={account["id"]: account["code"] for account in accounts},
    )


def company_id_of(rpc: TrytonRpc, entity: LegalEntity, company: str) -> int:
    """Tryton's id of a company, by its name or its party's code. Raises EntryRefusedError where the login sees none, or several."""
    return int(_company(rpc, entity, company)["id"])


def read_periods(rpc: TrytonRpc, company_id: int) -> tuple[TrytonPeriod, ...]:
    """All standard periods of a company, oldest first."""
    rows = rpc.read(
        "model.account.period.search_read",
        [["company", "=", company_id], ["type", "=", "standard"]],
        0,
        None,
        [["start_date", "ASC"]],
        ["name", "state", "start_date", "end_date", "fiscalyear.name"],
        {"company": company_id, "language": "en"},
    )
    return tuple(TrytonPeriod(row["id"], _period(row)) for row in rows)


def _period(row: Mapping[str, Any]) -> AccountingPeriod:
    state = PeriodState.OPEN if row["state"] == "open" else PeriodState.CLOSED
    return AccountingPeriod(row["name"], row["fiscalyear."]["name"], row["start_date"], row["end_date"], state)


def _company(rpc: TrytonRpc, entity: LegalEntity, company: str) -> Mapping[str, Any]:
    domain = ["OR", ["party.name", "=", company], ["party.code", "=", company]]
    fields = ["party.name", "currency.code", "currency.digits"]
    rows: list[Mapping[str, Any]] = rpc.read(
        "model.company.company.search_read", domain, 0, 2, None, fields, {"language": "en"}
    )
    if len(rows) != 1:
        raise EntryRefusedError(
            f"Tryton shows {len(rows) or 'no'} companies named {company} to this login (legal entity {entity.code}). "
            f"Correct the company's name in the ERP's configuration, or give the login access to all its companies."
        )
    return rows[0]


def _accounts(rpc: TrytonRpc, company_id: int, context: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    domain = [["company", "=", company_id], ["code", "!=", None]]
    fields = ["code", "name", "closed", "type", "party_required"]
    rows: list[Mapping[str, Any]] = rpc.read(
        "model.account.account.search_read", domain, 0, None, [["code", "ASC"]], fields, context
    )
    return [row for row in rows if row["code"]]


def _account_fact(row: Mapping[str, Any], parties: Mapping[str, str], party_ids: Mapping[str, int]) -> ErpAccount:
    party = parties.get(row["code"])
    # An account without a type is a heading of the chart and takes no lines.
    is_active = not row["closed"] and row["type"] is not None
    party_name = party if party in party_ids else None
    return ErpAccount(row["code"], row["name"], is_active, bool(row["party_required"]), party_name)


def _journals(rpc: TrytonRpc, journals: Mapping[JournalCategory, str], context: Mapping[str, Any]) -> dict[str, int]:
    codes = sorted(set(journals.values()))
    rows = rpc.read("model.account.journal.search_read", [["code", "in", codes]], 0, None, None, ["code"], context)
    ids = {row["code"]: row["id"] for row in rows}
    return {category.value: ids[code] for category, code in journals.items() if code in ids}


def _parties(rpc: TrytonRpc, names: frozenset[str], context: Mapping[str, Any]) -> dict[str, int]:
    if not names:
        return {}
    order = [["id", "DESC"]]  # of several parties with one name, the oldest is taken, always
    rows = rpc.read("model.party.party.search_read", [["name", "in", sorted(names)]], 0, None, order, ["name"], context)
    return {row["name"]: row["id"] for row in rows}
