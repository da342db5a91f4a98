"""The table of switches that accountants read is the one that the configuration takes: names, values, and what is shipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from include.config.shapes import EntityShape
from tests.unit.config.test_accounting_page import EVENT_ROWS, tables

FILE = Path(__file__).parents[3] / "include" / "config" / "legal_entities.yaml"
SHIPPED = {code: EntityShape.model_validate(row) for code, row in yaml.safe_load(FILE.read_text("utf-8")).items()}
# Who an entity is, and who acts for it: no policy.
NO_SWITCH = {"name", "functional_currency", "time_zone", "erp", "chart", "owners"}


def switches(shape: type[BaseModel] = EntityShape, within: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its name, those of a group with the group's before them, and its type. Amounts by kind are one setting."""
    for name, field in shape.model_fields.items():
        kind: Any = field.annotation
        if not within and name in NO_SWITCH:
            continue
        grouped = isinstance(kind, type) and issubclass(kind, BaseModel)
        if grouped and {each.annotation for each in kind.model_fields.values()} != {int}:
            yield from switches(kind, f"{within}{name}.")
        else:
            yield f"{within}{name}", kind


SWITCHES = dict(switches())


def rows() -> dict[str, dict[str, str]]:
    """The rows of the page by switch; one that tells of several stands for each of them."""
    [table] = [table for table in tables() if table and {"switch", "values", "shipped"} <= table[0].keys()]
    found: dict[str, dict[str, str]] = {}
    for row in table:
        names = re.findall(r"`([\w.]+)`", row["switch"])
        shipped = row["shipped"].split(", ") if len(names) > 1 else [row["shipped"]]
        found |= {name: row | {"shipped": text} for name, text in zip(names, shipped, strict=True)}
    return found


ROWS = rows()


def words(kind: Any) -> set[str]:
    """The words that a setting of this type may be."""
    if kind is bool:
        return {"true", "false"}
    if kind is type(None):
        return {"null"}
    if get_origin(kind) is Literal:
        return set(get_args(kind))
    return {word for part in get_args(kind) for word in words(part)}


def takes_words_alone(kind: Any) -> bool:
    """Whether nothing but these words may stand there: no list, no name."""
    parts = get_args(kind) if get_origin(kind) is UnionType else (kind,)
    return all(part in (bool, type(None)) or get_origin(part) is Literal for part in parts)


def value_of(entity: BaseModel, name: str) -> Any:
    found: Any = entity
    for part in name.split("."):
        found = getattr(found, part)
    return found


def written(value: Any) -> str:
    """As the page writes it."""
    if value == []:
        return "none"
    if isinstance(value, BaseModel):
        return ", ".join(f"{each} {name}" for name, each in value.model_dump().items())
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return str(value).lower()
    return {"None": "null", "{}": "none"}.get(str(value), str(value))


def test_the_page_and_the_configuration_know_the_same_switches() -> None:
    assert sorted(ROWS) == sorted(SWITCHES)


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_the_page_names_the_values_that_a_switch_takes(name: str) -> None:
    told = set(re.findall(r"\w+", ROWS[name]["values"]))
    assert words(SWITCHES[name]) <= told
    if takes_words_alone(SWITCHES[name]):
        assert told == words(SWITCHES[name])


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_each_legal_entity_is_shipped_as_the_page_says(name: str) -> None:
    assert {code: written(value_of(entity, name)) for code, entity in SHIPPED.items()} == dict.fromkeys(
        SHIPPED, ROWS[name]["shipped"]
    )


@pytest.mark.parametrize("event", sorted(EVENT_ROWS))
def test_an_event_names_switches_that_there_are_with_what_is_shipped(event: str) -> None:
    text = EVENT_ROWS[event]["switch (default)"]
    for name, default in re.findall(r"(\w+)(?: \(([^)]*)\))?", text if text != "-" else ""):
        assert name in EntityShape.model_fields.keys() - NO_SWITCH
        for each in default.split(", ") if default else ():
            part, _, value = each.rpartition(": ")
            for entity in SHIPPED.values():
                assert written(value_of(entity, f"{name}.{part}" if part else name)) == value
