"""Reading `posting_rules/`: all files together are one rule set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from include.config.findings import Findings, one_of
from include.config.rule_lines import read_rule_line
from include.config.shapes import ConditionShape, RuleShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.dimension import LINE_FIELDS, DimensionMapping
from include.finance.events import ATTRIBUTE_VALUES, EVENTS, EventType
from include.finance.posting_rule import Condition, PostingRule


def read_posting_rules(
    files: Iterable[YamlFile],
    entity_codes: set[str],
    mappings: Mapping[str, DimensionMapping],
    findings: Findings,
) -> list[PostingRule]:
    """The rules that are sound each by itself; what is wrong becomes findings."""
    rules: dict[str, PostingRule] = {}
    for file in files:
        if not isinstance(file.content, list):
            if file.content is not None:
                findings.add(file.name, 1, "a list of rules is expected here (`- rule: ...`).")
            continue
        for index, value in enumerate(file.content):
            shape = checked_shape(file, (index,), value, RuleShape, findings)
            rule = shape and _read_rule(file, index, shape, entity_codes, mappings, findings)
            if not rule:
                continue
            if rule.id in rules:
                text = f"rule `{rule.id}` is already defined at {rules[rule.id].where}; give one of them another id."
                findings.add_at(rule.where, text)
            else:
                rules[rule.id] = rule
    return list(rules.values())


def _read_rule(
    file: YamlFile,
    index: int,
    shape: RuleShape,
    entity_codes: set[str],
    mappings: Mapping[str, DimensionMapping],
    findings: Findings,
) -> PostingRule | None:
    before = len(findings.found)
    event = EVENTS.get(shape.event)
    if event is None or not event.is_supported:
        fact = "is not booked yet" if event else "is not in the event catalogue"
        known = (name for name, one in EVENTS.items() if one.is_supported)
        text = f"rule `{shape.rule}`: event `{shape.event}` {fact}; {one_of(shape.event, known)}"
        findings.add(file.name, file.line_of((index, "event")), text)
        return None
    _check_conditions(file, (index,), shape, event, entity_codes, findings)
    lines = [
        read_rule_line(file, (index, "lines", n), shape.rule, line, event, mappings, findings)
        for n, line in enumerate(shape.lines)
    ]
    if len(findings.found) > before:
        return None
    rule = PostingRule(
        id=shape.rule,
        event=shape.event,
        when={attribute: _condition(asked) for attribute, asked in shape.when.items()},
        legal_entities=tuple(shape.legal_entities),
        effective_from=shape.effective_from,
        effective_to=shape.effective_to,
        lines=tuple(line for line in lines if line),
        where=file.where((index,)),
    )
    return rule if _is_balanced(file, index, rule, findings) else None


def _check_conditions(
    file: YamlFile, path: YamlPath, shape: RuleShape, event: EventType, entity_codes: set[str], findings: Findings
) -> None:
    def note(key: YamlPath, text: str) -> None:
        findings.add(file.name, file.line_of((*path, *key)), f"rule `{shape.rule}`: {text}")

    for attribute, asked in shape.when.items():
        for text in _faults_of_condition(event, attribute, asked):
            note(("when", attribute), text)
    for code in shape.legal_entities:
        if code not in entity_codes:
            note(("legal_entities",), f"legal entity `{code}` is unknown; {one_of(code, entity_codes)}")
    if len(set(shape.legal_entities)) < len(shape.legal_entities):
        note(("legal_entities",), "a legal entity is listed twice; keep one.")
    if shape.effective_to is not None and shape.effective_to < shape.effective_from:
        note(("effective_to",), f"it ends on {shape.effective_to}, before it starts on {shape.effective_from}.")


def _faults_of_condition(event: EventType, attribute: str, asked: ConditionShape) -> Iterator[str]:
    if attribute not in event.attributes:
        cure = one_of(attribute, event.attributes)
        if attribute in _unseen():
            fact = f"`{attribute}` cannot be asked for: it is not in the content hash of {event.name}, its change would be missed"
        else:
            fact = f"`{attribute}` is no attribute of {event.name}"
        yield f"{fact}; {cure}"
        return
    if sum(part is not None for part in (asked.one_of, asked.none_of, asked.present)) != 1:
        yield f"{attribute} asks for a value, a list of values, `not` or `present`: one of them."
        return
    values, allowed = asked.one_of or asked.none_of or [], ATTRIBUTE_VALUES[attribute]
    for value in values:
        if allowed is not None and value not in allowed:
            yield f"`{value}` is no value of {attribute}; {one_of(value, allowed)}"
    if len(set(values)) < len(values):
        yield f"a value of {attribute} is listed twice; keep one."


def _condition(asked: ConditionShape) -> Condition:
    if asked.present is not None:
        return Condition.present(is_present=asked.present)
    return Condition.none_of(*asked.none_of) if asked.none_of else Condition.one_of(*asked.one_of or ())


def _is_balanced(file: YamlFile, index: int, rule: PostingRule, findings: Findings) -> bool:
    imbalance = rule.imbalance()
    if imbalance:
        parts = (
            f"{'debits' if count > 0 else 'credits'} exceed by {abs(count)} x {base}"
            for base, count in imbalance.items()
        )
        text = f"rule `{rule.id}` does not balance: {', '.join(parts)}; gross is net + tax."
        findings.add(file.name, file.line_of((index, "lines")), text)
    return not imbalance


def _unseen() -> set[str]:
    """What documents and lines carry beside the attributes of events: a rule that asked for it would not see it change."""
    # Imported here: a DAG file reads the configuration, and only a faulty rule needs to know these.
    from include.ports.canonical import DATASETS  # noqa: PLC0415

    return {name for schema in DATASETS.values() for name in schema.names} - {"currency", *LINE_FIELDS}
