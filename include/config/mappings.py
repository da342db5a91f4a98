"""Reading `mappings/`: one file per mapping, from a field of an event to the value of a dimension."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from include.config.findings import Findings, one_of
from include.config.shapes import MappingShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.dimension import LINE_FIELDS, DimensionMapping
from include.finance.events import ATTRIBUTE_VALUES


def read_mappings(
    files: Mapping[str, YamlFile], entity_codes: set[str], findings: Findings
) -> dict[str, DimensionMapping]:
    """The mappings that are sound, by the name of their file; what is wrong becomes findings."""
    mappings: dict[str, DimensionMapping] = {}
    for name, file in files.items():
        shape = checked_shape(file, (), file.content, MappingShape, findings) if file.content is not None else None
        if shape is None:
            continue
        faults = list(_faults(shape, entity_codes))
        for path, text in faults:
            findings.add(file.name, file.line_of(path), f"mapping `{name}`: {text}")
        if not faults:
            mappings[name] = DimensionMapping(
                name, shape.source, shape.values, shape.legal_entities, shape.default, shape.must_map
            )
    return mappings


def _faults(shape: MappingShape, entity_codes: set[str]) -> Iterator[tuple[YamlPath, str]]:
    known = {*LINE_FIELDS, *ATTRIBUTE_VALUES}
    if shape.source not in known:
        yield ("from",), f"`{shape.source}` cannot be mapped from; {one_of(shape.source, known)}"
    if shape.must_map and shape.default is not None:
        yield ("default",), "what must be mapped has no default; remove `default`, or set `must_map: false`."
    for code in sorted(shape.legal_entities.keys() - entity_codes):
        yield ("legal_entities", code), f"legal entity `{code}` is unknown; {one_of(code, entity_codes)}"
    yield from _unknown_values(("values",), shape.source, shape.values, entity_codes)
    for code, values in shape.legal_entities.items():
        yield from _unknown_values(("legal_entities", code), shape.source, values, entity_codes)


def _unknown_values(
    path: YamlPath, source: str, values: Mapping[str, str], entity_codes: set[str]
) -> Iterator[tuple[YamlPath, str]]:
    allowed = entity_codes if source == "legal_entity" else ATTRIBUTE_VALUES.get(source)
    for value in sorted(values):
        if allowed is not None and value not in allowed:
            yield (*path, value), f"`{value}` is no value of {source}; {one_of(value, allowed)}"
