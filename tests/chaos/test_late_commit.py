"""Transactions in billing that commit late: what they wrote is read by a later night, whenever it was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.house import House, Place

FIRST, SECOND = company.NIGHTS

LATE = (
    Case(
        "a billing transaction open during one night",
        "a late commit in billing",
        "open while night one reads, committed before night two",
        given={"nights": 1},
    ),
    Case(
        "a billing transaction open over two nights",
        "a late commit in billing",
        "open while night one and the next one read, committed before a third",
        given={"nights": 2},
    ),
)


@each(*LATE)
def test_late_commit(house: House, filled: str, case: Case) -> None:
    place = Place(filled, house.finance_template, house.tryton_template)
    with house.copy(place, with_billing=True) as books:
        with company.hold_late_transaction(house.owner(books.place.billing)):
            for number in range(case.given["nights"]):
                books.complete(replace(FIRST, as_of=FIRST.as_of + timedelta(hours=number)))
                books.require_right(is_outcome_known=number == 0)
        house.begin_second_day(books.place)
        books.complete(SECOND)
        books.require_right(SECOND, is_outcome_known=case.given["nights"] == 1)
