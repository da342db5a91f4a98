"""Amounts are exact, and never without their currency."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.finance.money import Currency, Money, format_minor, parse_minor

MINOR = st.integers(min_value=-(2**63), max_value=2**63 - 1)
EXPONENT = st.integers(min_value=0, max_value=4)
USD, JPY, KWD = Currency("USD", 2), Currency("JPY", 0), Currency("KWD", 3)


@given(minor=MINOR, exponent=EXPONENT)
def test_what_is_written_is_read_back_exactly(minor: int, exponent: int) -> None:
    assert parse_minor(format_minor(minor, exponent), exponent) == minor


@given(minor=MINOR, exponent=EXPONENT)
def test_what_is_written_is_the_decimal_number(minor: int, exponent: int) -> None:
    text = format_minor(minor, exponent)
    assert Decimal(text) == Decimal(minor).scaleb(-exponent)
    assert len(text.partition(".")[2]) == exponent


@given(minor=MINOR, exponent=EXPONENT, zeros=st.integers(min_value=0, max_value=6))
def test_zeros_after_the_last_decimal_change_nothing(minor: int, exponent: int, zeros: int) -> None:
    text = format_minor(minor, exponent)
    point = "" if exponent else "."
    assert parse_minor(text + (point + "0" * zeros if zeros else ""), exponent) == minor


@given(minor=MINOR, exponent=EXPONENT, digit=st.integers(min_value=1, max_value=9))
def test_a_decimal_too_many_is_refused(minor: int, exponent: int, digit: int) -> None:
    text = format_minor(minor, exponent) + ("" if exponent else ".") + str(digit)
    with pytest.raises(ValueError, match="more than"):
        parse_minor(text, exponent)


@pytest.mark.parametrize("text", ["", "-", "+1", "1e3", "1,000.00", " 1", "1.2.3", "٣", "NaN", ".5", "--1", "1_0"])
def test_what_is_no_plain_decimal_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal number"):
        parse_minor(text, 2)


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [(142651, USD, "1426.51 USD"), (-5, USD, "-0.05 USD"), (11000, JPY, "11000 JPY"), (10500, KWD, "10.500 KWD")],
)
def test_money_is_written_with_the_decimals_of_its_currency(minor: int, currency: Currency, written: str) -> None:
    assert str(Money(minor, currency)) == written


@given(first=MINOR, second=MINOR)
def test_adding_and_taking_away_are_exact(first: int, second: int) -> None:
    left, right = Money(first, USD), Money(second, USD)
    assert (left + right) - right == left
    assert left + (-left) == Money(0, USD)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="different currencies"):
        Money(1, USD) + Money(1, JPY)
    with pytest.raises(ValueError, match="different currencies"):
        Money(1, USD) - Money(1, JPY)


@pytest.mark.parametrize("amount", [1.0, True, "1", Decimal(1), None])
def test_an_amount_that_is_no_whole_number_cannot_be_built(amount: object) -> None:
    with pytest.raises(TypeError, match="whole number of minor units"):
        Money(amount, USD)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "exponent"), [("usd", 2), ("US", 2), ("USDX", 2), ("ÜSD", 2), ("USD", -1), ("USD", 5)]
)
def test_a_currency_that_does_not_exist_cannot_be_built(code: str, exponent: int) -> None:
    with pytest.raises(ValueError, match="currency"):
        Currency(code, exponent)
