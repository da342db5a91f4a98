"""Extract lands what changed, whole and once, from a real billing database into evidence."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import duckdb
import fsspec
import psycopg
import pyarrow.parquet as pq
import pytest
from fsspec.implementations.local import LocalFileSystem
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from include.adapters.billing.postgres import PostgresBilling
from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.evidence.store import EvidenceStore
from include.finance.errors import (
    CredentialsRefusedError,
    EvidenceError,
    ReadInstantError,
    SourceReplacedError,
    SourceUnreadableError,
    SystemUnreachableError,
)
from include.pipelines.extract import Covered, Extracted, extract_source
from include.ports.canonical import CONTROL_DATASET, CONTROL_TOTALS, DATASETS
from include.sample.postgres import EmbeddedPostgres
from include.store import streams
from include.store.database import Connection, FinanceDatabase
from include.store.migrate import migrate
from tests.integration.billing_world import BillingWorld, make_template, uid

NIGHT_ONE = datetime(2026, 2, 1, 6, tzinfo=UTC)
NIGHT_TWO = datetime(2026, 2, 2, 6, tzinfo=UTC)


class Night:
    """One company: its billing, its finance database, its evidence."""

    def __init__(self, postgres: EmbeddedPostgres, billing: BillingWorld, finance: str, folder: Path) -> None:
        self.code = billing.database.replace("billing", "pg")
        self.billing = billing
        self.finance = FinanceDatabase(postgres.dsn("finance_writer", finance))
        self.source = PostgresBilling(billing.reader_dsn, "billing_db")
        self.evidence = EvidenceStore(str(folder / "evidence"), folder / "scratch")

    def extract(self, instant: datetime = NIGHT_ONE, kind: str = "night", **given: Any) -> Extracted:
        done = self.extract_or_cover(instant, kind, **given)
        assert isinstance(done, Extracted)
        return done

    def extract_or_cover(self, instant: datetime, kind: str = "night", **given: Any) -> Extracted | Covered:
        parts: dict[str, Any] = {"source": self.source, "database": self.finance, "evidence": self.evidence} | given
        return extract_source(source_code=self.code, tenant="main", read_instant=instant, kind=kind, **parts)  # type: ignore[arg-type]

    def commit(self, extracted: Extracted) -> None:
        """What the account stage does with an attempt, without the accounting."""
        with self.finance.transaction() as connection:
            connection.execute(
                """
                insert into batch (id, attempt_id, source_code, read_instant, horizon_from, horizon_to, snapshot_rank,
                    generation, rule_set_sha256, code_version, manifest)
                select gen_random_uuid(), a.id, a.source_code, a.read_instant, a.horizon_from, a.horizon_to, a.snapshot_rank,
                    s.generation + 1, '', '', a.manifest
                from attempt as a join source_stream as s using (source_code) where a.id = %s
                """,
                (extracted.attempt_id,),
            )
            connection.execute(
                """
                update source_stream as s
                set generation = s.generation + 1, system_identifier = a.system_identifier, horizon = a.horizon_to,
                    snapshot_rank = a.snapshot_rank, read_instant = a.read_instant
                from attempt as a where a.id = %s and s.source_code = a.source_code
                """,
                (extracted.attempt_id,),
            )

    def attempt(self, attempt_id: UUID) -> dict[str, Any]:
        with self.finance.transaction() as connection:
            row = connection.execute("select * from attempt where id = %s", (attempt_id,)).fetchone()
        assert row is not None
        return row

    def files(self, extracted: Extracted) -> list[EvidenceFile]:
        return manifest_from_json(self.attempt(extracted.attempt_id)["manifest"])

    def rows(self, extracted: Extracted, dataset: str) -> dict[str, dict[str, Any]]:
        """The landed rows of a dataset by the id that names them."""
        paths = self.evidence.fetch(file for file in self.files(extracted) if file.dataset == dataset)
        if not paths:
            return {}
        key = {"lines": "line_id", "line_taxes": "tax_id", "applications": "application_id"}.get(dataset, "native_id")
        table = duckdb.read_parquet(paths, hive_partitioning=False).to_arrow_table().to_pylist()
        assert len({row[key] for row in table}) == len(table)
        return {row[key]: row for row in table}

    def documents(self, extracted: Extracted) -> set[str]:
        return set(self.rows(extracted, "documents"))


@pytest.fixture(scope="session")
def templates(quiet: EmbeddedPostgres) -> Iterator[tuple[str, str]]:
    names = ("extract_billing", "extract_finance")
    for name in names:
        quiet.drop_database(name)
    make_template(quiet, names[0])
    quiet.create_database(names[1], "finance_owner")
    migrate(quiet.dsn("finance_owner", names[1]))
    yield names
    for name in names:
        quiet.drop_database(name)


@pytest.fixture
def night(quiet: EmbeddedPostgres, templates: tuple[str, str], tmp_path: Path) -> Iterator[Night]:
    tag = uuid4().hex[:12]
    # Billing is a copy of one's own; the finance database is shared, each test being a source of its own there.
    quiet.create_database(f"billing_{tag}", "billing_owner", templates[0])
    yield Night(quiet, BillingWorld(quiet, f"billing_{tag}"), templates[1], tmp_path)
    quiet.drop_database(f"billing_{tag}")


# What is read


def test_the_first_night_lands_every_document_whole(night: Night) -> None:
    done = night.extract()
    assert dict(done.rows) == {
        "documents": 10,
        "lines": 4,
        "line_taxes": 2,
        "applications": 2,
        "reliefs": 0,
        "conversions": 0,
        "deletions": 0,
        "remainders": 0,
    }
    words = "INV-1 INV-2 CN-1 PAY-1 PAY-JP REF-1 REF-2 DIS-1 FEE-1 OUT-1"
    assert night.documents(done) == {uid(word) for word in words.split()}
    attempt = night.attempt(done.attempt_id)
    assert (attempt["state"], attempt["document_count"], attempt["horizon_from"]) == ("landed", 10, 0)
    night.evidence.verify_content(night.files(done))


def test_every_file_has_the_canonical_columns_and_no_float(night: Night) -> None:
    done = night.extract()
    for file, path in zip(night.files(done), night.evidence.fetch(night.files(done)), strict=True):
        schema = pq.read_schema(path)
        canonical = CONTROL_TOTALS if file.dataset == CONTROL_DATASET else DATASETS[file.dataset]
        extra = ["document_uid", "bucket"] if file.dataset in DATASETS else []
        extra += ["invoice_uid"] * (file.dataset == "applications")
        assert schema.names == [*canonical.names, *extra]
        for wanted in canonical:
            assert schema.field(wanted.name).type == wanted.type, (file.dataset, wanted.name)
        types = [row[1] for row in duckdb.execute("describe from read_parquet($1)", [path]).fetchall()]
        assert not {"FLOAT", "DOUBLE"} & set(types)
        assert path.endswith(f"{file.dataset}/bucket-{file.bucket}.parquet")


def test_all_rows_of_a_document_lie_in_its_bucket(night: Night) -> None:
    done = night.extract()
    bucket = {row["native_id"]: row["bucket"] for row in night.rows(done, "documents").values()}
    uids = {row["native_id"]: row["document_uid"] for row in night.rows(done, "documents").values()}
    for dataset in ("lines", "line_taxes", "applications"):
        for row in night.rows(done, dataset).values():
            assert (row["bucket"], row["document_uid"]) == (bucket[row["native_id"]], uids[row["native_id"]])
    for row in night.rows(done, "applications").values():
        assert row["invoice_uid"] == uids[row["invoice_id"]]


def test_a_night_without_changes_lands_nothing(night: Night) -> None:
    night.commit(night.extract())
    done = night.extract(NIGHT_TWO)
    assert set(done.rows.values()) == {0}
    assert [file.dataset for file in night.files(done)] == [CONTROL_DATASET]


def test_what_commits_during_the_extract_is_read_by_the_next_night(night: Night) -> None:
    with night.billing.transaction() as late:
        late.execute("update billing.invoices set number = 'late' where id = uid('INV-2')")
        first = night.extract()
        assert night.rows(first, "documents")[uid("INV-2")]["number"] == "INV-2"
        night.commit(first)
    second = night.extract(NIGHT_TWO)
    assert night.rows(second, "documents")[uid("INV-2")]["number"] == "late"


def test_all_datasets_show_one_moment_whatever_billing_does_meanwhile(night: Night) -> None:
    with night.source.read(0, [], lambda _: []) as reading:
        assert sum(batch.num_rows for batch in reading.datasets["documents"]()) == 10
        night.billing.change("update billing.invoice_lines set amount_minor = 1, department = 'later'")
        night.billing.change("delete from billing.payment_allocations")
        lines = [row for batch in reading.datasets["lines"]() for row in batch.to_pylist()]
        applications = sum(batch.num_rows for batch in reading.datasets["applications"]())
    assert sorted(row["amount_minor"] for row in lines) == [2000, 3000, 5000, 8000]
    assert applications == 2
    assert night.source.position().rank > reading.position.rank


def test_billing_is_read_without_writing_even_where_the_login_could(night: Night, quiet: EmbeddedPostgres) -> None:
    source = replace(night.source, dsn=quiet.dsn("billing_owner", night.billing.database))
    with source._snapshot() as cursor, pytest.raises(SourceUnreadableError, match="read-only transaction"):
        source._rows(cursor, "delete from billing.payouts")


def test_a_document_that_did_not_change_is_not_read_again(night: Night) -> None:
    night.commit(night.extract())
    night.billing.change("update billing.payouts set status = 'failed' where id = uid('OUT-1')")
    assert night.documents(night.extract(NIGHT_TWO)) == {uid("OUT-1")}


CHANGES = [
    ("update billing.invoice_lines set department = 'x' where id = uid('INV-1/1')", "INV-1"),
    ("update billing.invoice_line_taxes set tax_minor = 709 where id = uid('INV-1/2/tax')", "INV-1"),
    ("update billing.credit_note_lines set amount_minor = 1 where id = uid('CN-1/1')", "CN-1 INV-2"),
    ("update billing.payment_allocations set reversed_date = '2026-01-30'", "PAY-1 REF-1 REF-2"),
    ("update billing.payments set amount_minor = 12001 where id = uid('PAY-1')", "PAY-1 REF-1 REF-2"),
    ("update billing.refunds set amount_minor = 701 where id = uid('REF-1')", "REF-1 REF-2"),
    (
        "update billing.invoices set status = 'void', voided_at = now() where number = 'INV-1'",
        "INV-1 PAY-1 REF-1 REF-2",
    ),
    ("update billing.invoices set total_minor = 4000 where id = uid('INV-2')", "INV-2 CN-1"),
    ("delete from billing.invoice_line_taxes where id = uid('INV-1/2/tax')", "INV-1"),
    ("delete from billing.invoice_lines where id = uid('INV-1/2')", "INV-1"),
    ("delete from billing.credit_note_lines where id = uid('CN-1/1')", "CN-1 INV-2"),
    ("delete from billing.payment_allocations where id = uid('PAY-1/INV-1')", "PAY-1 INV-1 REF-1 REF-2"),
]


def test_a_change_below_or_beside_a_document_brings_that_document_and_no_other(night: Night) -> None:
    night.commit(night.extract())
    for day, (statement, words) in enumerate(CHANGES, start=1):
        night.billing.change(statement)
        done = night.extract(NIGHT_ONE + timedelta(days=day))
        night.commit(done)
        assert night.documents(done) == {uid(word) for word in words.split()}, statement


WRITTEN_OFF = (
    "update billing.invoices set status = 'written_off', written_off_at = '2026-02-01T01:00Z' where id = uid('INV-2')"
)
PAID_LATER = """
insert into billing.payment_allocations (id, payment_id, invoice_id, amount_minor, currency, allocated_date)
values (uid('INV-3'), uid('PAY-1'), uid('INV-2'), 500, 'USD', '2026-02-05')
"""


def loss_rows(night: Night, extracted: Extracted) -> dict[str, tuple[Any, ...]]:
    """Of what the losses of an attempt are made, by row: kind, amount, tax, day."""
    names = ("line_kind", "amount_minor", "tax_minor", "effective_date")
    rows = night.rows(extracted, "lines")
    return {
        name: tuple(row[column] for column in names)
        for name, row in rows.items()
        if row["line_kind"] in ("written_off", "settled")
    }


def test_a_written_off_invoice_comes_with_what_its_loss_is_made_of(night: Night) -> None:
    night.billing.change(WRITTEN_OFF)
    night.billing.change(PAID_LATER)
    night.billing.change(
        "update billing.payments set status = 'reversed', reversed_at = '2026-02-11T02:00Z' where id = uid('PAY-1')"
    )
    expected = {
        f"{uid('INV-2/1')}/written_off": ("written_off", 2000, 0, None),
        uid("CN-1"): ("settled", 3000, 0, date(2026, 1, 20)),
        uid("INV-3"): ("settled", 500, 0, date(2026, 2, 5)),
        f"{uid('INV-3')}/ended": ("settled", -500, 0, date(2026, 2, 10)),
    }
    done = night.extract()
    assert loss_rows(night, done) == expected
    assert night.rows(done, "documents")[uid("INV-2")]["written_off_date"] == date(2026, 1, 31)
    # A later night reads the same of it.
    night.commit(done)
    night.billing.change("update billing.invoices set number = 'x' where id = uid('INV-2')")
    assert loss_rows(night, night.extract(NIGHT_TWO)) == expected


def test_a_credit_memo_that_writes_off_has_settled_its_part_before_the_write_off(night: Night) -> None:
    night.billing.change(WRITTEN_OFF)
    night.billing.change("update billing.credit_notes set kind = 'write_off', issue_date = '2026-03-01'")
    assert loss_rows(night, night.extract())[uid("CN-1")] == ("settled", 3000, 0, date(2026, 1, 31))


def test_a_void_invoice_has_no_loss(night: Night) -> None:
    night.billing.change(WRITTEN_OFF)
    night.billing.change("update billing.invoices set status = 'void', voided_at = now() where id = uid('INV-2')")
    assert loss_rows(night, night.extract()) == {}


def test_what_settles_a_loss_or_lessens_it_brings_its_invoice(night: Night) -> None:
    night.billing.change(WRITTEN_OFF)
    night.commit(night.extract())
    changes = [
        (PAID_LATER, "PAY-1 INV-2 CN-1 REF-1 REF-2"),
        (
            "update billing.payments set status = 'reversed', reversed_at = now() where id = uid('PAY-1')",
            "PAY-1 INV-2 CN-1 REF-1 REF-2",
        ),
        ("update billing.credit_note_lines set amount_minor = 1 where id = uid('CN-1/1')", "CN-1 INV-2"),
        ("delete from billing.payment_allocations where id = uid('INV-3')", "PAY-1 INV-2 CN-1 REF-1 REF-2"),
    ]
    for number, (statement, words) in enumerate(changes, start=1):
        night.billing.change(statement)
        done = night.extract(NIGHT_ONE + timedelta(days=number))
        night.commit(done)
        assert night.documents(done) == {uid(word) for word in words.split()}, statement


def test_a_changed_child_comes_with_all_its_siblings(night: Night) -> None:
    night.commit(night.extract())
    night.billing.change("update billing.invoice_lines set department = 'x' where id = uid('INV-1/1')")
    done = night.extract(NIGHT_TWO)
    assert set(night.rows(done, "lines")) == {uid("INV-1/1"), uid("INV-1/2")}
    assert set(night.rows(done, "line_taxes")) == {uid("INV-1/1/tax"), uid("INV-1/2/tax")}


def test_a_document_deleted_for_good_is_told_as_a_deletion(night: Night) -> None:
    night.commit(night.extract())
    night.billing.change("delete from billing.processor_fees where id = uid('FEE-1')")
    done = night.extract(NIGHT_TWO)
    assert night.documents(done) == set()
    assert [row["document_type"] for row in night.rows(done, "deletions").values()] == ["processor_fee"]
    assert set(night.rows(done, "deletions")) == {uid("FEE-1")}


def test_a_soft_deleted_document_comes_and_a_soft_deleted_line_does_not(night: Night) -> None:
    night.billing.change("update billing.invoices set deleted_at = now() where id = uid('INV-2')")
    night.billing.change("update billing.invoice_lines set deleted_at = now() where id = uid('INV-1/2')")
    done = night.extract()
    documents = night.rows(done, "documents")
    assert (documents[uid("INV-2")]["is_deleted"], documents[uid("INV-1")]["is_deleted"]) == (True, False)
    assert uid("INV-1/2") not in night.rows(done, "lines")
    assert uid("INV-1/2/tax") not in night.rows(done, "line_taxes")


def test_documents_on_the_retry_list_are_read_though_nothing_changed(night: Night) -> None:
    night.commit(night.extract())
    _ask_again(night, "invoice", "INV-1")
    assert night.documents(night.extract(NIGHT_TWO)) == {uid("INV-1")}


LOST = "update billing.disputes set status = 'lost', closed_date = '2026-01-30' where id = uid('DIS-1')"


@pytest.mark.parametrize(
    ("kind", "word", "words"),
    [("payment", "PAY-1", "PAY-1 REF-1 REF-2 DIS-1 INV-2 CN-1"), ("refund", "REF-1", "REF-1 REF-2")],
)
def test_a_document_on_the_retry_list_brings_whom_it_concerns(night: Night, kind: str, word: str, words: str) -> None:
    """It may have been read wrongly: a row that comes twice, a child that was deleted."""
    night.billing.change(f"{WRITTEN_OFF}; {PAID_LATER}; {LOST}")
    night.commit(night.extract())
    _ask_again(night, kind, word)
    assert night.documents(night.extract(NIGHT_TWO)) == {uid(name) for name in words.split()}


def test_an_application_deleted_for_good_brings_the_lost_dispute_of_its_payment(night: Night) -> None:
    night.billing.change(LOST)
    night.commit(night.extract())
    night.billing.change("delete from billing.payment_allocations where id = uid('PAY-1/INV-1')")
    told = night.documents(night.extract(NIGHT_TWO))
    assert told == {uid(name) for name in ("PAY-1", "INV-1", "REF-1", "REF-2", "DIS-1")}


def test_a_credit_memo_on_the_retry_list_brings_the_loss_of_the_invoice_that_it_stands_on(night: Night) -> None:
    night.billing.change(
        "update billing.invoices set status = 'written_off', written_off_at = '2026-02-01T01:00Z' where id = uid('INV-1');"
        "insert into billing.payment_allocations (id, credit_note_id, invoice_id, amount_minor, currency, allocated_date)"
        " values (uid('INV-4'), uid('CN-1'), uid('INV-1'), 100, 'USD', '2026-01-21')"
    )
    night.commit(night.extract())
    _ask_again(night, "credit_memo", "CN-1")
    assert night.documents(night.extract(NIGHT_TWO)) == {uid(word) for word in ("CN-1", "INV-2", "INV-1")}


def _ask_again(night: Night, kind: str, word: str) -> None:
    with night.finance.transaction() as connection:
        connection.execute(
            "insert into document_retry values (gen_random_uuid(), %s, %s, %s, 'quarantined')",
            (night.code, kind, uid(word)),
        )


# What it says


def test_days_are_days_of_the_legal_entity(night: Night) -> None:
    documents = night.rows(night.extract(), "documents")
    assert documents[uid("PAY-JP")]["document_date"] == date(2026, 2, 1)
    assert documents[uid("PAY-1")]["document_date"] == date(2026, 1, 12)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        # Half past eleven on New Year's Eve, wherever the company is.
        ("America/New_York", "2026-12-31T23:30-05:00", date(2026, 12, 31)),
        ("Europe/London", "2026-12-31T23:30+00:00", date(2026, 12, 31)),
        ("Europe/Berlin", "2026-12-31T23:30+01:00", date(2026, 12, 31)),
        ("Asia/Tokyo", "2026-12-31T23:30+09:00", date(2026, 12, 31)),
        ("Asia/Tokyo", "2026-12-31T23:30+00:00", date(2027, 1, 1)),
        # The hour around midnight on the days when clocks are moved.
        ("America/New_York", "2026-03-09T03:30+00:00", date(2026, 3, 8)),
        ("America/New_York", "2026-11-01T03:59+00:00", date(2026, 10, 31)),
        ("Europe/Berlin", "2026-03-29T21:59+00:00", date(2026, 3, 29)),
        ("Europe/Berlin", "2026-03-29T22:00+00:00", date(2026, 3, 30)),
        ("Asia/Kolkata", "2026-06-30T18:29+00:00", date(2026, 6, 30)),
    ],
)
def test_an_instant_is_a_day_where_the_legal_entity_is(night: Night, zone: str, instant: str, day: date) -> None:
    night.billing.change(f"update billing.legal_entities set time_zone = '{zone}' where code = 'JP'")
    night.billing.change(f"update billing.payments set received_at = '{instant}' where id = uid('PAY-JP')")
    assert night.rows(night.extract(), "documents")[uid("PAY-JP")]["document_date"] == day


def test_a_refund_says_what_its_payment_had_left_before_it(night: Night) -> None:
    documents = night.rows(night.extract(), "documents")
    left = [documents[uid(word)]["payment_unapplied_minor"] for word in ("REF-1", "REF-2")]
    assert left == [12000 - 10888, 12000 - 10888 - 700]
    assert documents[uid("REF-1")]["legal_entity_code"] == "US"
    assert documents[uid("FEE-1")]["payment_id"] == uid("PAY-1")


def test_a_credit_memo_line_has_the_product_of_the_line_it_corrects(night: Night) -> None:
    line = night.rows(night.extract(), "lines")[uid("CN-1/1")]
    assert (line["product_sku"], line["revenue_treatment"]) == ("SETUP", "immediate")


def test_credit_memos_without_allocations_take_what_their_invoice_has_open_in_order(night: Night) -> None:
    night.billing.change(
        """
        insert into billing.credit_notes
            (id, legal_entity_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, total_minor) values
            (uid('CN-2'), uid('US'), uid('INV-2'), 'issued', 'ar_reduction', '2026-01-21', 'USD', 2500, 2500),
            (uid('CN-3'), uid('US'), uid('INV-2'), 'issued', 'ar_reduction', '2026-01-22', 'USD', 100, 100),
            (uid('CN-4'), uid('US'), uid('INV-2'), 'void', 'ar_reduction', '2026-01-01', 'USD', 5000, 5000),
            (uid('CN-5'), uid('US'), uid('INV-2'), 'draft', 'ar_reduction', '2026-01-02', 'USD', 10, 10)
        """
    )
    done = night.extract()
    implied = {key: row["amount_minor"] for key, row in night.rows(done, "applications").items() if row["is_implied"]}
    # CN-4 is void and takes nothing from the others; CN-1 takes 3000 of 5000, CN-2 the rest, CN-3 finds nothing.
    assert implied == {uid("CN-4"): 5000, uid("CN-1"): 3000, uid("CN-2"): 2000}


def test_an_earlier_credit_memo_brings_the_later_ones_on_its_invoice(night: Night) -> None:
    night.commit(night.extract())
    night.billing.change(
        """
        insert into billing.credit_notes
            (id, legal_entity_id, invoice_id, status, kind, issue_date, currency, subtotal_minor, total_minor)
        values (uid('CN-2'), uid('US'), uid('INV-2'), 'issued', 'ar_reduction', '2026-01-15', 'USD', 4000, 4000)
        """
    )
    done = night.extract(NIGHT_TWO)
    # and the invoice: something may be left of it after full credit
    assert night.documents(done) == {uid("CN-1"), uid("CN-2"), uid("INV-2")}
    amounts = {key: row["amount_minor"] for key, row in night.rows(done, "applications").items()}
    assert amounts == {uid("CN-2"): 4000, uid("CN-1"): 1000}


CREDITED_BEFORE = """
insert into billing.credit_notes (id, legal_entity_id, status, kind, issue_date, currency, subtotal_minor, total_minor)
values (uid('CN-2'), uid('US'), 'issued', 'on_account', '2026-01-15', 'USD', 900, 900);
insert into billing.credit_note_lines (id, credit_note_id, line_no, invoice_line_id, amount_minor, revenue_effect) values
    (uid('CN-3'), uid('CN-2'), 1, uid('INV-2/1'), 900, 'price_reduction'),
    (uid('CN-4'), uid('CN-2'), 2, uid('INV-2/1'), 50, 'goodwill')
"""
ENDED_EARLY = """
insert into billing.credit_notes (id, legal_entity_id, status, kind, issue_date, currency, subtotal_minor, total_minor)
values (uid('CN-5'), uid('US'), 'issued', 'on_account', '2026-01-15', 'USD', 900, 900);
insert into billing.credit_note_lines
    (id, credit_note_id, line_no, invoice_line_id, amount_minor, revenue_effect, effective_date)
values (uid('CN-6'), uid('CN-5'), 1, uid('INV-1/1'), 900, 'termination', '2026-01-12')
"""


def credits_told(night: Night, extracted: Extracted) -> set[tuple[Any, ...]]:
    """Beside which documents and lines which credits are told: document, line, amount, effect, day."""
    names = ("native_id", "line_no", "amount_minor", "revenue_effect", "effective_date")
    rows = night.rows(extracted, "lines").values()
    return {tuple(row[name] for name in names) for row in rows if row["line_kind"] == "credited"}


def test_a_credit_memo_comes_with_what_earlier_ones_took_of_its_line(night: Night) -> None:
    night.commit(night.extract())
    night.billing.change(CREDITED_BEFORE)
    done = night.extract(NIGHT_TWO)
    assert night.documents(done) == {uid("CN-1"), uid("CN-2")}
    assert credits_told(night, done) == {(uid("CN-1"), 1, 900, "price_reduction", date(2026, 1, 15))}
    night.commit(done)
    night.billing.change("update billing.credit_notes set status = 'void', voided_at = now() where id = uid('CN-2')")
    done = night.extract(NIGHT_TWO + timedelta(days=1))
    assert (night.documents(done), credits_told(night, done)) == ({uid("CN-1"), uid("CN-2")}, set())


def test_a_loss_comes_with_what_credit_memos_took_of_its_lines(night: Night) -> None:
    night.billing.change(WRITTEN_OFF)
    night.billing.change(CREDITED_BEFORE)
    told = {row[:4] for row in credits_told(night, night.extract()) if row[0] == uid("INV-2")}
    # Beside the second line: the first is that of the invoice.
    assert told == {(uid("INV-2"), 2, 900, "price_reduction"), (uid("INV-2"), 2, 3000, None)}


def test_a_lost_dispute_comes_with_what_credit_memos_took_of_the_lines_behind_it(night: Night) -> None:
    night.billing.change("update billing.disputes set status = 'lost', closed_date = '2026-01-31'")
    night.commit(night.extract())
    night.billing.change(ENDED_EARLY)
    done = night.extract(NIGHT_TWO)
    assert night.documents(done) == {uid("CN-5"), uid("DIS-1")}
    assert credits_told(night, done) == {(uid("DIS-1"), 1, 900, "termination", date(2026, 1, 12))}


def test_large_datasets_come_in_several_batches(night: Night, quiet: EmbeddedPostgres) -> None:
    with quiet.admin(night.billing.database) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            """
            insert into billing.invoice_lines (id, invoice_id, line_no, product_id, amount_minor)
            select gen_random_uuid(), uid('INV-1'), n + 10, (select uid('PLAN')), 1 from generate_series(1, 150000) as n
            """.replace("uid('INV-1')", "(select uid('INV-1'))")
        )
    with night.source.read(0, [], lambda _: []) as reading:
        sizes = [batch.num_rows for batch in reading.datasets["lines"]()]
    assert sum(sizes) == 150_004
    assert len(sizes) > 2


# Which night


def test_a_night_that_a_later_one_covers_says_so(night: Night) -> None:
    night.commit(night.extract(NIGHT_TWO))
    for instant in (NIGHT_ONE, NIGHT_TWO):
        covered = night.extract_or_cover(instant)
        assert isinstance(covered, Covered)
        assert covered.batch.read_instant == NIGHT_TWO


def test_a_read_instant_in_the_future_is_refused(night: Night) -> None:
    with pytest.raises(ReadInstantError, match="lies in the future"):
        night.extract(datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(ReadInstantError, match="has no time zone"):
        night.extract(NIGHT_ONE.replace(tzinfo=None))


def test_a_dry_run_has_its_own_place_and_moves_nothing(night: Night) -> None:
    done = night.extract(kind="dry_run")
    assert all(file.path.startswith(f"dry_run/{night.code}/20260201T060000Z/") for file in night.files(done))
    with night.finance.transaction() as connection:
        stream = streams.read_stream(connection, night.code)
    assert (stream.horizon, stream.generation, stream.read_instant) == (0, 0, None)
    with pytest.raises(psycopg.errors.CheckViolation), night.finance.transaction() as connection:
        connection.execute(
            """
            insert into batch (id, attempt_id, kind, source_code, read_instant, horizon_from, horizon_to, snapshot_rank,
                generation, rule_set_sha256, code_version, manifest)
            values (%s, %s, 'dry_run', %s, now(), 0, 0, 0, 1, '', '', %s)
            """,
            (uuid4(), done.attempt_id, night.code, Jsonb([])),
        )


@pytest.mark.parametrize(
    ("forged", "message"),
    [("system_identifier = '1/1'", "is another database"), ("horizon = 1099511627776", "was set back")],
)
def test_a_replaced_or_restored_source_asks_for_full_compare(night: Night, forged: str, message: str) -> None:
    night.commit(night.extract())
    with night.finance.transaction() as connection:
        connection.execute(f"update source_stream set {forged} where source_code = %s", (night.code,))
    with pytest.raises(SourceReplacedError, match=f"{message}.*full compare"):
        night.extract(NIGHT_TWO)
    done = night.extract(NIGHT_TWO, is_full=True)
    assert (done.horizon_from, done.rows["documents"]) == (0, 10)


# What stands in the way


def test_a_wrong_password_is_named_with_its_cure(night: Night) -> None:
    source = replace(night.source, dsn=make_conninfo(night.source.dsn, password="wrong"))
    with pytest.raises(CredentialsRefusedError, match=r"Connection billing_db: .*Correct login and password") as caught:
        night.extract(source=source)
    assert "wrong" not in str(caught.value)


def test_a_database_that_does_not_answer_is_worth_another_try(night: Night) -> None:
    source = replace(night.source, dsn=make_conninfo(night.source.dsn, port=1))
    with pytest.raises(SystemUnreachableError, match=r"Connection billing_db: .*does not answer"):
        night.extract(source=source)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("revoke select on billing.refunds from billing_reader", r"`grant select on billing.refunds to <login>`"),
        ("revoke usage on schema billing from billing_reader", r"`grant usage on schema billing to <login>`"),
        ("drop table billing.payouts cascade", r"table billing\.payouts is missing"),
        (
            "alter table billing.invoice_lines drop region",
            r"table billing\.invoice_lines: field region was text and is missing",
        ),
        (
            "alter table billing.invoices alter updated_at type timestamp, alter total_minor type numeric",
            (
                r"field total_minor was bigint and is numeric; .*field updated_at was timestamp with time zone and is timestamp "
                r"without time zone\. Restore it there, or offer a view .* nothing was read"
            ),
        ),
    ],
)
def test_a_database_of_another_shape_is_named_with_its_cure(night: Night, damage: str, message: str) -> None:
    night.billing.change(damage)
    with pytest.raises(SourceUnreadableError, match=message):
        night.extract()


def test_a_connection_lost_on_the_way_leaves_an_abandoned_attempt_and_the_next_run_completes(
    night: Night, quiet: EmbeddedPostgres
) -> None:
    class Cut(PostgresBilling):
        """Loses its server process once the documents are read."""

        @contextmanager
        def read(self, *given: Any) -> Iterator[Any]:
            with super().read(*given) as reading:

                def lines() -> Iterator[Any]:
                    with quiet.admin() as admin:
                        admin.execute(
                            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'billing_reader'"
                            " and datname = %s",
                            (night.billing.database,),
                        )
                    yield from reading.datasets["lines"]()

                yield replace(reading, datasets={**reading.datasets, "lines": lines})

    with pytest.raises(SystemUnreachableError, match="does not answer"):
        night.extract(source=Cut(night.source.dsn, "billing_db"))
    with night.finance.transaction() as connection:
        rows = connection.execute("select state from attempt where source_code = %s", (night.code,)).fetchall()
    assert [row["state"] for row in rows] == ["abandoned"]
    assert night.extract().rows["documents"] == 10
    assert list(night.evidence.scratch.iterdir()) == []


class SmallDisk(LocalFileSystem):  # type: ignore[misc]
    """A folder on a disk with room for a few hundred bytes."""

    protocol = ("smalldisk",)

    def open(self, path: str, mode: str = "rb", **given: Any) -> Any:
        handle = super().open(path, mode, **given)
        if "w" in mode:
            write = handle.write

            def full(chunk: bytes) -> int:
                write(chunk[:100])
                raise OSError(errno.ENOSPC, "No space left on device", path)

            handle.write = full
        return handle


def test_a_full_disk_under_evidence_is_named_with_its_cure_and_the_next_run_completes(
    night: Night, tmp_path: Path
) -> None:
    fsspec.register_implementation("smalldisk", SmallDisk, clobber=True)
    folder = tmp_path / "evidence"
    small = EvidenceStore(f"smalldisk://{folder}", tmp_path / "scratch")
    with pytest.raises(EvidenceError, match=rf"Evidence folder {folder} is full: [\d,]+ bytes free. Make room"):
        night.extract(evidence=small)
    assert not list(folder.rglob("*.parquet"))
    assert night.extract().rows["documents"] == 10


def test_an_attempt_whose_commit_got_no_answer_is_asked_for_and_found(night: Night) -> None:
    class Mute(FinanceDatabase):
        """Commits, then loses the connection before it can say so."""

        lost = 0

        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            with super().transaction() as connection:
                yield connection
                wrote = (
                    connection.info.transaction_status
                    and connection.execute("select pg_current_xact_id_if_assigned() is not null as wrote").fetchone()
                )
            if wrote and wrote["wrote"]:
                Mute.lost += 1
                if Mute.lost > 1:  # the first write is the stream's row, before there is an attempt
                    raise SystemUnreachableError("the connection was lost")

    done = night.extract(database=Mute(night.finance.dsn))
    assert Mute.lost == 3
    assert night.attempt(done.attempt_id)["state"] == "landed"
    assert len(night.files(done)) == len(list(Path(night.evidence._place._root).rglob("*.parquet")))


def test_two_tries_at_one_night_do_not_touch_each_other(night: Night) -> None:
    first, second = night.extract(), night.extract()
    assert {file.path for file in night.files(first)}.isdisjoint(file.path for file in night.files(second))
    assert first.rows == second.rows
