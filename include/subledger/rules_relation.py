"""Posting rules, mappings and charts as small relations, so that SQL can join events with them.

A condition is a list of values and whether it is negated, as in `posting_rule.Condition`. Null in an attribute, or in
legal_entity_codes, means that the rule does not look at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from include.finance.chart import AccountType, Chart, PlacedAccount
from include.finance.dimension import DIMENSIONS, DimensionMapping
from include.finance.events import ATTRIBUTES, EVENTS
from include.finance.posting_rule import Condition, PostingRule, RuleLine, RuleSet

_CONDITION = pa.struct([pa.field("asked", pa.list_(pa.string())), pa.field("is_negated", pa.bool_())])

# One row per rule. effective_to is inclusive; null: no end.
RULES = pa.schema(
    [
        pa.field("rule_id", pa.string(), nullable=False),
        pa.field("event_type", pa.int16(), nullable=False),
        pa.field("effective_from", pa.date32(), nullable=False),
        pa.field("effective_to", pa.date32()),
        pa.field("specificity", pa.int16(), nullable=False),
        pa.field("legal_entity_codes", pa.list_(pa.string())),
        *(pa.field(attribute, _CONDITION) for attribute in ATTRIBUTES),
    ]
)

# One row per leg of a rule; side is +1 for a debit and -1 for a credit, part +1 for what is above zero, -1 below, null all.
# A dimension is kept from the document, or has a fixed value, or a mapping.
_SOURCE = pa.struct([("is_kept", pa.bool_()), ("fixed", pa.string()), ("mapping", pa.string())])
RULE_LINES = pa.schema(
    [
        pa.field("rule_id", pa.string(), nullable=False),
        pa.field("line_no", pa.int16(), nullable=False),
        pa.field("side", pa.int8(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("part", pa.int8()),
        pa.field("is_mapped", pa.bool_(), nullable=False),
        *(pa.field(name, _SOURCE, nullable=False) for name in DIMENSIONS),
    ]
)

# One row per mapping and legal entity: what it reads, and what becomes of a value that it does not list.
MAPPINGS = pa.schema(
    [
        pa.field("mapping", pa.string(), nullable=False),
        pa.field("legal_entity_code", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("fallback", pa.string()),
        pa.field("must_map", pa.bool_(), nullable=False),
    ]
)

# One row per mapping, legal entity and value that it lists for that entity.
MAPPED_VALUES = pa.schema(
    [
        pa.field("mapping", pa.string(), nullable=False),
        pa.field("legal_entity_code", pa.string(), nullable=False),
        pa.field("value", pa.string(), nullable=False),
        pa.field("target", pa.string(), nullable=False),
    ]
)

# One row per legal entity and role; of a role with several accounts one for each, and the money that it is for: null, whatever
# it is. is_income: the account is one of revenue.
ROLE_ACCOUNTS = pa.schema(
    [
        pa.field("legal_entity_code", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("account_code", pa.string(), nullable=False),
        pa.field("party_key", pa.string()),
        pa.field("is_income", pa.bool_(), nullable=False),
        pa.field("currency", pa.string()),
        pa.field("processor_account", pa.string()),
        pa.field("bank_account_ref", pa.string()),
    ]
)

# One row per legal entity and kind of event that a rule books on a role with several accounts: what tells which of them.
PLACED_EVENTS = pa.schema(
    [
        pa.field("legal_entity_code", pa.string(), nullable=False),
        pa.field("event_type", pa.int16(), nullable=False),
        pa.field("by_currency", pa.bool_(), nullable=False),
        pa.field("by_processor_account", pa.bool_(), nullable=False),
        pa.field("by_bank_account_ref", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class RuleTables:
    """The relations that the subledger engine joins with events."""

    rules: pa.Table
    rule_lines: pa.Table
    mappings: pa.Table
    mapped_values: pa.Table
    role_accounts: pa.Table
    placed_events: pa.Table


def rule_tables(rules: RuleSet, charts_by_entity: Mapping[str, Chart]) -> RuleTables:
    """The rule set, and the accounts behind the roles of each legal entity, as Arrow tables."""
    entities, mappings = list(charts_by_entity), list(rules.mappings.values())
    return RuleTables(
        rules=pa.Table.from_pylist([_row_of(rule) for rule in rules.rules], schema=RULES),
        rule_lines=pa.Table.from_pylist([row for rule in rules.rules for row in _lines_of(rule)], schema=RULE_LINES),
        mappings=pa.Table.from_pylist(
            [_mapping_row(each, code) for each in mappings for code in entities], schema=MAPPINGS
        ),
        mapped_values=pa.Table.from_pylist(
            [row for each in mappings for code in entities for row in _values_of(each, code)], schema=MAPPED_VALUES
        ),
        role_accounts=pa.Table.from_pylist(list(_accounts_of(charts_by_entity)), schema=ROLE_ACCOUNTS),
        placed_events=pa.Table.from_pylist(list(_placed_events(rules, charts_by_entity)), schema=PLACED_EVENTS),
    )


def _row_of(rule: PostingRule) -> dict[str, object]:
    return {
        "rule_id": rule.id,
        "event_type": EVENTS[rule.event].code,
        "effective_from": rule.effective_from,
        "effective_to": rule.effective_to,
        "specificity": rule.specificity,
        "legal_entity_codes": list(rule.legal_entities) or None,
        **{attribute: _asked(condition) for attribute, condition in rule.when.items()},
    }


def _asked(condition: Condition) -> dict[str, object]:
    return {"asked": list(condition.values), "is_negated": condition.is_negated}


def _lines_of(rule: PostingRule) -> Iterator[dict[str, object]]:
    for line_no, line in enumerate(rule.lines, start=1):
        yield {
            "rule_id": rule.id,
            "line_no": line_no,
            "side": line.sign,
            "role": line.role,
            "component": line.component,
            "part": {"positive": 1, "negative": -1}[line.part] if line.part else None,
            "is_mapped": not line.is_kept,
            **{name: _source(line, name) for name in DIMENSIONS},
        }


def _source(line: RuleLine, name: str) -> dict[str, object]:
    source = line.dimension(name)
    return {"is_kept": source.is_kept, "fixed": source.value, "mapping": source.mapping}


def _mapping_row(mapping: DimensionMapping, entity_code: str) -> dict[str, object]:
    return {
        "mapping": mapping.name,
        "legal_entity_code": entity_code,
        "source": mapping.source,
        "fallback": mapping.default,
        "must_map": mapping.must_map,
    }


def _values_of(mapping: DimensionMapping, entity_code: str) -> Iterator[dict[str, object]]:
    for value in mapping.values.keys() | mapping.own_values.get(entity_code, {}).keys():
        target = mapping.target(entity_code, value)
        yield {"mapping": mapping.name, "legal_entity_code": entity_code, "value": value, "target": target}


def _accounts_of(charts_by_entity: Mapping[str, Chart]) -> Iterator[dict[str, object]]:
    for code, chart in charts_by_entity.items():
        several = [(role, PlacedAccount(account)) for role, account in chart.roles.items()]
        several += [(role, each) for role, accounts in chart.placed.items() for each in accounts]
        for role, each in several:
            yield {
                "legal_entity_code": code,
                "role": role,
                "account_code": each.code,
                "party_key": chart.accounts[each.code].party_key,
                "is_income": chart.accounts[each.code].type is AccountType.INCOME,
                **each.facts,
            }


def _placed_events(rules: RuleSet, charts_by_entity: Mapping[str, Chart]) -> Iterator[dict[str, object]]:
    for code, chart in charts_by_entity.items():
        for event in EVENTS.values():
            roles = {role for rule in rules.of_event(event.name) if rule.is_for(code) for role in rule.roles}
            told = {fact for role in roles & chart.placed.keys() for each in chart.placed[role] for fact in each.facts}
            if told:
                yield {
                    "legal_entity_code": code,
                    "event_type": event.code,
                    "by_currency": "currency" in told,
                    "by_processor_account": "processor_account" in told,
                    "by_bank_account_ref": "bank_account_ref" in told,
                }
