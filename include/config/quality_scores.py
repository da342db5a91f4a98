"""Reading `quality_scores.yaml`: within how many days documents and money are in time, and what a score must not fall below."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from include.config.findings import Findings, one_of
from include.config.shapes import ScoresOfEntityShape, ScoresShape
from include.config.validate import checked_shape
from include.config.yaml_file import YamlFile
from include.finance.quality_score import ScoreSettings

# The setting that each key stands for, by score.
_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "completeness": {"floor_bp": "completeness_floor_bp"},
    "timeliness": {
        "days": "timeliness_days",
        "floor_bp": "timeliness_floor_bp",
        "below_mean_bp": "below_mean_bp",
    },
    "clearing": {"days": "clearing_days", "window_days": "window_days", "floor_bp": "clearing_floor_bp"},
}


def read_quality_scores(
    file: YamlFile | None, legal_entities: Collection[str], findings: Findings
) -> dict[str, ScoreSettings]:
    """The settings of each legal entity; those that are meant where there is no file, as in a rule set of before."""
    if file is None:
        return {}
    shape = checked_shape(file, (), file.content or {}, ScoresShape, findings)
    if shape is None:
        return {}
    for code in sorted(set(shape.legal_entities) - set(legal_entities)):
        line = file.line_of(("legal_entities", code))
        findings.add(file.name, line, f"legal entity `{code}` is unknown; {one_of(code, legal_entities)}")
    common = _settings(ScoreSettings(), shape)
    own = shape.legal_entities
    return {code: _settings(common, own[code]) if code in own else common for code in legal_entities}


def _settings(before: ScoreSettings, shape: ScoresOfEntityShape) -> ScoreSettings:
    """What the shape says, and else what was said before. Only what stands in the file counts: a null is said too."""
    changed: dict[str, Any] = {}
    for score, names in _SETTINGS.items():
        said = getattr(shape, score)
        changed |= {names[key]: getattr(said, key) for key in (said.model_fields_set if said else ())}
    return replace(before, **changed)
