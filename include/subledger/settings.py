"""The configuration and the periods as the small Arrow tables that the engine's SQL joins with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pyarrow as pa

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.finance.events import CATALOGUE
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
        ("keeps_department", pa.bool_()),
        ("keeps_region", pa.bool_()),
        ("keeps_product_line", pa.bool_()),
    ]
)
_CURRENCY = pa.schema([("code", pa.string()), ("exponent", pa.int16())])
_EVENT_TYPE = pa.schema([("name", pa.string()), ("code", pa.int16()), ("category", pa.string())])
# One row per rule and legal entity, UNASSIGNED among them.
_EXCEPTION_RULE = pa.schema(
    [(name, pa.string()) for name in ("rule", "legal_entity_code", "category", "severity", "owner", "suggested_fix")]
)


def engine_settings(
    configuration: Configuration,
    periods: pa.Table,
    source_code: str,
    batch_id: UUID,
    read_instant: datetime,
    line_limit: int,
) -> EngineSettings:
    """Everything the engine must know before it reads a row. `periods` comes from the finance database."""
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
            "role_account": rules.role_accounts,
            "period": periods,
        },
        source_code=source_code,
        batch_id=batch_id,
        line_limit=line_limit,
    )


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
            **{
                f"keeps_{name}": name in settings.summarisation.dimensions
                for name in ("department", "region", "product_line")
            },
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
