"""A small billing database for tests: two legal entities and a handful of documents of every kind, named by words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import psycopg

from include.sample.postgres import EmbeddedPostgres

SCHEMA = Path(__file__).parents[2] / "include" / "sample" / "billing_schema.sql"

SEED = """
insert into billing.legal_entities (id, code, name, country, base_currency, time_zone) values
    (uid('US'), 'US', 'Example Inc', 'US', 'USD', 'America/New_York'),
    (uid('JP'), 'JP', 'Example KK', 'JP', 'JPY', 'Asia/Tokyo');
insert into billing.customers (id, external_id, legal_entity_id, name) values
    (uid('C-1'), 'C-1', uid('US'), 'Customer');
insert into billing.products (id, sku, name, product_line, revenue_treatment, recognition_method) values
    (uid('PLAN'), 'PLAN', 'Plan', 'platform', 'ratable', 'daily'),
    (uid('SETUP'), 'SETUP', 'Setup', 'services', 'immediate', null);
insert into billing.invoices
    (id, legal_entity_id, customer_id, number, status, issue_date, currency, subtotal_minor, tax_minor, total_minor)
values
    (uid('INV-1'), uid('US'), uid('C-1'), 'INV-1', 'issued', '2026-01-10', 'USD', 10000, 888, 10888),
    (uid('INV-2'), uid('US'), uid('C-1'), 'INV-2', 'issued', '2026-01-11', 'USD', 5000, 0, 5000);
insert into billing.invoice_lines
    (id, invoice_id, line_no, product_id, amount_minor, tax_minor, service_start, service_end, department) values
    (uid('INV-1/1'), uid('INV-1'), 1, uid('PLAN'), 8000, 710, '2026-01-01', '2026-12-31', 'sales'),
    (uid('INV-1/2'), uid('INV-1'), 2, uid('SETUP'), 2000, 178, null, null, 'services'),
    (uid('INV-2/1'), uid('INV-2'), 1, uid('SETUP'), 5000, 0, null, null, null);
insert into billing.invoice_line_taxes (id, invoice_line_id, jurisdiction, rate, taxable_minor, tax_minor) values
    (uid('INV-1/1/tax'), uid('INV-1/1'), 'US-NY', 0.088750, 8000, 710),
    (uid('INV-1/2/tax'), uid('INV-1/2'), 'US-NY', 0.088750, 2000, 178);
insert into billing.credit_notes
    (id, legal_entity_id, customer_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, total_minor)
values
    (uid('CN-1'), uid('US'), uid('C-1'), uid('INV-2'), 'issued', 'ar_reduction', '2026-01-20', 'USD', 3000, 3000);
insert into billing.credit_note_lines (id, credit_note_id, line_no, invoice_line_id, product_id, amount_minor) values
    (uid('CN-1/1'), uid('CN-1'), 1, uid('INV-2/1'), uid('PLAN'), 3000);
insert into billing.payments
    (id, customer_id, legal_entity_id, status, method, received_at, currency, amount_minor, processor) values
    (uid('PAY-1'), uid('C-1'), uid('US'), 'succeeded', 'card', '2026-01-12T15:00Z', 'USD', 12000, 'stripe'),
    (uid('PAY-JP'), uid('C-1'), uid('JP'), 'succeeded', 'cash', '2026-01-31T16:00Z', 'JPY', 500, null);
insert into billing.payment_allocations (id, payment_id, invoice_id, amount_minor, currency, allocated_date) values
    (uid('PAY-1/INV-1'), uid('PAY-1'), uid('INV-1'), 10888, 'USD', '2026-01-12');
insert into billing.refunds (id, payment_id, status, refund_date, currency, amount_minor) values
    (uid('REF-1'), uid('PAY-1'), 'succeeded', '2026-01-13', 'USD', 700),
    (uid('REF-2'), uid('PAY-1'), 'succeeded', '2026-01-14', 'USD', 300);
insert into billing.disputes (id, payment_id, status, opened_date, currency, amount_minor) values
    (uid('DIS-1'), uid('PAY-1'), 'open', '2026-01-25', 'USD', 100);
insert into billing.processor_fees
    (id, legal_entity_id, processor, dispute_id, fee_kind, incurred_date, currency, amount_minor)
values
    (uid('FEE-1'), uid('US'), 'stripe', uid('DIS-1'), 'dispute', '2026-01-25', 'USD', 15);
insert into billing.payouts (id, legal_entity_id, processor, status, initiated_date, currency, amount_minor) values
    (uid('OUT-1'), uid('US'), 'stripe', 'paid', '2026-01-16', 'USD', 11000);
"""


def uid(word: str) -> str:
    """The id of a row that tests call by `word`."""
    return str(uuid5(NAMESPACE_OID, word))


class BillingWorld:
    """One billing database; `change` writes as billing itself does, in a transaction of its own."""

    def __init__(self, postgres: EmbeddedPostgres, database: str) -> None:
        self._postgres = postgres
        self.database = database

    @property
    def reader_dsn(self) -> str:
        return self._postgres.dsn("billing_reader", self.database)

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection[Any]]:
        """A transaction of billing's, open as long as the test wants; `uid('word')` works in its SQL."""
        with self._postgres.connect("billing_owner", self.database) as connection:
            yield connection

    def change(self, statement: str) -> None:
        with self.transaction() as connection:
            connection.execute(statement)


def make_template(postgres: EmbeddedPostgres, name: str) -> None:
    """A billing database with the seed, from which each test gets its copy."""
    postgres.create_database(name, "billing_owner")
    with postgres.connect("billing_owner", name) as owner:
        owner.execute(SCHEMA.read_text(encoding="utf-8"))
        owner.execute("create table words (word text primary key, id uuid)")
        owner.execute(
            "create function uid(word text) returns uuid language sql as 'select id from words where words.word = $1'"
        )
        words = {found for found in SEED.split("'") if found and (found[0].isupper())} | {
            f"{name}-{n}" for name in ("INV", "CN", "PAY", "REF", "OUT", "M", "I") for n in range(9)
        }
        for word in words:
            owner.execute("insert into words values (%s, %s)", (word, UUID(uid(word))))
        owner.execute(SEED)
    postgres.grant_reading(name, "billing_owner", "billing_reader", "billing")
