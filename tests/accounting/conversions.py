"""What processors settle in another currency, as the billing source tells it beside the documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.accounting.billing import Billing

Row = dict[str, Any]


def conversions(billing: Billing) -> Iterator[Row]:
    """All rows of the dataset: of payments and refunds, and of movements of disputes."""
    for document in billing.documents.values():
        owner = {"document_type": document.key[0], "native_id": document.key[1]}
        for each in (document.row | {"line_id": None}, *document.lines):
            if each.get("settlement_currency"):
                told = ("line_id", "settlement_currency", "settlement_minor", "settled_date")
                yield owner | {name: each.get(name) for name in told}


def settled(currency: str, minor: int | None, on: Any = None) -> Row:
    """What comes of an amount that is converted; on the day of the money itself unless said."""
    return {"settlement_currency": currency, "settlement_minor": minor, "settled_date": on}
