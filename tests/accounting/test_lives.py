"""Documents that change, wait, come late or vanish: what the books make of it, night after night."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.accounting.billing import credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import Company, close_period, written

pytestmark = pytest.mark.long  # `make test` runs those marked core

SHORT_BY_A_CENT = {"total_minor": 9999}


def test_a_display_only_change_leaves_a_document_unchanged(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.change("INV-1", number="2026/17", status="paid", customer_ref="C-1")
    again = company.night()
    assert company.outcomes(again) == {"INV-1": "unchanged"}
    assert (again.entry_count, company.ledger(again.batch_id)) == (0, "")


def test_a_night_without_changes_reads_and_books_nothing(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    again = company.night()
    assert (again.outcomes, again.entry_count) == ((), 0)


@pytest.mark.core
def test_a_changed_line_is_reversed_from_what_was_booked_and_booked_again(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000, tax=888), line(5000, "usage")))
    changed = company.night(invoice("INV-1", "01-15", line(9000, tax=799), line(5000, "usage")))
    assert company.outcomes(changed) == {"INV-1": "changed"}
    assert company.ledger(changed.batch_id) == written("""
        2026-01-15 US invoices
          1100 Billing receivables    147.99 USD
          2000 Tax payable             -7.99 USD
          4010 Usage revenue          -50.00 USD
          4020 Onboarding revenue     -90.00 USD
        2026-01-15 US reversal
          1100 Billing receivables   -158.88 USD
          2000 Tax payable              8.88 USD
          4010 Usage revenue           50.00 USD
          4020 Onboarding revenue     100.00 USD
    """)


@pytest.mark.core
def test_an_invoice_that_moves_to_another_entity_leaves_the_books_of_the_first(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    moved = company.night(invoice("INV-1", "01-15", line(10000), entity="UK"))
    assert company.ledger(moved.batch_id) == written("""
        2026-01-15 UK invoices
          1100 Billing receivables    100.00 GBP
          4020 Onboarding revenue    -100.00 GBP
        2026-01-15 US reversal
          1100 Billing receivables   -100.00 USD
          4020 Onboarding revenue     100.00 USD
    """)


def test_an_application_that_vanishes_is_reversed_and_nothing_else(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12")))
    vanished = company.night(payment("PAY-1", "01-12", 10000))
    assert company.ledger(vanished.batch_id) == written("""
        2026-01-12 US reversal
          1100 Billing receivables    100.00 USD
          2050 Customer credits      -100.00 USD
    """)


def test_a_draft_is_counted_and_booked_once_it_is_issued(company: Company) -> None:
    first = company.night(invoice("INV-1", None, line(10000), status="draft"))
    assert company.outcomes(first) == {"INV-1": "excluded draft"}
    company.billing.change("INV-1", status="issued", document_date="01-31")
    assert company.outcomes(company.night()) == {"INV-1": "new"}
    assert company.balances() == {"1100": 10000, "4020": -10000}


def test_an_invoice_set_back_to_draft_leaves_the_books_and_its_payment_waits(company: Company) -> None:
    company.night(invoice("INV-1", "01-10", line(10000)), payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12")))
    company.billing.change("INV-1", status="draft")
    company.night()
    assert {account: amount for account, amount in company.balances().items() if amount} == {
        "1050": 10000,
        "2050": -10000,
    }
    company.billing.change("INV-1", status="issued")
    company.night()
    assert company.balances() == {"1050": 10000, "1100": 0, "2050": 0, "4020": -10000}


def test_a_quarantined_invoice_does_not_hide_cash_and_releases_its_application(company: Company) -> None:
    wrong = invoice("INV-1", "01-10", line(10000), **SHORT_BY_A_CENT)
    first = company.night(wrong, payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12")))
    assert company.outcomes(first) == {"INV-1": "quarantined lines_do_not_sum", "PAY-1": "new"}
    assert company.ledger() == written("""
        2026-01-12 US receipts
          1050 Processor clearing     100.00 USD
          2050 Customer credits      -100.00 USD
    """)
    assert company.exceptions() == {"INV-1": ["lines_do_not_sum"]}
    assert company.retries() == {"INV-1": "quarantined", "PAY-1": "waiting_for_invoice"}

    company.billing.change("INV-1", total_minor=10000)
    second = company.night()
    assert company.ledger(second.batch_id) == written("""
        2026-01-10 US invoices
          1100 Billing receivables    100.00 USD
          4020 Onboarding revenue    -100.00 USD
        2026-01-12 US applications
          1100 Billing receivables   -100.00 USD
          2050 Customer credits       100.00 USD
    """)
    assert (company.exceptions(), company.retries()) == ({}, {})


@pytest.mark.core
def test_an_accounted_invoice_that_is_broken_later_keeps_its_booking_and_its_payment(company: Company) -> None:
    paid = payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12"))
    company.night(invoice("INV-1", "01-10", line(10000)), paid)
    before = company.balances()
    company.billing.change("INV-1", **SHORT_BY_A_CENT)
    # The payment is compared too: another application of it came.
    both = payment("PAY-1", "01-12", 10000, to("INV-1", 9000, "01-12"))
    broken = company.night(both)
    assert company.outcomes(broken)["INV-1"] == "quarantined lines_do_not_sum"
    assert company.balances() == before | {"1100": 1000, "2050": -1000}
    company.billing.change("INV-1", total_minor=10000)
    mended = company.night()
    assert company.outcomes(mended)["INV-1"] == "unchanged"
    assert (company.exceptions(), company.retries()) == ({}, {})


def test_an_application_across_companies_waits_while_the_cash_is_booked(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-10", line(10000), entity="UK"),
        payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12", currency="GBP")),
    )
    assert company.retries() == {"PAY-1": "not_yet_supported_foreign_currency"}
    assert company.ledger() == written("""
        2026-01-10 UK invoices
          1100 Billing receivables    100.00 GBP
          4020 Onboarding revenue    -100.00 GBP
        2026-01-12 US receipts
          1050 Processor clearing     100.00 USD
          2050 Customer credits      -100.00 USD
    """)


def test_an_accounted_document_that_turns_foreign_without_a_rate_stays_as_booked_and_is_tried_again(
    company: Company,
) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.change("INV-1", currency="CHF")
    assert company.outcomes(company.night()) == {"INV-1": "quarantined currency_changed"}
    assert company.exceptions() == {"INV-1": ["currency_changed", "no_fx_rate"]}
    assert company.balances() == {"1100": 10000, "4020": -10000}
    assert company.retries() == {"INV-1": "quarantined"}


def test_documents_without_entity_or_currency_are_counted_as_unassigned(company: Company) -> None:
    night = company.night(
        invoice("INV-1", "01-15", line(10000), entity="FR", currency="EUR"),
        invoice("INV-2", "01-15", line(10000), entity=None),
        invoice("INV-3", "01-15", line(10000), currency="XYZ"),
    )
    cells = {(each.legal_entity_code, each.currency, each.reason, each.total_minor) for each in night.outcomes}
    assert cells == {
        ("UNASSIGNED", "EUR", "unknown_legal_entity", 10000),
        ("UNASSIGNED", "USD", "unknown_legal_entity", 10000),
        ("US", "unknown", "unknown_currency", 10000),
    }
    assert set(company.exceptions()) == {"INV-1", "INV-2", "INV-3"}
    assert company.ledger() == ""


def test_a_document_with_two_lines_without_a_rule_is_one_exception(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(1, "lease"), line(2, "rental"), line(3)))
    assert company.exceptions() == {"INV-1": ["no_posting_rule"]}


def test_a_future_date_is_held_until_its_day_and_too_far_ahead_quarantined(company: Company) -> None:
    night = company.night(invoice("INV-1", "02-20", line(10000)), invoice("INV-2", "04-20", line(10000)))
    assert company.outcomes(night) == {"INV-1": "held future_date", "INV-2": "quarantined future_document_date"}
    assert company.ledger() == written("""
        2026-02-20 US invoices (held: future_date)
          1100 Billing receivables    100.00 USD
          4020 Onboarding revenue    -100.00 USD
    """)


def test_today_is_a_day_where_the_entity_keeps_its_books(company: Company) -> None:
    # At 04:30 UTC on 1 February it is February in Tokyo and still January in New York.
    company.billing.put(invoice("INV-1", "02-01", line(100)), invoice("INV-2", "02-01", line(100), entity="JP"))
    night = company.night(instant=datetime(2026, 2, 1, 4, 30, tzinfo=UTC))
    assert company.outcomes(night) == {"INV-1": "held future_date", "INV-2": "new"}


@pytest.mark.core
def test_a_late_document_goes_to_the_first_open_day_after_its_own(own_company: Company) -> None:
    company = own_company
    close_period(company.finance, "2026-01")
    company.night(invoice("INV-1", "01-28", line(120000, "ratable")))
    assert company.ledger() == written("""
        2026-02-01 US late
          1100 Billing receivables   1200.00 USD
          2100 Deferred revenue     -1200.00 USD
    """)
    [text] = {row["line_text"].rsplit(" ", 1)[0] for row in company.lines()}
    assert text == "late 2026-01-28 USD 1 docs"


def test_a_late_document_never_slides_backwards_or_across_a_year_end(own_company: Company) -> None:
    company = own_company
    close_period(company.finance, *(f"2025-{month:02}" for month in range(11, 13)))
    night = company.night(
        invoice("INV-1", "2025-12-20", line(10000)),
        payment("PAY-1", "2025-12-21", 10000, to("INV-1", 4000, "2025-12-21"), to("INV-1", 6000, "2025-12-22")),
    )
    assert company.outcomes(night) == {"INV-1": "held hold_for_reopen", "PAY-1": "held hold_for_reopen"}
    assert company.exceptions() == {"INV-1": ["hold_for_reopen"], "PAY-1": ["hold_for_reopen"]}
    # Read again for a reason of billing's, it still waits for the period and says so.
    company.billing.change("INV-1", status="paid")
    company.night()
    assert company.exceptions() == {"INV-1": ["hold_for_reopen"], "PAY-1": ["hold_for_reopen"]}


def test_a_day_for_which_the_erp_has_no_period_waits(company: Company) -> None:
    night = company.night(invoice("INV-1", "2024-12-31", line(10000)))
    assert company.outcomes(night) == {"INV-1": "held period_closed"}
    assert company.exceptions() == {"INV-1": ["no_period"]}


def test_a_change_to_a_closed_period_shows_only_its_difference_in_the_open_one(own_company: Company) -> None:
    company = own_company
    company.night(invoice("INV-1", "01-15", line(10000)))
    close_period(company.finance, "2026-01")
    changed = company.night(invoice("INV-1", "01-15", line(9000)))
    assert company.ledger(changed.batch_id) == written("""
        2026-02-01 US late
          1100 Billing receivables     90.00 USD
          4020 Onboarding revenue     -90.00 USD
        2026-02-01 US reversal
          1100 Billing receivables   -100.00 USD
          4020 Onboarding revenue     100.00 USD
    """)


def test_an_overlapping_adjustment_period_of_the_erp_books_nothing_twice(own_company: Company) -> None:
    company = own_company
    with company.finance.transaction() as connection:
        connection.execute(
            "insert into erp_period values ('tryton', 'US', '2026-13', '2026', '2026-01-01', '2026-12-31', 'open')"
        )
    company.night(invoice("INV-1", "01-15", line(10000)))
    assert company.balances() == {"1100": 10000, "4020": -10000}


@pytest.mark.core
def test_a_document_deleted_after_accounting_stays_in_the_books(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)), invoice("INV-2", "01-15", line(500)))
    company.billing.change("INV-1", is_deleted=True)
    company.billing.delete_for_good(("invoice", "INV-2"))
    night = company.night()
    assert company.outcomes(night) == dict.fromkeys(("INV-1", "INV-2"), "excluded deleted_after_accounting")
    assert {each.total_minor for each in night.outcomes} == {10500}
    assert company.exceptions() == {name: ["deleted_after_accounting"] for name in ("INV-1", "INV-2")}
    assert company.balances() == {"1100": 10500, "4020": -10500}
    company.billing.change("INV-1", is_deleted=False)
    company.night()
    assert company.exceptions() == {"INV-2": ["deleted_after_accounting"]}


def test_a_document_deleted_before_it_was_accounted_is_a_tombstone(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000), **SHORT_BY_A_CENT))
    company.billing.delete_for_good(("invoice", "INV-1"))
    assert company.outcomes(company.night()) == {"INV-1": "deleted"}
    assert (company.exceptions(), company.retries(), company.ledger()) == ({}, {}, "")


def test_a_backdated_document_waits_for_a_person(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.change("INV-1", document_date="2025-12-10")
    assert company.outcomes(company.night()) == {"INV-1": "quarantined backdated"}
    assert company.exceptions() == {"INV-1": ["backdated"]}
    assert company.balances() == {"1100": 10000, "4020": -10000}


def test_a_currency_that_changes_waits_for_a_person_as_long_as_it_is_another(company: Company) -> None:
    documents = [
        invoice("INV-1", "01-15", line(10000)),
        credit_memo("CN-1", "01-16", line(500)),
        payment("PAY-1", "01-17", 700),
        refund("REF-1", "01-18", 70, unapplied=700),
    ]
    company.night(*documents)
    before = company.balances()
    # In the books' own currency and in another: each of them, in whichever direction.
    own_too = payment("PAY-2", "01-17", 900, entity="UK")
    company.night(own_too)
    names = [each.key[1] for each in (*documents, own_too)]
    for name in names:
        company.billing.change(name, currency="EUR" if name != "PAY-2" else "USD")
    for _ in range(2):  # it does not pass by being seen once
        night = company.night()
        assert {name: company.outcomes(night)[name] for name in names} == dict.fromkeys(
            names, "quarantined currency_changed"
        )
        assert night.entry_count == 0
    assert before.items() <= (company.balances() | {"1050": before["1050"], "2050": before["2050"]}).items()
    for name in names:
        company.billing.change(name, currency="GBP" if name == "PAY-2" else "USD")
    assert set(company.outcomes(company.night()).values()) == {"unchanged"}
    assert company.exceptions() == {}


def test_an_application_to_an_invoice_that_billing_never_showed_is_an_exception_and_the_cash_is_booked(
    company: Company,
) -> None:
    company.night(payment("PAY-1", "01-12", 10000, to("INV-1", 10000, "01-12")))
    assert company.balances() == {"1050": 10000, "2050": -10000}
    assert company.exceptions() == {"PAY-1": ["unknown_invoice"]}
    # One that is known and waits is not one.
    company.night(invoice("INV-1", None, line(10000), status="draft"))
    assert (company.exceptions(), company.retries()) == ({}, {"PAY-1": "waiting_for_invoice"})
    company.billing.change("INV-1", status="issued", document_date="01-10")
    company.night()
    assert company.balances() == {"1050": 10000, "1100": 0, "2050": 0, "4020": -10000}
    assert (company.exceptions(), company.retries()) == ({}, {})


def test_a_quarantined_document_that_returns_to_its_accounted_version_closes_its_exception(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.change("INV-1", **SHORT_BY_A_CENT)
    company.night()
    company.billing.change("INV-1", total_minor=10000)
    third = company.night()
    assert company.outcomes(third) == {"INV-1": "unchanged"}
    assert (third.entry_count, company.exceptions(), company.retries()) == (0, {}, {})


def test_what_was_given_up_before_it_was_posted_is_booked_anew(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)), credit_memo("CN-1", "01-16", line(500)))
    company.supersede(first, "invoices")
    second = company.night()
    assert company.outcomes(second) == {"INV-1": "changed"}
    assert company.balances() == {"1100": 10000, "2050": -500, "4020": -10000, "4900": 500}


@pytest.mark.parametrize(
    ("then", "outcome"),
    [({}, "excluded draft"), ({"is_deleted": True}, "deleted")],
    ids=["still a draft", "deleted since"],
)
def test_a_document_that_left_the_books_leaves_them_though_its_reversal_was_given_up(
    company: Company, then: dict[str, object], outcome: str
) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.change("INV-1", status="draft")
    second = company.night()
    company.supersede(second, "reversal")
    assert company.balances() == {"1100": 10000, "4020": -10000}
    if then:
        company.billing.change("INV-1", **then)
    third = company.night()
    assert company.outcomes(third) == {"INV-1": outcome}
    assert (company.balances(), company.retries()) == ({"1100": 0, "4020": 0}, {})
    assert company.night().entry_count == 0


def test_a_reversal_of_what_was_given_up_is_undone(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    company.night(invoice("INV-1", "01-15", line(9000)))
    company.supersede(first, "invoices")
    third = company.night()
    assert company.ledger(third.batch_id) == written("""
        2026-01-15 US reversal
          1100 Billing receivables    100.00 USD
          4020 Onboarding revenue    -100.00 USD
    """)
    assert company.balances() == {"1100": 9000, "4020": -9000}
    company.billing.change("INV-1", status="paid")
    assert company.night().entry_count == 0
