"""ISO 4217: the one place that knows the currencies of the world and their decimals."""

from __future__ import annotations

from collections.abc import Mapping

import iso4217

from include.finance.money import Currency

# Currencies with a minor unit; gold, test codes and the like have none and cannot be booked.
CURRENCIES: Mapping[str, Currency] = {
    known.code: Currency(known.code, known.exponent) for known in iso4217.Currency if known.exponent is not None
}
