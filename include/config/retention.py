"""Reading `retention.yaml`: for how long evidence is kept, what is under legal hold, and how often everything is read again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from include.config.findings import Findings, one_of
from include.config.shapes import EntityRetentionShape, RetentionShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile, YamlPath
from include.finance.retention import EntityRetention, LegalHold, RetentionSettings


def read_retention(file: YamlFile | None, legal_entities: Collection[str], findings: Findings) -> RetentionSettings:
    """The retention of each legal entity; what is meant where there is no file, as in a rule set of before."""
    unsaid = RetentionSettings({code: EntityRetention() for code in legal_entities})
    if file is None:
        return unsaid
    shape = checked_shape(file, (), file.content or {}, RetentionShape, findings)
    if shape is None:
        return unsaid
    own = shape.legal_entities
    for code in sorted(set(own) - set(legal_entities)):
        line = file.line_of(("legal_entities", code))
        findings.add(file.name, line, f"legal entity `{code}` is unknown; {one_of(code, legal_entities)}")
    _check_reason(file, ("default",), shape.default, findings)
    for code, each in own.items():
        _check_reason(file, ("legal_entities", code), each, findings)
    common = _retention(EntityRetention(), shape.default)
    entities = {code: _retention(common, own[code]) if code in own else common for code in legal_entities}
    return RetentionSettings(entities, shape.check.everything_in_runs)


def _check_reason(file: YamlFile, path: YamlPath, shape: EntityRetentionShape, findings: Findings) -> None:
    if shape.legal_hold is not None and not shape.legal_hold.reason.strip():
        line = file.line_of((*path, "legal_hold", "reason"))
        findings.add(
            file.name, line, "`reason` is empty; write why nothing may go, for instance the number of the case."
        )


def _retention(before: EntityRetention, shape: EntityRetentionShape) -> EntityRetention:
    """What the shape says, and else what was said before. A null is said too: it ends the hold for this one."""
    changed: dict[str, Any] = {}
    if "years" in shape.model_fields_set:
        changed["years"] = shape.years
    if "legal_hold" in shape.model_fields_set:
        told = shape.legal_hold
        changed["hold"] = LegalHold(told.reason.strip(), told.since) if told else None
    return replace(before, **changed)
