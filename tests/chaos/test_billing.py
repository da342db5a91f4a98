"""Billing breaks off while it is read, changes meanwhile, delivers twice, or comes back from an old backup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg

from include.sample import company
from include.sample.postgres import EmbeddedPostgres
from tests.chaos.cases import Case, each
from tests.chaos.house import Books, House, Place, by_account, wait_for
from tests.chaos.slow_line import cut_line
from tests.chaos.stops import Stop

FIRST, SECOND = company.NIGHTS

ENDED = tuple(
    Case(
        f"billing ends our session {when}",
        "billing (pg_terminate_backend)",
        f"extract, before file {number + 1}",
        is_always=number == 5,
        given={"number": number},
    )
    for number, when in ((0, "before the first file"), (5, "while rows are read"), (12, "near the end"))
)


@each(*ENDED)
def test_session_ended(house: House, evening: Place, tmp_path: Path, case: Case) -> None:
    with house.copy(evening) as books:
        night = books.start(FIRST.as_of, Stop("evidence.extract", "before", case.given["number"], str(tmp_path)))
        wait_for(lambda: list(tmp_path.glob("reached-*")))
        with house.postgres.admin() as admin:
            query = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and application_name = 'tieout'"
            was_open = admin.execute(query, (books.place.billing,)).fetchall()
        (tmp_path / "go").touch()
        _, errors = night.end()
        # Where all was read already, nobody misses the session.
        assert {kind for kind, _ in errors} <= {"SystemUnreachableError"}
        assert errors or case.given["number"] == 12 or not was_open
        if errors:
            assert books.ask("select from batch") == []
        books.complete()
        books.require_right()


CUT = tuple(
    Case(
        f"the line to billing is cut after {kib} KiB",
        "the line to billing",
        "extract, in the middle of rows",
        given={"bytes": kib << 10},
    )
    for kib in (2, 40, 100)
)


@each(*CUT)
def test_line_cut(house: House, evening: Place, case: Case) -> None:
    with house.copy(evening) as books, cut_line(house.postgres.port, case.given["bytes"]) as cut:
        books.ports["billing"] = cut.port
        _, errors = books.run(FIRST.as_of)
        assert cut.is_done
        assert [kind for kind, _ in errors] == ["SystemUnreachableError"]
        assert books.ask("select from batch") == []
        books.complete()
        books.require_right()


CHANGING = (
    Case(
        "billing goes on while it is read",
        "billing (the whole next day commits)",
        "extract, before the 6th file",
        is_always=False,
        given={},
    ),
)


@each(*CHANGING)
def test_rows_change_while_they_are_read(house: House, filled: str, tmp_path: Path, case: Case) -> None:
    """One night is one snapshot; what commits meanwhile is the next night's."""
    place = Place(filled, house.finance_template, house.tryton_template)
    with house.copy(place, with_billing=True) as books:
        with company.hold_late_transaction(house.owner(books.place.billing)):
            night = books.start(FIRST.as_of, Stop("evidence.extract", "before", 5, str(tmp_path)))
            wait_for(lambda: list(tmp_path.glob("reached-*")))
        company.apply_night_two(house.owner(books.place.billing))
        (tmp_path / "go").touch()
        _, errors = night.end()
        # Only the comparison with billing's own totals can see that billing has gone on.
        assert {kind for kind, _ in errors} <= {"NightUnfinishedError"}
        books.run(FIRST.as_of)
        books.require_right(is_outcome_known=False)
        for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
            house.tryton.close_period(books.place.erp, entity, period)
        books.complete(SECOND)
        books.require_right(SECOND, is_outcome_known=False)


TWICE = tuple(
    Case(
        f"billing delivers {what} twice",
        "billing (no primary key any more)",
        "night one",
        given={"where": where},
    )
    for what, where in (
        ("one invoice", "id = (select id from invoices order by id limit 1)"),
        ("every invoice", "true"),
    )
)


_DUPLICATES = (
    "select subject_type from exception where split_part(cause, '|', 3) = 'duplicate_document' and state = 'open'"
)


@each(*TWICE)
def test_documents_twice(house: House, filled: str, case: Case) -> None:
    """None of them is booked, each that is more than a draft is an exception; delivered once, all are booked."""
    place = Place(filled, house.finance_template, house.tryton_template)
    with house.copy(place, with_billing=True) as books, without_key(house.owner(books.place.billing)) as billing:
        with twice(billing, case.given["where"]) as invoices:
            _, told = books.run(FIRST.as_of)
            assert {kind for kind, _ in told} == {"NightUnfinishedError"}
            # As in the DAG, posting goes on where billing's own totals count otherwise.
            assert books.run(FIRST.as_of, steps=("post",)) == (0, [])
            books.require_once()
            named = books.ask(_DUPLICATES)
            # Billing joins them to what belongs to them, which then comes twice as well.
            drafts = invoices.count("draft")  # no exception, as long as they are no more than that
            assert [row["subject_type"] for row in named].count("invoice") == len(invoices) - drafts > 0
        later = replace(FIRST, as_of=FIRST.as_of + timedelta(minutes=1))
        books.complete(later)
        books.require_right(is_outcome_known=False, surplus_rows=len(named) + drafts)
        assert books.ask(_DUPLICATES) == []


@contextmanager
def without_key(owner: str) -> Iterator[psycopg.Connection]:
    """Billing has lost a primary key; then its late transaction begins, which would hold up the loss."""
    with psycopg.connect(owner, autocommit=True, options="-c search_path=billing") as billing:
        billing.execute("alter table invoices drop constraint invoices_pkey cascade")
        with company.hold_late_transaction(owner):
            yield billing


@contextmanager
def twice(billing: psycopg.Connection, where: str) -> Iterator[list[str]]:
    """Some invoices stand twice in billing, whose status this is; at the end each stands once."""
    done = billing.execute(f"insert into invoices select * from invoices where {where} returning status")
    yield [status for (status,) in done]
    # Nobody touches what is left: what waits for a person is read again each night.
    billing.execute("delete from invoices as a using invoices as b where a.id = b.id and a.ctid > b.ctid")


BACKUPS = (
    Case(
        "billing is restored from an old backup into the same server",
        "billing (an older copy in its place)",
        "after night two; then it does the same day again",
        given={"is_elsewhere": False},
    ),
    Case(
        "billing is restored from an old backup into another server",
        "billing (an older copy in its place)",
        "after night two; then it does the same day again",
        given={"is_elsewhere": True},
    ),
)


@each(*BACKUPS)
def test_old_backup(house: House, second_evening: Place, filled: str, apart: EmbeddedPostgres, case: Case) -> None:
    """It is noticed, by its identity or by its totals, before anything is booked; a full compare follows it back, and on again."""
    with house.copy(second_evening) as books:
        books.complete(SECOND)
        books.require_right(SECOND)
        with old_billing(house, books, apart if case.given["is_elsewhere"] else None, filled) as owner:
            before = books.ledger(SECOND)
            _, errors = books.run(SECOND.as_of + timedelta(minutes=1))
            expected = "SourceReplacedError" if case.given["is_elsewhere"] else "NightUnfinishedError"
            assert [kind for kind, _ in errors] == [expected], errors
            assert books.ledger(SECOND) == before
            # People decide that the older billing is the right one: what it has otherwise is booked as it has it.
            later = replace(SECOND, as_of=SECOND.as_of + timedelta(minutes=2))
            _, errors = books.run(later.as_of, is_full=True)
            # What is simply not there any more stays booked, and is named, until billing says that it was deleted.
            assert [kind for kind, _ in errors] == ["NightUnfinishedError"]
            assert "surplus" in errors[0][1]
            assert books.run(later.as_of, steps=("post",)) == (0, [])
            books.require_once()
            assert books.ledger(SECOND) != before
            with company.hold_late_transaction(owner):
                pass  # it commits at once this time
            company.apply_night_two(owner)
            books.complete(replace(SECOND, as_of=SECOND.as_of + timedelta(minutes=3)))
            books.require_once()
            books.require_booked_once()
            assert by_account(books.ledger(SECOND)) == by_account(books.answer(SECOND))


@contextmanager
def old_billing(house: House, books: Books, server: EmbeddedPostgres | None, filled: str) -> Iterator[str]:
    """Put billing as it was before the second day into the place of the one that the books have read."""
    if server is None:
        name = house.database("billing", filled)
        books.place = replace(books.place, billing=name)
        yield house.owner(name)
        house.drop(name)
        return
    name = "chaos_old_billing"
    server.drop_database(name)  # what a run that failed has left there is not as old
    server.create_database(name, "billing_owner")
    owner = server.dsn("billing_owner", name)
    company.create_billing_schema(owner)
    company.fill_night_one(owner)
    books.place, books.billing_server = replace(books.place, billing=name), server
    yield owner
    server.drop_database(name)
