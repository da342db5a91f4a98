"""The embedded services are real: they refuse strangers, live side by side, recover, and leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor
from include.sample.tryton import POSTER, TrytonServer
from include.sample.tryton_rpc import TrytonCallError, TrytonSession
from include.sample.tryton_setup import read_chart


@pytest.fixture
def other_state(state: Path) -> Iterator[Path]:
    """A second state folder, whose owner nobody else is."""
    folder = state / "other"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    yield folder
    EmbeddedPostgres(folder).stop()
    shutil.rmtree(folder)


def test_a_wrong_password_is_refused(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(make_conninfo(postgres.dsn("airflow", "airflow"), password="wrong"))


@pytest.mark.parametrize(
    ("role", "database"), [("billing_reader", "finance"), ("finance_writer", "airflow"), ("tryton", "billing")]
)
def test_a_role_stays_out_of_other_databases(postgres: EmbeddedPostgres, role: str, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        postgres.connect(role, database)


def test_a_reader_reads_and_does_not_write(postgres: EmbeddedPostgres) -> None:
    postgres.create_database("reading", "billing_owner")
    try:
        with postgres.connect("billing_owner", "reading") as owner:
            owner.execute("create table before_the_grant (id int)")
        postgres.grant_reading("reading", "billing_owner", "billing_reader")
        with postgres.connect("billing_owner", "reading") as owner:
            owner.execute("create table after_the_grant (id int)")
        with postgres.connect("billing_reader", "reading") as reader:
            assert reader.execute("select from before_the_grant, after_the_grant").fetchall() == []
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("insert into before_the_grant values (1)")
    finally:
        postgres.drop_database("reading")


def test_two_servers_side_by_side_do_not_collide(postgres: EmbeddedPostgres, other_state: Path) -> None:
    other = EmbeddedPostgres(other_state)
    other.start()
    assert other.port != postgres.port
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(make_conninfo(postgres.dsn("airflow", "airflow"), port=other.port))
    other.stop()
    assert not other.is_running()
    assert postgres.is_running()


def test_a_killed_server_recovers_what_was_committed(other_state: Path) -> None:
    server = EmbeddedPostgres(other_state)
    server.start()
    with server.connect("finance_owner", "finance") as connection:
        connection.execute("create table kept (id int)")
    _server_process(other_state).kill()
    server.start()
    with server.connect("finance_owner", "finance") as connection:
        assert connection.execute("select id from kept").fetchall() == []


def test_a_port_that_was_taken_meanwhile_is_given_up(other_state: Path) -> None:
    first = EmbeddedPostgres(other_state)
    first.start()
    taken = first.port
    first.stop()
    with socket.create_server(("127.0.0.1", taken)):
        first.start()
        assert first.port != taken


def test_stop_leaves_no_process(other_state: Path) -> None:
    server = EmbeddedPostgres(other_state)
    server.start()
    assert _processes_in(other_state)
    server.stop()
    assert _processes_in(other_state) == []


def test_a_crashed_programs_children_are_ended_and_a_stranger_with_its_number_is_not(other_state: Path) -> None:
    supervisor = Supervisor(other_state)
    supervisor.start("parent", ["/bin/sh", "-c", "sleep 600 & wait"], {"PATH": "/usr/bin:/bin"}, other_state)
    parent = supervisor.process("parent")
    assert parent is not None
    (child,) = _children(parent)
    parent.send_signal(signal.SIGKILL)
    supervisor.stop("parent")
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    # This test's own process, said to have been started before it was.
    file = other_state / "run" / "stranger.pid"
    file.write_text(str(psutil.Process().pid))
    os.utime(file, (0, 0))
    assert not supervisor.is_running("stranger")
    supervisor.stop("stranger")


def test_the_erp_has_the_sample_company(tryton: TrytonServer, erp_database: str) -> None:
    session = tryton.session(erp_database, POSTER)
    chart = read_chart()
    companies = session.search("company.company", [], ["party.code", "currency.code"])
    assert {(found["party."]["code"], found["currency."]["code"]) for found in companies} == {
        (entity["code"], entity["currency"]) for entity in chart["entities"]
    }
    accounts = session.search("account.account", [], ["code"])
    assert len(accounts) == len(chart["accounts"]) * len(chart["entities"])
    needing_party = session.search("account.account", [["party_required", "=", True]], ["code", "company.party.code"])
    assert [(found["code"], found["company."]["party."]["code"]) for found in needing_party] == [("1100", "DE")]
    assert session.search("party.party", [["name", "=", "Billing customers EUR"]])
    open_periods = session.search("account.period", [["state", "=", "open"]], ["name"])
    assert {found["name"][:4] for found in open_periods} == {"2026", "2027"}


def test_a_copy_of_the_erp_takes_an_entry_and_the_next_copy_is_empty(tryton: TrytonServer, erp_database: str) -> None:
    session = tryton.session(erp_database, POSTER)
    assert _post(session, "2026-03", date(2026, 3, 15)) == {"number": "US-2026-000001", "state": "posted"}
    copy = f"{erp_database}_copy"
    tryton.create_database(copy)
    assert tryton.session(copy, POSTER).search("account.move", []) == []
    tryton.drop_database(copy)


def test_companies_are_posted_to_at_once_without_a_refusal(tryton: TrytonServer, erp_database: str) -> None:
    def post_five(company: int) -> set[str]:
        session = tryton.session(erp_database, POSTER)
        return {_post(session, "2026-03", date(2026, 3, 15), company)["number"] for _ in range(5)}

    with ThreadPoolExecutor(4) as pool:
        assert sum(len(numbers) for numbers in pool.map(post_five, (1, 2, 3, 4))) == 20


def test_a_closed_period_refuses_entries_until_it_is_reopened(tryton: TrytonServer, erp_database: str) -> None:
    session = tryton.session(erp_database, POSTER)
    _post(session, "2026-01", date(2026, 1, 15))
    tryton.close_period(erp_database, "US", "2026-01")
    with pytest.raises(TrytonCallError, match="closed"):
        _post(session, "2026-01", date(2026, 1, 15))
    with pytest.raises(TrytonCallError, match="not allowed"):
        session.call("account.period.reopen", [_period_id(session, "2026-01")])
    tryton.reopen_period(erp_database, "US", "2026-01")
    _post(session, "2026-01", date(2026, 1, 15))


def test_the_template_is_built_once(tryton: TrytonServer, postgres: EmbeddedPostgres) -> None:
    def age() -> list[tuple[object, ...]]:
        with postgres.admin() as admin:
            return admin.execute("select datname, oid from pg_database where datistemplate order by 1").fetchall()

    before = age()
    tryton.ensure_template()
    assert age() == before


def test_the_erp_is_found_again_after_it_was_killed(tryton: TrytonServer, state: Path, erp_database: str) -> None:
    process = Supervisor(state).process("tryton")
    assert process is not None
    process.kill()
    tryton.start()
    assert tryton.session(erp_database, POSTER).search("account.move", []) == []


def _post(session: TrytonSession, period: str, day: date, company: int = 1) -> dict[str, Any]:
    """Post 10 units of revenue in `company` and return the entry's number and state."""
    domain = [["company", "=", company], ["code", "in", ["1050", "4000"]]]
    debit, credit = (found["id"] for found in session.search("account.account", domain, company=company))
    (journal,) = session.search("account.journal", [["code", "=", "INVOICES"]])
    ten, zero = Decimal(10), Decimal(0)
    lines = [
        {"account": debit, "debit": ten, "credit": zero},
        {"account": credit, "debit": zero, "credit": ten},
    ]
    entry = {"company": company, "journal": journal["id"], "period": _period_id(session, period, company), "date": day}
    ids = session.create("account.move", [entry | {"lines": [["create", lines]]}], company=company)
    session.call("account.move.post", ids, company=company)
    (posted,) = session.call("account.move.read", ids, ["number", "state"], company=company)
    return {"number": posted["number"], "state": posted["state"]}


def _period_id(session: TrytonSession, name: str, company: int = 1) -> int:
    (period,) = session.search("account.period", [["company", "=", company], ["name", "=", name]], company=company)
    return int(period["id"])


def _server_process(folder: Path) -> psutil.Process:
    number = (folder / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0]
    return psutil.Process(int(number))


def _processes_in(folder: Path) -> list[psutil.Process]:
    """Living processes that work below `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _children(parent: psutil.Process) -> list[psutil.Process]:
    while not (children := parent.children()):
        pass
    return children
