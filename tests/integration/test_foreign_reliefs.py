"""What foreign documents settle of open items, as a real billing database tells it, and whom a change brings along."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.sample.postgres import EmbeddedPostgres
from tests.integration.billing_world import BillingWorld, make_template, uid

pytestmark = pytest.mark.long  # `make test` runs those marked core

_WORDS = (
    "INV-1",
    "INV-2",
    "CN-1",
    "CN-2",
    "CN-3",
    "PAY-1",
    "PAY-2",
    "REF-1",
    "REF-2",
    "DIS-1",
    "OUT-1",
    "OUT-2",
    "FEE-1",
)
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


@pytest.mark.core
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


_MEMO = (
    "insert into billing.credit_notes (id, legal_entity_id, customer_id, invoice_id, dispute_id, status, kind, issue_date, currency,"
    " subtotal_minor, total_minor) values (uid('{0}'), uid('US'), uid('C-1'), uid('INV-1'), {1}, 'issued', '{2}', '{3}', 'EUR', {4}, {4});"
)
_MOVE = (
    "insert into billing.dispute_movements (id, dispute_id, movement_kind, movement_date, currency, amount_minor)"
    " values (uid('{0}'), uid('DIS-1'), '{1}', '{2}', 'EUR', {3});"
)


def test_a_credit_memo_that_writes_off_settles_the_receivable_by_the_day_of_the_write_off(
    billing: BillingWorld,
) -> None:
    horizon, _, _ = read(billing)
    billing.change("update billing.payment_allocations set amount_minor = 8888 where id = uid('PAY-1/INV-1')")
    billing.change(
        "update billing.invoices set status = 'written_off', written_off_at = '2026-01-11T15:00Z' where id = uid('INV-1');"
        + _MEMO.format("CN-2", "null", "write_off", "2026-01-15", 2000)
    )
    _, told, documents = read(billing, horizon)
    assert documents == {"CN-2", "INV-1", "PAY-1", "REF-1", "REF-2"}
    assert "CN-2 settles 2000 of invoice 01-10 10888 after 0" in told
    assert "PAY-1 settles 8888 of invoice 01-10 10888 after 2000" in told
    billing.change(
        "update billing.credit_notes set status = 'void', voided_at = '2026-01-20T15:00Z' where id = uid('CN-2')"
    )
    assert "CN-2 takes back -2000 of invoice 01-10 10888 after 10888" in read(billing, horizon)[1]


def test_chargebacks_take_over_what_was_withdrawn_in_order_of_days(billing: BillingWorld) -> None:
    billing.change(
        "update billing.disputes set currency = 'EUR', status = 'lost', closed_date = '2026-01-30';"
        + _MOVE.format("M-1", "withdrawn", "2026-01-25", 70)
        + _MOVE.format("M-2", "reinstated", "2026-01-26", 20)
        + _MOVE.format("M-3", "withdrawn", "2026-01-27", 30)
        + _MEMO.format("CN-2", "uid('DIS-1')", "chargeback", "2026-01-28", 40)
        + _MEMO.format("CN-3", "uid('DIS-1')", "chargeback", "2026-01-29", 30)
    )
    horizon, told, _ = read(billing)
    assert [each for each in told if "dispute" in each] == [
        "CN-2 settles 40 of dispute 01-25 70 after 20",
        "CN-3 settles 10 of dispute 01-25 70 after 60",
        "CN-3 settles 20 of dispute 01-27 30 after 0",
    ]
    billing.change("update billing.dispute_movements set amount_minor = 50 where id = uid('M-2')")
    _, told, documents = read(billing, horizon)
    assert {"CN-2", "CN-3", "DIS-1"} <= documents
    assert "CN-2 settles 20 of dispute 01-25 70 after 50" in told


def test_a_dispute_in_a_foreign_currency_tells_the_days_behind_it(billing: BillingWorld) -> None:
    billing.change("update billing.disputes set currency = 'EUR', status = 'lost', closed_date = '2026-01-30'")
    with PostgresBilling(billing.reader_dsn, "billing_db").read(0, [], lambda _: []) as reading:
        documents = [row for batch in reading.datasets["documents"]() for row in batch.to_pylist()]
        lines = [row for batch in reading.datasets["lines"]() for row in batch.to_pylist()]
    assert {str(row["parent_date"]) for row in documents if row["document_type"] == "dispute"} == {"2026-01-12"}
    behind = {
        str(row["effective_date"])
        for row in lines
        if row["document_type"] == "dispute" and row["line_kind"] == "settled"
    }
    assert behind == {"2026-01-10"}


def test_a_payout_empties_the_balance_of_what_its_items_brought(billing: BillingWorld) -> None:
    billing.change(
        "update billing.payouts set currency = 'EUR'; update billing.processor_fees set currency = 'EUR';"
        "insert into billing.payouts (id, legal_entity_id, processor, status, initiated_date, currency, amount_minor)"
        " values (uid('OUT-2'), uid('US'), 'stripe', 'failed', '2026-01-14', 'EUR', 12000);"
        "update billing.payouts set failed_date = '2026-01-15' where id = uid('OUT-2');"
        "insert into billing.payout_items (id, payout_id, item_kind, source_id, amount_minor) values"
        " (uid('I-1'), uid('OUT-1'), 'payment', uid('PAY-1'), 12000), (uid('I-2'), uid('OUT-1'), 'refund', uid('REF-1'), -700),"
        " (uid('I-3'), uid('OUT-1'), 'fee', uid('FEE-1'), -15), (uid('I-4'), uid('OUT-1'), 'reserve', null, -285),"
        " (uid('I-5'), uid('OUT-2'), 'payment', uid('PAY-1'), 12000)"
    )
    horizon, told, _ = read(billing)
    assert [each for each in told if "clearing" in each] == [
        "OUT-1 settles -15 of clearing 01-25 -15 after 0",
        "OUT-1 settles -700 of clearing 01-13 -700 after 0",
        "OUT-1 settles 12000 of clearing 01-12 12000 after 0",
        "OUT-2 settles 12000 of clearing 01-12 12000 after 0",
        "OUT-2 takes back -12000 of clearing 01-12 12000 after 12000",
    ]
    billing.change("update billing.refunds set refund_date = '2026-01-12' where id = uid('REF-1')")
    _, told, documents = read(billing, horizon)
    assert "OUT-1" in documents
    assert "OUT-1 settles -700 of clearing 01-12 -700 after 0" in told


def test_what_a_processor_settles_in_another_currency_is_told_of_each_amount(billing: BillingWorld) -> None:
    settled = "settlement_currency = 'USD', settlement_amount_minor = {0}, settled_at = '2026-01-{1}T03:00Z'"
    billing.change(
        f"update billing.payments set {settled.format(12500, 16)} where id = uid('PAY-1');"
        f"update billing.payments set settlement_currency = 'JPY', settlement_amount_minor = 500 where id = uid('PAY-JP');"
        f"update billing.refunds set {settled.format(730, 17)} where id = uid('REF-1');"
        + _MOVE.format("M-1", "withdrawn", "2026-01-25", 70)
        + "update billing.dispute_movements set settlement_currency = 'USD', settlement_amount_minor = 77;"
    )
    with PostgresBilling(billing.reader_dsn, "billing_db").read(0, [], lambda _: []) as reading:
        rows = [row for batch in reading.datasets["conversions"]() for row in batch.to_pylist()]
    assert sorted(
        (_NAMES[row["native_id"]], row["settlement_currency"], row["settlement_minor"], str(row["settled_date"]))
        for row in rows
    ) == [("DIS-1", "USD", 77, "None"), ("PAY-1", "USD", 12500, "2026-01-15"), ("REF-1", "USD", 730, "2026-01-16")]
    assert [row["line_id"] for row in rows if row["document_type"] == "dispute"] == [uid("M-1")]
