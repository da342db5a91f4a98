"""Read the books of one legal entity from its ERP, for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from include.finance.entity import LegalEntity
from include.ports.erp import Erp, LedgerEntry, LedgerState

_BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Balances by account in minor units, debit positive, and our entries with their lines, by number."""

    legal_entity_code: str
    until: date
    account_names: Mapping[str, str]
    balances: Mapping[str, int]
    entries: tuple[LedgerEntry, ...]


def read_ledger(erp: Erp, entity: LegalEntity, until: date, since: date = _BEGINNING) -> Ledger:
    """Read balances up to a day, of everybody's entries, and the entries of our making dated from `since` to it."""
    names = {account.code: account.name for account in erp.reference_data(entity).accounts}
    listed = [each for found in erp.references(entity, since).values() for each in found]
    ours = [each for each in listed if each.posting_date is not None and each.posting_date <= until]
    entries = erp.read_back_many(entity, [each for each in ours if each.state is LedgerState.POSTED])
    return Ledger(
        legal_entity_code=entity.code,
        until=until,
        account_names=names,
        balances={code: minor for code, minor in sorted(erp.balances(entity, until).items()) if minor},
        entries=tuple(sorted(entries, key=lambda entry: (entry.header.posting_date, entry.header.number))),
    )
