"""Reading `legal_entities.yaml`: who keeps books, in which currency, time zone and ERP, by which policies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from include.config.currencies import CURRENCIES
from include.config.findings import Findings, one_of
from include.config.shapes import EVERY, EntityShape, LimitsShape, MaterialityShape, SummarisationShape
from include.config.validate import entries_of
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.entity import LegalEntity
from include.finance.entity_settings import (
    Arrears,
    BankBooks,
    Chargebacks,
    EntitySettings,
    EntryPer,
    Gathering,
    LateArrival,
    LineAmounts,
    LossAccount,
    Summarisation,
    UncreditedRest,
    WriteOffs,
)
from include.finance.journal import ReversalStyle
from include.finance.materiality import Materiality, Measure
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
            _check_materiality(file, path, shape.materiality, findings)
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


def _bank_books(told: list[str]) -> BankBooks:
    return BankBooks(is_every=EVERY in told, refs=frozenset(told) - {EVERY})


def _materiality(told: list[MaterialityShape]) -> tuple[Materiality, ...]:
    ends = [*(each.effective_from - timedelta(days=1) for each in told[1:]), None][: len(told)]
    return tuple(
        Materiality(each.effective_from, end, _limits(each.per_document_minor), _limits(each.per_period_minor))
        for each, end in zip(told, ends, strict=True)
    )


def _limits(shape: LimitsShape) -> dict[Measure, int]:
    return {Measure(name): limit for name, limit in shape.model_dump(exclude_none=True).items()}


def _check_materiality(file: YamlFile, path: YamlPath, told: list[MaterialityShape], findings: Findings) -> None:
    """Spans in order, each with a limit."""
    for index, each in enumerate(told):
        line = file.line_of((*path, "materiality", index, "effective_from"))
        if index and each.effective_from <= told[index - 1].effective_from:
            text = f"`effective_from` {each.effective_from} is not after the one before it; write the spans in order of days."
            findings.add(file.name, line, text)
        if not (_limits(each.per_document_minor) or _limits(each.per_period_minor)):
            names = ", ".join(Measure)
            text = f"the span from {each.effective_from} limits nothing; give `per_document_minor` or `per_period_minor` one of: {names}."
            findings.add(file.name, line, text)


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
        arrears=Arrears(shape.arrears),
        uncredited_rest=UncreditedRest(shape.uncredited_rest),
        bank_books=_bank_books(shape.books_bank),
        materiality=_materiality(shape.materiality),
        fiscal_calendar_name=shape.fiscal_calendar,
    )
