"""The sample company's exchange rates, and the answer's own conversion with them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path

RATES_FILE = Path(__file__).with_name("rates.csv")


def in_books(amount: int, currency: str, own: str, day: date) -> int:
    """Minor units of `currency` in a legal entity's own: at the last rate published up to that day.

    The amounts of the sample company convert without a remainder, so that there is nothing to round.
    """
    if currency == own:
        return amount
    worth = amount * _rate(currency, own, day)
    assert worth.denominator == 1, f"{amount} {currency} of {day} is no whole amount of {own}"
    return worth.numerator


def legs_in_books(legs: Mapping[str, int], currency: str, own: str, day: date) -> dict[str, int]:
    """The amounts of an event in a legal entity's own currency."""
    return {account: in_books(amount, currency, own, day) for account, amount in legs.items()}


def _rate(currency: str, own: str, day: date) -> Fraction:
    with RATES_FILE.open(encoding="utf-8") as file:
        published = {
            date.fromisoformat(row["date"]): Fraction(row["rate"])
            for row in csv.DictReader(file)
            if (row["base"], row["quote"]) == (currency, own)
        }
    return published[max(each for each in published if each <= day)]
