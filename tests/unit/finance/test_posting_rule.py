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
from include.finance.posting_rule import Condition, PostingRule, RuleLine, RuleSet
from include.finance.rule_coverage import cover
from tests.specification.posting_rules import (
    AmbiguousPostingRuleError,
    EventLine,
    NoPostingRuleError,
    book,
    fits,
    winning_rule,
    with_bank,
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


def test_a_negative_line_changes_the_side_and_a_zero_makes_no_leg() -> None:
    proration = replace(
        invoice("ratable"),
        components={"net": -100, "tax": 0, "gross": -100},
    )
    assert net(proration) == {"1100": -100, "2100": 100}


def test_the_legs_of_a_control_account_name_their_party() -> None:
    legs = book(SHIPPED.rules, SHIPPED.chart_of("DE"), line("credit.applied", "DE"))
    assert [(leg.account_code, leg.party_key) for leg in legs] == [("2050", None), ("1100", "Billing customers EUR")]


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
        assert sum(leg.amount_minor for leg in book(SHIPPED.rules, with_bank(SHIPPED.chart_of("DE")), drawn)) == 0
    except NoPostingRuleError:
        told = drawn.attributes
        is_exchanged_without_cash = told.get("settles") == "exchanged" and told["settled_by"] != "cash"
        is_of_other_portion = (told.get("portion") in ("unapplied", "open")) is (event != "small_balance.written_off")
        assert told.get("fee_kind") == "any" or is_of_other_portion or is_exchanged_without_cash


def test_the_rule_with_more_conditions_wins() -> None:
    card, stripe = Condition.one_of("card"), Condition.one_of("stripe")
    rules = RuleSet.of(
        [rule("all"), rule("cards", when={"method": card}), rule("stripe", when={"method": card, "processor": stripe})]
    )
    assert winning_rule(rules, line(method="cash")).id == "all"
    assert winning_rule(rules, line(method="card")).id == "cards"
    assert winning_rule(rules, line(method="card", processor="stripe")).id == "stripe"


def test_a_rule_of_the_company_itself_comes_before_a_common_one_with_more_conditions() -> None:
    when = {"method": Condition.one_of("card"), "channel": Condition.one_of("processor")}
    rules = RuleSet.of([rule("common", when=when), rule("us", legal_entities=("US",))])
    assert winning_rule(rules, line(method="card", channel="processor")).id == "us"
    assert winning_rule(rules, line(method="card", channel="processor", entity="UK")).id == "common"


@pytest.mark.parametrize(
    ("condition", "met_by"),
    [
        (Condition.one_of("card"), ["card"]),
        (Condition.one_of("card", "cash"), ["card", "cash"]),
        (Condition.none_of("card"), ["cash"]),
        (Condition.present(), ["card", "cash"]),
        (Condition.present(is_present=False), [None]),
    ],
)
def test_a_condition_asks_for_values_for_others_or_for_presence(condition: Condition, met_by: list[str | None]) -> None:
    assert [value for value in ("card", "cash", None) if condition.holds(value)] == met_by
    assert str(condition) in ("card", "card|cash", "not card", "present", "absent")
    asked = rule(when={"method": condition})
    assert [value for value in ("card", "cash", None) if fits(asked, line(method=value))] == met_by


def test_a_gain_and_a_loss_go_to_two_accounts_and_balance_whatever_the_sign() -> None:
    whole = RuleLine("debit", "processor_clearing", "amount")
    gain, loss = (
        RuleLine("credit", "service_revenue", "amount", "positive"),
        RuleLine("credit", "rounding", "amount", "negative"),
    )
    both = rule(lines=(whole, gain, loss))
    assert both.imbalance() == {}
    assert rule(lines=(whole, gain)).imbalance() == {"amount": 1, "amount above zero": -1}
    for amount, expected in ((500, {"1050": 500, "4020": -500}), (-500, {"1050": -500, "7900": 500})):
        legs = book(RuleSet.of([both]), SHIPPED.chart_of("US"), replace(line(), components={"amount": amount}))
        assert {leg.account_code: leg.amount_minor for leg in legs} == expected


def test_the_part_of_a_sum_above_zero_is_not_the_sum_of_its_parts_above_zero() -> None:
    lines = (
        RuleLine("debit", "accounts_receivable", "gross", "positive"),
        RuleLine("credit", "deferred_revenue", "net", "positive"),
        RuleLine("credit", "tax_payable", "tax", "positive"),
    )
    assert rule(lines=lines).imbalance() == {"gross above zero": 1, "net above zero": -1, "tax above zero": -1}


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


VALUES = {
    "channel": ("processor", "direct"),
    "method": ("card", "bank_transfer", "direct_debit", "cash", "other"),
    "processor": ("stripe", "adyen"),
}
CONDITIONS = [
    st.one_of(
        st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(
            lambda each: Condition.one_of(*each)
        ),
        st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(
            lambda each: Condition.none_of(*each)
        ),
        st.booleans().map(lambda is_present: Condition.present(is_present=is_present)),
    )
    for values in VALUES.values()
]
RULES = st.builds(
    rule,
    rule_id=st.uuids().map(str),
    when=st.fixed_dictionaries(
        {}, optional={"channel": CONDITIONS[0], "method": CONDITIONS[1], "processor": CONDITIONS[2]}
    ),
    legal_entities=st.lists(st.sampled_from(["US", "UK"]), max_size=2, unique=True).map(tuple),
    effective_from=st.integers(0, 4).map(lambda days: DAY + timedelta(days)),
    effective_to=st.none() | st.integers(4, 6).map(lambda days: DAY + timedelta(days)),
)
ENTITIES = ("US", "UK", "DE")
PROCESSORS = ("stripe", "adyen", "other one")


def occurring(entity: str, days: int, method: str, processor: str | None, direct: str = "direct") -> EventLine:
    channel = direct if processor is None else "processor"
    return line(entity=entity, day=DAY + timedelta(days), method=method, channel=channel, processor=processor)


LINES = st.builds(
    occurring,
    entity=st.sampled_from(ENTITIES),
    days=st.integers(0, 8),
    method=st.sampled_from(VALUES["method"]),
    processor=st.sampled_from([*PROCESSORS, None]),
)


def outcome(rule_set: RuleSet, event_line: EventLine) -> str | tuple[str, ...] | None:
    """The winner, all that tie, or None."""
    try:
        return winning_rule(rule_set, event_line).id
    except AmbiguousPostingRuleError as error:
        return tuple(str(error).split(", "))
    except NoPostingRuleError:
        return None


@given(rules=st.lists(RULES, min_size=2, max_size=5, unique_by=lambda one: one.id))
def test_what_the_load_says_of_rules_is_true_of_every_event_that_can_occur(rules: list[PostingRule]) -> None:
    rule_set = RuleSet.of(rules)
    coverage = cover(EVENTS["payment.received"], rule_set, ENTITIES)
    first = (min(one.effective_from for one in rules) - DAY).days
    every = {
        outcome(rule_set, occurring(entity, days, method, processor, direct))
        for direct in ("direct", "bank")
        for entity in ENTITIES
        for days in range(first, 9)
        for method in VALUES["method"]
        for processor in (*PROCESSORS, None)
    }
    assert (None in every) == bool(coverage.gaps)
    assert {found for found in every if isinstance(found, tuple)} == coverage.ties.keys()
    assert {found for found in every if isinstance(found, str)} == coverage.winners


@given(rules=st.lists(RULES, min_size=2, max_size=5, unique_by=lambda one: one.id))
def test_an_example_in_a_refusal_is_an_event_that_no_rule_or_more_than_one_would_book(rules: list[PostingRule]) -> None:
    rule_set = RuleSet.of(rules)
    coverage = cover(EVENTS["payment.received"], rule_set, ENTITIES)
    for gap in coverage.gaps:
        assert (
            outcome(rule_set, EventLine("payment.received", gap.legal_entity_code, gap.day, gap.attributes, {})) is None
        )
    for ids, tie in coverage.ties.items():
        example = EventLine("payment.received", tie.legal_entity_code, tie.day, tie.attributes, {})
        assert outcome(rule_set, example) == ids
