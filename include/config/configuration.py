"""The whole configuration, checked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.finance.chart import Chart
from include.finance.close_calendar import CloseCalendar
from include.finance.entity import LegalEntity
from include.finance.entity_settings import EntitySettings
from include.finance.exception_desk import DeskSettings
from include.finance.exception_rule import Assignment, ExceptionRule
from include.finance.fiscal_calendar import CALENDAR_YEAR, FiscalCalendar
from include.finance.fx import FxSettings
from include.finance.journal import JournalCategory, ReversalStyle
from include.finance.maintenance import MaintenanceWindow
from include.finance.notice import NoticeSettings
from include.finance.period_close import CloseSettings
from include.finance.posting_rule import RuleSet
from include.finance.quality_score import ScoreSettings
from include.finance.retention import RetentionSettings

UNASSIGNED = "UNASSIGNED"  # the bucket of documents without a legal entity that we know


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A billing system to read: which kind, which tenant, through which connection.

    `exponents` are the decimals with which it writes a currency, where they are others than those of ISO 4217.
    """

    code: str
    system: str
    tenant: str
    connection: str
    exponents: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErpSettings:
    """An ERP to post to: connection, Airflow pool, its company per legal entity, its journal per category.

    `reversal_styles` are those that it takes. `period_connection` leads to a login that closes periods, and to nothing else. In a window of
    `maintenance` it is not posted to; `requests_per_second` is the most that all workers together ask of it by `connection`.
    """

    code: str
    system: str
    connection: str
    pool: str
    companies: Mapping[str, str]
    journals: Mapping[JournalCategory, str]
    reversal_styles: frozenset[ReversalStyle]
    period_connection: str | None = None
    maintenance: tuple[MaintenanceWindow, ...] = ()
    requests_per_second: int | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything finance has set, each part by its code; `files` are the texts it stands in, `sha256` names them."""

    legal_entities: Mapping[str, LegalEntity]
    entity_settings: Mapping[str, EntitySettings]
    charts: Mapping[str, Chart]
    rules: RuleSet
    sources: Mapping[str, SourceSettings]
    erps: Mapping[str, ErpSettings]
    exception_rules: Mapping[str, ExceptionRule]
    fx: Mapping[str, FxSettings]
    files: Mapping[str, str]
    sha256: str
    fiscal_calendars: Mapping[str, FiscalCalendar] = field(default_factory=dict)
    close_calendars: Mapping[str, CloseCalendar] = field(default_factory=dict)
    desk: DeskSettings = field(default_factory=DeskSettings)
    closing: Mapping[str, CloseSettings] = field(default_factory=dict)
    approval_hours: int = 72
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    scores: Mapping[str, ScoreSettings] = field(default_factory=dict)
    retention: RetentionSettings = field(default_factory=RetentionSettings)

    def closing_of(self, legal_entity_code: str) -> CloseSettings:
        """How a legal entity closes its periods; the ERP's are left alone where nothing is said."""
        return self.closing.get(legal_entity_code, CloseSettings())

    def scores_of(self, legal_entity_code: str) -> ScoreSettings:
        """What its data-quality scores are measured by; what is meant where nothing is said."""
        return self.scores.get(legal_entity_code, ScoreSettings())

    def chart_of(self, legal_entity_code: str) -> Chart:
        """The chart of accounts of a legal entity."""
        return self.charts[self.entity_settings[legal_entity_code].chart_name]

    def fiscal_calendar_of(self, legal_entity_code: str) -> FiscalCalendar:
        """How the years and periods of a legal entity lie: as it declares, else calendar months from January."""
        name = self.entity_settings[legal_entity_code].fiscal_calendar_name
        return self.fiscal_calendars[name] if name else CALENDAR_YEAR

    def close_calendar_of(self, legal_entity_code: str) -> CloseCalendar | None:
        """The close calendar of a legal entity; None where it has none."""
        calendars = self.close_calendars.values()
        return next((each for each in calendars if legal_entity_code in each.legal_entities), None)

    def owners_by_entity(self) -> dict[str, Mapping[str, str]]:
        """Who has which responsibility, by legal entity; what belongs to none is for those of the first one."""
        owners = {code: settings.owners for code, settings in self.entity_settings.items()}
        return owners | {UNASSIGNED: owners[min(owners)]}

    def without_close_calendar(self) -> list[str]:
        """The legal entities for which no close calendar says when their nights run."""
        covered = {code for calendar in self.close_calendars.values() for code in calendar.legal_entities}
        return sorted(self.legal_entities.keys() - covered)

    def assignments(self) -> dict[tuple[str, str], Assignment]:
        """Who acts on which exception, by exception name and legal entity; UNASSIGNED for documents without one."""
        owners = self.owners_by_entity()
        currencies = {code: entity.functional_currency.code for code, entity in self.legal_entities.items()}
        return {
            (rule.name, code): Assignment(
                rule.category, rule.severity, people[rule.owner], rule.suggested_fix, currencies.get(code)
            )
            for rule in self.exception_rules.values()
            for code, people in owners.items()
        }

    def charts_by_entity(self) -> dict[str, Chart]:
        """The chart of each legal entity, by its code."""
        return {code: self.chart_of(code) for code in self.legal_entities}
