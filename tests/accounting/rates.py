"""Exchange rates written down compactly, and put on file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from include.finance.fx import FxRate, RatePurpose
from include.store.database import FinanceDatabase
from include.store.fx_rates import RatesAdded, add_rates
from tests.accounting.billing import day


def publish(
    finance: FinanceDatabase,
    *written: str,
    source: str = "treasury",
    purpose: RatePurpose = RatePurpose.TRANSACTION,
) -> RatesAdded:
    """Put rates on file, each written as `01-20 EUR/USD 1.1000`."""
    return add_rates(finance, [_rate(each, source, purpose) for each in written], origin="test", loaded_by="test")


def _rate(written: str, source: str, purpose: RatePurpose) -> FxRate:
    on, pair, rate = written.split()
    base, quote = pair.split("/")
    published = day(on)
    assert isinstance(published, date)
    return FxRate(source, base, quote, published, purpose, Decimal(rate))
