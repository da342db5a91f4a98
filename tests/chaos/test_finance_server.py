"""The finance database itself fails: deadlock, serialization failure, full disk, standby, restart. It is said, and the night goes on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psutil
from psycopg import sql

from include.sample import company
from include.sample.postgres import EmbeddedPostgres
from tests.chaos.cases import Case, each
from tests.chaos.house import Books, House, Place, wait_for
from tests.chaos.stops import Stop

NIGHT = company.NIGHTS[0]
ONLY_UK = {"steps": ("post",), "entities": ("UK",)}
# What PostgreSQL can say to a correct statement, with its cure as our message must have it.
STATES = {
    "40001": ("could not serialize access", "tried again by itself"),
    "40P01": ("deadlock detected", "tried again by itself"),
    "53100": ("could not extend file: No space left on device", "make room on the disk"),
    "53200": ("out of memory", "the memory that it lacks"),
    "57014": ("canceling statement due to user request", "cancelled what it was doing"),
    "58030": ("could not write block: Input/output error", "disk of its server looked at"),
}
PLACES = {
    "the attempt is opened": ("attempt", 1, ("account",)),
    "the validation is recorded": ("validation", 1, ("account",)),
    "the batch is committed": ("batch", 1, ("account",)),
    "an entry is on its way": ("posting_transition", 7, ("post",)),
    "a draft is noted": ("posting_transition", 8, ("post",)),
    "an entry is noted as posted": ("posting_transition", 9, ("post",)),
    "the tie-out is recorded": ("tie_out", 1, ("post",)),
}
SAYS = tuple(
    Case(
        f"the finance database says {state} ({said.split(':')[0]}) when {when}",
        "the finance database (SQLSTATE raised in a trigger)",
        f"insert {number} into {table}",
        is_always=(state, when) == ("53100", "a draft is noted"),
        given={"state": state, "table": table, "number": number, "steps": steps},
    )
    for state, (said, _) in STATES.items()
    for when, (table, number, steps) in PLACES.items()
    if state in ("40001", "53100") or table in ("batch", "posting_transition")
)


@each(*SAYS)
def test_it_says_no(house: House, evening: Place, nearly_posted: Place, case: Case) -> None:
    state, steps = case.given["state"], case.given["steps"]
    with house.copy(evening if "account" in steps else nearly_posted) as books:
        with refusing(books, case.given["table"], state, case.given["number"]):
            _, errors = books.run(NIGHT.as_of, steps=steps, entities=("UK",))
        said, cure = STATES[state]
        [(kind, message)] = errors
        assert (kind, said in message, cure in message) == ("SystemUnreachableError", True, True), message
        books.complete()
        books.require_right()


@contextmanager
def refusing(books: Books, table: str, state: str, number: int) -> Iterator[None]:
    """The n-th insert of rows into a table ends with this SQLSTATE; the sequence counts on when a transaction is rolled back."""
    text = """
        create sequence public.inserts;
        grant usage on sequence public.inserts to public;
        create function public.refuse() returns trigger language plpgsql as $$
        begin
            if nextval('public.inserts') = {number} then
                raise exception using errcode = {state}, message = {said};
            end if;
            return null;
        end $$;
        create trigger chaos_refuses before insert on tieout.{table} for each statement execute function public.refuse();
        """
    with books.finance_server.admin(books.place.finance) as admin:
        admin.execute(
            sql.SQL(text).format(
                number=sql.Literal(number),
                state=sql.Literal(state),
                said=sql.Literal(STATES[state][0]),
                table=sql.Identifier(table),
            )
        )
        try:
            yield
        finally:
            admin.execute(sql.SQL("drop trigger chaos_refuses on tieout.{}").format(sql.Identifier(table)))


DEADLOCKS = (
    Case(
        "a real deadlock with another session at the batch",
        "the finance database (a session that locks in the other order)",
        "account, in the transaction of the batch",
        given={"first": "batch", "then": "source_stream", "steps": ("account",)},
    ),
    Case(
        "a real deadlock with another session at an entry",
        "the finance database (a session that locks in the other order)",
        "posting, in the transaction of sending",
        given={"first": "posting_transition", "then": "journal_entry", "steps": ("post",)},
    ),
)


@each(*DEADLOCKS)
def test_deadlock(house: House, evening: Place, nearly_posted: Place, case: Case) -> None:
    steps = case.given["steps"]
    with house.copy(evening if "account" in steps else nearly_posted) as books:
        with deadlock(books, case.given["first"], case.given["then"]):
            _, errors = books.run(NIGHT.as_of, steps=steps, entities=("UK",))
        [(kind, message)] = errors
        assert (kind, "deadlock detected" in message) == ("SystemUnreachableError", True)
        books.complete()
        books.require_right()


@contextmanager
def deadlock(books: Books, first: str, then: str) -> Iterator[None]:
    """Hold one table; once somebody of ours waits for it, ask for the rows that they hold. PostgreSQL ends them, not us."""
    with books.finance_server.admin(books.place.finance) as us, books.finance_server.admin() as looking:
        # Who finds the circle is its victim: we never look, they do after they have waited for longer than we need.
        us.execute("set deadlock_timeout = '1h'")
        role = sql.SQL("alter role finance_writer in database {} set deadlock_timeout = '4s'")
        us.execute(role.format(sql.Identifier(books.place.finance)))
        us.execute("begin")
        us.execute(sql.SQL("lock table tieout.{} in share row exclusive mode").format(sql.Identifier(first)))
        waiting = "select from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"

        def cross() -> None:
            wait_for(lambda: looking.execute(waiting, (books.place.finance,)).fetchall())
            us.execute(sql.SQL("select from tieout.{} for update").format(sql.Identifier(then)))
            us.execute("rollback")

        thread = Thread(target=cross, daemon=True)
        thread.start()
        yield
        thread.join()


STANDBY = (
    Case(
        "the finance database takes no writes any more",
        "the finance database (read only, as a standby is)",
        "before the night",
        given={},
    ),
)


@each(*STANDBY)
def test_standby(house: House, evening: Place, case: Case) -> None:
    with house.copy(evening) as books:
        name = sql.Identifier(books.place.finance)
        with house.postgres.admin() as admin:
            admin.execute(sql.SQL("alter database {} set default_transaction_read_only = on").format(name))
            _, errors = books.run(NIGHT.as_of)
            admin.execute(sql.SQL("alter database {} reset default_transaction_read_only").format(name))
        [(kind, message)] = errors
        assert (kind, "lead the connection to the primary" in message) == ("SystemUnreachableError", True)
        books.complete()
        books.require_right()


RESTARTS = tuple(
    Case(
        f"the finance database's server {how} {when}",
        "the finance database's server",
        stage,
        is_always=(how, site) == ("crashes and recovers", "commit_batch"),
        given={"how": how, "stop": (site, moment, number)},
    )
    for how in ("is restarted", "crashes and recovers")
    for when, stage, site, moment, number in (
        ("while documents land", "extract, before the 6th file", "evidence.extract", "before", 5),
        ("before the commit of the batch", "account, all is written and not committed", "commit_batch", "open", 0),
        ("before an entry is sent", "posting, 8th entry, sending is committed", "http.write", "before", 14),
        ("after the answer to a create", "posting, 8th entry", "erp.create", "after", 7),
        ("between two verified entries", "posting, 8th entry", "change.verified", "after", 7),
    )
)


@each(*RESTARTS)
def test_restart(house: House, evening: Place, apart: EmbeddedPostgres, tmp_path: Path, case: Case) -> None:
    with house.copy_apart(evening, apart) as books:
        night = books.start(NIGHT.as_of, Stop(*case.given["stop"], str(tmp_path)))
        wait_for(lambda: list(tmp_path.glob("reached-*")), 120)
        if case.given["how"] == "is restarted":
            apart.stop()
            apart.start()
        else:
            crash(apart)
        (tmp_path / "go").touch()
        _, errors = night.end()
        assert {kind for kind, _ in errors} <= {"SystemUnreachableError", "LeaseHeldError", "NightUnfinishedError"}
        # A lease that its holder could not give back runs out by itself.
        books.complete()
        books.require_right()


def crash(server: EmbeddedPostgres) -> None:
    """A server process is killed: PostgreSQL ends all sessions, throws its memory away and recovers from its log."""
    with server.admin() as session:
        [number] = session.execute("select pg_backend_pid()").fetchone() or [0]
        psutil.Process(number).kill()
    time.sleep(0.2)
    wait_for(server.is_running)


CLOCKS = tuple(
    Case(
        f"the clock of a worker {way.removeprefix('clock ')} by a day {when}",
        "the clock of the process",
        stage,
        given={"stop": Stop(site, "before", number, then=way)},
    )
    for way in ("clock goes back", "clock goes on")
    for when, stage, site, number in (
        ("while documents land", "extract, before the 6th file", "evidence.extract", 5),
        ("before an entry is sent", "posting, 8th entry, sending is committed", "http.write", 14),
    )
)


@each(*CLOCKS)
def test_clock_of_a_worker(house: House, evening: Place, case: Case) -> None:
    """Leases and dates are of the database's clock and waits of one that never jumps: the night does not even notice."""
    with house.copy(evening) as books:
        assert books.run(NIGHT.as_of, case.given["stop"]) == (0, [])
        books.require_right()


SERVER_CLOCKS = (
    Case(
        "the clock of the finance database goes on by two hours while an entry is on its way",
        "the clock of the finance database",
        "posting, 8th entry, killed after the answer to its create",
        given={"hours": 2},
    ),
    Case(
        "the clock of the finance database goes back by two hours, and is set right, while an entry is on its way",
        "the clock of the finance database",
        "posting, 8th entry, killed after the answer to its create",
        given={"hours": -2},
    ),
)


@each(*SERVER_CLOCKS)
def test_clock_of_the_server(house: House, nearly_posted: Place, case: Case) -> None:
    """A lease that seems to have run out long ago, or to run for long: who comes next asks, or waits, and nothing is sent twice."""
    hours = case.given["hours"]
    with house.copy(nearly_posted) as books:
        books.run(NIGHT.as_of, Stop("erp.create", "after", 7), **ONLY_UK)
        jump(books, hours)
        _, errors = books.run(NIGHT.as_of, **ONLY_UK)
        assert [kind for kind, _ in errors] == ([] if hours > 0 else ["LeaseHeldError"])
        if hours < 0:
            jump(books, -hours)
        books.complete(steps=("post", "verdict"), entities=("UK",))
        books.require_right()


def jump(books: Books, hours: int) -> None:
    """A clock that has jumped by so much is, for what was written before, the same as that having been written so much earlier."""
    with books.finance_server.admin(books.place.finance) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            """
            update tieout.journal_entry
            set lease_until = lease_until - make_interval(hours => %(hours)s), last_sent_at = last_sent_at - make_interval(hours => %(hours)s)
            where lease_until is not null
            """,
            {"hours": hours},
        )
