"""Posting rules balance whatever the amounts, and two of them never fit one event equally well."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.config.load import load_configuration
from include.finance.chart import Chart
from include.finance.events import ATTRIBUTE_VALUES, EVENTS
from include.finance.posting_rule import PostingRule, RuleLine, RuleSet
from tests.specification.posting_rules import (
    AmbiguousPostingRuleError,
    EventLine,
    NoPostingRuleError,
    book,
    fits,
    winning_rule,
)

SHIPPED = load_configuration()
DAY = date(2026, 1, 15)
AMOUNTS = {"net": 108000, "tax": 9585, "gross": 117585, "amount": 5000}


def rule(rule_id: str = "one", **changes: object) -> PostingRule:
    lines = (RuleLine("debit", "customer_credits", "amount"), RuleLine("credit", "accounts_receivable", "amount"))
    base = PostingRule(rule_id, "payment.received", {}, (), date(2000, 1, 1), None, lines, "file:1")
    return replace(base, **changes)  # type: ignore[arg-type]


def line(event: str = "payment.received", entity: str = "US", day: date = DAY, **attributes: str | None) -> EventLine:
    return EventLine(event, entity, day, attributes, AMOUNTS)


def invoice(treatment: str, event: str = "invoice.issued") -> EventLine:
    return line(event, revenue_treatment=treatment, line_kind="charge", document_sign="positive")


def memo(
    treatment: str, effect: str | None, event: str = "credit_memo.issued", kind: str = "ar_reduction"
) -> EventLine:
    return line(event, revenue_treatment=treatment, revenue_effect=effect, kind=kind)


def net(event_line: EventLine, chart: Chart | None = None) -> dict[str, int]:
    """Net minor units by account, by the shipped rules."""
    booked: dict[str, int] = {}
    for leg in book(SHIPPED.rules, chart or SHIPPED.chart_of("US"), event_line):
        booked[leg.account_code] = booked.get(leg.account_code, 0) + leg.amount_minor
    return booked


@pytest.mark.parametrize(
    ("event_line", "expected"),
    [
        (invoice("ratable"), {"1100": 117585, "2100": -108000, "2000": -9585}),
        (invoice("immediate"), {"1100": 117585, "4020": -108000, "2000": -9585}),
        (invoice("usage"), {"1100": 117585, "4010": -108000, "2000": -9585}),
        (invoice("ratable", "invoice.voided"), {"1100": -117585, "2100": 108000, "2000": 9585}),
        (
            line("invoice.issued", line_kind="rounding", document_sign="positive"),
            {"1100": 117585, "7900": -108000, "2000": -9585},
        ),
        (
            line("invoice.issued", revenue_treatment="ratable", line_kind="proration", document_sign="negative"),
            {"2050": 117585, "2100": -108000, "2000": -9585},
        ),
        (memo("ratable", "termination"), {"2100": 108000, "2000": 9585, "2050": -117585}),
        (memo("ratable", "price_reduction"), {"2100": 108000, "2000": 9585, "2050": -117585}),
        (memo("ratable", "goodwill"), {"4900": 108000, "2000": 9585, "2050": -117585}),
        (memo("usage", "termination"), {"4900": 108000, "2000": 9585, "2050": -117585}),
        (memo("immediate", None, "credit_memo.voided"), {"4900": -108000, "2000": -9585, "2050": 117585}),
        (line("credit.applied"), {"2050": 5000, "1100": -5000}),
        (line("credit.unapplied"), {"2050": -5000, "1100": 5000}),
        (line("payment.received", channel="processor"), {"1050": 5000, "2050": -5000}),
        (line("payment.received", channel="direct"), {"1010": 5000, "2050": -5000}),
        (line("payment.reversed", channel="direct"), {"1010": -5000, "2050": 5000}),
        (line("payment.applied"), {"2050": 5000, "1100": -5000}),
        (line("payment.unapplied"), {"2050": -5000, "1100": 5000}),
        (line("refund.paid", channel="processor", refund_against="credit"), {"2050": 5000, "1050": -5000}),
        (line("refund.paid", channel="direct", refund_against="awaiting"), {"2060": 5000, "1010": -5000}),
        (line("refund.failed", channel="processor", refund_against="awaiting"), {"2060": -5000, "1050": 5000}),
    ],
    ids=lambda value: (
        "-".join([value.event, *map(str, value.attributes.values())]) if isinstance(value, EventLine) else ""
    ),
)
def test_the_shipped_rules_book_as_an_accountant_would(event_line: EventLine, expected: dict[str, int]) -> None:
    assert net(event_line) == expected


def test_a_negative_line_changes_the_side_and_a_zero_makes_no_leg() -> None:
    proration = replace(
        invoice("ratable"),
        components={"net": -100, "tax": 0, "gross": -100},
    )
    assert net(proration) == {"1100": -100, "2100": 100}


def test_the_legs_of_a_control_account_name_their_party() -> None:
    legs = book(SHIPPED.rules, SHIPPED.chart_of("DE"), line("payment.applied", "DE"))
    assert [(leg.account_code, leg.party_key) for leg in legs] == [("2050", None), ("1100", "Billing customers EUR")]


@pytest.mark.parametrize("kind", ["write_off", "chargeback"])
def test_a_credit_memo_that_is_not_booked_yet_has_no_rule(kind: str) -> None:
    with pytest.raises(NoPostingRuleError):
        winning_rule(SHIPPED.rules, memo("immediate", None, kind=kind))


def test_an_attribute_that_is_not_filled_fits_no_condition() -> None:
    with pytest.raises(NoPostingRuleError):
        winning_rule(SHIPPED.rules, line("payment.received", channel=None))


def attribute_values(event: str) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(
        {name: st.sampled_from(ATTRIBUTE_VALUES[name] or ("any",)) for name in EVENTS[event].attributes}
    )


@given(data=st.data(), event=st.sampled_from(sorted(name for name, event in EVENTS.items() if event.is_supported)))
def test_no_event_is_booked_out_of_balance_or_decided_by_chance(data: st.DataObject, event: str) -> None:
    amounts = {name: data.draw(st.integers(-(10**12), 10**12)) for name in ("net", "tax", "amount")}
    drawn = EventLine(
        event, "DE", DAY, data.draw(attribute_values(event)), amounts | {"gross": amounts["net"] + amounts["tax"]}
    )
    try:
        assert sum(leg.amount_minor for leg in book(SHIPPED.rules, SHIPPED.chart_of("DE"), drawn)) == 0
    except NoPostingRuleError:
        assert drawn.attributes.get("kind") in {"write_off", "chargeback"}


def test_the_rule_with_more_conditions_wins() -> None:
    rules = RuleSet.of(
        [
            rule("all"),
            rule("cards", when={"method": ("card",)}),
            rule("us", legal_entities=("US",), when={"method": ("card",)}),
        ]
    )
    assert winning_rule(rules, line(method="cash")).id == "all"
    assert winning_rule(rules, line(method="card", entity="UK")).id == "cards"
    assert winning_rule(rules, line(method="card")).id == "us"


def test_a_rule_holds_on_its_first_and_last_day() -> None:
    january = rule(effective_from=date(2026, 1, 1), effective_to=date(2026, 1, 31))
    days = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)]
    assert [january.is_effective_on(day) for day in days] == [False, True, True, False]
    assert [fits(january, line(day=day)) for day in days] == [False, True, True, False]


def test_what_debits_exceed_credits_by_is_told_in_base_components() -> None:
    lines = (RuleLine("debit", "accounts_receivable", "gross"), RuleLine("credit", "deferred_revenue", "net"))
    assert rule(lines=lines).imbalance() == {"tax": 1}
    assert rule(lines=(*lines, RuleLine("credit", "tax_payable", "tax"))).imbalance() == {}


def test_the_hash_of_a_rule_set_depends_on_content_and_not_on_order_or_place() -> None:
    one, two = rule("one"), rule("two", event="payment.reversed")
    assert RuleSet.of([one, two]).sha256 == RuleSet.of([two, replace(one, where="elsewhere:9")]).sha256
    assert RuleSet.of([one, two]).sha256 != RuleSet.of([one, replace(two, effective_from=date(2001, 1, 1))]).sha256


RULES = st.builds(
    rule,
    rule_id=st.uuids().map(str),
    when=st.dictionaries(
        st.sampled_from(["channel", "method"]),
        st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True).map(tuple),
    ),
    legal_entities=st.lists(st.sampled_from(["US", "UK"]), max_size=2, unique=True).map(tuple),
    effective_from=st.integers(0, 4).map(lambda days: DAY + timedelta(days)),
    effective_to=st.none() | st.integers(4, 6).map(lambda days: DAY + timedelta(days)),
)
LINES = st.builds(
    line,
    entity=st.sampled_from(["US", "UK", "DE"]),
    day=st.integers(0, 8).map(lambda days: DAY + timedelta(days)),
    channel=st.sampled_from("abc"),
    method=st.sampled_from("abc"),
)


@given(rules=st.lists(RULES, min_size=2, max_size=4, unique_by=lambda one: one.id), event_line=LINES)
def test_without_collisions_no_event_is_ever_ambiguous(rules: list[PostingRule], event_line: EventLine) -> None:
    rule_set = RuleSet.of(rules)
    try:
        winning_rule(rule_set, event_line)
    except AmbiguousPostingRuleError:
        assert rule_set.collisions()
    except NoPostingRuleError:
        assert not any(fits(one, event_line) for one in rules)
