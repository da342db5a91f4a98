"""Reading `sources.yaml`, `erps.yaml` and `exceptions.yaml`."""

from __future__ import annotations

from collections.abc import Mapping

from include.config.configuration import ErpSettings, SourceSettings
from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import ErpShape, ExceptionShape, SourceShape
from include.config.validate import entries_of
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.exception_rule import EXCEPTION_NAMES, ExceptionRule, Severity
from include.finance.journal import JournalCategory, ReversalStyle

# How reversals may be written in each kind of ERP; its adapter says the same in its limits.
REVERSAL_STYLES: Mapping[str, frozenset[ReversalStyle]] = {"tryton": frozenset(ReversalStyle)}


def read_sources(file: YamlFile, findings: Findings) -> dict[str, SourceSettings]:
    """The billing systems, by code."""
    sources: dict[str, SourceSettings] = {}
    for code, path, shape in entries_of(file, SourceShape, findings):
        for currency, exponent in shape.exponents.items():
            known = CURRENCIES.get(currency)
            line = file.line_of((*path, "exponents", currency))
            if known is None:
                text = f"`{currency}` is no currency of ISO 4217; {one_of(currency, CURRENCIES)}"
                findings.add(file.name, line, text)
            elif known.exponent == exponent:
                text = f"{currency} has {exponent} decimals by ISO 4217 as well; remove it, only exceptions are listed."
                findings.add(file.name, line, text)
        sources[code] = SourceSettings(code, shape.system, shape.tenant, shape.connection, shape.exponents)
    return sources


def read_erps(file: YamlFile, entity_codes: set[str], findings: Findings) -> dict[str, ErpSettings]:
    """The ERPs, by code; each has a journal for every category."""
    erps: dict[str, ErpSettings] = {}
    categories = {str(category) for category in JournalCategory}
    for code, path, shape in entries_of(file, ErpShape, findings):
        _check_names(file, (*path, "companies"), "legal entity", set(shape.companies), entity_codes, findings)
        _check_names(file, (*path, "journals"), "journal category", set(shape.journals), categories, findings)
        # whether one for several categories is needed, its legal entities say
        for missing in sorted(categories - {JournalCategory.SUMMARY} - shape.journals.keys()):
            findings.add(file.name, file.line_of((*path, "journals")), f"category `{missing}` has no journal; add one.")
        journals = {JournalCategory(name): journal for name, journal in shape.journals.items() if name in categories}
        styles = REVERSAL_STYLES[shape.system]
        erps[code] = ErpSettings(
            code, shape.system, shape.connection, shape.pool, shape.companies, journals, styles, shape.period_connection
        )
    return erps


def read_exception_rules(file: YamlFile, findings: Findings) -> dict[str, ExceptionRule]:
    """The exceptions by name; exactly those that the code can raise."""
    rules: dict[str, ExceptionRule] = {}
    for name, path, shape in entries_of(file, ExceptionShape, findings):
        _check_names(file, path[:-1], "exception", {name}, EXCEPTION_NAMES, findings)
        rules[name] = ExceptionRule(name, shape.category, Severity(shape.severity), shape.owner, shape.suggested_fix)
    if isinstance(file.content, dict):
        for missing in sorted(EXCEPTION_NAMES - file.content.keys()):
            findings.add(file.name, 1, f"exception `{missing}` is missing; say its category, severity, owner and fix.")
    return rules


def _check_names(
    file: YamlFile, path: YamlPath, meaning: str, given: set[str], known: set[str] | frozenset[str], findings: Findings
) -> None:
    for name in given - known:
        findings.add(file.name, file.line_of((*path, name)), f"{meaning} `{name}` is unknown; {one_of(name, known)}")
