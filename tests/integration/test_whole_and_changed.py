"""Reading what changed night by night ends where reading everything ends, whatever happens in a billing database."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import uuid4

import pytest

from include.adapters.billing.postgres import PostgresBilling
from include.ports.canonical import DATASETS
from include.sample import company
from include.sample.postgres import EmbeddedPostgres
from tests.integration.billing_world import BillingWorld

pytestmark = pytest.mark.long  # `make test` runs those marked core

Key = tuple[str, str]
Told = dict[Key, set[str]]
Owners = dict[Key, set[Key]]

NOT_OF_THE_CONTENT = {"updated_at", "row_xid"}
PARTS = {"lines": "line_id", "line_taxes": "tax_id", "applications": "application_id"}
AT_ONCE = 3

# Each names the row that it happens to as %(id)s.
GO_AWAY = "delete from billing.{0} where id = %(id)s"
COME_AGAIN = (
    "insert into billing.{0} select (jsonb_populate_record(r, jsonb_build_object('id', md5(r.id::text)))).*"
    " from billing.{0} as r where id = %(id)s"
)
BECOME = {
    "invoices": (
        "status = 'void', voided_at = '2026-02-20T12:00Z'",
        "status = 'written_off', written_off_at = '2026-02-21T12:00Z'",
        "issue_date = issue_date + 3",
        "total_minor = total_minor + 7",
        "deleted_at = now()",
    ),
    "invoice_lines": (
        "amount_minor = amount_minor + 7",
        "service_end = service_end + 5",
        "department = 'other'",
        "deleted_at = now()",
    ),
    "invoice_line_taxes": ("tax_minor = tax_minor + 1", "deleted_at = now()"),
    "credit_notes": (
        "status = 'void', voided_at = '2026-02-22T12:00Z'",
        "kind = case kind when 'ar_reduction' then 'write_off' else 'ar_reduction' end",
        "issue_date = issue_date + 3",
        "total_minor = total_minor + 7",
        "deleted_at = now()",
    ),
    "credit_note_lines": (
        "amount_minor = amount_minor + 7",
        "revenue_effect = case revenue_effect when 'goodwill' then 'price_reduction' else 'goodwill' end",
        "deleted_at = now()",
    ),
    "credit_note_line_taxes": ("tax_minor = tax_minor + 1", "deleted_at = now()"),
    "payments": (
        "status = 'reversed', reversed_at = '2026-02-23T12:00Z'",
        "amount_minor = amount_minor + 7",
        "amount_minor = amount_minor / 2",
        "received_at = received_at + interval '3 days'",
        "deleted_at = now()",
    ),
    "payment_allocations": (
        "amount_minor = amount_minor / 2",
        "allocated_date = allocated_date + 2",
        "reversed_date = '2026-02-24'",
        "deleted_at = now()",
    ),
    "refunds": (
        "status = 'failed', failed_date = '2026-02-25'",
        "amount_minor = amount_minor / 2",
        "refund_date = refund_date + 2",
        "deleted_at = now()",
    ),
    "disputes": (
        "status = 'lost', closed_date = '2026-02-26'",
        "status = 'won', closed_date = '2026-02-26'",
        "deleted_at = now()",
    ),
    "dispute_movements": ("amount_minor = amount_minor + 7", "movement_date = movement_date + 2", "deleted_at = now()"),
    "processor_fees": ("amount_minor = amount_minor + 7", "deleted_at = now()"),
    "payouts": ("amount_minor = amount_minor + 7", "initiated_date = initiated_date + 2", "deleted_at = now()"),
    "payout_items": ("amount_minor = amount_minor + 7", "deleted_at = now()"),
}
STATEMENTS = [
    (table, f"update billing.{table} set {change} where id = %(id)s") for table, changes in BECOME.items() for change in changes
] + [
    (table, GO_AWAY.format(table))
    for table in ("payment_allocations", "invoice_line_taxes", "dispute_movements", "payout_items")
] + [
    (table, COME_AGAIN.format(table))
    for table in ("payment_allocations", "refunds", "credit_notes", "dispute_movements", "payout_items", "processor_fees")
]  # fmt: skip
# Rows that something else hangs on: there a change reaches furthest.
SHARED = {
    "payments": "id in (select payment_id from billing.refunds union select payment_id from billing.disputes)",
    "payment_allocations": "payment_id in (select payment_id from billing.refunds union select payment_id from billing.disputes)"
    " or invoice_id in (select invoice_id from billing.credit_notes)",
    "invoices": "id in (select invoice_id from billing.credit_notes) or id in (select a.invoice_id from billing.payment_allocations as a"
    " join billing.refunds as f on f.payment_id = a.payment_id)",
}

# Where all disputes are lost and invoices written off, more hangs together.
LOSSES = """
update billing.disputes set status = 'lost', closed_date = '2026-02-10' where status <> 'inquiry';
update billing.invoices set status = 'written_off', written_off_at = '2026-02-11T12:00Z'
where status = 'issued' and get_byte(uuid_send(id), 0) % 3 = 0;
"""


@pytest.fixture(scope="module")
def filled(quiet: EmbeddedPostgres) -> Iterator[str]:
    """The sample company's billing after its second day."""
    name = f"billing_{uuid4().hex[:8]}"
    quiet.create_database(name, "billing_owner")
    owner = quiet.dsn("billing_owner", name)
    company.create_billing_schema(owner)
    company.fill_night_one(owner)
    with company.hold_late_transaction(owner):
        pass
    company.apply_night_two(owner)
    yield name
    quiet.drop_database(name)


@pytest.fixture
def billing(quiet: EmbeddedPostgres, filled: str) -> Iterator[BillingWorld]:
    name = f"billing_{uuid4().hex[:8]}"
    quiet.create_database(name, "billing_owner", filled)
    yield BillingWorld(quiet, name)
    quiet.drop_database(name)


def read(billing: BillingWorld, since: int, owners: Owners) -> tuple[int, Told, Owners]:
    """The next horizon, all that is told of each document read, and whom each part that can vanish concerns: what evidence knows."""

    def owners_of(deleted: Sequence[Key]) -> list[Key]:
        return sorted({key for each in deleted for key in owners.get(each, ())})

    told: Told = defaultdict(set)
    found: Owners = {}
    with PostgresBilling(billing.reader_dsn, "billing_db").read(since, [], owners_of) as reading:
        for dataset in DATASETS.keys() - {"deletions"}:
            for row in (row for batch in reading.datasets[dataset]() for row in batch.to_pylist()):
                key = row["document_type"], row["native_id"]
                content = {name: value for name, value in row.items() if name not in NOT_OF_THE_CONTENT}
                told[key].add(f"{dataset} {content}")
                if dataset in PARTS:
                    found[dataset, row[PARTS[dataset]]] = {key} | (
                        {("invoice", row["invoice_id"])} if dataset == "applications" else set()
                    )
        return reading.position.horizon, told, found


def happen(billing: BillingWorld, chance: random.Random, table: str, statement: str) -> str:
    """Do something to a row, one that others hang on where there is one; what was done."""
    with billing.transaction() as connection:
        where = f"deleted_at is null and ({chance.choice((SHARED.get(table, 'true'), 'true'))})"
        rows = connection.execute(f"select id from billing.{table} where {where} order by id").fetchall()
        (name,) = chance.choice(rows)
        connection.execute(statement, {"id": name})
    return f"{statement} [{name}]"


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.core), *range(2, 20)])
def test_what_changed_is_all_that_is_told_otherwise(billing: BillingWorld, seed: int) -> None:
    chance = random.Random(seed)
    if seed % 2:
        billing.change(LOSSES)
    horizon, told, owners = read(billing, 0, {})
    statements = chance.sample(STATEMENTS, len(STATEMENTS))
    for start in range(0, len(statements), AT_ONCE):
        done = [happen(billing, chance, *each) for each in statements[start : start + AT_ONCE]]
        horizon, changed, more = read(billing, horizon, owners)
        told, owners = told | changed, owners | more
        _, whole, _ = read(billing, 0, {})
        unlike = {key: told.get(key, set()) ^ whole[key] for key in whole if told.get(key) != whole[key]}
        assert not unlike, (done, unlike)
        assert changed
