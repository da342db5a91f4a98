"""An ERP database that tests use one after the other: set back to how it was, because making the ERP load one takes seconds."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

# What a night can change in the ERP: entries, numbers, and what is open.
_COLUMNS = {
    "ir_sequence": ["number_next_internal"],
    "ir_sequence_strict": ["number_next_internal"],
    "account_period": ["state"],
    "account_journal_period": ["state"],
}


def keep_state(erp: psycopg.Connection[Any]) -> None:
    """Remember how the database is now. Connected as its owner."""
    erp.execute("create schema kept")
    for table in ("account_move", "account_move_line", *_COLUMNS):
        erp.execute(sql.SQL("create table kept.{0} as table public.{0}").format(sql.Identifier(table)))


def set_back(erp: psycopg.Connection[Any]) -> None:
    """Make it as it was when `keep_state` was called."""
    # Entries with their lines first, then what counts and what is open.
    erp.execute("truncate account_move cascade")
    for table in ("account_move", "account_move_line"):
        name = sql.Identifier(table)
        erp.execute(sql.SQL("insert into public.{0} select * from kept.{0}").format(name))
    for table, columns in _COLUMNS.items():
        for column in columns:
            erp.execute(
                sql.SQL("update public.{0} as t set {1} = k.{1} from kept.{0} as k where k.id = t.id").format(
                    sql.Identifier(table), sql.Identifier(column)
                )
            )
