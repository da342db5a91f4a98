"""Currencies and exact amounts: integers in minor units, never without their currency."""

from __future__ import annotations

from dataclasses import dataclass

_CODE_LENGTH = 3
_LARGEST_EXPONENT = 4  # the Chilean unidad de fomento


@dataclass(frozen=True, slots=True, order=True)
class Currency:
    """A currency and how many decimals its minor unit stands for (USD 2, JPY 0, KWD 3)."""

    code: str
    exponent: int

    def __post_init__(self) -> None:
        if len(self.code) != _CODE_LENGTH or not self.code.isascii() or not self.code.isupper():
            raise ValueError(f"currency code {self.code!r} is not three capital letters as in ISO 4217")
        if not 0 <= self.exponent <= _LARGEST_EXPONENT:
            raise ValueError(f"currency {self.code} cannot have {self.exponent} decimals")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Adding two currencies is an error, not a conversion."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"an amount is a whole number of minor units, not {self.minor!r}")

    def __add__(self, other: Money) -> Money:
        self._require_same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._require_same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency.exponent)} {self.currency.code}"

    def _require_same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} are in different currencies and cannot be added")


def format_minor(minor: int, exponent: int) -> str:
    """Write minor units as a plain decimal number: 142651 with exponent 2 becomes 1426.51."""
    if exponent == 0:
        return str(minor)
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(exponent + 1, "0")
    return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"


def parse_minor(text: str, exponent: int) -> int:
    """Read a plain decimal number as minor units, exactly.

    Raises ValueError when the text has more decimals than the currency, or is no plain decimal number.
    """
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = body.partition(".")
    kept, cut = fraction[:exponent], fraction[exponent:]
    if not (whole.isascii() and whole.isdigit()) or (fraction and not (fraction.isascii() and fraction.isdigit())):
        raise ValueError(f"{text!r} is not a plain decimal number")
    if cut.strip("0"):
        raise ValueError(f"{text} has more than {exponent} decimals")
    return sign * int(whole + kept.ljust(exponent, "0"))
