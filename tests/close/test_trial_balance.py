"""The trial balance: what is posted, by account, and a hash that only figures change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.finance.errors import UnknownNameError
from include.finance.money import Currency
from include.finance.trial_balance import AccountBalance, ForeignBalance, TrialBalance, compare_trial_balances
from include.pipelines.trial_balance import trial_balance
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import Company
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at

USD = Currency("USD", 2)
MINOR = st.integers(-(10**15), 10**15)
FOREIGN = st.lists(
    st.builds(ForeignBalance, st.sampled_from(("EUR", "JPY", "KWD")), st.just(2), MINOR, MINOR, MINOR),
    unique_by=lambda each: each.currency,
    max_size=3,
)
ROWS = st.lists(
    st.builds(AccountBalance, st.text("0123456789", min_size=1, max_size=6), MINOR, MINOR, MINOR, FOREIGN.map(tuple)),
    unique_by=lambda row: row.account_code,
    max_size=8,
)


def balance(*rows: AccountBalance) -> TrialBalance:
    return TrialBalance("US", "2026-01", USD, rows)


@given(ROWS, st.randoms())
def test_the_hash_depends_on_the_figures_and_on_no_order(rows: list[AccountBalance], random: object) -> None:
    shuffled = [replace(row, foreign=row.foreign[::-1]) for row in rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = balance(*rows), balance(*shuffled, AccountBalance("9999999", 0, 0, 0))
    assert one == other
    assert one.hash == other.hash
    assert compare_trial_balances(one, other) == ()


@given(ROWS, st.sampled_from(("opening", "debit", "credit")), st.integers(1, 10**6))
def test_one_minor_unit_anywhere_changes_the_hash_and_is_named(
    rows: list[AccountBalance], figure: str, more: int
) -> None:
    row = AccountBalance("4020", 5, 6, 7)
    changed = replace(row, **{f"{figure}_minor": getattr(row, f"{figure}_minor") + more})  # type: ignore[arg-type]
    others = [each for each in rows if each.account_code != row.account_code]
    one, other = balance(*others, row), balance(changed, *others)
    assert one.hash != other.hash
    found = compare_trial_balances(one, other)
    assert {each.account_code for each in found} == {"4020"}
    assert [each.figure.removesuffix("s") for each in found] == sorted({figure, "closing"})


def test_balances_of_different_books_are_not_compared() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        compare_trial_balances(balance(), TrialBalance("US", "2026-02", USD, ()))
    with pytest.raises(ValueError, match="twice"):
        balance(AccountBalance("1100", 0, 1, 0), AccountBalance("1100", 0, 2, 0))


def test_it_has_what_is_posted_by_account_and_currency_and_balances(own_company: Company) -> None:
    publish(own_company.finance, "01-20 EUR/USD 1.1")
    own_company.night(
        invoice("INV-1", "01-15", line(10000)),
        invoice("INV-2", "01-20", line(20000), currency="EUR"),
        instant=at("2026-02-01"),
    )
    own_company.night(payment("PAY-1", "02-03", 4000, to("INV-1", 4000, "02-03")), instant=at("2026-02-04"))
    assert trial_balance(own_company.finance, "US", "2026-01").rows == ()
    posted(own_company)
    january = trial_balance(own_company.finance, "US", "2026-01")
    assert january.rows == (
        AccountBalance("1100", 0, 32000, 0, (ForeignBalance("EUR", 2, 0, 20000, 0),)),
        AccountBalance("4020", 0, 0, 32000, (ForeignBalance("EUR", 2, 0, 0, 20000),)),
    )
    february = trial_balance(own_company.finance, "US", "2026-02")
    assert february.rows[1] == AccountBalance("1100", 32000, 0, 4000, (ForeignBalance("EUR", 2, 20000, 0, 0),))
    assert (february.closing_of("1050"), february.out_of_balance_minor) == (4000, 0)
    assert january.hash != february.hash
    with own_company.finance.transaction() as connection:
        connection.execute("update journal_entry set state = 'reversed'")
    assert trial_balance(own_company.finance, "US", "2026-02").hash == february.hash


def test_a_reversal_in_negative_amounts_takes_off_its_own_side(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-15", line(10000)), instant=at("2026-02-01"))
    own_company.night(invoice("INV-1", "01-15", line(9000)), instant=at("2026-02-02"))
    posted(own_company)
    swapped = trial_balance(own_company.finance, "US", "2026-01")
    assert swapped.rows[0] == AccountBalance("1100", 0, 19000, 10000)
    with own_company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set reversal_style = 'negative' where id in"
            " (select entry_id from journal_line where account_code = '1100' and amount_minor < 0)"
        )
    assert trial_balance(own_company.finance, "US", "2026-01").rows[0] == AccountBalance("1100", 0, 9000, 0)


def test_a_period_that_the_erp_does_not_have_is_refused_by_name(own_company: Company) -> None:
    with pytest.raises(UnknownNameError, match="2036-13"):
        trial_balance(own_company.finance, "US", "2036-13")


def posted(company: Company) -> None:
    """The ERP has confirmed all entries."""
    with company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = 'verified', held_reason = null where state <> 'superseded'"
        )
