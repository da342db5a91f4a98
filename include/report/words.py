"""How a report writes amounts, instants, durations and names for people; one way for the console and the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from include.config.currencies import CURRENCIES
from include.finance.money import format_minor
from include.finance.quality_score import DOCUMENTS, QualityScore
from include.report.model import Amount

_MINUTE = 60_000


def amount_in(currency: str, minor: int) -> Amount:
    """An amount in a currency by its code, which need not be one of ISO 4217."""
    return Amount(minor, currency, exponent_of(currency))


def exponent_of(currency: str) -> int | None:
    """The decimals of a currency; None where it is not in ISO 4217."""
    known = CURRENCIES.get(currency)
    return known.exponent if known else None


def amount_text(amount: Amount) -> str:
    """`1,426.51 USD`; minor units as they are where the currency is unknown, or `*`: not told apart."""
    if amount.exponent is None:
        return f"{amount.minor:,} minor units" + (f", {amount.currency}" if amount.currency != "*" else "")
    return f"{decimal_text(amount.minor, amount.exponent)} {amount.currency}"


def amounts_text(amounts: Iterable[Amount]) -> str:
    """Several currencies, which are never added up."""
    return " + ".join(amount_text(amount) for amount in amounts if amount.minor) or "0"


def decimal_text(minor: int, exponent: int | None) -> str:
    """142651 with exponent 2 becomes 1,426.51."""
    whole, point, decimals = format_minor(abs(minor), exponent or 0).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{decimals}"


def part_text(score: QualityScore) -> str:
    """`118 of 120 documents`, `1,190.00 of 1,200.00 USD`."""
    part, whole = score.share.numerator, score.share.denominator
    if score.unit == DOCUMENTS:
        return f"{part:,} of {whole:,} {DOCUMENTS}"
    exponent = exponent_of(score.unit)
    return f"{decimal_text(part, exponent)} of {decimal_text(whole, exponent)} {score.unit}"


def instant_words(instant: datetime) -> str:
    """`2026-02-01 06:00 UTC`."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def duration_text(milliseconds: int) -> str:
    """`0.4 s`, `59.0 s`, `3 min 20 s`."""
    if milliseconds < _MINUTE:
        return f"{milliseconds // 1000}.{milliseconds % 1000 // 100} s"
    return f"{milliseconds // _MINUTE} min {milliseconds % _MINUTE // 1000:02} s"


def place_text(legal_entity_code: str, currency: str) -> str:
    """`US USD`; `all` where a check does not tell them apart."""
    return " ".join(part for part in (legal_entity_code, currency) if part != "*") or "all"


def plain(name: str) -> str:
    """`credit_memo` becomes `credit memo`, `duplicate_in_erp` becomes `duplicate in ERP`."""
    return " ".join("ERP" if word == "erp" else word for word in name.split("_"))
