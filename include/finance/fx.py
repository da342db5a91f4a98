"""Exchange rates: dated, sourced, exact decimals, and which of them a legal entity's books use for which purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

RATE_DECIMALS = 10  # of a published rate
# No pair of currencies is worth more or less than that; beyond it a rate is a typing error.
_SMALLEST, _BEYOND = Decimal("0.0000001"), Decimal(10_000_000)


class RatePurpose(StrEnum):
    """What a rate is for: booking a document, valuing what is open at a period's end, averages, tax returns."""

    TRANSACTION = "transaction"
    CLOSING = "closing"
    AVERAGE = "average"
    TAX = "tax"


class QuoteDirection(StrEnum):
    """How a source quotes. `direct`: one unit of the document's currency in ours; `inverse`: one of ours in that."""

    DIRECT = "direct"
    INVERSE = "inverse"


@dataclass(frozen=True, slots=True)
class RatePath:
    """The way of a cross rate: from the document's currency to `currency`, and from there in `direction` to ours."""

    currency: str
    direction: QuoteDirection


@dataclass(frozen=True, slots=True)
class RateSetting:
    """Which published rates one legal entity uses for one purpose.

    The last rate published on or before a day and at most `max_age_days` before it counts. With `through`, both halves
    of a cross rate are those of one day; a document in that currency takes the second half alone.
    """

    source: str
    direction: QuoteDirection
    max_age_days: int
    through: RatePath | None = None


class Residual(StrEnum):
    """What becomes of the minor units by which single conversions miss the converted total.

    `largest_remainder`: the lines with the largest remainders take them; `account`: they go to the rounding account.
    """

    LARGEST_REMAINDER = "largest_remainder"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class FxSettings:
    """How one legal entity values what is in another currency than its own."""

    rates: Mapping[RatePurpose, RateSetting]
    residual: Residual = Residual.LARGEST_REMAINDER


@dataclass(frozen=True, slots=True)
class FxRate:
    """One published rate: one unit of `base` is worth `rate` units of `quote`. Raises ValueError on what no rate can be."""

    source: str
    base: str
    quote: str
    rate_date: date
    purpose: RatePurpose
    rate: Decimal

    def __post_init__(self) -> None:
        if not self.rate.is_finite() or self.rate <= 0:
            raise ValueError(f"a rate of {self.rate} is no rate; it must be greater than zero")
        if not _SMALLEST <= self.rate < _BEYOND:
            raise ValueError(
                f"a rate of {self.rate:f} is below {_SMALLEST:f} or not below {_BEYOND:f}; check the decimal point"
            )
        if self.rate != round(self.rate, RATE_DECIMALS):
            raise ValueError(f"the rate {self.rate} has more than {RATE_DECIMALS} decimals; quote the other way round")
        if self.base == self.quote:
            raise ValueError(f"{self.base} is quoted in itself")
