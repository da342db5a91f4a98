"""Fetch what the ERPs own before anything is accounted: accounts, journals, currency, periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from include.finance.entity import LegalEntity
from include.finance.period import AccountingPeriod
from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from include.store.erp_reference import replace_reference_data


def fetch_reference(
    database: FinanceDatabase, erp: Erp, erp_code: str, entities: Iterable[LegalEntity]
) -> Mapping[str, Sequence[AccountingPeriod]]:
    """Replace what we know of these legal entities' books in one ERP; the periods of each.

    Raises SystemUnreachableError and CredentialsRefusedError; what was fetched before stays, so accounting can go on.
    """
    fetched = {}
    for entity in entities:
        reference, periods = erp.reference_data(entity), erp.periods(entity)
        with database.transaction() as connection:
            replace_reference_data(connection, erp_code, entity.code, reference, periods)
        fetched[entity.code] = periods
    return fetched
