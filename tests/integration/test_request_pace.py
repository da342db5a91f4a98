"""The pace of an ERP holds for all processes together. Turns are counted by the database's instants, not by how fast a test runs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from include.app import App
from include.config.load import load_configuration
from include.finance.errors import SystemUnreachableError
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.request_pace import SharedPace

RATE = 30
GAP = timedelta(microseconds=33_334)  # rounded up: never faster
_ROOT = Path(__file__).parents[2]
_NOTED = """
set search_path = tieout;
create table turn (number bigint generated always as identity, at timestamptz not null);
grant insert on turn to finance_writer;
create function note_turn() returns trigger language plpgsql set search_path = tieout as $$
begin
    insert into turn (at) values (new.free_at);
    return null;
end $$;
create trigger noted after insert or update on request_pace for each row execute function note_turn();
"""


@contextmanager
def counting_server() -> Iterator[tuple[str, Counter[str]]]:
    """A server that counts who asks."""
    asked: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked[self.rfile.read(int(self.headers["Content-Length"])).decode()] += 1
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    server.server_close()
    thread.join()


def asking(
    finance: FinanceDatabase, name: str, url: str = "", *, times: int = 0, dies: bool = False
) -> subprocess.Popen[str]:
    """A process of its own that asks."""
    settings = {
        "dsn": finance.dsn,
        "account": "erp",
        "rate": RATE,
        "url": url,
        "name": name,
        "times": times,
        "dies": dies,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.posting.ask_at_pace"], stdin=subprocess.PIPE, text=True, cwd=_ROOT
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(settings))
    process.stdin.close()
    return process


def pace(finance: FinanceDatabase, account: str = "erp") -> SharedPace:
    return SharedPace(finance, account, RATE)


def free_at(finance: FinanceDatabase) -> datetime:
    """When the next turn comes."""
    with finance.transaction() as connection:
        row = connection.execute("select free_at from request_pace where account = 'erp'").fetchone()
    assert row is not None
    found: datetime = row["free_at"]
    return found


def test_two_processes_together_ask_no_faster_than_is_declared(
    finance: FinanceDatabase, postgres: EmbeddedPostgres
) -> None:
    times = 25
    with postgres.connect("finance_owner", urlsplit(finance.dsn).path.lstrip("/")) as owner:
        owner.execute(_NOTED)
        owner.commit()  # as long as it is not, nobody else reaches the table
        with counting_server() as (url, asked):
            processes = [asking(finance, name, url, times=times) for name in ("one", "two")]
            assert [process.wait(timeout=120) for process in processes] == [0, 0]
        turns = [row[0] for row in owner.execute("select at from tieout.turn order by number").fetchall()]
    # Everybody came to an end, each request had a turn, and no two turns are nearer to each other than the rate allows.
    assert asked == {"one": times, "two": times}
    assert len(turns) == 2 * times
    assert min(later - earlier for earlier, later in pairwise(turns)) >= GAP


def test_turns_follow_one_another_whoever_reserves_them(finance: FinanceDatabase) -> None:
    one, two = pace(finance), pace(finance)
    one.rest(300)
    first = free_at(finance)
    # What one was asked for holds the other back as well, and then each takes the place after the last.
    assert two.reserve() > 200
    assert free_at(finance) == first + GAP
    one.reserve()
    two.reserve()
    assert free_at(finance) == first + 3 * GAP
    assert pace(finance, "another").reserve() == 0


def test_a_process_that_is_killed_costs_one_turn(finance: FinanceDatabase) -> None:
    pace(finance).rest(300)
    first = free_at(finance)
    assert asking(finance, "dead", dies=True).wait(timeout=120) == -signal.SIGKILL
    assert free_at(finance) == first + GAP


def test_a_line_that_breaks_costs_nothing_else(finance: FinanceDatabase, postgres: EmbeddedPostgres) -> None:
    one = pace(finance)
    one.rest(300)
    first = free_at(finance)
    with postgres.admin() as admin:
        admin.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()",
            (urlsplit(finance.dsn).path.lstrip("/"),),
        )
    one.reserve()
    assert free_at(finance) == first + GAP


def test_a_turn_that_nobody_can_have_reserved_stops_nobody(finance: FinanceDatabase) -> None:
    """The database's clock has gone back by an hour since the last turn."""
    one = pace(finance)
    one.reserve()
    with finance.transaction() as connection:
        connection.execute("update request_pace set free_at = clock_timestamp() + interval '1 hour'")
    assert one.reserve() == 0
    one.rest(7200)  # ten minutes are the most that a system can ask for
    assert 0 < one.reserve() <= 600


def test_the_declared_rate_leads_to_the_row_of_the_erps_account(
    finance: FinanceDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also two ERPs of the configuration that lead to one account share its turns; without a rate there are none."""
    configuration = load_configuration()
    settings = configuration.erps["tryton"]
    app = App(configuration, None, str(tmp_path), tmp_path)  # type: ignore[arg-type]
    monkeypatch.setattr(App, "finance", lambda _: finance)
    assert app._pace(settings) is None
    shared = app._pace(replace(settings, requests_per_second=RATE))
    assert shared is not None
    shared.reserve()
    with finance.transaction() as connection:
        assert connection.execute("select account from request_pace").fetchall() == [{"account": "erp_tryton"}]
    broken = SharedPace(FinanceDatabase("postgresql://nobody@127.0.0.1:1/none"), "erp", RATE)
    with pytest.raises(SystemUnreachableError):
        broken.reserve()
