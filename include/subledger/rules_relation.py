"""Posting rules and charts as three small relations, so that SQL can join events with them.

A rule whose condition lists several values becomes several rows with one rule_id; no event fits two of them. Null in an
attribute, or in legal_entity_code, means that the rule does not look at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import pyarrow as pa

from include.finance.chart import Chart
from include.finance.events import ATTRIBUTES, EVENTS
from include.finance.posting_rule import PostingRule, RuleSet

# One row per rule and combination of the values that its conditions list. effective_to is inclusive; null: no end.
RULES = pa.schema(
    [
        pa.field("rule_id", pa.string(), nullable=False),
        pa.field("event_type", pa.int16(), nullable=False),
        pa.field("effective_from", pa.date32(), nullable=False),
        pa.field("effective_to", pa.date32()),
        pa.field("specificity", pa.int16(), nullable=False),
        pa.field("legal_entity_code", pa.string()),
        *(pa.field(attribute, pa.string()) for attribute in ATTRIBUTES),
    ]
)

# One row per leg of a rule; side is +1 for a debit and -1 for a credit.
RULE_LINES = pa.schema(
    [
        pa.field("rule_id", pa.string(), nullable=False),
        pa.field("line_no", pa.int16(), nullable=False),
        pa.field("side", pa.int8(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
    ]
)

# One row per legal entity and role.
ROLE_ACCOUNTS = pa.schema(
    [
        pa.field("legal_entity_code", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("account_code", pa.string(), nullable=False),
        pa.field("party_key", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class RuleTables:
    """The relations that the subledger engine joins with events."""

    rules: pa.Table
    rule_lines: pa.Table
    role_accounts: pa.Table


def rule_tables(rules: RuleSet, charts_by_entity: Mapping[str, Chart]) -> RuleTables:
    """The rule set, and the accounts behind the roles of each legal entity, as Arrow tables."""
    return RuleTables(
        rules=pa.Table.from_pylist([row for rule in rules.rules for row in _rows_of(rule)], schema=RULES),
        rule_lines=pa.Table.from_pylist([row for rule in rules.rules for row in _lines_of(rule)], schema=RULE_LINES),
        role_accounts=pa.Table.from_pylist(list(_accounts_of(charts_by_entity)), schema=ROLE_ACCOUNTS),
    )


def _rows_of(rule: PostingRule) -> Iterator[dict[str, object]]:
    conditions: dict[str, tuple[str, ...]] = dict(rule.when)
    if rule.legal_entities:
        conditions["legal_entity_code"] = rule.legal_entities
    for values in product(*conditions.values()):
        yield {
            "rule_id": rule.id,
            "event_type": EVENTS[rule.event].code,
            "effective_from": rule.effective_from,
            "effective_to": rule.effective_to,
            "specificity": rule.specificity,
        } | dict(zip(conditions, values, strict=True))


def _lines_of(rule: PostingRule) -> Iterator[dict[str, object]]:
    for line_no, line in enumerate(rule.lines, start=1):
        yield {
            "rule_id": rule.id,
            "line_no": line_no,
            "side": line.sign,
            "role": line.role,
            "component": line.component,
        }


def _accounts_of(charts_by_entity: Mapping[str, Chart]) -> Iterator[dict[str, object]]:
    for code, chart in charts_by_entity.items():
        for role in chart.roles:
            account = chart.account_of(role)
            yield {
                "legal_entity_code": code,
                "role": role,
                "account_code": account.code,
                "party_key": account.party_key,
            }
