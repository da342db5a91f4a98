"""Reading `posting_rules/`: all files together are one rule set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from include.config.findings import Findings, one_of
from include.config.shapes import RuleLineShape, RuleShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.events import ATTRIBUTE_VALUES, EVENTS, EventType
from include.finance.posting_rule import PostingRule, RuleLine


def read_posting_rules(files: Iterable[YamlFile], entity_codes: set[str], findings: Findings) -> list[PostingRule]:
    """The rules that are sound each by itself; what is wrong becomes findings."""
    rules: dict[str, PostingRule] = {}
    for file in files:
        if not isinstance(file.content, list):
            if file.content is not None:
                findings.add(file.name, 1, "a list of rules is expected here (`- rule: ...`).")
            continue
        for index, value in enumerate(file.content):
            shape = checked_shape(file, (index,), value, RuleShape, findings)
            rule = shape and _read_rule(file, index, shape, entity_codes, findings)
            if not rule:
                continue
            if rule.id in rules:
                text = f"rule `{rule.id}` is already defined at {rules[rule.id].where}; give one of them another id."
                findings.add_at(rule.where, text)
            else:
                rules[rule.id] = rule
    return list(rules.values())


def _read_rule(
    file: YamlFile, index: int, shape: RuleShape, entity_codes: set[str], findings: Findings
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
        _read_line(file, (index, "lines", n), shape.rule, line, event, findings) for n, line in enumerate(shape.lines)
    ]
    if len(findings.found) > before:
        return None
    rule = PostingRule(
        id=shape.rule,
        event=shape.event,
        when={attribute: tuple(values) for attribute, values in shape.when.items()},
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

    for attribute, values in shape.when.items():
        for text in _faults_of_condition(event, attribute, values):
            note(("when", attribute), text)
    for code in shape.legal_entities:
        if code not in entity_codes:
            note(("legal_entities",), f"legal entity `{code}` is unknown; {one_of(code, entity_codes)}")
    if len(set(shape.legal_entities)) < len(shape.legal_entities):
        note(("legal_entities",), "a legal entity is listed twice; keep one.")
    if shape.effective_to is not None and shape.effective_to < shape.effective_from:
        note(("effective_to",), f"it ends on {shape.effective_to}, before it starts on {shape.effective_from}.")


def _faults_of_condition(event: EventType, attribute: str, values: list[str]) -> Iterator[str]:
    if attribute not in event.attributes:
        yield f"`{attribute}` is no attribute of {event.name}; {one_of(attribute, event.attributes)}"
        return
    allowed = ATTRIBUTE_VALUES[attribute]
    for value in values:
        if allowed is not None and value not in allowed:
            yield f"`{value}` is no value of {attribute}; {one_of(value, allowed)}"
    if len(set(values)) < len(values):
        yield f"a value of {attribute} is listed twice; keep one."


def _read_line(
    file: YamlFile, path: YamlPath, rule_id: str, shape: RuleLineShape, event: EventType, findings: Findings
) -> RuleLine | None:
    if (shape.debit is None) == (shape.credit is None):
        findings.add(
            file.name, file.line_of(path), f"rule `{rule_id}`: a line has either `debit` or `credit`, one of them."
        )
        return None
    if shape.amount not in event.components:
        fact = f"rule `{rule_id}`: `{shape.amount}` is no component of {event.name}"
        findings.add(file.name, file.line_of(path), f"{fact}; {one_of(shape.amount, event.components)}")
        return None
    if shape.debit is not None:
        return RuleLine("debit", shape.debit, shape.amount)
    return RuleLine("credit", shape.credit or "", shape.amount)


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
