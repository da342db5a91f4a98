"""The SQL that finds an event's posting rule decides as the specification in plain Python does, also where none or two fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.finance.events import ATTRIBUTE_VALUES, ATTRIBUTES, EVENTS
from include.finance.posting_rule import Condition, PostingRule, RuleLine, RuleSet
from include.subledger.rules_relation import rule_tables
from include.subledger.workspace import Workspace
from tests.accounting.company import SHIPPED
from tests.specification.posting_rules import (
    AmbiguousPostingRuleError,
    EventLine,
    NoPostingRuleError,
    winning_rule,
)

SUPPORTED = sorted(name for name, event in EVENTS.items() if event.is_supported)
_EVENT_LINE = pa.schema(
    [
        ("first_key", pa.uint64()),
        ("second_key", pa.uint64()),
        ("event_type", pa.int16()),
        ("legal_entity_code", pa.string()),
        ("event_date", pa.date32()),
        *((name, pa.string()) for name in ATTRIBUTES),
        ("place", pa.struct([(name, pa.string()) for name in ("currency", "processor_account", "bank_account_ref")])),
    ]
)
_LEGS = (RuleLine("debit", "customer_credits", "amount"), RuleLine("credit", "processor_clearing", "amount"))


def values_of(attribute: str) -> tuple[str, ...]:
    return (*(ATTRIBUTE_VALUES[attribute] or ("one", "two")), "other")


days = st.integers(0, 20).map(lambda number: date(2026, 1, 1) + timedelta(days=number))


@st.composite
def events(draw: st.DrawFn) -> EventLine:
    event = draw(st.sampled_from(SUPPORTED))
    attributes = {name: draw(st.sampled_from((None, *values_of(name)))) for name in EVENTS[event].attributes}
    return EventLine(event, draw(st.sampled_from(("US", "UK", "JP"))), draw(days), attributes, {})


def conditions(attribute: str) -> st.SearchStrategy[Condition]:
    listed = st.lists(st.sampled_from(values_of(attribute)), max_size=2, unique=True).map(tuple)
    return st.builds(Condition, listed, st.booleans())


@st.composite
def rules(draw: st.DrawFn, number: int) -> PostingRule:
    event = draw(st.sampled_from(SUPPORTED))
    tested = (
        draw(st.lists(st.sampled_from(EVENTS[event].attributes), unique=True, max_size=3))
        if EVENTS[event].attributes
        else []
    )
    when = {name: draw(conditions(name)) for name in tested}
    entities = tuple(draw(st.lists(st.sampled_from(("US", "UK")), unique=True, max_size=2)))
    start, length = draw(days), draw(st.one_of(st.none(), st.integers(0, 10)))
    end = None if length is None else start + timedelta(days=length)
    return PostingRule(f"rule-{number}", event, when, entities, start, end, _LEGS, f"file:{number}")


def specified(rule_set: RuleSet, line: EventLine) -> str:
    try:
        return winning_rule(rule_set, line).id
    except NoPostingRuleError:
        return "none"
    except AmbiguousPostingRuleError as error:
        return f"tie: {error}"


def matched(workspace: Workspace, rule_set: RuleSet, lines: list[EventLine]) -> list[str]:
    """What `event_shapes.sql` makes of the events."""
    rows = [
        {
            "first_key": number,
            "second_key": 1,
            "event_type": EVENTS[each.event].code,
            "legal_entity_code": each.legal_entity_code,
        }
        | {"event_date": each.event_date, **each.attributes}
        for number, each in enumerate(lines)
    ]
    workspace.replace("rule", rule_tables(rule_set, {}).rules)
    workspace.replace("told_event", pa.Table.from_pylist(rows, schema=_EVENT_LINE))
    found = {row["first_key"]: row for row in workspace.shapes()}
    return [
        {0: "none", 1: row["rule_id"]}.get(row["winner_count"], f"tie: {row['winners']}")
        for row in (found[each["first_key"]] for each in rows)
    ]


def _event_types() -> pa.Table:
    """The name of each code, which is part of a shape's name."""
    names = {"name": list(EVENTS), "code": pa.array([event.code for event in EVENTS.values()], pa.int16())}
    return pa.table(names)


class Matching(Workspace):
    """A workspace that runs one statement again and again."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.run("rule_macros")

    def replace(self, name: str, rows: pa.Table) -> None:
        self._connection.execute(f"drop table if exists {name}")
        self.create(name, rows)

    def shapes(self) -> list[dict[str, object]]:
        self._connection.execute("delete from event_shape")
        self.run("event_shapes")
        return self._connection.sql("from event_shape").to_arrow_table().to_pylist()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matching]:
    with Matching(Path(tmp_path_factory.mktemp("matching")) / uuid4().hex) as opened:
        opened.run("macros")
        opened.run("tables")
        opened.create("event_type", _event_types())
        yield opened


@given(lines=st.lists(events(), min_size=30, max_size=60))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_shipped_rules_match_as_specified(workspace: Matching, lines: list[EventLine]) -> None:
    assert matched(workspace, SHIPPED.rules, lines) == [specified(SHIPPED.rules, each) for each in lines]


@given(data=st.data(), count=st.integers(0, 12), lines=st.lists(events(), min_size=20, max_size=60))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_rules_match_as_specified_also_where_none_or_two_fit(
    workspace: Matching, data: st.DataObject, count: int, lines: list[EventLine]
) -> None:
    rule_set = RuleSet.of(data.draw(rules(number)) for number in range(count))
    assert matched(workspace, rule_set, lines) == [specified(rule_set, each) for each in lines]
