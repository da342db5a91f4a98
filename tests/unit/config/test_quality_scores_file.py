"""`quality_scores.yaml`: what it says, for one legal entity otherwise, and that a fault in it is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.quality_score import ScoreSettings
from tests.unit.config.refusal import Edit, refusal

FILE = "quality_scores.yaml"
NONE = "legal_entities: {}"


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("days: 3,", "days: soon,", "`days` is 'soon'"),
        ("days: 3,", "days: -1,", "greater than or equal to 0"),
        ("floor_bp: 9500", "floor_bp: 95.5", "`floor_bp` is '95.5'"),
        ("floor_bp: 9500", "floor_bp: 10001", "less than or equal to 10000"),
        ("window_days: 28", "window_days: 0", "greater than or equal to 1"),
        ("window_days: 28", "window: 28", "the key `window` is unknown"),
        (NONE, "legal_entities: {XX: {clearing: {days: 5}}}", "legal entity `XX` is unknown"),
        (NONE, "legal_entities:\n  US:\n    freshness: {days: 5}", "the key `freshness` is unknown"),
    ],
)
def test_a_fault_is_refused_with_its_file(folder: Path, edit: Edit, old: str, new: str, fact: str) -> None:
    edit(FILE, old, new)
    found = refusal(folder)
    assert any(one.startswith(f"{FILE}:") and fact in one for one in found), found


def test_a_legal_entity_may_have_other_days_and_no_floor(folder: Path, edit: Edit) -> None:
    edit(FILE, NONE, "legal_entities: {JP: {timeliness: {days: 5}, clearing: {floor_bp: null}}}")
    configuration = load_configuration(folder)
    assert configuration.scores_of("US") == ScoreSettings()
    assert configuration.scores_of("JP") == ScoreSettings(timeliness_days=5, clearing_floor_bp=None)


def test_a_rule_set_of_before_has_no_such_file_and_means_what_is_shipped(folder: Path) -> None:
    (folder / FILE).unlink()
    assert load_configuration(folder).scores_of("UK") == ScoreSettings() == load_configuration().scores_of("UK")
