"""Explaining where evidence lies elsewhere or is lost, and what is said of names that mean nothing, or too much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from include.config.configuration import SourceSettings
from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.explain import ExplainDesk, explain_document, explain_entry
from include.pipelines.explained import DocumentExplained
from include.sample.object_store import EmbeddedObjectStore
from include.store.database import FinanceDatabase
from tests.accounting.billing import credit_memo, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, open_periods

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture
def books(finance: FinanceDatabase, tmp_path: Path) -> Company:
    open_periods(finance)
    return Company(finance, tmp_path)


def desk_of(books: Company) -> ExplainDesk:
    sources = {books.source_code: SourceSettings(books.source_code, "postgres", "main", "billing_db")}
    return ExplainDesk(books.finance, books.evidence, configured(sources=sources))


def configured(**changed: Any) -> Any:
    return replace(SHIPPED, **changed)


def told_accounts(told: DocumentExplained) -> list[str]:
    """Event, account and amount of each entry, in the order told."""
    return [
        f"{booking.event}{' reversed' if booking.reverses_no else ''} {each.account_code} {each.amount_minor}"
        for booking in told.bookings
        for each in booking.lines
    ]


def a_night(books: Company) -> None:
    books.night(
        invoice("INV-1", "01-10", line(10000, tax=800), number="2026-17"),
        payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")),
        credit_memo("CM-1", "01-21", line(500), number="2026-17"),
    )


def test_an_invoice_that_changed_is_told_version_by_version_and_booking_by_booking(books: Company) -> None:
    a_night(books)
    books.night(invoice("INV-1", "01-10", line(9000, tax=800), number="2026-17"))
    told = explain_document(desk_of(books), "invoice:INV-1")
    assert [(version.version_no, version.outcome) for version in told.versions] == [(1, "new"), (2, "changed")]
    assert [
        (booking.booking_no, booking.reverses_no, booking.version_no, [each.amount_minor for each in booking.lines])
        for booking in told.bookings
    ] == [
        (1, None, 1, [10800, -800, -10000]),
        (2, 1, 2, [-10800, 800, 10000]),
        (3, None, 2, [9800, -800, -9000]),
    ]
    assert [
        row.fields["amount_minor"] for version in told.versions for row in version.rows if row.dataset == "lines"
    ] == [
        10000,
        9000,
    ]


def test_an_application_is_called_by_its_id_in_billing(books: Company) -> None:
    a_night(books)
    told = explain_document(desk_of(books), "payment:PAY-1")
    [applied] = [booking for booking in told.bookings if booking.event == "payment.applied"]
    [row] = [row for row in told.versions[0].rows if row.dataset == "applications"]
    assert applied.occurrence == row.fields["application_id"]


def test_evidence_in_an_object_store_tells_the_same(
    books: Company, object_store: EmbeddedObjectStore, tmp_path: Path
) -> None:
    object_store.make_bucket("explained")
    books.evidence = EvidenceStore("s3://explained/books", tmp_path / "scratch", object_store.access())
    a_night(books)
    told = explain_document(desk_of(books), "invoice:INV-1")
    [entry] = told.entries
    assert (
        sum(
            origin.amount_minor
            for each in explain_entry(desk_of(books), entry.reference).lines
            for origin in each.origins
        )
        == 0
    )
    assert sorted(told_accounts(told)) == [
        "invoice.issued 1100 10800",
        "invoice.issued 2000 -800",
        "invoice.issued 4020 -10000",
    ]


@pytest.mark.core
def test_a_missing_file_of_evidence_is_said_by_name(books: Company) -> None:
    a_night(books)
    told = explain_document(desk_of(books), "invoice:INV-1")
    [booking] = told.bookings
    [file] = [
        file
        for file in told.versions[0].batch.files
        if file.dataset == "subledger_entries" and file.bucket == int(str(told.document_uid)[-2:], 16) % 8
    ]
    (books.folder / "evidence" / file.path).unlink()
    for explain in (
        lambda: explain_entry(desk_of(books), booking.reference),
        lambda: explain_document(desk_of(books), "invoice:INV-1"),
    ):
        with pytest.raises(EvidenceError, match=f"{file.path} is lost .*Restore this file from a backup"):
            explain()


@pytest.mark.core
def test_a_name_that_nothing_has_is_answered_with_the_forms_of_a_name(books: Company) -> None:
    a_night(books)
    with pytest.raises(UnknownNameError, match=r"No document invoice:INV-9 was ever read. Write DOCUMENT=<type>:<id"):
        explain_document(desk_of(books), "invoice:INV-9")
    with pytest.raises(UnknownNameError, match="No journal entry has the reference, ERP number or id NONE"):
        explain_entry(desk_of(books), "NONE")


def test_a_number_that_two_documents_bear_is_answered_with_both(books: Company) -> None:
    a_night(books)
    with pytest.raises(UnknownNameError, match="2 documents are called 2026-17: credit_memo:CM-1, invoice:INV-1"):
        explain_document(desk_of(books), "2026-17")


def test_an_entry_is_found_by_its_number_in_the_erp_and_a_number_of_two_entries_is_answered_with_both(
    books: Company,
) -> None:
    a_night(books)
    [first, second, *_] = books.rows("select id, reference from journal_entry order by posting_date, reference")
    number = "update journal_entry set erp_number = %s where id = %s returning id"
    books.rows(number, "000017", first["id"])
    assert explain_entry(desk_of(books), "000017").entry.id == first["id"]
    assert explain_entry(desk_of(books), str(first["id"])).entry.reference == first["reference"]
    with pytest.raises(UnknownNameError, match=r"has \d lines and no line 99"):
        explain_entry(desk_of(books), f"{first['reference']}:99")
    books.rows(number, "000017", second["id"])
    with pytest.raises(
        UnknownNameError, match=f"2 journal entries have the ERP number 000017: .*{second['reference']}"
    ):
        explain_entry(desk_of(books), "000017")


@pytest.mark.core
def test_a_document_that_waits_shows_its_exception_and_that_nothing_is_booked(books: Company) -> None:
    books.night(payment("PAY-BAD", "01-15", -100))
    told = explain_document(desk_of(books), "payment:PAY-BAD")
    assert told.bookings == ()
    assert [each.cause.rsplit("|", 1)[1] for each in told.exceptions] == [told.versions[0].reason]
