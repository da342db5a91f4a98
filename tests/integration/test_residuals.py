"""What is left of invoices after full credit, as a real billing database tells it: held equal to its plain reading over many cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.sample.postgres import EmbeddedPostgres
from tests.accounting.billing import Billing, Document
from tests.accounting.residuals import left_over
from tests.integration.billing_world import BillingWorld, make_template, uid

FAMILIES = 200
FIRST_DAY = date(2026, 1, 1)
Residual = tuple[str, str | None, int, date]
Connection = psycopg.Connection[Any]


@pytest.fixture
def billing(quiet: EmbeddedPostgres) -> Iterator[BillingWorld]:
    name = f"billing_{uuid4().hex[:8]}"
    make_template(quiet, name)
    yield BillingWorld(quiet, name)
    quiet.drop_database(name)


class Clerk:
    """Writes families of documents: an invoice, credit memos that take it back more or less, and what settles and refunds them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._chance = random.Random(43)
        self._is_calm = True

    def write(self, number: int) -> None:
        choose, net = self._chance.choice, self._chance.choice((1000, 1000, 999))
        self._is_calm = choose((True, True, False))
        invoice, other = self._id(), self._id()
        currency = choose(("USD", "USD", "EUR"))
        tax = self._chance.randint(99, 101)
        for name, total_net, total_tax in ((invoice, net, tax), (other, 400, 0)):
            self._insert(
                "invoices", id=name, legal_entity_id=uid("US"), customer_id=uid("C-1"), number=f"R-{number}", currency=currency,
                status="issued" if name == other else self._seldom("issued", "paid", "draft"),
                issue_date=self._day(), subtotal_minor=total_net, tax_minor=total_tax, total_minor=total_net + total_tax,
            )  # fmt: skip
        payment = self._payment(currency)
        parts = choose(((net,), (net // 2, net - net // 2), (333, 333, 333)))
        memos = [self._memo(invoice, currency, part) for part in parts]
        left = net + tax
        for memo, total, has_uses in memos:
            if has_uses and choose((True, False)):
                amount = self._seldom(min(total, left), total, total - 1)
                self._allocate(self._seldom(invoice, other), max(amount, 1), currency, credit_note_id=memo)
            if self._seldom(None, memo):
                self._refund(memo, payment, choose((total, total - 1)), currency)
            left -= total
        if self._seldom(None, payment):
            self._allocate(invoice, choose((100, net + tax)), currency, payment_id=payment)
        if void := self._seldom(None, None, None, invoice, other):
            self._connection.execute(
                "update billing.invoices set voided_at = '2026-02-20T12:00Z', status = 'void' where id = %s", (void,)
            )

    def _seldom(self, usual: Any, *others: Any) -> Any:
        """What is usual, and in a family that is not calm something else as well."""
        return usual if self._is_calm else self._chance.choice((usual, *others))

    def change(self) -> None:
        """Something happens to some of what is there."""
        for statement in (
            "update billing.credit_notes set status = 'void', voided_at = '2026-03-02T12:00Z' where {}",
            "update billing.credit_notes set tax_minor = tax_minor + 1, total_minor = total_minor + 1 where {}",
            "update billing.credit_notes set kind = 'on_account' where {}",
            "update billing.payment_allocations set reversed_date = '2026-03-03' where {}",
            "update billing.payment_allocations set deleted_at = now() where {}",
            "update billing.payments set status = 'reversed', reversed_at = '2026-03-04T12:00Z' where {}",
            "update billing.refunds set status = 'failed', failed_date = '2026-03-05', succeeded_at = '2026-02-02T12:00Z' where {}",
            "update billing.invoices set status = 'void', voided_at = '2026-03-06T12:00Z' where {}",
            "update billing.credit_note_lines set deleted_at = now() where {}",
        ):
            remainder = self._chance.randrange(16)
            self._connection.execute(
                statement.format(f"get_byte(uuid_send(id), 0) %% 16 = {remainder}".replace("%%", "%"))
            )

    def _memo(self, invoice: str, currency: str, net: int) -> tuple[str, int, bool]:
        name = self._id()
        tax = round(net / 10) + self._chance.randint(-1, 1)
        status = self._seldom("issued", "issued", "issued", "void", "draft")
        kind = self._seldom("ar_reduction", "ar_reduction", "refund", "on_account", "write_off", "chargeback")
        voided = "2026-02-25T12:00Z" if status == "void" else None
        self._insert(
            "credit_notes", id=name, legal_entity_id=uid("US"), customer_id=uid("C-1"), invoice_id=invoice, status=status, kind=kind,
            voided_at=voided, issue_date=self._day(), currency=self._seldom(currency, currency, currency, "EUR"), subtotal_minor=net, tax_minor=tax,
            total_minor=net + tax,
        )  # fmt: skip
        self._insert(
            "credit_note_lines", id=self._id(), credit_note_id=name, line_no=1, amount_minor=net, tax_minor=tax
        )
        return name, net + tax, kind not in ("write_off", "chargeback")

    def _payment(self, currency: str) -> str:
        name = self._id()
        self._insert(
            "payments", id=name, customer_id=uid("C-1"), legal_entity_id=uid("US"), method="card", status="succeeded",
            received_at="2026-01-02T12:00Z", currency=currency, amount_minor=5000,
        )  # fmt: skip
        return name

    def _allocate(self, invoice: str, amount: int, currency: str, **owner: str) -> None:
        reversed_date = self._seldom(None, None, None, date(2026, 2, 26))
        self._insert(
            "payment_allocations", id=self._id(), invoice_id=invoice, amount_minor=amount, currency=currency, allocated_date=self._day(),
            reversed_date=reversed_date, **owner,
        )  # fmt: skip

    def _refund(self, memo: str, payment: str, amount: int, currency: str) -> None:
        self._insert(
            "refunds", id=self._id(), payment_id=payment, credit_note_id=memo, status="succeeded", refund_date=self._day(),
            currency=currency, amount_minor=amount,
        )  # fmt: skip

    def _insert(self, table: str, **row: Any) -> None:
        columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        self._connection.execute(f"insert into billing.{table} ({columns}) values ({marks})", list(row.values()))  # type: ignore[arg-type]

    def _id(self) -> str:
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def _day(self) -> date:
        return FIRST_DAY + timedelta(days=self._chance.randrange(40))


def read(billing: BillingWorld, since: int) -> tuple[int, Billing, set[Residual], list[dict[str, Any]]]:
    """The horizon, the documents that were read, what is told to be left of them, and the reliefs of that."""
    with PostgresBilling(billing.reader_dsn, "billing_db").read(since, [], lambda _: []) as reading:
        rows = {
            name: [row for batch in reading.datasets[name]() for row in batch.to_pylist()]
            for name in ("documents", "lines", "applications", "reliefs")
        }
    found = Billing()
    documents = {document.key: document for document in map(Document, rows["documents"])}
    told = set()
    for row in rows["lines"]:
        if row["line_kind"] == "residual":
            told.add((row["native_id"], row["invoice_line_id"], row["amount_minor"], row["effective_date"]))
        else:
            documents[row["document_type"], row["native_id"]].lines.append(row)
    for row in rows["applications"]:
        documents[row["document_type"], row["native_id"]].applications.append(row)
    for document in documents.values():
        found.hold(document)
    return reading.position.horizon, found, told, [row for row in rows["reliefs"] if row["document_type"] == "invoice"]


def plainly(billing: Billing) -> set[Residual]:
    """The same, read off the documents."""
    return {
        (document.key[1], memo, amount, on)
        for document in billing.documents.values()
        for memo, amount, on in left_over(billing, document)
    }


def test_what_is_left_is_what_a_plain_reading_says_and_a_change_brings_its_invoice(billing: BillingWorld) -> None:
    with billing.transaction() as connection:
        clerk = Clerk(connection)
        for number in range(FAMILIES):
            clerk.write(number)
    horizon, whole, told, reliefs = read(billing, 0)
    assert told == plainly(whole)
    assert {bool(memo) for _, memo, *_ in told} == {True, False}
    assert len(told) > FAMILIES // 10
    # Of foreign invoices, each is the last of its item to go.
    foreign = {each for each in told if whole.documents["invoice", each[0]].row["currency"] == "EUR"}
    assert foreign
    assert {(row["native_id"], row["item_id"], row["amount_minor"]) for row in reliefs} == {
        (name, memo or name, -amount if memo else amount) for name, memo, amount, _ in foreign
    }
    assert all(row["before_minor"] + row["amount_minor"] == row["item_total_minor"] for row in reliefs)

    with billing.transaction() as connection:
        clerk._connection = connection
        clerk.change()
    _, changed, told_of_changed, _ = read(billing, horizon)
    _, whole, after, _ = read(billing, 0)
    assert after == plainly(whole)
    assert told_of_changed == {each for each in after if ("invoice", each[0]) in changed.documents}
    assert {name for name, *_ in after ^ told} <= {name for kind, name in changed.documents if kind == "invoice"}
    assert after ^ told
