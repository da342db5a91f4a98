"""What foreign documents settle of open items, as a real billing database tells it, and whom a change brings along."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.sample.postgres import EmbeddedPostgres
from tests.integration.billing_world import BillingWorld, make_template, uid

_WORDS = ("INV-1", "INV-2", "CN-1", "PAY-1", "PAY-2", "REF-1", "REF-2")
_NAMES = {uid(word): word for word in _WORDS}
_IN_EUROS = "; ".join(
    f"update billing.{table} set currency = 'EUR' where currency = 'USD'"
    for table in ("invoices", "credit_notes", "payments", "payment_allocations", "refunds")
)


@pytest.fixture
def billing(quiet: EmbeddedPostgres) -> Iterator[BillingWorld]:
    """The small billing database, everything of the US company in euros."""
    name = f"billing_{uuid4().hex[:8]}"
    make_template(quiet, name)
    world = BillingWorld(quiet, name)
    world.change(_IN_EUROS)
    yield world
    quiet.drop_database(name)


def read(billing: BillingWorld, since: int = 0) -> tuple[int, list[str], set[str]]:
    """The horizon, the reliefs as sentences, and the documents that were read."""
    with PostgresBilling(billing.reader_dsn, "billing_db").read(since, [], lambda _: []) as reading:
        rows = [row for batch in reading.datasets["reliefs"]() for row in batch.to_pylist()]
        documents = [row for batch in reading.datasets["documents"]() for row in batch.to_pylist()]
    told = [
        f"{_NAMES[row['native_id']]} {'takes back' if row['is_undone'] else 'settles'} {row['amount_minor']} of"
        f" {row['item_type']} {row['item_date']:%m-%d} {row['item_total_minor']} after {row['before_minor']}"
        for row in rows
    ]
    return reading.position.horizon, sorted(told), {_NAMES.get(row["native_id"], "") for row in documents} - {""}


def test_each_open_item_is_settled_in_order_of_days(billing: BillingWorld) -> None:
    _, told, _ = read(billing)
    assert told == [
        "CN-1 settles 0 of origin 01-11 0 after 0",
        "CN-1 settles 3000 of credit_memo 01-11 3000 after 0",
        "CN-1 settles 3000 of invoice 01-11 5000 after 0",
        "PAY-1 settles 10888 of invoice 01-10 10888 after 0",
        "PAY-1 settles 10888 of payment 01-12 12000 after 0",
        "REF-1 settles 700 of payment 01-12 12000 after 10888",
        "REF-2 settles 300 of payment 01-12 12000 after 11588",
    ]


def test_what_is_taken_back_brings_along_all_that_settles_the_same_items(billing: BillingWorld) -> None:
    horizon, _, _ = read(billing)
    billing.change(
        "insert into billing.payments (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor,"
        " processor) values (uid('PAY-2'), uid('C-1'), uid('US'), 'succeeded', 'card', '2026-01-20T15:00Z', 'EUR', 5000, 'x');"
        "insert into billing.payment_allocations (id, payment_id, invoice_id, amount_minor, currency, allocated_date)"
        " values (uid('PAY-2'), uid('PAY-2'), uid('INV-1'), 5000, 'EUR', '2026-01-20')"
    )
    horizon, told, documents = read(billing, horizon)
    assert documents == {"PAY-1", "PAY-2", "REF-1", "REF-2"}
    assert "PAY-2 settles 5000 of invoice 01-10 10888 after 10888" in told
    billing.change("update billing.payment_allocations set reversed_date = '2026-01-15' where id = uid('PAY-1/INV-1')")
    _, told, documents = read(billing, horizon)
    assert documents == {"PAY-1", "PAY-2", "REF-1", "REF-2"}
    assert told == [
        "PAY-1 settles 10888 of invoice 01-10 10888 after 0",
        "PAY-1 settles 10888 of payment 01-12 12000 after 0",
        "PAY-1 takes back -10888 of invoice 01-10 10888 after 10888",
        "PAY-1 takes back -10888 of payment 01-12 12000 after 11888",
        "PAY-2 settles 5000 of invoice 01-10 10888 after 0",
        "PAY-2 settles 5000 of payment 01-20 5000 after 0",
        "REF-1 settles 700 of payment 01-12 12000 after 10888",
        "REF-2 settles 300 of payment 01-12 12000 after 11588",
    ]


def test_each_says_which_item_it_settles(billing: BillingWorld) -> None:
    with PostgresBilling(billing.reader_dsn, "billing_db").read(0, [], lambda _: []) as reading:
        rows = [row for batch in reading.datasets["reliefs"]() for row in batch.to_pylist()]
    assert {(_NAMES[row["native_id"]], row["item_type"], _NAMES.get(row["item_id"] or "")) for row in rows} == {
        ("CN-1", "origin", None),
        ("CN-1", "credit_memo", "CN-1"),
        ("CN-1", "invoice", "INV-2"),
        ("PAY-1", "invoice", "INV-1"),
        ("PAY-1", "payment", "PAY-1"),
        ("REF-1", "payment", "PAY-1"),
        ("REF-2", "payment", "PAY-1"),
    }


def test_books_in_their_own_currency_have_none(billing: BillingWorld) -> None:
    billing.change(_IN_EUROS.replace("'EUR'", "'XXX'").replace("'USD'", "'EUR'").replace("'XXX'", "'USD'"))
    assert read(billing)[1] == []
