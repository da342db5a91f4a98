"""Bad input of every kind in one night: an exception on each document that tells its cure, and the rest of the night goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tests.accounting.billing import Document, Row, credit_memo, dispute, invoice, line, moved, payment, refund, to
from tests.accounting.company import Company
from tests.accounting.summarised import Ledgers
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
        credit_memo("12", "01-15", line(10), invoice_id="GOOD", currency="CHF"),
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


@pytest.mark.long
@pytest.mark.parametrize("other", [{"total_minor": 7}, {"status": "draft"}, {"currency": "ZZZ"}, {}])
def test_one_that_comes_twice_waits_alone_until_it_comes_once(company: Company, other: Row) -> None:
    company.billing = billing = TwistedBilling()
    company.night(invoice("TWICE", "01-15", line(1000)))
    billing.twist = lambda name, rows: [*rows, rows[-1] | other] if name == "documents" else rows
    night = company.night(invoice("ONCE", "01-15", line(500)), invoice("TWICE", "01-15", line(2000)))
    assert company.outcomes(night) == {"ONCE": "new", "TWICE": "quarantined duplicate_document"}
    assert company.exceptions() == {"TWICE": ["duplicate_document"]}
    assert company.balances() == {"1100": 1500, "4020": -1500}
    assert Ledgers(company).differences(datetime(2026, 2, 20, 6, tzinfo=UTC)) == []
    billing.twist = lambda _, rows: rows
    assert company.outcomes(company.night()) == {"TWICE": "changed"}
    assert company.exceptions() == {}
    assert company.balances() == {"1100": 2500, "4020": -2500}


@pytest.mark.long
def test_all_come_twice_and_each_waits(company: Company) -> None:
    company.billing = billing = TwistedBilling()
    billing.twist = lambda name, rows: [*rows, *rows] if name in ("documents", "lines") else rows
    names = [f"INV-{number}" for number in range(20)]
    night = company.night(*(invoice(name, "01-15", line(100)) for name in names), payment("PAY", "01-15", 10))
    assert set(company.outcomes(night).values()) == {"quarantined duplicate_document"}
    assert company.exceptions() == {name: ["duplicate_document"] for name in [*names, "PAY"]}
    billing.twist = lambda _, rows: rows
    assert company.night().entry_count > 0
    assert company.balances() == {"1050": 10, "1100": 2000, "2050": -10, "4020": -2000}
