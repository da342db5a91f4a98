"""Reading the lines of a posting rule: side, role, amount, and where each dimension comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from include.config.findings import Findings, one_of
from include.config.shapes import DimensionShape, RuleLineShape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.dimension import KEEP, LINE_FIELDS, DimensionMapping, DimensionSource
from include.finance.events import EventType
from include.finance.posting_rule import RuleLine


def read_rule_line(
    file: YamlFile,
    path: YamlPath,
    rule_id: str,
    shape: RuleLineShape,
    event: EventType,
    mappings: Mapping[str, DimensionMapping],
    findings: Findings,
) -> RuleLine | None:
    """One leg of a rule, or None after a finding."""
    before = len(findings.found)
    for key, text in _faults(shape, event, mappings):
        findings.add(file.name, file.line_of((*path, *key)), f"rule `{rule_id}`: {text}")
    if len(findings.found) > before:
        return None
    dimensions: dict[str, DimensionSource] = {name: _source(each) for name, each in shape.dimensions.items()}
    if shape.debit is not None:
        return RuleLine("debit", shape.debit, shape.amount, shape.only, dimensions)
    return RuleLine("credit", shape.credit or "", shape.amount, shape.only, dimensions)


def _faults(
    shape: RuleLineShape, event: EventType, mappings: Mapping[str, DimensionMapping]
) -> Iterator[tuple[YamlPath, str]]:
    if (shape.debit is None) == (shape.credit is None):
        yield (), "a line has either `debit` or `credit`, one of them."
    if shape.amount not in event.components:
        yield ("amount",), f"`{shape.amount}` is no component of {event.name}; {one_of(shape.amount, event.components)}"
    if event.name == "revenue.recognized" and (shape.only or shape.dimensions):
        yield (
            (),
            "recognition keeps the whole amount and the dimensions of the invoice line; leave `only` and `dimensions` out.",
        )
    for name, dimension in shape.dimensions.items():
        for text in _faults_of_dimension(name, dimension, event, mappings):
            yield ("dimensions", name), text


def _faults_of_dimension(
    name: str, shape: DimensionShape, event: EventType, mappings: Mapping[str, DimensionMapping]
) -> Iterator[str]:
    if sum(part is not None for part in (shape.word, shape.value, shape.mapping)) != 1:
        yield f"{name} is `keep`, `drop`, a fixed `value` or a `mapping`: one of them."
    if shape.mapping is None:
        return
    mapping, known = mappings.get(shape.mapping), (*LINE_FIELDS, *event.attributes)
    if mapping is None:
        yield f"`{shape.mapping}` is no mapping in mappings/; {one_of(shape.mapping, mappings)}"
    elif mapping.source not in known:
        yield f"mapping `{mapping.name}` reads `{mapping.source}`, which {event.name} does not have; {one_of(mapping.source, known)}"


def _source(shape: DimensionShape) -> DimensionSource:
    if shape.word == "keep":
        return KEEP
    return DimensionSource(value=shape.value, mapping=shape.mapping)
