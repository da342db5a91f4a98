"""Reading `exceptions_desk.yaml`: until when an exception is due, who may waive it, and which are graver than usual."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import DeskRuleShape, DeskShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.exception_desk import DeskRule, DeskSettings, PeriodStage
from include.finance.exception_rule import EXCEPTION_NAMES, ExceptionRule, Severity


def read_desk(
    file: YamlFile | None,
    legal_entities: Collection[str],
    sources: Collection[str],
    exception_rules: Mapping[str, ExceptionRule],
    findings: Findings,
) -> DeskSettings:
    """What the file says; where there is none, as in a rule set of before, nothing is graver than usual."""
    if file is None:
        return DeskSettings()
    shape = checked_shape(file, (), file.content or {}, DeskShape, findings)
    if shape is None:
        return DeskSettings()
    for severity in Severity:
        if severity not in shape.due_business_days:
            line = file.line_of(("due_business_days",))
            findings.add(file.name, line, f"severity `{severity}` has no due date; say after how many business days.")
    known = {
        "category": {rule.category for rule in exception_rules.values()},
        "exception": EXCEPTION_NAMES,
        "legal_entity": {*legal_entities, "UNASSIGNED"},
        "source": sources,
    }
    _check(file, ("waive_alone_minor",), "currency", shape.waive_alone_minor, CURRENCIES, findings)
    for number, rule in enumerate(shape.rules):
        _check_rule(file, number, rule, known, findings)
    return DeskSettings(
        {Severity(name): days for name, days in shape.due_business_days.items()},
        shape.waive_alone_minor,
        tuple(_rule(rule) for rule in shape.rules),
    )


def _check_rule(
    file: YamlFile, number: int, rule: DeskRuleShape, known: Mapping[str, Collection[str]], findings: Findings
) -> None:
    if rule.severity is None and rule.owner is None:
        text = "this rule decides nothing; say its `severity` or `owner`."
        findings.add(file.name, file.line_of(("rules", number)), text)
    for name, names in known.items():
        _check(file, ("rules", number, "when", name), name.replace("_", " "), getattr(rule.when, name), names, findings)
    path = ("rules", number, "when", "at_least_minor")
    _check(file, path, "currency", rule.when.at_least_minor, CURRENCIES, findings)


def _check(
    file: YamlFile, path: YamlPath, meaning: str, given: Collection[str], known: Collection[str], findings: Findings
) -> None:
    for name in sorted(set(given) - set(known)):
        findings.add(file.name, file.line_of(path), f"{meaning} `{name}` is unknown; {one_of(name, known)}")


def _rule(shape: DeskRuleShape) -> DeskRule:
    when = shape.when
    return DeskRule(
        tuple(when.category),
        tuple(when.exception),
        tuple(when.legal_entity),
        tuple(when.source),
        PeriodStage(when.period) if when.period else None,
        when.at_least_minor,
        Severity(shape.severity) if shape.severity else None,
        shape.owner,
    )
