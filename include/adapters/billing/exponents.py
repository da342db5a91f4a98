"""A billing system that writes some currencies with other decimals than ISO 4217: its amounts, brought to ISO minor units as they are read.

Stripe, for instance, writes ISK and UGX with two decimals that must be 00 (docs.stripe.com/currencies, 2026). Amounts are divided or
multiplied exactly; what leaves a rest is told in the dataset `remainders`, and its document waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from include.finance.errors import SourceUnreadableError
from include.ports.billing import BillingSource, Cell, Reading, SourcePosition
from include.ports.canonical import CONTROL_TOTALS, REMAINDERS

# The amounts of each dataset, by the column that says in which currency they are; OWNER: that of the document they belong to.
OWNER = "owner"
AMOUNTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "documents": {
        "currency": ("subtotal_minor", "discount_minor", "tax_minor", "total_minor", "open_minor"),
        "parent_currency": ("payment_unapplied_minor", "payment_minor", "refunded_minor", "covered_minor"),
    },
    "lines": {
        OWNER: ("amount_minor", "discount_minor", "tax_minor", "recognition_amount_minor", "credited_net_minor"),
    },
    "line_taxes": {OWNER: ("taxable_minor", "tax_minor")},
    "applications": {
        "currency": ("amount_minor", "adjustment_minor"),
        "payment_currency": ("payment_amount_minor",),
    },
    # of an invoice that is settled by an application: in the currency of that
    "reliefs": {OWNER: ("item_total_minor", "before_minor", "amount_minor")},
    "conversions": {"settlement_currency": ("settlement_minor",)},
    "control_totals": {"currency": ("total_minor", "open_minor")},
}


@dataclass(frozen=True, slots=True)
class ConvertedBilling:
    """A billing system with its amounts in ISO minor units. `shifts` are its decimals less those of ISO 4217, by currency."""

    source: BillingSource
    shifts: Mapping[str, int]

    def position(self) -> SourcePosition:
        """Where the source stands now."""
        return self.source.position()

    @contextmanager
    def read(
        self,
        since_horizon: int,
        retry_documents: Sequence[tuple[str, str]],
        owners_of_deleted: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]],
    ) -> Iterator[Reading]:
        """The same snapshot, converted. Documents must be read first, and `remainders` last."""
        with self.source.read(since_horizon, retry_documents, owners_of_deleted) as reading:
            converter = _Converter(self.shifts)
            datasets = {name: partial(converter.stream, name, stream) for name, stream in reading.datasets.items()}
            totals = reading.control_totals
            remainders = partial(converter.remainders, reading.datasets["remainders"])
            yield Reading(
                reading.position,
                datasets | {"remainders": remainders},
                None if totals is None else partial(_totals, converter, totals),
            )

    def cell_documents(self, cell: Cell, since_horizon: int = 0) -> pa.Table:
        """The documents of one cell, converted; a rest is left out, as it was when they landed."""
        table = self.source.cell_documents(cell, since_horizon)
        factors = _Factors.of(pa.repeat(pa.scalar(cell.currency, pa.string()), table.num_rows), self.shifts)
        total, _ = factors.converted(table["total_minor"].combine_chunks(), "cell")
        return table.set_column(table.schema.get_field_index("total_minor"), "total_minor", total)


def _totals(
    converter: _Converter, stream: Callable[[date], Iterator[pa.RecordBatch]], since: date
) -> Iterator[pa.RecordBatch]:
    for batch in stream(since):
        yield converter.convert("control_totals", batch, CONTROL_TOTALS)


@dataclass(frozen=True, slots=True)
class _Factors:
    """What each row's amounts are multiplied with and divided by."""

    multiplier: pa.Array
    divisor: pa.Array

    @classmethod
    def of(cls, currencies: pa.Array, shifts: Mapping[str, int]) -> _Factors:
        place = pc.index_in(currencies, value_set=pa.array(shifts, pa.string()))
        ups = pa.array([10 ** max(-shift, 0) for shift in shifts.values()], pa.int64())
        downs = pa.array([10 ** max(shift, 0) for shift in shifts.values()], pa.int64())
        return cls(pc.fill_null(ups.take(place), 1), pc.fill_null(downs.take(place), 1))

    def converted(self, amounts: pa.Array, name: str) -> tuple[pa.Array, pa.Array]:
        """The amounts in ISO minor units, and where a rest was left out."""
        try:
            raised = pc.multiply_checked(amounts, self.multiplier)
        except pa.ArrowInvalid as error:
            raise SourceUnreadableError(
                f"{name}: an amount is too large to be written in the minor units of its currency. Correct it in the source, or the "
                "decimals of the currency in sources.yaml; nothing was accounted."
            ) from error
        whole = pc.divide(raised, self.divisor)
        return whole, pc.fill_null(pc.not_equal(pc.multiply(whole, self.divisor), raised), fill_value=False)


@dataclass(slots=True)
class _Converter:
    """Converts the datasets of one snapshot, and keeps what left a rest."""

    shifts: Mapping[str, int]
    _owners: list[pa.Table] = field(default_factory=list)  # documents in such a currency: key, currency
    _applied: list[pa.Table] = field(default_factory=list)  # applications of which either side is: id, currency
    _left: list[pa.RecordBatch] = field(default_factory=list)

    def stream(self, dataset: str, rows: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """A dataset, batch by batch."""
        for batch in rows():
            yield self.convert(dataset, batch, batch.schema) if dataset in AMOUNTS else batch

    def remainders(self, of_source: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """What the source itself tells, and what the datasets that were read before left."""
        yield from of_source()
        yield from self._left

    def convert(self, dataset: str, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        """The same rows with their amounts in ISO minor units."""
        if dataset == "documents":
            self._note_owners(batch)
        if dataset == "applications":
            self._note_applied(batch)
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        for told_by, names in AMOUNTS[dataset].items():
            currencies = self._owned(batch) if told_by == OWNER else columns[told_by]
            if dataset == "reliefs":
                currencies = self._relieved(batch, currencies)
            if not self._is_concerned(currencies):
                continue
            factors = _Factors.of(currencies, self.shifts)
            for name in names:
                amounts = columns[name]
                columns[name], has_rest = factors.converted(amounts, f"{dataset}.{name}")
                if dataset != "control_totals" and pc.any(has_rest).as_py():
                    self._note_rest(batch, f"{dataset}.{name}", currencies, amounts, factors, has_rest)
        return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)

    def _is_concerned(self, currencies: pa.Array) -> bool:
        return bool(pc.any(pc.is_in(currencies, value_set=pa.array(self.shifts, pa.string()))).as_py())

    def _note_owners(self, batch: pa.RecordBatch) -> None:
        concerned = pc.is_in(batch["currency"], value_set=pa.array(self.shifts, pa.string()))
        _keep(self._owners, _keys(batch), batch["currency"], concerned)

    def _note_applied(self, batch: pa.RecordBatch) -> None:
        own = pc.is_in(batch["currency"], value_set=pa.array(self.shifts, pa.string()))
        concerned = pc.or_(own, pc.is_valid(self._owned(batch)))
        _keep(self._applied, batch["application_id"], batch["currency"], concerned)

    def _owned(self, batch: pa.RecordBatch) -> pa.Array:
        """The currency of the document that each row belongs to, where it is one of those."""
        return _looked_up(self._owners, _keys(batch))

    def _relieved(self, batch: pa.RecordBatch, owned: pa.Array) -> pa.Array:
        """The currency of the open item of each row: of an invoice that of its application, else the document's."""
        applied = _looked_up(self._applied, batch["application_id"])
        is_applied = pc.and_(pc.equal(batch["item_type"], "invoice"), pc.is_valid(applied))
        return pc.if_else(is_applied, applied, owned)

    def _note_rest(
        self,
        batch: pa.RecordBatch,
        name: str,
        currencies: pa.Array,
        amounts: pa.Array,
        factors: _Factors,
        has_rest: pa.Array,
    ) -> None:
        columns = [
            batch["document_type"],
            batch["native_id"],
            pa.repeat(pa.scalar(name, pa.string()), batch.num_rows),
            currencies,
            amounts,
            factors.divisor,
        ]
        self._left.append(pa.RecordBatch.from_arrays(columns, schema=REMAINDERS).filter(has_rest))


def _keep(found: list[pa.Table], keys: pa.Array, currencies: pa.Array, concerned: pa.Array) -> None:
    if pc.any(concerned).as_py():
        found.append(pa.table({"key": keys, "currency": currencies}).filter(concerned))


def _looked_up(found: list[pa.Table], keys: pa.Array) -> pa.Array:
    """What was kept for each key; null for most."""
    if not found:
        return pa.nulls(len(keys), pa.string())
    if len(found) > 1:
        found[:] = [pa.concat_tables(found)]
    known = found[0].combine_chunks()
    place = pc.index_in(keys, value_set=known["key"].combine_chunks())
    return known["currency"].combine_chunks().take(place)


def _keys(batch: pa.RecordBatch) -> pa.Array:
    """One name of each row's document."""
    return pc.binary_join_element_wise(batch["document_type"], batch["native_id"], "|")
