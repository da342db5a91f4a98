"""What a real billing database tells of documents that concern two legal entities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.ports.billing import Cell
from include.sample.postgres import EmbeddedPostgres
from tests.integration.billing_world import BillingWorld, make_template, uid


@pytest.fixture
def billing(quiet: EmbeddedPostgres) -> Iterator[BillingWorld]:
    """The small billing database, in which Japan collected what the US billed."""
    name = f"billing_{uuid4().hex[:8]}"
    make_template(quiet, name)
    world = BillingWorld(quiet, name)
    world.change("update billing.payments set legal_entity_id = uid('JP') where id = uid('PAY-1')")
    yield world
    quiet.drop_database(name)


def read(billing: BillingWorld, dataset: str, kind: str) -> list[dict[str, Any]]:
    with PostgresBilling(billing.reader_dsn, "billing_db").read(0, [], lambda _: []) as reading:
        rows = [row for batch in reading.datasets[dataset]() for row in batch.to_pylist()]
    return [row for row in rows if row["document_type"] == kind]


def test_a_lost_dispute_tells_who_billed_what_its_payment_settled(billing: BillingWorld) -> None:
    billing.change(
        "update billing.disputes set status = 'lost', closed_date = '2026-01-30', amount_minor = 10888 where id = uid('DIS-1');"
        "insert into billing.dispute_movements (id, dispute_id, movement_kind, movement_date, currency, amount_minor)"
        " values (uid('M-1'), uid('DIS-1'), 'withdrawn', '2026-01-25', 'USD', 10888)"
    )
    lines = read(billing, "lines", "dispute")
    told = [
        (
            row["line_kind"],
            row["amount_minor"],
            row["tax_minor"],
            row["invoice_entity_code"],
            str(row["effective_date"]),
        )
        for row in lines
    ]
    # In the books of the US the invoice is in their own currency: no day of another rate.
    assert sorted(told) == [
        ("settled", 2000, 178, "US", "None"),
        ("settled", 8000, 710, "US", "None"),
        ("withdrawn", 10888, 0, None, "2026-01-25"),
    ]
    billing.change("update billing.payments set legal_entity_id = uid('US') where id = uid('PAY-1')")
    assert {row["invoice_entity_code"] for row in read(billing, "lines", "dispute")} == {None}


def test_a_chargeback_credit_memo_tells_whose_payment_was_disputed(billing: BillingWorld) -> None:
    billing.change(
        "update billing.credit_notes set kind = 'chargeback', dispute_id = uid('DIS-1') where id = uid('CN-1')"
    )
    [memo] = read(billing, "documents", "credit_memo")
    assert (memo["legal_entity_code"], memo["parent_entity_code"], memo["dispute_entity_code"]) == ("US", "US", "JP")


def test_a_refund_is_of_who_pays_it_and_counted_there_where_billing_says_so(billing: BillingWorld) -> None:
    billing.change("update billing.refunds set legal_entity_id = uid('US') where id = uid('REF-1')")
    told = {row["native_id"]: (row["legal_entity_code"], row["parent_entity_code"]) for row in refunds(billing)}
    assert told == {uid("REF-1"): ("US", "JP"), uid("REF-2"): ("JP", "JP")}
    counted = {entity: named(billing, entity) for entity in ("US", "JP")}
    assert counted == {"US": [uid("REF-1")], "JP": [uid("REF-2")]}
    # A billing database may lack the column.
    billing.change("alter table billing.refunds drop column legal_entity_id")
    assert {row["legal_entity_code"] for row in refunds(billing)} == {"JP"}
    assert named(billing, "US") == []


def refunds(billing: BillingWorld) -> list[dict[str, Any]]:
    return read(billing, "documents", "refund")


def named(billing: BillingWorld, entity: str) -> list[str]:
    """The refunds that billing counts for a legal entity."""
    source = PostgresBilling(billing.reader_dsn, "billing_db")
    return source.cell_documents(Cell("refund", entity, None, "USD"), 0)["native_id"].to_pylist()  # type: ignore[no-any-return]
