"""Tryton's JSON: how amounts and dates travel, and what its refusals mean (seen on Tryton 8.0.12)."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from include.adapters.http import redact
from include.finance.errors import (
    EntryRefusedError,
    OutcomeUnknownError,
    PeriodClosedError,
    TieoutError,
)
from include.finance.money import format_minor, parse_minor

# Tryton sends sentences, no codes; the adapter asks for them in English.
_CLOSED = re.compile(
    r"closed (journal-)?period|closed fiscal ?year|must reopen the period"
    r"|field \"Period\" in .* is not valid according to its domain",
    re.IGNORECASE,
)


def wire_amount(minor: int, exponent: int) -> dict[str, str]:
    """Minor units as Tryton's Decimal object; made from digits, never by way of a float."""
    return {"__class__": "Decimal", "decimal": format_minor(minor, exponent)}


def wire_date(day: date) -> dict[str, str | int]:
    """A day as Tryton's date object."""
    return {"__class__": "date", "year": day.year, "month": day.month, "day": day.day}


def minor_of(amount: Decimal | int, exponent: int) -> int:
    """A Decimal that Tryton sent as minor units. Raises ValueError when it has more decimals than the currency."""
    return parse_minor(format(Decimal(amount), "f"), exponent)


def dump_call(method: str, params: list[Any]) -> bytes:
    """The request's body: exactly these three keys, or Tryton answers in another shape."""
    return json.dumps({"id": 1, "method": method, "params": params}).encode("utf-8")


def load_answer(text: str) -> dict[str, Any]:
    """An answer's body with Decimal and date objects. Raises ValueError or TypeError when it is no JSON object."""
    loaded = json.loads(text, object_hook=_object, parse_float=Decimal)
    if not isinstance(loaded, dict):
        raise TypeError("the answer is no JSON object")
    return loaded


def refusal(error: Any, subject: str) -> TieoutError:
    """The error to raise for the `error` of an answer: the server did nothing, and says why.

    Shapes: ["UserError", [message, description, domain]], ["UserWarning", [name, message, description]],
    ["ConcurrencyException", message], and [text, traceback] for all else; the traceback is never shown.
    """
    kind, message = _kind_and_message(error)
    if _CLOSED.search(message):
        return PeriodClosedError(
            f"{subject}: the period is closed in Tryton ({message}). "
            f"Reopen it there (period and journal-periods), or let the entry wait; it is held until then."
        )
    if kind == "ConcurrencyException":
        return OutcomeUnknownError(f"{subject}: Tryton saw another change at the same time; ask before sending again.")
    return EntryRefusedError(
        f"{subject}: Tryton refuses it: {message} Repair what it names, in Tryton or in the mapping that made the "
        f"entry; then `make requeue` the entry."
    )


def _kind_and_message(error: Any) -> tuple[str, str]:
    parts = error if isinstance(error, list) and error else [str(error)]
    kind = str(parts[0])
    detail = parts[1] if len(parts) > 1 else ""
    if kind == "UserError" and isinstance(detail, list):
        text = " ".join(str(part) for part in detail[:2] if part)
    elif kind == "UserWarning" and isinstance(detail, list):
        text = " ".join(str(part) for part in detail[1:3] if part)
    else:
        text = kind
    return kind, redact(" ".join(text.split()))[:600]


def _object(fields: dict[str, Any]) -> Any:
    match fields.get("__class__"):
        case "Decimal":
            return Decimal(fields["decimal"])
        case "date":
            return date(fields["year"], fields["month"], fields["day"])
        case _:
            return fields
