"""Whether the parts of a configuration fit each other: rules with charts, entities with ERPs and owners."""

from __future__ import annotations

from collections.abc import Mapping

from include.config.configuration import Configuration
from include.config.findings import Findings, one_of
from include.config.yaml_file import YamlFile
from include.finance.chart import Chart
from include.finance.events import CATALOGUE
from include.finance.posting_rule import RuleSet

# What the engine books by itself, besides the posting rules.
ROLES_OF_THE_ENGINE = frozenset({"realised_fx", "rounding"})


def check_rules(rules: RuleSet, charts_by_entity: Mapping[str, Chart], rules_folder: str, findings: Findings) -> None:
    """Every role resolves, every event that is booked has a rule, and no event can fit two rules equally well."""
    for rule in rules.rules:
        for code in rule.legal_entities or charts_by_entity:
            chart = charts_by_entity[code]
            for role in sorted(rule.roles - chart.roles.keys()):
                fact = f"rule `{rule.id}`: role `{role}` has no account in chart `{chart.name}` of {code}"
                findings.add_at(rule.where, f"{fact}; {one_of(role, chart.roles)}")
    for event in CATALOGUE:
        if event.is_supported and not rules.of_event(event.name):
            findings.add(rules_folder, 1, f"event `{event.name}` has no posting rule; add one.")
    for first, second in rules.collisions():
        text = (
            f"rule `{second.id}` and rule `{first.id}` at {first.where} can fit the same {second.event} equally well; "
            "add a condition to one of them, or end one before the other starts."
        )
        findings.add_at(second.where, text)


def check_charts(charts_by_entity: Mapping[str, Chart], charts_folder: str, findings: Findings) -> None:
    """Every chart has the accounts on which the engine books what no rule can name."""
    for code, chart in charts_by_entity.items():
        for role in sorted(ROLES_OF_THE_ENGINE - chart.roles.keys()):
            text = f"chart `{chart.name}` of {code} has no account for role `{role}`; add it under `roles`."
            findings.add(f"{charts_folder}/{chart.name}.yaml", 1, text)


def check_entities(configuration: Configuration, entities: YamlFile, exceptions: YamlFile, findings: Findings) -> None:
    """Every entity is a company of its ERP, and somebody owns each responsibility that an exception names."""
    for code, entity in configuration.legal_entities.items():
        erp = configuration.erps[entity.erp_code]
        if code not in erp.companies:
            text = f"ERP `{erp.code}` has no company for legal entity {code}; add it under `companies` in erps.yaml."
            findings.add(entities.name, entities.line_of((code, "erp")), text)
        owners = configuration.entity_settings[code].owners
        for rule in configuration.exception_rules.values():
            if rule.owner not in owners:
                fact = f"owner `{rule.owner}` of `{rule.name}` is nobody in legal entity {code}"
                line = exceptions.line_of((rule.name, "owner"))
                findings.add(exceptions.name, line, f"{fact}; {one_of(rule.owner, owners)}")
