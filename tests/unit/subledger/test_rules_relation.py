"""The rule tables that SQL joins say the same as the rules."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from include.config.load import load_configuration
from include.finance.dimension import DimensionMapping, DimensionSource
from include.finance.events import ATTRIBUTE_VALUES, ATTRIBUTES, EVENTS
from include.finance.posting_rule import Condition, PostingRule, RuleLine, RuleSet
from include.subledger.rules_relation import (
    MAPPED_VALUES,
    MAPPINGS,
    PLACED_EVENTS,
    ROLE_ACCOUNTS,
    RULE_LINES,
    RULES,
    rule_tables,
)
from tests.specification.posting_rules import EventLine, NoPostingRuleError, winning_rule

SHIPPED = load_configuration()
TABLES = rule_tables(SHIPPED.rules, SHIPPED.charts_by_entity())


def ids_that_fit(rules: pa.Table, line: EventLine) -> list[str]:
    """What the SQL does: rows whose every filled column holds for the event, the most specific of them."""
    fitting = [
        row
        for row in rules.to_pylist()
        if row["event_type"] == EVENTS[line.event].code
        and line.legal_entity_code in (row["legal_entity_codes"] or [line.legal_entity_code])
        and row["effective_from"] <= line.event_date
        and (row["effective_to"] is None or line.event_date <= row["effective_to"])
        and all(
            row[name] is None
            or Condition(tuple(row[name]["asked"]), row[name]["is_negated"]).holds(line.attributes.get(name))
            for name in ATTRIBUTES
        )
    ]
    most = max((row["specificity"] for row in fitting), default=0)
    return [row["rule_id"] for row in fitting if row["specificity"] == most]


@given(data=st.data(), event=st.sampled_from(sorted(name for name, event in EVENTS.items() if event.is_supported)))
def test_the_tables_choose_the_rule_that_the_specification_chooses(data: st.DataObject, event: str) -> None:
    attributes = {
        name: data.draw(st.sampled_from((*(ATTRIBUTE_VALUES[name] or ()), "other", None)))
        for name in EVENTS[event].attributes
    }
    line = EventLine(event, "JP", date(2026, 1, 15), attributes, {})
    try:
        expected = [winning_rule(SHIPPED.rules, line).id]
    except NoPostingRuleError:
        expected = []
    assert ids_that_fit(TABLES.rules, line) == expected


def test_a_rule_is_one_row_and_a_leg_says_where_its_dimensions_come_from() -> None:
    mapping = DimensionMapping(
        "unit", "department", {"Sales": "100", "Support": "200"}, {"UK": {"Sales": "110"}}, "900"
    )
    fixed = {"region": DimensionSource(value="EMEA"), "department": DimensionSource(mapping="unit")}
    lines = (
        RuleLine("debit", "customer_credits", "amount", dimensions=fixed),
        RuleLine("credit", "processor_clearing", "amount", "negative"),
    )
    when = {"method": Condition.one_of("card", "cash"), "channel": Condition.none_of("direct")}
    rule = PostingRule("one", "payment.received", when, ("US", "UK"), date(2026, 1, 1), None, lines, "file:1")
    charts = {code: SHIPPED.chart_of(code) for code in ("US", "UK")}
    tables = rule_tables(RuleSet.of([rule], {"unit": mapping}), charts)
    [row] = tables.rules.to_pylist()
    assert row["legal_entity_codes"] == ["US", "UK"]
    assert row["method"] == {"asked": ["card", "cash"], "is_negated": False}
    assert (row["channel"], row["kind"]) == ({"asked": ["direct"], "is_negated": True}, None)
    first, second = tables.rule_lines.to_pylist()
    assert (first["is_mapped"], first["part"], second["is_mapped"], second["part"]) == (True, None, False, -1)
    assert first["department"]["mapping"] == "unit"
    assert {(row["legal_entity_code"], row["value"], row["target"]) for row in tables.mapped_values.to_pylist()} == {
        ("US", "Sales", "100"),
        ("US", "Support", "200"),
        ("UK", "Sales", "110"),
        ("UK", "Support", "200"),
    }


def test_the_tables_have_their_schemas_and_no_nulls_where_none_may_be() -> None:
    for table, schema in (
        (TABLES.rules, RULES),
        (TABLES.rule_lines, RULE_LINES),
        (TABLES.mappings, MAPPINGS),
        (TABLES.mapped_values, MAPPED_VALUES),
        (TABLES.role_accounts, ROLE_ACCOUNTS),
        (TABLES.placed_events, PLACED_EVENTS),
    ):
        assert table.schema == schema
        table.validate(full=True)
        assert all(field.nullable or table[field.name].null_count == 0 for field in schema)


def test_each_company_has_an_account_for_each_role() -> None:
    rows = {(row["legal_entity_code"], row["role"]): row for row in TABLES.role_accounts.to_pylist()}
    assert len(rows) == TABLES.role_accounts.num_rows == 4 * len(SHIPPED.charts["default"].roles)
    assert rows["DE", "accounts_receivable"]["party_key"] == "Billing customers EUR"
    assert rows["JP", "accounts_receivable"]["party_key"] is None
