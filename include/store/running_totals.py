"""The running totals that each commit keeps, beside what they are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from include.store.database import Connection, FinanceDatabase, Row

# one row per cell whose running total is not what the register's live documents add up to
_DIFFERING_DOCUMENTS = """
with registered as (
    select source_id, legal_entity_code, document_type, document_date, currency, count(*) as document_count, sum(total_minor) as total_minor
    from document_register
    where is_live and document_date is not null
    group by source_id, legal_entity_code, document_type, document_date, currency
)
select source_id, legal_entity_code, document_type, document_date, currency, coalesce(r.document_count, 0) as document_count,
    coalesce(r.total_minor, 0)::bigint as total_minor, coalesce(k.document_count, 0) as kept_count,
    coalesce(k.total_minor, 0)::bigint as kept_minor
from registered as r
full join document_total as k using (source_id, legal_entity_code, document_type, document_date, currency)
where coalesce(r.document_count, 0) <> coalesce(k.document_count, 0) or coalesce(r.total_minor, 0) <> coalesce(k.total_minor, 0)
order by 1, 2, 3, 4, 5
"""
_SET_DOCUMENTS = """
insert into document_total (source_id, legal_entity_code, document_type, document_date, currency, document_count, total_minor)
values (%(source_id)s, %(legal_entity_code)s, %(document_type)s, %(document_date)s, %(currency)s, %(document_count)s, %(total_minor)s)
on conflict (source_id, legal_entity_code, document_type, document_date, currency) do update
set document_count = excluded.document_count, total_minor = excluded.total_minor
"""
_SET_BALANCES = """
insert into control_balance (erp_code, legal_entity_code, account_code, period_name, currency, debit_minor, credit_minor,
    functional_debit_minor, functional_credit_minor)
values (%(erp_code)s, %(legal_entity_code)s, %(account_code)s, %(period_name)s, %(currency)s, %(debit_minor)s, %(credit_minor)s,
    %(functional_debit_minor)s, %(functional_credit_minor)s)
on conflict (erp_code, legal_entity_code, account_code, period_name, currency) do update
set debit_minor = excluded.debit_minor, credit_minor = excluded.credit_minor,
    functional_debit_minor = excluded.functional_debit_minor, functional_credit_minor = excluded.functional_credit_minor
"""
_BALANCES = """
select erp_code, legal_entity_code, account_code, period_name, currency, debit_minor::bigint as debit_minor,
    credit_minor::bigint as credit_minor, functional_debit_minor::bigint as functional_debit_minor,
    functional_credit_minor::bigint as functional_credit_minor
from control_balance
"""


@contextmanager
def held_still(database: FinanceDatabase) -> Iterator[Connection]:
    """A transaction in which no commit moves the running totals; nights wait for its end."""
    with database.transaction() as connection:
        connection.execute("lock table document_total, control_balance in share row exclusive mode")
        yield connection


def manifests(connection: Connection) -> list[Any]:
    """The files of every committed batch, as JSON."""
    return [row["manifest"] for row in connection.execute("select manifest from batch order by batch_no")]


def standing_entries(connection: Connection) -> list[Row]:
    """All journal entries that were not given up."""
    return connection.execute(
        "select id::text as id, erp_code from journal_entry where state <> 'superseded'"
    ).fetchall()


def balances(connection: Connection) -> list[Row]:
    """The running balances as they are kept."""
    return connection.execute(_BALANCES).fetchall()


def differing_documents(connection: Connection) -> list[Row]:
    """The document totals that are not what the register says."""
    return connection.execute(_DIFFERING_DOCUMENTS).fetchall()


def set_documents(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write document totals."""
    with connection.cursor() as cursor:
        cursor.executemany(_SET_DOCUMENTS, rows)


def set_balances(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write balances."""
    with connection.cursor() as cursor:
        cursor.executemany(_SET_BALANCES, rows)
