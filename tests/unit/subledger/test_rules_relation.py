"""The rule tables that SQL joins say the same as the rules."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from include.config.load import load_configuration
from include.finance.events import ATTRIBUTE_VALUES, ATTRIBUTES, EVENTS
from include.finance.posting_rule import PostingRule, RuleLine, RuleSet
from include.subledger.rules_relation import ROLE_ACCOUNTS, RULE_LINES, RULES, rule_tables
from tests.specification.posting_rules import EventLine, NoPostingRuleError, winning_rule

SHIPPED = load_configuration()
TABLES = rule_tables(SHIPPED.rules, SHIPPED.charts_by_entity())


def ids_that_fit(rules: pa.Table, line: EventLine) -> list[str]:
    """What the SQL does: rows whose every filled column equals the event's, the most specific of them."""
    asked = {"legal_entity_code": line.legal_entity_code, **{name: line.attributes.get(name) for name in ATTRIBUTES}}
    fitting = [
        row
        for row in rules.to_pylist()
        if row["event_type"] == EVENTS[line.event].code
        and row["effective_from"] <= line.event_date
        and (row["effective_to"] is None or line.event_date <= row["effective_to"])
        and all(row[name] is None or row[name] == value for name, value in asked.items())
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


def test_a_condition_with_several_values_is_several_rows_of_one_rule() -> None:
    lines = (RuleLine("debit", "customer_credits", "amount"), RuleLine("credit", "processor_clearing", "amount"))
    when = {"method": ("card", "cash"), "channel": ("processor",)}
    rule = PostingRule("one", "payment.received", when, ("US", "UK"), date(2026, 1, 1), None, lines, "file:1")
    rows = rule_tables(RuleSet.of([rule]), {}).rules.to_pylist()
    assert [(row["legal_entity_code"], row["method"], row["channel"], row["specificity"]) for row in rows] == [
        ("US", "card", "processor", 3),
        ("UK", "card", "processor", 3),
        ("US", "cash", "processor", 3),
        ("UK", "cash", "processor", 3),
    ]


def test_the_tables_have_their_schemas_and_no_nulls_where_none_may_be() -> None:
    for table, schema in (
        (TABLES.rules, RULES),
        (TABLES.rule_lines, RULE_LINES),
        (TABLES.role_accounts, ROLE_ACCOUNTS),
    ):
        assert table.schema == schema
        table.validate(full=True)
        assert all(field.nullable or table[field.name].null_count == 0 for field in schema)


def test_each_company_has_an_account_for_each_role() -> None:
    rows = {(row["legal_entity_code"], row["role"]): row for row in TABLES.role_accounts.to_pylist()}
    assert len(rows) == TABLES.role_accounts.num_rows == 4 * len(SHIPPED.charts["default"].roles)
    assert rows["DE", "accounts_receivable"]["party_key"] == "Billing customers EUR"
    assert rows["JP", "accounts_receivable"]["party_key"] is None
