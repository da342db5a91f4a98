"""A source that writes a currency with other decimals than ISO 4217 is read in ISO minor units, exactly or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from include.adapters.billing.exponents import AMOUNTS, OWNER, ConvertedBilling
from include.finance.errors import SourceUnreadableError
from include.ports.billing import Cell, Reading, SourcePosition
from include.ports.canonical import CONTROL_TOTALS, DATASETS

Row = dict[str, Any]
# ISK and UGX with two decimals where ISO 4217 has none, KWD with two where it has three.
SHIFTS = {"ISK": 2, "UGX": 2, "KWD": -1}


class Written:
    """A source whose rows are given, in batches of two."""

    def __init__(self, totals: Sequence[Row] = (), **datasets: Sequence[Row]) -> None:
        self.datasets, self.totals = datasets, totals

    def position(self) -> SourcePosition:
        return SourcePosition("one", 2, 2)

    @contextmanager
    def read(self, *_: Any) -> Iterator[Reading]:
        streams = {name: self._stream(schema, self.datasets.get(name, ())) for name, schema in DATASETS.items()}
        yield Reading(self.position(), streams, lambda _: self._stream(CONTROL_TOTALS, self.totals)())

    def cell_documents(self, _: Cell, __: int = 0) -> pa.Table:
        return pa.table({"native_id": ["a", "b"], "total_minor": pa.array([12300, None], pa.int64())})

    @staticmethod
    def _stream(schema: pa.Schema, rows: Sequence[Row]) -> Any:
        empty = dict.fromkeys(schema.names)
        table = pa.Table.from_pylist([empty | row for row in rows], schema)
        return lambda: iter(table.to_batches(max_chunksize=2))


def read(source: Written) -> tuple[dict[str, list[Row]], list[Row]]:
    """What is read, without what is null, by dataset; and the totals."""
    with ConvertedBilling(source, SHIFTS).read(0, [], list) as reading:
        found = {name: pa.Table.from_batches(reading.datasets[name](), DATASETS[name]) for name in DATASETS}
        assert reading.control_totals is not None
        totals = pa.Table.from_batches(reading.control_totals(date(2026, 1, 1)), CONTROL_TOTALS)
    return {name: [_filled(row) for row in table.to_pylist()] for name, table in found.items()}, [
        _filled(row) for row in totals.to_pylist()
    ]


def _filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def owned(kind: str, name: str, **facts: Any) -> Row:
    return {"document_type": kind, "native_id": name} | facts


def test_amounts_come_in_iso_minor_units_wherever_they_stand() -> None:
    found, totals = read(
        Written(
            documents=[
                owned("invoice", "1", currency="ISK", total_minor=1_250_000, tax_minor=250_000),
                owned("invoice", "2", currency="USD", total_minor=1234),
                owned("payment", "1", currency="USD", total_minor=99),
                owned("refund", "3", currency="KWD", total_minor=1050, parent_currency="ISK", payment_minor=-300),
                owned("payment", "4", currency="ISK", total_minor=700),
            ],
            lines=[owned("invoice", "1", amount_minor=1_000_000, discount_minor=0), owned("invoice", "2", amount_minor=1234)],
            line_taxes=[owned("invoice", "1", tax_minor=250_000), owned("payment", "1", tax_minor=7)],
            applications=[
                owned("payment", "1", application_id="x", currency="ISK", amount_minor=500, payment_currency="USD", payment_amount_minor=99),
                owned("payment", "4", application_id="y", currency="USD", amount_minor=5, payment_currency="ISK", payment_amount_minor=700),
                owned("payment", "1", application_id="z", currency="USD", amount_minor=6),
            ],
            reliefs=[
                owned("payment", "1", application_id="x", item_type="invoice", amount_minor=500),
                owned("payment", "1", application_id="x", item_type="payment", amount_minor=99),
                owned("payment", "4", application_id="y", item_type="invoice", amount_minor=5),
                owned("payment", "4", application_id="y", item_type="payment", amount_minor=700),
                owned("payment", "1", application_id="z", item_type="invoice", amount_minor=6),
            ],
            conversions=[owned("payment", "1", settlement_currency="UGX", settlement_minor=4200)],
            totals=[{"currency": "ISK", "total_minor": 1_250_700, "open_minor": 0}, {"currency": "USD", "total_minor": 5}],
        )
    )  # fmt: skip
    amounts = {
        name: [{key: value for key, value in row.items() if key.endswith("_minor")} for row in rows]
        for name, rows in found.items()
    }
    assert amounts == {
        "documents": [
            {"total_minor": 12_500, "tax_minor": 2_500},
            {"total_minor": 1234},
            {"total_minor": 99},
            {"total_minor": 10_500, "payment_minor": -3},
            {"total_minor": 7},
        ],
        "lines": [{"amount_minor": 10_000, "discount_minor": 0}, {"amount_minor": 1234}],
        "line_taxes": [{"tax_minor": 2_500}, {"tax_minor": 7}],
        "applications": [
            {"amount_minor": 5, "payment_amount_minor": 99},
            {"amount_minor": 5, "payment_amount_minor": 7},
            {"amount_minor": 6},
        ],
        "reliefs": [{"amount_minor": amount} for amount in (5, 99, 5, 7, 6)],
        "conversions": [{"settlement_minor": 42}],
        "deletions": [],
        "remainders": [],
    }
    assert [row["total_minor"] for row in totals] == [12_507, 5]


def test_what_leaves_a_rest_is_told_with_what_was_written() -> None:
    found, _ = read(
        Written(
            documents=[
                owned("invoice", "1", currency="ISK", total_minor=10_000),
                owned("invoice", "2", currency="ISK", total_minor=-150),
            ],
            lines=[owned("invoice", "1", amount_minor=9_950), owned("invoice", "1", amount_minor=50)],
        )
    )
    assert found["remainders"] == [
        owned("invoice", "2", field="documents.total_minor", currency="ISK", written=-150, divisor=100),
        owned("invoice", "1", field="lines.amount_minor", currency="ISK", written=9_950, divisor=100),
        owned("invoice", "1", field="lines.amount_minor", currency="ISK", written=50, divisor=100),
    ]


def test_an_amount_that_no_number_can_hold_is_refused_and_not_wrapped_around() -> None:
    with pytest.raises(SourceUnreadableError, match=r"documents\.total_minor: an amount is too large"):
        read(Written(documents=[owned("invoice", "1", currency="KWD", total_minor=2**62)]))


def test_the_documents_behind_a_difference_are_told_in_the_same_units() -> None:
    source = ConvertedBilling(Written(), SHIFTS)
    [cell, other] = [Cell("invoice", "US", None, currency) for currency in ("ISK", "USD")]
    assert source.cell_documents(cell)["total_minor"].to_pylist() == [123, None]
    assert source.cell_documents(other)["total_minor"].to_pylist() == [12300, None]


def test_every_amount_of_the_canonical_datasets_is_converted() -> None:
    """Only tax in the authority's own currency is not: what that is, the legal entity's books say."""
    schemas = DATASETS | {"control_totals": CONTROL_TOTALS}
    written = {
        (dataset, name)
        for dataset, schema in schemas.items()
        for name in schema.names
        if name.endswith("_minor") and name != "tax_local_minor"
    }
    assert written == {(dataset, name) for dataset, by in AMOUNTS.items() for names in by.values() for name in names}
    assert {by for of in AMOUNTS.values() for by in of} - {OWNER} <= {
        name for schema in schemas.values() for name in schema.names
    }
