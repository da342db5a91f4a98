"""Bad input of every kind in one night: an exception on each document that tells its cure, and the rest of the night goes on."""

from __future__ import annotations

from datetime import date

import pytest

from include.finance.errors import SourceStoppedError
from tests.accounting.billing import Document, credit_memo, dispute, invoice, line, moved, payment, refund, to
from tests.accounting.company import Company
from tests.quality.test_validate import TwistedBilling

SOUND = (
    invoice("GOOD", "01-15", line(1000)),
    payment("GOOD-PAY", "01-16", 1000, to("GOOD", 1000, "01-16")),
    invoice("ONCE", "01-15", line(500)),
)
BAD: dict[str, tuple[Document, list[str]]] = {
    "amounts that do not add up": (invoice("1", "01-15", line(10), total_minor=11), ["lines_do_not_sum"]),
    "tax that does not add up": (credit_memo("2", "01-15", line(10, tax=1), tax_minor=2), ["taxes_do_not_sum"]),
    "amounts to recognise that do not add up": (
        invoice("3", "01-15", line(10, recognition_amount_minor=11)),
        ["recognition_amounts_do_not_sum"],
    ),
    "a state that is no event": (invoice("4", "01-15", line(10), status="settled"), ["unknown_status"]),
    "a movement that is no event": (
        dispute("5", "01-15", 10, moved("frozen", 10, "01-15")),
        ["unknown_event_type"],
    ),
    "a credit memo of a kind that is no event": (credit_memo("6", "01-15", line(10), kind="gift"), ["no_posting_rule"]),
    "missing service dates": (
        invoice("7", "01-15", line(10, "ratable", service_start=None)),
        ["missing_service_dates"],
    ),
    "an end before the start": (
        invoice("8", "01-15", line(10, "ratable", service_start=date(2026, 2, 1), service_end=date(2026, 1, 1))),
        ["service_ends_before_start"],
    ),
    "another currency than before": (
        invoice("ONCE", "01-15", line(500), currency="GBP"),
        ["currency_changed", "no_fx_rate"],
    ),
    "a negative payment": (payment("9", "01-15", -10), ["negative_amount"]),
    "a negative refund": (refund("10", "01-15", -10, credit_memo_id="CN"), ["negative_amount"]),
    "an application to an unknown document": (
        payment("11", "01-15", 10, to("NOBODY", 10, "01-15")),
        ["unknown_invoice"],
    ),
    "a credit in another currency than its invoice": (
        credit_memo("12", "01-15", line(10), invoice_id="GOOD", currency="EUR"),
        ["credited_in_another_currency", "no_fx_rate"],
    ),
    "a currency without a rate": (invoice("13", "01-15", line(10), currency="CHF"), ["no_fx_rate"]),
}


def test_each_is_an_exception_with_a_cure_and_the_rest_is_booked(company: Company) -> None:
    company.night(*SOUND)
    before = company.balances()
    night = company.night(*(document for document, _ in BAD.values()), invoice("LATER", "01-17", line(700)))
    assert company.exceptions() == {document.key[1]: rules for document, rules in BAD.values()}
    rows = company.rows(
        "select category, severity, owner, suggested_fix, message from exception where source_code = %s and state = 'open'",
        company.source_code,
    )
    assert all(all(row.values()) for row in rows)
    # Booked is what is sound, and the cash of what is applied to nobody knows what.
    booked = before | {
        "1050": before["1050"] + 10,
        "1100": before["1100"] + 700,
        "2050": -10,
        "4020": before["4020"] - 700,
    }
    assert company.balances() == booked
    assert company.outcomes(night)["LATER"] == "new"


def test_one_that_comes_twice_with_different_content_stops_its_source_alone_before_anything_is_booked(
    company: Company,
) -> None:
    company.billing = TwistedBilling()
    company.billing.twist = lambda name, rows: [*rows, rows[-1] | {"total_minor": 7}] if name == "documents" else rows
    with pytest.raises(SourceStoppedError, match="duplicate_document"):
        company.night(invoice("TWICE", "01-15", line(1000)))
    assert company.ledger() == ""
