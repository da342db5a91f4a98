"""The configuration and the periods as the small Arrow tables that the engine's SQL joins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

import pyarrow as pa

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.finance.dimension import DIMENSIONS
from include.finance.events import CATALOGUE
from include.finance.fx import FxSettings
from include.finance.materiality import Measure, measured_accounts
from include.ports.canonical import DOCUMENT_TYPES
from include.subledger.engine import EngineSettings
from include.subledger.rules_relation import rule_tables

# One row per legal entity. `today` is the read instant's day where it keeps its books.
_LEGAL_ENTITY = pa.schema(
    [
        ("code", pa.string()),
        ("functional_currency", pa.string()),
        ("erp_code", pa.string()),
        ("today", pa.date32()),
        ("max_backdated_days", pa.int32()),
        ("default_revenue_effect", pa.string()),
        ("residual", pa.string()),
        ("chargeback_loss", pa.string()),
        ("chargeback_tax_relief", pa.string()),
        ("write_off_tax_relief", pa.string()),
        ("arrears", pa.string()),
        ("uncredited_rest", pa.string()),
        ("gathered_by", pa.string()),
        ("entries_per", pa.string()),
        ("line_amounts", pa.string()),
        ("reversal_style", pa.string()),
        ("keeps_department", pa.bool_()),
        ("keeps_region", pa.bool_()),
        ("keeps_product_line", pa.bool_()),
        ("books_every_bank", pa.bool_()),
        ("booked_banks", pa.list_(pa.string())),
    ]
)
_CURRENCY = pa.schema([("code", pa.string()), ("exponent", pa.int16())])
_EVENT_TYPE = pa.schema([("name", pa.string()), ("code", pa.int16()), ("category", pa.string())])
_TOLERANCE = pa.schema(
    [("legal_entity_code", pa.string()), ("adjustment_kind", pa.string()), ("tolerance_minor", pa.int64())]
)
# One row per rule and legal entity, UNASSIGNED among them.
_EXCEPTION_RULE = pa.schema(
    [(name, pa.string()) for name in ("rule", "legal_entity_code", "category", "severity", "owner", "suggested_fix")]
)
# One row per legal entity, span of days and measure; null: no limit, or no end.
_MATERIALITY = pa.schema(
    [
        ("legal_entity_code", pa.string()),
        ("effective_from", pa.date32()),
        ("effective_to", pa.date32()),
        ("measure", pa.string()),
        ("document_limit_minor", pa.int64()),
        ("period_limit_minor", pa.int64()),
    ]
)
_MEASURED_ACCOUNT = pa.schema([(name, pa.string()) for name in ("legal_entity_code", "account_code", "measure")])
# One row per legal entity, closed period and measure: what is booked of it in later periods.
LATE_TOTAL = pa.schema(
    [
        *((name, pa.string()) for name in ("legal_entity_code", "own_period", "measure")),
        ("amount_minor", pa.int64()),
    ]
)
# One row per legal entity and purpose.
FX_SETTING = pa.schema(
    [
        ("legal_entity_code", pa.string()),
        ("purpose", pa.string()),
        ("source", pa.string()),
        ("direction", pa.string()),
        ("max_age_days", pa.int32()),
        ("through_currency", pa.string()),
        ("through_direction", pa.string()),
    ]
)


def engine_settings(
    configuration: Configuration,
    periods: pa.Table,
    fx_rates: pa.Table,
    fx_fixings: pa.Table,
    source_code: str,
    batch_id: UUID,
    read_instant: datetime,
    line_limit: int,
    late_totals: pa.Table | None = None,
) -> EngineSettings:
    """Everything the engine must know before it reads a row. `periods`, `fx_rates`, `fx_fixings` and `late_totals` come from the
    finance database.
    """
    rules = rule_tables(configuration.rules, configuration.charts_by_entity())
    return EngineSettings(
        tables={
            "legal_entity": pa.Table.from_pylist(
                list(_legal_entities(configuration, read_instant)), schema=_LEGAL_ENTITY
            ),
            "currency": pa.Table.from_pylist(
                [{"code": known.code, "exponent": known.exponent} for known in CURRENCIES.values()], schema=_CURRENCY
            ),
            "event_type": pa.Table.from_pylist(
                [{"name": event.name, "code": event.code, "category": str(event.category)} for event in CATALOGUE],
                schema=_EVENT_TYPE,
            ),
            "document_type": pa.table(
                {"name": list(DOCUMENT_TYPES), "code": pa.array(DOCUMENT_TYPES.values(), pa.int16())}
            ),
            "exception_rule": pa.Table.from_pylist(list(_exception_rules(configuration)), schema=_EXCEPTION_RULE),
            "rule": rules.rules,
            "rule_line": rules.rule_lines,
            "mapping": rules.mappings,
            "mapped_value": rules.mapped_values,
            "role_account": rules.role_accounts,
            "placed_event": rules.placed_events,
            "period": periods,
            "fx_rate": fx_rates,
            "fx_fixing": fx_fixings,
            "fx_setting": pa.Table.from_pylist(list(fx_setting_rows(configuration.fx)), schema=FX_SETTING),
            "materiality": pa.Table.from_pylist(list(_materiality(configuration)), schema=_MATERIALITY),
            "measured_account": pa.Table.from_pylist(
                [
                    {"legal_entity_code": code, "account_code": account, "measure": str(measure)}
                    for code, chart in configuration.charts_by_entity().items()
                    for account, measure in measured_accounts(chart).items()
                ],
                schema=_MEASURED_ACCOUNT,
            ),
            "late_total": LATE_TOTAL.empty_table() if late_totals is None else late_totals.cast(LATE_TOTAL),
            "adjustment_tolerance": pa.Table.from_pylist(
                [
                    {"legal_entity_code": code, "adjustment_kind": kind, "tolerance_minor": amount}
                    for code, settings in configuration.entity_settings.items()
                    for kind, amount in settings.tolerances_minor.items()
                ],
                schema=_TOLERANCE,
            ),
        },
        source_code=source_code,
        batch_id=batch_id,
        line_limit=line_limit,
    )


def _materiality(configuration: Configuration) -> Iterator[dict[str, object]]:
    for code, settings in configuration.entity_settings.items():
        for span in settings.materiality:
            for measure in Measure:
                yield {
                    "legal_entity_code": code,
                    "effective_from": span.effective_from,
                    "effective_to": span.effective_to,
                    "measure": str(measure),
                    "document_limit_minor": span.per_document_minor.get(measure),
                    "period_limit_minor": span.per_period_minor.get(measure),
                }


def _legal_entities(configuration: Configuration, read_instant: datetime) -> Iterator[dict[str, object]]:
    for code, entity in configuration.legal_entities.items():
        settings = configuration.entity_settings[code]
        yield {
            "code": code,
            "functional_currency": entity.functional_currency.code,
            "erp_code": entity.erp_code,
            "today": entity.local_date(read_instant),
            "max_backdated_days": settings.max_backdated_days,
            "default_revenue_effect": settings.default_revenue_effect,
            "residual": str(configuration.fx[code].residual),
            "chargeback_loss": str(settings.chargebacks.loss),
            "chargeback_tax_relief": "yes" if settings.chargebacks.has_tax_relief else "no",
            "write_off_tax_relief": "yes" if settings.write_offs.has_tax_relief else "no",
            "arrears": str(settings.arrears),
            "uncredited_rest": str(settings.uncredited_rest),
            "gathered_by": str(settings.summarisation.by),
            "entries_per": str(settings.summarisation.entries),
            "line_amounts": str(settings.summarisation.amounts),
            "reversal_style": str(settings.summarisation.reversal_style),
            "books_every_bank": settings.bank_books.is_every,
            "booked_banks": sorted(settings.bank_books.refs),
            **{f"keeps_{name}": name in settings.summarisation.dimensions for name in DIMENSIONS},
        }


def fx_setting_rows(fx: Mapping[str, FxSettings]) -> Iterator[dict[str, object]]:
    """The exchange-rate settings as rows."""
    for entity, settings in fx.items():
        for purpose, setting in settings.rates.items():
            yield {
                "legal_entity_code": entity,
                "purpose": str(purpose),
                "source": setting.source,
                "direction": str(setting.direction),
                "max_age_days": setting.max_age_days,
                "through_currency": setting.through.currency if setting.through else None,
                "through_direction": str(setting.through.direction) if setting.through else None,
            }


def _exception_rules(configuration: Configuration) -> Iterator[dict[str, object]]:
    for (rule, entity), assigned in configuration.assignments().items():
        yield {
            "rule": rule,
            "legal_entity_code": entity,
            "category": assigned.category,
            "severity": str(assigned.severity),
            "owner": assigned.owner,
            "suggested_fix": assigned.suggested_fix,
        }
