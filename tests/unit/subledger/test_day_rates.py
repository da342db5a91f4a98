"""Which exchange rate a document's day takes, and what it makes of an amount."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from tempfile import gettempdir

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from include.config.currencies import CURRENCIES
from include.finance.fx import FxSettings, QuoteDirection, RatePath, RatePurpose, RateSetting
from include.subledger.settings import FX_SETTING, fx_setting_rows
from include.subledger.workspace import Workspace

FX_FIXING = pa.schema(
    [
        ("legal_entity_code", pa.string()),
        ("currency", pa.string()),
        ("on_date", pa.date32()),
        ("rate", pa.string()),
        ("rate_date", pa.date32()),
    ]
)

DIRECT, INVERSE = QuoteDirection.DIRECT, QuoteDirection.INVERSE
TREASURY = RateSetting("treasury", DIRECT, 5)
ECB = RateSetting("ecb", INVERSE, 5, RatePath("EUR", DIRECT))
Published = tuple[str, str, str]  # day of January, pair, rate


def converted(
    amount: int, pair: str, on: int, published: Sequence[Published], setting: RateSetting = TREASURY, source: str = ""
) -> int | None:
    """Minor units of the second currency for minor units of the first on a day of January; None without a rate."""
    foreign, home = pair.split("/")
    with Workspace(Path(gettempdir())) as work:
        work.run("macros")
        work.run("tables")
        work.create("legal_entity", pa.table({"code": ["E"], "functional_currency": [home]}))
        exponents = pa.array([known.exponent for known in CURRENCIES.values()], pa.int16())
        work.create("currency", pa.table({"code": list(CURRENCIES), "exponent": exponents}))
        rows = list(fx_setting_rows({"E": FxSettings({RatePurpose.TRANSACTION: setting})}))
        work.create("fx_setting", pa.Table.from_pylist(rows, FX_SETTING))
        work.create(
            "fx_rate",
            pa.table(
                {
                    "source": [source or setting.source for _ in published],
                    "base": [each[1][:3] for each in published],
                    "quote": [each[1][4:] for each in published],
                    "purpose": ["transaction" for _ in published],
                    "rate_date": pa.array([date(2026, 1, int(each[0])) for each in published], pa.date32()),
                    "rate": [each[2] for each in published],
                }
            ),
        )
        work.create("fx_fixing", pa.Table.from_pylist([], FX_FIXING))
        work.set("on_date", date(2026, 1, on))
        work.set("currency", foreign)
        work._connection.execute(
            "insert into document_state (legal_entity_code, currency, document_date)"
            " values ('E', getvariable('currency'), getvariable('on_date'))"
        )
        work.set("rate_purpose", "transaction")
        work.run("day_rates")
        work.set("amount", amount)
        query = "select divide_half_up(getvariable('amount')::hugeint * numerator, denominator) from day_rate"
        found = work._connection.execute(query).fetchone()
    return None if found is None else int(found[0])


def test_a_weekend_takes_the_rate_of_friday() -> None:
    published = [("16", "EUR/USD", "1.1"), ("20", "EUR/USD", "1.2")]
    assert converted(100000, "EUR/USD", 18, published) == 110000


def test_a_rate_counts_up_to_its_age_and_not_a_day_longer() -> None:
    published = [("15", "EUR/USD", "1.1")]
    assert converted(100000, "EUR/USD", 20, published) == 110000
    assert converted(100000, "EUR/USD", 21, published) is None


def test_a_rate_of_tomorrow_does_not_count() -> None:
    assert converted(100000, "EUR/USD", 14, [("15", "EUR/USD", "1.1")]) is None


def test_only_the_named_source_counts() -> None:
    assert converted(100000, "EUR/USD", 15, [("15", "EUR/USD", "1.1")], source="hearsay") is None


def test_a_rate_is_not_turned_round_in_silence() -> None:
    assert converted(100000, "EUR/USD", 16, [("16", "USD/EUR", "0.8")]) is None


def test_a_source_that_quotes_the_other_way_round() -> None:
    published = [("16", "USD/EUR", "0.8")]
    assert converted(100000, "EUR/USD", 16, published, RateSetting("treasury", INVERSE, 5)) == 125000


def test_a_cross_rate_takes_its_declared_path_over_one_day() -> None:
    """1 EUR = 0.85 GBP = 1.0865 USD on the 16th; on the 17th only one half was published."""
    published = [("16", "EUR/GBP", "0.85"), ("16", "EUR/USD", "1.0865"), ("17", "EUR/USD", "1.5")]
    assert converted(100000, "GBP/USD", 17, published, ECB) == 127824


def test_each_direction_of_a_cross_rate() -> None:
    for first, direction in (("GBP/EUR", DIRECT), ("EUR/GBP", INVERSE)):
        for second, onward in (("EUR/USD", DIRECT), ("USD/EUR", INVERSE)):
            published = [
                ("16", first, "1.25" if direction is DIRECT else "0.8"),
                ("16", second, "1.6" if onward is DIRECT else "0.625"),
            ]
            setting = RateSetting("treasury", direction, 5, RatePath("EUR", onward))
            assert converted(100000, "GBP/USD", 16, published, setting) == 200000


def test_the_currency_in_the_middle_needs_half_of_the_path() -> None:
    published = [("16", "EUR/GBP", "0.8"), ("16", "EUR/USD", "1.0865")]
    assert converted(100000, "EUR/USD", 16, published, ECB) == 108650
    assert converted(100000, "GBP/EUR", 16, published, ECB) == 125000


def test_a_yen_has_no_parts_and_a_dinar_a_thousand() -> None:
    """11,000 yen are 73.33 dollars; 10.500 dinars at 480.5 are 5,045.25 yen, and 100 dollars at 0.307 30.700 dinars."""
    assert converted(11000, "JPY/USD", 16, [("16", "JPY/USD", "0.0066666667")]) == 7333
    assert converted(10500, "KWD/JPY", 16, [("16", "KWD/JPY", "480.5")]) == 5045
    assert converted(10000, "USD/KWD", 16, [("16", "USD/KWD", "0.307")]) == 30700


def test_a_cross_rate_beyond_all_currencies_is_none() -> None:
    """Two rates at the edge of what can be loaded: no overflow, and no rate."""
    published = [("16", "EUR/GBP", "0.0000001"), ("16", "EUR/USD", "9999999")]
    assert converted(100000, "GBP/USD", 16, published, ECB) is None


def test_half_a_minor_unit_goes_away_from_zero() -> None:
    assert converted(5, "EUR/USD", 16, [("16", "EUR/USD", "1.1")]) == 6
    assert converted(-5, "EUR/USD", 16, [("16", "EUR/USD", "1.1")]) == -6


@settings(max_examples=25, deadline=None)
@given(
    amount=st.integers(-(10**13), 10**13),
    rate=st.decimals("0.0000001", "99999", places=10),
    pair=st.sampled_from(["EUR/USD", "EUR/JPY", "JPY/KWD", "KWD/CLP"]),
)
def test_a_conversion_is_exact(amount: int, rate: Decimal, pair: str) -> None:
    foreign, home = (CURRENCIES[code].exponent for code in pair.split("/"))
    with localcontext(prec=60):
        exact = Decimal(amount).scaleb(-foreign) * rate
        expected = int(exact.scaleb(home).quantize(Decimal(1), ROUND_HALF_UP))
    assert converted(amount, pair, 16, [("16", pair, f"{rate:f}")]) == expected
