"""What a foreign event is worth: it balances, its total wins, and open items are relieved of exactly what they were worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from tempfile import gettempdir
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from include.subledger.workspace import Workspace

SCALE = 10**15
RATES = st.integers(1, 400 * SCALE)
AMOUNTS = st.integers(-(10**11), 10**11).filter(bool)
# Net and tax of the lines of a document; tax on the side of its net.
LINES = st.lists(
    st.tuples(AMOUNTS, st.integers(0, 30)).map(lambda drawn: (drawn[0], drawn[0] * drawn[1] // 100)),
    min_size=1,
    max_size=8,
)
DOCUMENT = UUID(int=1)
ONCE = UUID(int=0)


def half_up(value: Fraction) -> int:
    """Half away from zero."""
    whole = (2 * abs(value) + 1) // 2
    return whole if value >= 0 else -whole


@contextmanager
def booked(entries: Sequence[tuple[int, str, int]], rate: int, residual: str) -> Iterator[Workspace]:
    """A workspace in which one foreign event came to these entries: line, role, minor units."""
    with Workspace(Path(gettempdir())) as work:
        work.run("macros")
        work.run("tables")
        run = work._connection.execute
        work.set("portion", 0)
        work._connection.execute(
            "create table subledger_entry (booking_id bigint, document_no integer, document_date date, bucket tinyint, group_no integer,"
            " line_no integer, coding_no integer, amount_minor bigint, functional_minor bigint, fx_rate decimal(38, 15), fx_rate_date date,"
            " item_uid uuid)"
        )
        run("create table legal_entity as select 'US' as code, $1 as residual", [residual])
        run(
            "create table role_account as select 'US' as legal_entity_code, role, role as account_code, null::varchar as"
            " party_key from (values ('realised_fx'), ('rounding')) as r (role)"
        )
        run("insert into posting_group by name select 1 as group_no, 'US' as legal_entity_code, 'EUR' as currency")
        run(
            "insert into booking by name select 1 as booking_id, 0 as portion, 0 as bucket, 1 as group_no, $1::uuid as document_uid,"
            " 1 as event_type, $2::uuid as occurrence",
            [DOCUMENT, ONCE],
        )
        run(
            "create table foreign_event as select $1::uuid as document_uid, 1::smallint as event_type, $2::uuid as occurrence,"
            " 1.1::decimal(38, 15) as rate, date '2026-01-15' as rate_date, $3::hugeint as numerator, $4::hugeint as denominator",
            [DOCUMENT, ONCE, rate, SCALE],
        )
        run(
            "create table relief_value (document_uid uuid, event_type smallint, occurrence uuid, item_type varchar, item_uid uuid,"
            " amount_minor bigint, rate decimal(38, 15), rate_date date, functional_minor bigint)"
        )
        run("create table event_type as select 1 as code, 'invoice.issued' as name")
        run(
            "create table day_rate (legal_entity_code varchar, currency varchar, on_date date, rate decimal(38, 15),"
            " rate_date date, numerator hugeint, denominator hugeint)"
        )
        run(
            "create table exchange_value (document_uid uuid, taken_type smallint, occurrence uuid, taken_minor bigint,"
            " is_home boolean, functional_minor bigint)"
        )
        for number, role, amount in entries:
            run(
                "insert into entry_coding by name select max(coding_no) + 1 as coding_no, 'US' as legal_entity_code, $1 as role,"
                " $1 as account_code, 'rule' as rule_id from (select coding_no from entry_coding union all select 0)",
                [role],
            )
            run(
                "insert into subledger_entry by name select 1 as booking_id, 1 as group_no, $1 as line_no, $2 as amount_minor,"
                " (select max(coding_no) from entry_coding) as coding_no",
                [number, amount],
            )
        yield work


def worth(work: Workspace) -> list[tuple[str, int, int]]:
    """Role, amount and worth of each entry."""
    work.run("functional_entries")
    query = "select role, amount_minor, functional_minor from subledger_entry join entry_coding using (coding_no) order by line_no, role"
    return [
        (role, int(amount), int(functional)) for role, amount, functional in work._connection.execute(query).fetchall()
    ]


def entries_of(lines: Sequence[tuple[int, int]]) -> list[tuple[int, str, int]]:
    """An invoice as its rule books it, line by line."""
    return [
        entry
        for number, (net, tax) in enumerate(lines, start=1)
        for entry in (
            (number, "accounts_receivable", net + tax),
            (number, "deferred_revenue", -net),
            (number, "tax_payable", -tax),
        )
        if entry[2]
    ]


@settings(max_examples=40, deadline=None)
@given(lines=LINES, rate=RATES, residual=st.sampled_from(["largest_remainder", "account"]))
def test_a_document_balances_in_both_currencies_and_its_converted_total_wins(
    lines: list[tuple[int, int]], rate: int, residual: str
) -> None:
    with booked(entries_of(lines), rate, residual) as work:
        found = worth(work)
    assert sum(amount for _, amount, _ in found) == 0
    assert sum(functional for _, _, functional in found) == 0
    total = sum(net + tax for net, tax in lines)
    receivable = sum(functional for role, _, functional in found if role == "accounts_receivable")
    assert receivable == half_up(Fraction(total * rate, SCALE))
    for role, amount, functional in found:
        # No entry is further than a minor unit from its own conversion; only the residual has an account of its own.
        assert role == "rounding" or abs(functional - Fraction(amount * rate, SCALE)) <= 1
        assert role != "rounding" or (residual == "account" and 2 * abs(functional) <= len(found) - 1)


def test_what_is_more_than_half_a_minor_unit_per_entry_is_no_rounding() -> None:
    """Ten cents, one side of them by the rate of another day: on the rounding account it would pass for a cent lost on the way."""
    entries = [(1, "accounts_receivable", 1000), (2, "service_revenue", -1000)]
    for other, is_refused in ((SCALE, False), (SCALE * 1001 // 1000, False), (SCALE * 1002 // 1000, True)):
        with booked(entries, SCALE, "largest_remainder") as work:
            work._connection.execute(
                "insert into event_rate by name select $1::uuid as document_uid, 1 as event_type, $2::uuid as occurrence, 2 as line_no,"
                " 'EUR' as currency, date '2026-01-16' as on_date",
                [DOCUMENT, ONCE],
            )
            work._connection.execute(
                "insert into day_rate by name select 'US' as legal_entity_code, 'EUR' as currency, date '2026-01-16' as on_date,"
                " 1 as rate, date '2026-01-16' as rate_date, $1::hugeint as numerator, $2::hugeint as denominator",
                [other, SCALE],
            )
            found = worth(work)
            assert sum(functional for _, _, functional in found) == 0
            assert bool(work.table("beyond_rounding").num_rows) == is_refused, found


@settings(max_examples=40, deadline=None)
@given(
    shares=st.lists(st.integers(1, 10**9), min_size=1, max_size=10),
    rate=RATES,
    undone=st.lists(st.booleans(), min_size=10, max_size=10),
)
def test_what_settles_an_item_comes_to_what_it_was_worth_whatever_was_taken_back_meanwhile(
    shares: list[int], rate: int, undone: list[bool]
) -> None:
    """Some are taken back and settled again; in the end the item is settled in full."""
    moves = [
        move
        for share, again in zip(shares, undone, strict=False)
        for move in ((share, -share, share) if again else (share,))
    ]
    total, before, relieved = sum(shares), 0, 0
    worth_minor = half_up(Fraction(total * rate, SCALE))
    with Workspace(Path(gettempdir())) as work:
        work.run("macros")
        for move in moves:
            query = (
                "select share_of($1::bigint, $3::bigint, $4::hugeint) - share_of($2::bigint, $3::bigint, $4::hugeint)"
            )
            found = work._connection.execute(query, [before + move, before, total, worth_minor]).fetchone()
            assert found is not None
            assert abs(found[0] - Fraction(move * worth_minor, total)) <= 1
            before, relieved = before + move, relieved + found[0]
    assert relieved == worth_minor
