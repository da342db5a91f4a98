"""Writing a stage of the story into a real billing database: rows by COPY, then updates, then deletions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from include.sample.company import cash_rows, rows
from include.sample.company.control_totals import changes_of_totals
from include.sample.company.rows import Row
from include.sample.company.story import Stage

Connection = psycopg.Connection[tuple[Any, ...]]

# Parents before children.
TABLES: tuple[type[Row], ...] = (
    rows.LegalEntity,
    rows.Customer,
    rows.Product,
    rows.Contract,
    rows.Invoice,
    rows.InvoiceLine,
    rows.InvoiceLineTax,
    rows.CreditNote,
    rows.CreditNoteLine,
    rows.CreditNoteLineTax,
    cash_rows.Payment,
    cash_rows.PaymentAllocation,
    cash_rows.Refund,
    cash_rows.Dispute,
    cash_rows.DisputeMovement,
    cash_rows.ProcessorFee,
    cash_rows.Payout,
    cash_rows.PayoutItem,
    cash_rows.StatusHistory,
)
_ADD_TO_TOTALS = """
insert into billing.control_totals as kept (
    legal_entity_code, document_type, document_date, currency, document_count, total_minor, open_minor, as_of)
values (%s, %s, %s, %s, %s, %s, %s, %s)
on conflict (legal_entity_code, document_type, document_date, currency) do update set
    document_count = kept.document_count + excluded.document_count,
    total_minor = kept.total_minor + excluded.total_minor,
    open_minor = kept.open_minor + excluded.open_minor,
    as_of = greatest(kept.as_of, excluded.as_of)
"""


def write_stage(connection: Connection, stage: Stage) -> None:
    """Write the rows of a stage, in the caller's transaction."""
    for table in TABLES:
        _insert(connection, table, [change.after for change in stage.changes if change.before is None and change.after])
    for table in TABLES:
        _update(connection, table, [change.after for change in stage.changes if change.before and change.after])
    for table in reversed(TABLES):
        _delete(connection, table, [change.row for change in stage.changes if change.after is None])


def write_again(connection: Connection, stage: Stage) -> None:
    """Write the rows of a stage once more, unchanged, so that they carry this transaction's number."""
    for table in TABLES:
        _update(connection, table, [change.after for change in stage.changes if change.after])


def add_to_totals(connection: Connection, stage: Stage, as_of: datetime) -> None:
    """Add a stage's documents to billing's control totals."""
    with connection.cursor() as cursor:
        cursor.executemany(_ADD_TO_TOTALS, [(*cell, *amounts, as_of) for cell, *amounts in changes_of_totals(stage)])
        cursor.execute("delete from billing.control_totals where document_count = 0")


def _insert(connection: Connection, table: type[Row], found: Iterable[Row]) -> None:
    chosen = [row for row in found if type(row) is table]
    if not chosen:
        return
    columns = _columns(table)
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier("billing", table.table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in chosen:
            copy.write_row(_values(row, columns))


def _update(connection: Connection, table: type[Row], found: Iterable[Row]) -> None:
    chosen = [row for row in found if type(row) is table]
    columns = [column for column in _columns(table) if column != "id"]
    assignments = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in columns]
    statement = sql.SQL("update {} set {} where id = %s").format(
        sql.Identifier("billing", table.table), sql.SQL(", ").join(assignments)
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*_values(row, columns), row.id) for row in chosen])


def _delete(connection: Connection, table: type[Row], found: Iterable[Row]) -> None:
    chosen = [row for row in found if type(row) is table]
    statement = sql.SQL("delete from {} where id = %s").format(sql.Identifier("billing", table.table))
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(row.id,) for row in chosen])


def _columns(table: type[Row]) -> list[str]:
    return [field.name for field in fields(table)]


def _values(row: Row, columns: Sequence[str]) -> list[Any]:
    return [getattr(row, column) for column in columns]
