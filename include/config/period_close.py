"""Reading `period_close.yaml`: how each legal entity closes its periods."""

from __future__ import annotations

from collections.abc import Mapping

from include.config.configuration import ErpSettings
from include.config.findings import Findings, one_of
from include.config.shapes import EntityCloseShape, PeriodCloseShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.entity import LegalEntity
from include.finance.journal import JournalCategory
from include.finance.period_close import CloseSettings, ErpPeriods

_HOURS = 72
_CATEGORIES = frozenset(category.value for category in JournalCategory)


def read_period_close(
    file: YamlFile | None,
    codes: set[str],
    erps: Mapping[str, ErpSettings],
    entities: Mapping[str, LegalEntity],
    findings: Findings,
) -> tuple[dict[str, CloseSettings], int]:
    """How each legal entity closes, and for how many hours an approval is waited for.

    Where there is no file, as in a rule set of before, the ERPs' periods are left alone.
    """
    if file is None:
        return {}, _HOURS
    shape = checked_shape(file, (), file.content or {}, PeriodCloseShape, findings)
    if shape is None:
        return {}, _HOURS
    for code in sorted(shape.legal_entities.keys() - codes):
        line = file.line_of(("legal_entities", code))
        findings.add(file.name, line, f"legal entity `{code}` is unknown; {one_of(code, codes)}")
    _check(file, ("default",), shape.default, findings)
    for code, each in shape.legal_entities.items():
        _check(file, ("legal_entities", code), each, findings)
    settings = {code: _settings(shape.legal_entities.get(code, shape.default)) for code in codes}
    for code, entity in entities.items():
        erp = erps.get(entity.erp_code)
        if settings[code].erp_periods is not ErpPeriods.LEAVE and erp is not None and erp.period_connection is None:
            path: YamlPath = ("legal_entities", code) if code in shape.legal_entities else ("default",)
            fact = (
                f"ERP `{erp.code}` of legal entity {code} has no `period_connection`, so nobody could close its periods"
            )
            findings.add(file.name, file.line_of(path), f"{fact}; add it to erps.yaml, or write `erp_periods: leave`.")
    return settings, shape.approval_hours


def _check(file: YamlFile, path: YamlPath, shape: EntityCloseShape, findings: Findings) -> None:
    for name in sorted(set(shape.soft_close.categories) - _CATEGORIES):
        line = file.line_of((*path, "soft_close", "categories"))
        findings.add(file.name, line, f"journal category `{name}` is unknown; {one_of(name, _CATEGORIES)}")


def _settings(shape: EntityCloseShape) -> CloseSettings:
    people = tuple(" ".join(person.split()).lower() for person in shape.soft_close.people)
    return CloseSettings(ErpPeriods(shape.erp_periods), people, tuple(shape.soft_close.categories))
