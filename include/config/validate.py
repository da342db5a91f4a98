"""Checking the parts of a YAML file against their shape, and wording what does not fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from include.config.findings import Findings, one_of
from include.config.shapes import SHORT
from include.config.yaml_file import YamlFile, YamlPath

ShapeT = TypeVar("ShapeT", bound=BaseModel)


def entries_of(
    file: YamlFile, shape: type[ShapeT], findings: Findings, under: str | None = None
) -> Iterator[tuple[str, YamlPath, ShapeT]]:
    """Each named entry of a file, or of its mapping `under`: name, path, checked shape. Bad ones become findings."""
    base: YamlPath = () if under is None else (under,)
    content = file.content
    if isinstance(content, dict) and under is not None:
        content = content.get(under)
    if content is None:
        return
    if not isinstance(content, dict):
        findings.add(
            file.name, file.line_of(base), "a list of names with their settings is expected here (`name: {...}`)."
        )
        return
    for name, value in content.items():
        path = (*base, name)
        checked = checked_shape(file, path, value, shape, findings)
        if checked is not None:
            yield name, path, checked


def checked_shape(
    file: YamlFile, path: YamlPath, value: object, shape: type[ShapeT], findings: Findings
) -> ShapeT | None:
    """A value in its shape, or None after noting everything that does not fit."""
    try:
        return shape.model_validate(value)
    except ValidationError as problem:
        for error in problem.errors():
            found = (*path, *(part for part in error["loc"] if part not in ("[key]", SHORT)))
            findings.add(file.name, file.line_of(found), _worded(shape, error))
        return None


def _worded(shape: type[BaseModel], error: ErrorDetails) -> str:
    location = error["loc"]
    names = (part for part in reversed(location) if isinstance(part, str) and part not in ("[key]", SHORT))
    key = next(names, "this entry")
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return f"the key `{key}` is unknown; {one_of(key, _keys_at(shape, location[:-1]))}"
    if kind == "missing":
        return f"the key `{key}` is missing; add it."
    if kind == "string_type" and isinstance(given, int) and not isinstance(given, bool):
        return f'`{key}` is the number {given}, but text is expected; write it in quotes: "{given}".'
    if kind == "model_type":
        return f"`{key}` is {given!r}; its keys are expected here: {', '.join(sorted(_keys_at(shape, location)))}."
    allowed: Mapping[str, object] = error.get("ctx", {})
    if kind == "literal_error":
        return f"`{key}` is {given!r}; write one of {allowed['expected']}."
    return f"`{key}` is {given!r}; {error['msg'][0].lower()}{error['msg'][1:]}."


def _keys_at(shape: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """The keys that a shape knows at a place inside it."""
    for part in location:
        if isinstance(part, int):
            continue
        field = shape.model_fields.get(part)
        if field is None:
            continue  # a name that the file chose, as the attribute of a condition
        inner = _model_in(field.annotation)
        if inner is None:
            return set()
        shape = inner
    return {field.alias or name for name, field in shape.model_fields.items()} - {SHORT}


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
