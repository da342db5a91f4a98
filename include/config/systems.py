"""Reading `sources.yaml`, `erps.yaml` and `exceptions.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import time
from zoneinfo import ZoneInfo

from include.config.calendar_shapes import CLOCK_TIME, WEEKDAYS
from include.config.configuration import ErpSettings, SourceSettings
from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.legal_entities import time_zones
from include.config.shapes import ErpShape, ExceptionShape, SourceShape
from include.config.validate import entries_of
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.exception_rule import EXCEPTION_NAMES, ExceptionRule, Severity
from include.finance.journal import JournalCategory, ReversalStyle
from include.finance.maintenance import MaintenanceWindow

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
        erps[code] = ErpSettings(
            code,
            shape.system,
            shape.connection,
            shape.pool,
            shape.companies,
            journals,
            REVERSAL_STYLES[shape.system],
            shape.period_connection,
            tuple(_windows(file, path, shape, findings)),
            shape.requests_per_second,
        )
    return erps


def _windows(file: YamlFile, path: YamlPath, shape: ErpShape, findings: Findings) -> Iterator[MaintenanceWindow]:
    for index, window in enumerate(shape.maintenance):
        where = (*path, "maintenance", index)
        wrong = [key for key in ("starts", "ends") if not re.match(CLOCK_TIME, getattr(window, key))]
        for key in wrong:
            text = f'`{getattr(window, key)}` is no time of day; write it as "02:00".'
            findings.add(file.name, file.line_of((*where, key)), text)
        if window.time_zone not in time_zones():
            text = f"`{window.time_zone}` is no time zone (IANA, as in Europe/Berlin); {one_of(window.time_zone, time_zones())}"
            findings.add(file.name, file.line_of((*where, "time_zone")), text)
        elif not wrong and window.starts == window.ends:
            text = (
                f"a window from {window.starts} to {window.ends} leaves nothing out, or everything; say when it ends."
            )
            findings.add(file.name, file.line_of((*where, "ends")), text)
        elif not wrong:
            days = frozenset(WEEKDAYS.index(day) for day in window.days)
            starts, ends = time.fromisoformat(window.starts), time.fromisoformat(window.ends)
            yield MaintenanceWindow(days, starts, ends, ZoneInfo(window.time_zone))


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
