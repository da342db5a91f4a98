"""`retention.yaml`: for how long, under which holds, and that a fault in it is refused with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.retention import EntityRetention, LegalHold
from tests.unit.config.refusal import Edit, refusal

FILE = "retention.yaml"
NONE = "legal_entities: {}"
HOLD = "{reason: case 4711, since: 2026-03-01}"


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("years: 10,", "years: ten,", "`years` is 'ten'"),
        ("years: 10,", "years: 0,", "greater than or equal to 1"),
        ("years: 10,", "year: 10,", "the key `year` is unknown"),
        ("legal_hold: null", "legal_hold: true", "legal_hold"),
        ("legal_hold: null", "legal_hold: {since: 2026-03-01}", "`reason`"),
        ("legal_hold: null", 'legal_hold: {reason: " ", since: 2026-03-01}', "`reason` is empty"),
        ("legal_hold: null", "legal_hold: {reason: case 4711, since: soon}", "`since` is 'soon'"),
        ("everything_in_runs: 4", "everything_in_runs: 0", "greater than or equal to 1"),
        (NONE, "legal_entities: {XX: {years: 7}}", "legal entity `XX` is unknown"),
    ],
)
def test_a_fault_is_refused_with_its_file_and_line(folder: Path, edit: Edit, old: str, new: str, fact: str) -> None:
    text = (folder / FILE).read_text(encoding="utf-8")
    # What stands in the comment is no setting.
    body = text[text.index("\ndefault:") :]
    line = text.count("\n", 0, text.index(body) + body.index(old)) + 1
    edit(FILE, body, body.replace(old, new, 1))
    found = refusal(folder)
    assert any(one.startswith(f"{FILE}:{line}: ") and fact in one for one in found), found


def test_a_legal_entity_may_have_other_years_and_a_hold_of_its_own(folder: Path, edit: Edit) -> None:
    edit(FILE, NONE, f"legal_entities: {{UK: {{years: 7}}, US: {{legal_hold: {HOLD}}}}}")
    retention = load_configuration(folder).retention
    hold = LegalHold("case 4711", date(2026, 3, 1))
    assert retention.of("UK") == EntityRetention(7)
    assert retention.of("US") == EntityRetention(10, hold)
    assert retention.of("JP") == EntityRetention()
    assert retention.longest_years == 10
    # Whose it is nobody knows: then it is kept as long as anybody's.
    assert retention.of("UNASSIGNED") == EntityRetention(10, hold)


def test_a_hold_of_all_can_be_ended_for_one(folder: Path, edit: Edit) -> None:
    edit(FILE, "default: {years: 10, legal_hold: null}", f"default: {{years: 6, legal_hold: {HOLD}}}")
    edit(FILE, NONE, "legal_entities: {UK: {legal_hold: null}}")
    retention = load_configuration(folder).retention
    assert retention.of("UK") == EntityRetention(6)
    assert retention.of("US").hold is not None


def test_a_rule_set_of_before_has_no_such_file_and_means_ten_years(folder: Path) -> None:
    (folder / FILE).unlink()
    retention = load_configuration(folder).retention
    assert retention.of("US") == EntityRetention() == load_configuration().retention.of("US")
    assert retention.everything_in_runs == 4


def test_years_are_counted_from_the_end_of_the_calendar_year() -> None:
    assert EntityRetention().kept_until(date(2026, 1, 1)) == date(2036, 12, 31)
    assert EntityRetention(7).kept_until(date(2026, 12, 31)) == date(2033, 12, 31)
