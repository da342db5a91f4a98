"""JSON Schemas of the configuration files, for editors: what may stand where, with the words that are known.

Generated from the models that check the files, so that they cannot say something else. `make schemas` writes them; what
one file cannot know (whether a role has an account, whether every event is covered) only `make check` finds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from include.config.calendar_shapes import CloseCalendarShape, FiscalCalendarShape
from include.config.folder import PACKAGE_FOLDER
from include.config.shapes import (
    ALL,
    SHORT,
    ChartShape,
    DeskShape,
    EntityShape,
    ErpShape,
    ExceptionShape,
    FxShape,
    MappingShape,
    NotificationsShape,
    PeriodCloseShape,
    RetentionShape,
    RuleShape,
    ScoresShape,
    SourceShape,
)
from include.finance.dimension import LINE_FIELDS
from include.finance.events import ATTRIBUTE_VALUES, ATTRIBUTES, CATALOGUE, EventType
from include.finance.exception_rule import EXCEPTION_NAMES

SCHEMA_FOLDER = PACKAGE_FOLDER / "schema"
Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1}
_SHAPES: Mapping[str, Any] = {
    "chart_of_accounts": ChartShape,
    "close_calendars": CloseCalendarShape,
    "erps": dict[str, ErpShape],
    "exceptions": dict[str, ExceptionShape],
    "exceptions_desk": DeskShape,
    "fiscal_calendars": FiscalCalendarShape,
    "fx": FxShape,
    "legal_entities": dict[str, EntityShape],
    "mappings": MappingShape,
    "notifications": NotificationsShape,
    "period_close": PeriodCloseShape,
    "posting_rules": list[RuleShape],
    "quality_scores": ScoresShape,
    "retention": RetentionShape,
    "sources": dict[str, SourceShape],
}


def schema_texts() -> dict[str, str]:
    """The text of each schema by the name of its file."""
    return {f"{name}.schema.json": json.dumps(_schema(name), indent=1) + "\n" for name in _SHAPES}


def write_schemas(folder: Path = SCHEMA_FOLDER) -> list[Path]:
    """Write every schema; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schema_texts().items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def _schema(name: str) -> Schema:
    found: Schema = TypeAdapter(_SHAPES[name]).json_schema(by_alias=True)
    if name == "posting_rules":
        _refine_rules(found["$defs"])
    if name == "mappings":
        found["properties"]["from"] = {"enum": [*LINE_FIELDS, *ATTRIBUTE_VALUES]}
    if name == "legal_entities":
        kept = found["$defs"]["SummarisationShape"]["properties"]
        kept["dimensions"] = {"anyOf": [{"const": ALL}, kept["dimensions"]]}
        banks = found["$defs"]["EntityShape"]["properties"]
        banks["books_bank"] = {"anyOf": [{"type": "boolean"}, banks["books_bank"]]}
    if name == "exceptions_desk":
        asked = found["$defs"]["DeskConditionShape"]["properties"]
        for key in ("category", "exception", "legal_entity", "source"):
            asked[key] = {"anyOf": [_TEXT, asked[key]]}
    if name == "exceptions":
        found["propertyNames"] = {"enum": sorted(EXCEPTION_NAMES)}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"Tieout: {name.replace('_', ' ')}"} | found


def _refine_rules(definitions: dict[str, Schema]) -> None:
    """What the models leave to the reader: short forms, one side per line, and the words that each event knows."""
    definitions["ConditionShape"] = _condition(None)
    dimension = definitions["DimensionShape"]
    del dimension["properties"][SHORT]
    definitions["DimensionShape"] = {"anyOf": [{"enum": ["keep", "drop"]}, dimension]}
    definitions["RuleLineShape"]["oneOf"] = [{"required": ["debit"]}, {"required": ["credit"]}]
    rule, booked = definitions["RuleShape"], [event for event in CATALOGUE if event.is_supported]
    rule["properties"]["event"] = {
        "oneOf": [{"const": event.name, "description": event.trigger} for event in booked],
    }
    for attribute in ATTRIBUTES:
        definitions[attribute] = _condition(ATTRIBUTE_VALUES[attribute])
    rule["allOf"] = [{"if": _is(event), "then": _of_event(event)} for event in booked]


def _is(event: EventType) -> Schema:
    return {"properties": {"event": {"const": event.name}}, "required": ["event"]}


def _of_event(event: EventType) -> Schema:
    """What the conditions of a rule for this event may ask, and which amounts its lines may use."""
    asked = {name: {"$ref": f"#/$defs/{name}"} for name in event.attributes}
    return {
        "properties": {
            "when": {"properties": asked, "additionalProperties": False},
            "lines": {"items": {"properties": {"amount": {"enum": list(event.components)}}}},
        }
    }


def _condition(values: tuple[str, ...] | None) -> Schema:
    value: Schema = _TEXT if values is None else {"enum": list(values)}
    some: Schema = {"anyOf": [value, {"type": "array", "items": value, "minItems": 1, "uniqueItems": True}]}
    negated = {"type": "object", "properties": {"not": some}, "required": ["not"], "additionalProperties": False}
    present = {
        "type": "object",
        "properties": {"present": {"type": "boolean"}},
        "required": ["present"],
        "additionalProperties": False,
    }
    return {"anyOf": [*some["anyOf"], negated, present]}


if __name__ == "__main__":
    write_schemas()
