"""Reading `legal_entities.yaml`: who keeps books, in which currency, time zone and ERP, by which policies."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import EntityShape, SummarisationShape
from include.config.validate import entries_of
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.entity import LegalEntity
from include.finance.entity_settings import (
    Chargebacks,
    EntitySettings,
    EntryPer,
    Gathering,
    LateArrival,
    LineAmounts,
    LossAccount,
    Summarisation,
    WriteOffs,
)
from include.finance.journal import ReversalStyle
from include.finance.revaluation import Revaluer


def read_legal_entities(
    file: YamlFile,
    chart_names: set[str],
    erp_codes: set[str],
    findings: Findings,
    fiscal_calendars: Collection[str] = (),
) -> tuple[dict[str, LegalEntity], dict[str, EntitySettings]]:
    """The legal entities and their settings, by code."""
    entities: dict[str, LegalEntity] = {}
    settings: dict[str, EntitySettings] = {}
    for code, path, shape in entries_of(file, EntityShape, findings):
        if _is_known(file, path, shape, chart_names, erp_codes, fiscal_calendars, findings):
            entities[code] = _entity(code, shape)
            settings[code] = _settings(code, shape)
    if file.content == {}:
        findings.add(file.name, 1, "no legal entity is configured; add at least one.")
    return entities, settings


def _is_known(
    file: YamlFile,
    path: YamlPath,
    shape: EntityShape,
    chart_names: set[str],
    erp_codes: set[str],
    fiscal_calendars: Collection[str],
    findings: Findings,
) -> bool:
    """Whether everything that the entity names exists."""
    named = (
        ("functional_currency", shape.functional_currency, "currency of ISO 4217", CURRENCIES.keys()),
        ("time_zone", shape.time_zone, "time zone (IANA, as in Europe/Berlin)", time_zones()),
        ("chart", shape.chart, "chart in chart_of_accounts/", chart_names),
        ("erp", shape.erp, "ERP in erps.yaml", erp_codes),
        ("fiscal_calendar", shape.fiscal_calendar, "calendar in fiscal_calendars/", fiscal_calendars),
    )
    unknown = [(key, value, meaning, known) for key, value, meaning, known in named if value and value not in known]
    for key, value, meaning, known in unknown:
        findings.add(file.name, file.line_of((*path, key)), f"`{value}` is no {meaning}; {one_of(value, known)}")
    return not unknown


@cache
def time_zones() -> frozenset[str]:
    """The names of the time zone database."""
    return frozenset(available_timezones())  # walks the whole time zone database


def _entity(code: str, shape: EntityShape) -> LegalEntity:
    return LegalEntity(code, shape.name, CURRENCIES[shape.functional_currency], ZoneInfo(shape.time_zone), shape.erp)


def _summarisation(shape: SummarisationShape) -> Summarisation:
    return Summarisation(
        by=Gathering(shape.by),
        entries=EntryPer(shape.entries),
        amounts=LineAmounts(shape.amounts),
        dimensions=tuple(shape.dimensions),
        reversal_style=ReversalStyle(shape.reversal_style),
    )


def _settings(code: str, shape: EntityShape) -> EntitySettings:
    return EntitySettings(
        legal_entity_code=code,
        chart_name=shape.chart,
        summarisation=_summarisation(shape.summarisation),
        max_future_days=shape.max_future_days,
        max_backdated_days=shape.max_backdated_days,
        default_revenue_effect=shape.default_revenue_effect,
        late_arrival=LateArrival(shape.late_arrival),
        chargebacks=Chargebacks(LossAccount(shape.chargebacks.loss), shape.chargebacks.tax_relief),
        write_offs=WriteOffs(shape.write_offs.tax_relief),
        tolerances_minor=shape.tolerances_minor.model_dump(),
        owners=shape.owners,
        revaluation={role: Revaluer(word) for role, word in shape.revaluation.items()},
        fiscal_calendar_name=shape.fiscal_calendar,
    )
