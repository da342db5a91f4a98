"""What is open by document comes to the control accounts, on any day; and to what billing says of it, but for what waits."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from include.finance.aging import RECEIVABLES, age
from include.pipelines.aging import Aging, aging
from tests.accounting.company import SHIPPED
from tests.accounting.sample_books import SampleBooks

ENTITIES = sorted(SHIPPED.legal_entities)


@pytest.fixture(scope="module")
def now(books: SampleBooks) -> dict[str, Aging]:
    """What stands of each legal entity after both nights, as an auditor reads it."""
    return {code: aging(books.auditor, books.desk.evidence, SHIPPED, code) for code in ENTITIES}


def test_open_items_come_to_the_control_accounts(now: dict[str, Aging]) -> None:
    for found in now.values():
        assert {total.account_code for total in found.controls} == {"1100", "2050"}
        assert [total for total in found.controls if total.difference_minor] == []
        assert all(item.native_id and item.customer_ref and item.document_type != "unknown" for item in found.items)
    # No invoice is open below zero, and nobody has less than nothing to their credit.
    items = [item for found in now.values() for item in found.items]
    assert {item.document_type for item in items if item.role == RECEIVABLES} == {"invoice"}
    # An invoice below zero is to its customer's credit.
    assert {item.document_type for item in items if item.role != RECEIVABLES} == {"payment", "credit_memo", "invoice"}
    assert all((item.amount_minor > 0) == (item.role == RECEIVABLES) for item in items)


def test_what_is_open_otherwise_than_billing_says_is_named_with_what_explains_it(now: dict[str, Aging]) -> None:
    told = {(code, each.number): each.because for code, found in now.items() for each in found.differences}
    assert told == {
        ("DE", "DE-lines_do_not_sum"): "lines_do_not_sum",
        ("JP", "JP-renewal_too_far"): "future_document_date",
        ("JP", "JP-missing_issue_date"): "missing_document_date",
        # Billing calls it paid and has no payment of it: nothing explains that.
        ("JP", "JP-flipped_to_paid"): "",
        ("UK", "UK-taxes_do_not_sum"): "taxes_do_not_sum",
        ("UK", "UK-line_without_product"): "unknown_product",
        ("US", "US-applied_beyond_payment"): "applications_exceed_document",
        ("US", "US-collected_by_uk"): "intercompany_not_bookable",
        ("US", "US-unknown_currency"): "unknown_currency",
    }
    assert now["JP"].differences[0].number == "JP-flipped_to_paid"
    [yen] = now["JP"].billing
    assert yen.unexplained_minor == 39600
    assert all(owed.unexplained_minor == 0 for code in ("DE", "UK", "US") for owed in now[code].billing)


def test_a_past_day_is_as_the_erp_had_confirmed_it(books: SampleBooks) -> None:
    # Nothing is posted in these books: the ERP has confirmed nothing.
    found = aging(books.auditor, books.desk.evidence, SHIPPED, "US", date(2026, 1, 31))
    assert (found.items, found.billing, found.differences) == ((), (), ())


def test_ages_add_up(now: dict[str, Aging]) -> None:
    for found in now.values():
        aged = age(found.items, date(2026, 2, 28))
        sums: Counter[tuple[str, str]] = Counter()
        for each in aged:
            assert len(each.by_age) == 4
            sums[each.account_code, each.currency] += each.total_minor
        stands = {(total.account_code, total.currency): total.balance_minor for total in found.controls}
        assert dict(sums) == stands
