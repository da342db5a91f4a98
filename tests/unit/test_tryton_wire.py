"""Tryton's JSON: digits in, digits out; and refusals sorted by what to do next."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.adapters.erp.tryton_wire import load_answer, minor_of, refusal, wire_amount
from include.finance.errors import EntryRefusedError, OutcomeUnknownError, PeriodClosedError

_OUTSIDE = (
    'The value "2026-03" for field "Period" in record "(13)" of "Account Move" is not valid according to its domain.'
)


@given(st.integers(-(10**18), 10**18), st.integers(0, 4))
def test_an_amount_survives_the_wire(minor: int, exponent: int) -> None:
    answer = load_answer(json.dumps({"result": wire_amount(minor, exponent)}))
    assert minor_of(answer["result"], exponent) == minor


@pytest.mark.parametrize(("decimal", "minor"), [("0", 0), ("0.00", 0), ("0E-10", 0), ("12.5", 1250), ("-3.10", -310)])
def test_every_way_to_write_an_amount_is_read(decimal: str, minor: int) -> None:
    assert minor_of(Decimal(decimal), 2) == minor


def test_a_fraction_of_a_cent_is_an_error() -> None:
    with pytest.raises(ValueError, match="more than 2 decimals"):
        minor_of(Decimal("0.001"), 2)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            ["UserError", ['You cannot create a journal-period in closed period "2026-02".', "", None]],
            PeriodClosedError,
        ),
        (
            ["UserError", ['You cannot add/modify/delete lines on closed journal-period "Sales - 2026-05".', "", None]],
            PeriodClosedError,
        ),
        (
            [
                "UserError",
                [
                    _OUTSIDE,
                    "",
                    None,
                ],
            ],
            PeriodClosedError,
        ),
        (["UserError", ['To post move "(7)", you must balance all its lines.', "", None]], EntryRefusedError),
        (["UserWarning", ["account.move,4", "The period looks odd.", ""]], EntryRefusedError),
        (["ConcurrencyException", "changed"], OutcomeUnknownError),
        (["'external_ref'", "Traceback (most recent call last): ..."], EntryRefusedError),
    ],
)
def test_a_refusal_is_sorted_by_what_to_do_next(error: list[object], kind: type[Exception]) -> None:
    found = refusal(error, "Journal entry X")
    assert type(found) is kind
    assert "Traceback" not in str(found)
