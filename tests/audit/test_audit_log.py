"""Every change leaves its row in the audit log, in the transaction that makes it, and its link in the chain."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from include.finance.actor import Actor
from include.finance.fx import FxRate, RatePurpose
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.store import audit_log
from include.store.fx_rates import add_rates
from include.store.tie_outs import TieOutScope, write_tie_out
from tests.audit.conftest import LoggedBooks


def test_a_change_is_logged_with_who_what_and_when(logged: LoggedBooks) -> None:
    assert logged.rows("subject_id = 'US 2026-01'") == [
        ("open", "accounting_period", "US 2026-01", None, {"state": "open", "changed_by": "ann"}),
        ("closed", "accounting_period", "US 2026-01", {"state": "open"}, {"state": "closed"}),
    ]
    with logged.auditor.transaction() as connection:
        [row] = connection.execute(
            "select db_role, actor, person, run_id, is_witnessed, legal_entity_code, at <= clock_timestamp() as is_past"
            " from audit_log where action = 'closed'"
        ).fetchall()
    assert row == {
        "db_role": "finance_writer",
        "actor": "test",
        "person": "ann",
        "run_id": "run-1",
        "is_witnessed": True,
        "legal_entity_code": "US",
        "is_past": True,
    }
    assert logged.verify().is_whole


def test_a_writer_who_says_nothing_of_himself_is_named_by_his_login(logged: LoggedBooks) -> None:
    with logged.connect("finance_owner") as connection:
        connection.execute("delete from tieout.accounting_period where period_name = '2026-03'")
    with logged.auditor.transaction() as connection:
        row = connection.execute("select action, actor, person from audit_log order by id desc limit 1").fetchone()
    assert row == {"action": "deleted", "actor": "finance_owner", "person": None}


def test_what_stays_as_it_was_is_not_logged(logged: LoggedBooks) -> None:
    before = len(logged.rows())
    logged.set_period("2026-01", "closed")
    assert len(logged.rows()) == before


def test_what_is_rolled_back_leaves_no_row_and_no_gap_in_the_chain(logged: LoggedBooks) -> None:
    with logged.connect("finance_writer") as connection:
        connection.execute("update tieout.accounting_period set state = 'closed'")
        connection.rollback()
    with logged.finance.transaction() as connection:
        connection.execute("savepoint half")
        connection.execute("update accounting_period set state = 'closed' where period_name = '2026-02'")
        connection.execute("rollback to savepoint half")
        connection.execute("update accounting_period set state = 'closed' where period_name = '2026-03'")
    assert [row[2] for row in logged.rows("action = 'closed'")] == ["US 2026-01", "US 2026-03"]
    verified = logged.verify()
    assert verified.is_whole
    assert verified.head is not None
    assert verified.head.seq == len(logged.rows())


def test_a_writer_that_dies_before_its_commit_leaves_nothing_unsealed(logged: LoggedBooks) -> None:
    before = len(logged.rows())
    connection = logged.connect("finance_writer")
    connection.execute("update tieout.accounting_period set state = 'closed'")
    with logged.postgres.admin() as admin:
        admin.execute("select pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,))
    connection.close()
    assert len(logged.rows()) == before
    assert logged.verify().is_whole


def test_transactions_at_once_are_linked_in_the_order_of_their_commits(logged: LoggedBooks) -> None:
    with logged.connect("finance_writer") as first, logged.connect("finance_writer") as second:
        first.execute("insert into tieout.accounting_period values ('UK', 'first', 'open', now(), 'ann')")
        second.execute("insert into tieout.accounting_period values ('DE', 'second', 'open', now(), 'ben')")
        second.commit()
        first.execute("insert into tieout.accounting_period values ('UK', 'third', 'open', now(), 'ann')")
        first.commit()
    with logged.auditor.transaction() as connection:
        rows = connection.execute("select subject from audit_chain order by seq desc limit 3").fetchall()
    assert [row["subject"] for row in rows] == [
        "accounting_period UK third",
        "accounting_period UK first",
        "accounting_period DE second",
    ]
    assert logged.verify().is_whole


def test_many_writers_at_once_make_one_chain(logged: LoggedBooks) -> None:
    """Each takes the same rows in another order than the next: the lock of the chain must add no deadlock."""

    def write(number: int) -> None:
        for turn in range(10):
            logged.set_period(f"2027-{number:02}", "closed" if turn % 2 else "open", f"E{number}")
            with logged.finance.transaction() as connection:
                audit_log.note(connection, "said", "test", f"{number} {turn}", {"turn": turn})
                connection.execute(
                    "update accounting_period set changed_by = %s where period_name = '2026-01'", (f"{number} {turn}",)
                )

    before = len(logged.rows())
    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    verified = logged.verify()
    assert verified.is_whole
    assert verified.head is not None
    assert verified.head.seq == len(logged.rows()) == before + 6 * 10 * 3


def test_a_transaction_of_an_older_snapshot_cannot_break_the_chain(logged: LoggedBooks) -> None:
    with logged.connect("finance_writer") as old:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from tieout.audit_chain")
        logged.set_period("2026-04", "open")
        old.execute("update tieout.accounting_period set state = 'closed' where period_name = '2026-02'")
        with pytest.raises(psycopg.errors.SerializationFailure, match="Run it again"):
            old.commit()
    assert logged.verify().is_whole


def test_sealing_twice_in_one_transaction_links_each_row_once(logged: LoggedBooks) -> None:
    with logged.finance.transaction() as connection:
        connection.execute("update accounting_period set state = 'closed' where period_name = '2026-02'")
        connection.execute("set constraints all immediate")
        connection.execute("update accounting_period set state = 'closed' where period_name = '2026-03'")
    assert logged.verify().is_whole
    assert len(logged.rows("action = 'closed'")) == 3


def test_the_application_logs_what_only_it_knows_and_is_told_from_what_the_database_saw(logged: LoggedBooks) -> None:
    with replace(logged.finance, actor=Actor("command requeue", "ben")).transaction() as connection:
        audit_log.note(connection, "planned", "night", "2026-02-01", {"reason": "audit"})
    with logged.auditor.transaction() as connection:
        row = connection.execute(
            "select is_witnessed, actor, person, after from audit_log order by id desc limit 1"
        ).fetchone()
    assert row == {"is_witnessed": False, "actor": "command requeue", "person": "ben", "after": {"reason": "audit"}}
    assert logged.verify().is_whole


def test_the_walk_hashes_what_the_database_hashes(logged: LoggedBooks) -> None:
    """verify-audit says the two formulas once more; a row with everything in it would show a difference."""
    with logged.auditor.transaction() as connection:
        row = connection.execute(
            "select bool_and(c.row_sha256 = sha256(convert_to(audit_content(l), 'UTF8'))) as rows_agree,"
            " count(*) filter (where l.before is not null and l.person is not null and l.legal_entity_code is not null) as whole"
            " from audit_log as l join audit_chain as c on c.log_id = l.id"
        ).fetchone()
    assert row == {"rows_agree": True, "whole": 1}
    assert logged.verify().is_whole


def test_a_tie_out_is_one_row_with_its_result_and_a_load_of_rates_is_one_with_its_count(logged: LoggedBooks) -> None:
    scope = TieOutScope(datetime(2026, 2, 1, 6, tzinfo=UTC), source_code="billing")
    row = TieOutRow(
        hop=2, check_name="documents", legal_entity_code="US", currency="USD", subject_type="dataset", subject="documents",
        left=Side(3, 100, 0), right=Side(3, 100, 0), status=TieOutStatus.EQUAL,
    )  # fmt: skip
    for _ in range(2):
        write_tie_out(logged.finance, scope, [row, row], "test", {})
    rows = logged.rows("subject_type = 'tie_out'")
    assert [action for action, *_ in rows] == ["tied out", "superseded", "tied out"]
    after = rows[0][4]
    assert isinstance(after, dict)
    assert (after["row_count"], after["different_count"], after["source_code"]) == (2, 0, "billing")
    rates = [
        FxRate("ecb", "EUR", "USD", date(2026, 1, day), RatePurpose.TRANSACTION, Decimal("1.08")) for day in (2, 3, 4)
    ]
    add_rates(logged.finance, rates, origin="rates.csv", loaded_by="ann")
    [(action, _, subject, _, loaded)] = logged.rows("subject_type = 'fx_rate'")
    assert isinstance(loaded, dict)
    assert (action, subject, loaded["rate_count"], loaded["origin"]) == ("loaded", "ecb", 3, "rates.csv")
    assert logged.verify().is_whole
