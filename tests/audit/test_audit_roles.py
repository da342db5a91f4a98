"""The application's login adds to the audit log and can do no more to it; an auditor reads; the owner is stopped by triggers."""

from __future__ import annotations

import psycopg
import pytest

from tests.audit.conftest import LoggedBooks

_FORBIDDEN = [
    "update tieout.audit_log set person = 'nobody'",
    "delete from tieout.audit_log",
    "truncate tieout.audit_log",
    "truncate tieout.audit_log, tieout.audit_chain",
    "update tieout.audit_chain set subject = ''",
    "delete from tieout.audit_chain",
    "insert into tieout.audit_chain values (1000, 1000, '', '', '')",
    "alter table tieout.audit_log disable trigger all",
    "alter table tieout.accounting_period disable trigger audit_update",
    "drop trigger audit_update on tieout.accounting_period",
    "drop table tieout.audit_log cascade",
    "create or replace function tieout.seal_audit() returns trigger language sql as ''",
    "create or replace function tieout.audit_journal_entry() returns trigger language sql as ''",
    "create rule nothing as on insert to tieout.audit_log do instead nothing",
    "create trigger mine before insert on tieout.audit_log for each row execute function tieout.refuse_change()",
    "call tieout.audit_table('batch', 'batch', array['id'], '''''', '''''', '''''', array['state'], array['', '', ''])",
    "call tieout.audit_guarded()",
    "set session_replication_role = replica",
    "set role finance_owner",
    "create function tieout.mine() returns int language sql as 'select 1'",
]
# What the database says of a row is not for its writer to say.
_NOT_ITS_WORD = ["id", "xact", "at", "db_role", "actor", "person", "run_id", "is_witnessed", "is_sealing"]


@pytest.mark.parametrize("role", ["finance_writer", "auditor"])
def test_neither_application_nor_auditor_can_touch_log_chain_or_triggers(logged: LoggedBooks, role: str) -> None:
    with logged.connect(role) as connection:
        for statement in _FORBIDDEN:
            refused(connection, statement)
        # What is not ours to give is not given.
        connection.execute("grant update on tieout.audit_log to finance_writer")
        assert connection.execute(
            "select has_table_privilege('finance_writer', 'tieout.audit_log', 'update')"
        ).fetchone() == (False,)


def test_the_application_cannot_say_who_wrote_a_row_or_when(logged: LoggedBooks) -> None:
    with logged.connect("finance_writer") as connection:
        for column in _NOT_ITS_WORD:
            refused(
                connection,
                f"insert into tieout.audit_log ({column}, action, subject_type, subject_id) overriding system value"
                f" select {column}, 'a', 'b', 'c' from tieout.audit_log limit 1",
            )
        connection.execute("insert into tieout.audit_log (action, subject_type, subject_id) values ('a', 'b', 'c')")


def test_the_auditor_reads_and_adds_nothing(logged: LoggedBooks) -> None:
    with logged.connect("auditor") as connection:
        assert connection.execute("select count(*) from tieout.audit_chain").fetchone() == (5,)
        refused(connection, "insert into tieout.audit_log (action, subject_type, subject_id) values ('a', 'b', 'c')")


def test_the_owner_does_not_change_the_log_by_mistake(logged: LoggedBooks) -> None:
    with logged.connect("finance_owner") as owner:
        for statement in (
            "update tieout.audit_log set person = ''",
            "delete from tieout.audit_chain",
            "truncate tieout.audit_log, tieout.audit_chain",
        ):
            refused(owner, statement, "append-only")


def refused(connection: psycopg.Connection[tuple[object, ...]], statement: str, why: str | None = None) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=why), connection.transaction():
        connection.execute(statement.encode())
