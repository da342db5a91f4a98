"""Fetch what the ERPs own before anything is accounted: accounts, journals, currency, periods."""

from __future__ import annotations

from collections.abc import Iterable

from include.finance.entity import LegalEntity
from include.ports.erp import Erp
from include.store.database import FinanceDatabase
from include.store.erp_reference import replace_reference_data


def fetch_reference(database: FinanceDatabase, erp: Erp, erp_code: str, entities: Iterable[LegalEntity]) -> None:
    """Replace what we know of these legal entities' books in one ERP.

    Raises SystemUnreachableError and CredentialsRefusedError; what was fetched before stays, so accounting can go on.
    """
    for entity in entities:
        reference, periods = erp.reference_data(entity), erp.periods(entity)
        with database.transaction() as connection:
            replace_reference_data(connection, erp_code, entity.code, reference, periods)
