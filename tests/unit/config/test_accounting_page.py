"""The event table that accountants read is the one that the code follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.events import ATTRIBUTE_VALUES, BASE_COMPONENTS, CATALOGUE, EVENTS, EventType
from include.finance.posting_rule import RuleLine
from include.ports.canonical import DATASETS, DOCUMENT_TYPES

SHIPPED = load_configuration()
PAGE = Path(__file__).parents[3] / "docs" / "accounting.md"


def tables() -> list[list[dict[str, str]]]:
    """All tables of the page, each as rows by column name."""
    found: list[list[list[str]]] = [[]]
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [[dict(zip(rows[0], row, strict=True)) for row in rows[2:]] for rows in found if rows]


def listed(cell: str) -> list[str]:
    return [] if cell == "-" else cell.split(", ")


EVENT_ROWS = {row["event"].strip("`"): row for row in tables()[0]}


def test_the_page_and_the_code_know_the_same_events() -> None:
    assert list(EVENT_ROWS) == [event.name for event in CATALOGUE]


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.name)
def test_each_event_is_described_as_the_code_has_it(event: EventType) -> None:
    row = EVENT_ROWS[event.name]
    assert int(row["code"]) == event.code
    assert row["document"] == event.document_type
    assert row["trigger"] == event.trigger
    assert row["accounting date"].split(", or ") == list(event.date_fields)
    assert listed(row["components"]) == list(event.components)
    assert listed(row["rules may test"]) == list(event.attributes)
    assert row["category"] == event.category
    assert row["open-item key"] == event.open_item_key
    assert row["scenario"] == event.scenario


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.name)
def test_the_page_names_the_accounts_that_the_shipped_rules_use(event: EventType) -> None:
    def legs(side: str) -> set[str]:
        rules = SHIPPED.rules.of_event(event.name)
        return {shown(line) for rule in rules for line in rule.lines if line.side == side}

    def shown(line: RuleLine) -> str:
        return f"{line.role} {'+' if line.side == 'debit' else '-'}{line.component}"

    assert set(listed(EVENT_ROWS[event.name]["debit"])) == legs("debit")
    assert set(listed(EVENT_ROWS[event.name]["credit"])) == legs("credit")
    assert bool(legs("debit")) == event.is_supported


def test_the_page_names_the_account_of_each_role() -> None:
    chart = SHIPPED.charts["default"]
    assert {row["role"]: row["account"] for row in tables()[1]} == chart.roles


def test_an_event_code_stands_for_one_event() -> None:
    assert len({event.code for event in CATALOGUE}) == len(CATALOGUE) == len(EVENTS)


def test_the_codes_stored_with_bookings_never_change() -> None:
    assert {event.name: event.code for event in CATALOGUE if event.is_supported} == {
        "invoice.issued": 1,
        "invoice.voided": 2,
        "invoice.written_off": 3,
        "invoice.recovered": 4,
        "credit_memo.issued": 10,
        "credit_memo.voided": 11,
        "credit.applied": 12,
        "credit.unapplied": 13,
        "payment.received": 20,
        "payment.reversed": 21,
        "payment.applied": 22,
        "payment.unapplied": 23,
        "intercompany.applied": 24,
        "intercompany.unapplied": 25,
        "exchange.applied": 26,
        "exchange.unapplied": 27,
        "intercompany.credited": 28,
        "intercompany.uncredited": 29,
        "refund.paid": 30,
        "refund.failed": 31,
        "intercompany.refunded": 32,
        "intercompany.refund_failed": 33,
        "dispute.opened": 40,
        "dispute.won": 41,
        "dispute.lost": 42,
        "dispute.passed_on": 43,
        "dispute.borne": 44,
        "fee.charged": 50,
        "payout.created": 60,
        "payout.arrived": 61,
        "payout.failed": 62,
        "processor.adjustment": 63,
        "processor.reserved": 64,
        "processor.exchanged": 65,
        "processor.settled": 66,
        "revenue.recognized": 70,
        "small_balance.written_off": 72,
    }


@pytest.mark.parametrize("event", CATALOGUE, ids=lambda event: event.name)
def test_each_event_uses_only_words_that_are_defined(event: EventType) -> None:
    columns = {name for schema in DATASETS.values() for name in schema.names} | {"period_end"}  # not of a document
    assert event.document_type in DOCUMENT_TYPES
    assert set(event.components) <= BASE_COMPONENTS.keys()
    assert set(event.attributes) <= ATTRIBUTE_VALUES.keys()
    assert not event.is_supported or set(event.date_fields) <= columns
