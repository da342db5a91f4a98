"""Reference data that flows down from the ERP: accounts, company, periods; replaced as a whole, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from include.finance.period import AccountingPeriod
from include.ports.erp import ReferenceData
from include.store.database import Connection

_COMPANY = """
insert into erp_company (erp_code, legal_entity_code, currency, exponent, journal_categories)
values (%s, %s, %s, %s, %s)
on conflict (erp_code, legal_entity_code) do update set
    currency = excluded.currency, exponent = excluded.exponent,
    journal_categories = excluded.journal_categories, synced_at = now()
"""
_ACCOUNT = """
insert into erp_account (erp_code, legal_entity_code, account_code, name, is_active, is_party_required)
values (%s, %s, %s, %s, %s, %s)
"""
# Not deleted and put in again, as accounts are: the audit log tells what opened and closed, and that would be everything.
_PERIOD = """
insert into erp_period (erp_code, legal_entity_code, period_name, fiscal_year, start_date, end_date, state)
values (%s, %s, %s, %s, %s, %s, %s)
on conflict (erp_code, legal_entity_code, period_name) do update set
    fiscal_year = excluded.fiscal_year, start_date = excluded.start_date, end_date = excluded.end_date, state = excluded.state,
    synced_at = excluded.synced_at
"""
_GONE_PERIODS = "delete from erp_period where erp_code = %s and legal_entity_code = %s and period_name <> all(%s)"


def replace_reference_data(
    connection: Connection, erp_code: str, entity: str, reference: ReferenceData, periods: Sequence[AccountingPeriod]
) -> None:
    """Replace all that we know of one entity in one ERP. Call it inside a transaction."""
    key = (erp_code, entity)
    # The company's row comes first and is the lock: two nights at once replace its data one after the other.
    categories = sorted(reference.journal_categories)
    connection.execute(_COMPANY, (*key, reference.currency_code, reference.currency_exponent, categories))
    connection.execute("delete from erp_account where erp_code = %s and legal_entity_code = %s", key)
    connection.execute(_GONE_PERIODS, (*key, [each.name for each in periods]))
    with connection.cursor() as cursor:
        cursor.executemany(
            _ACCOUNT,
            [(*key, each.code, each.name, each.is_active, each.is_party_required) for each in reference.accounts],
        )
        cursor.executemany(
            _PERIOD,
            [(*key, each.name, each.fiscal_year, each.start_date, each.end_date, each.state.value) for each in periods],
        )
