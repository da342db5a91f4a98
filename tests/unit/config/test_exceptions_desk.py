"""The file of the exceptions desk: what it says, and that a fault in it is refused with file and line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.finance.exception_desk import DeskSettings, is_same_person
from include.finance.exception_rule import Severity
from tests.unit.config.refusal import Edit, refusal

FILE = "exceptions_desk.yaml"


def line_of(text: str) -> int:
    content = (PACKAGE_FOLDER / FILE).read_text(encoding="utf-8")
    return content.count("\n", 0, content.index(text)) + 1


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("{critical: 1, ", "{", "severity `critical` has no due date"),
        ("critical: 1,", "urgent: 1,", "`urgent` is 'urgent'; write one of"),
        ("low: 10}", "low: -1}", "greater than or equal to 0"),
        ("{USD: 10000,", "{USX: 10000,", "currency `USX` is unknown"),
        ("{period: closing,", "{period: closed,", "'closed'; write one of"),
        ("category: [document", "category: [documents", "category `documents` is unknown; did you mean `document`?"),
        ("{period: closing,", "{entity: US,", "the key `entity` is unknown"),
        ("{period: closing,", "{legal_entity: XX,", "legal entity `XX` is unknown"),
        ("{period: closing,", "{exception: no_rate,", "exception `no_rate` is unknown"),
        ("{period: closing,", "{source: stripe,", "source `stripe` is unknown"),
        ("    severity: high", "    owner: nobody", "owner `nobody` is nobody in legal entity"),
    ],
)
def test_a_fault_is_refused_with_its_file_and_line(folder: Path, edit: Edit, old: str, new: str, fact: str) -> None:
    edit(FILE, old, new)
    faults = refusal(folder)
    told = [fault for fault in faults if fact in fault]
    assert told, faults
    assert all(fault.startswith(f"{FILE}:{line_of(old.strip())}: ") for fault in told)


def test_a_rule_that_decides_nothing_is_refused(folder: Path, edit: Edit) -> None:
    edit(FILE, "    severity: high\n", "")
    (fault,) = refusal(folder)
    assert fault.startswith(f"{FILE}:{line_of('  - when: {period: closing')}: ")
    assert "decides nothing" in fault


def test_a_rule_set_of_before_has_no_such_file_and_loads(folder: Path) -> None:
    (folder / FILE).unlink()
    assert load_configuration(folder).desk == DeskSettings()


@pytest.mark.parametrize(
    ("severity", "opened_on", "due_on"),
    [
        (Severity.CRITICAL, date(2026, 1, 16), date(2026, 1, 20)),  # Friday; Monday the 19th is a holiday in the US
        (Severity.HIGH, date(2026, 1, 16), date(2026, 1, 21)),
        (Severity.LOW, date(2026, 1, 3), date(2026, 1, 16)),  # from a Saturday
    ],
)
def test_the_due_date_counts_business_days_of_the_close_calendar(
    severity: Severity, opened_on: date, due_on: date
) -> None:
    configuration = load_configuration()
    calendar = configuration.close_calendar_of("US")
    assert calendar is not None
    assert configuration.desk.due_on(severity, opened_on, calendar.business_days) == due_on


def test_due_at_once_is_the_first_business_day() -> None:
    calendar = load_configuration().close_calendar_of("US")
    assert calendar is not None
    at_once = DeskSettings(dict.fromkeys(Severity, 0))
    assert at_once.due_on(Severity.HIGH, date(2026, 1, 17), calendar.business_days) == date(2026, 1, 20)
    assert at_once.due_on(Severity.HIGH, date(2026, 1, 20), calendar.business_days) == date(2026, 1, 20)


def test_one_person_in_two_spellings_is_one_person() -> None:
    assert is_same_person(" Anna  Meier", "anna meier")
    assert not is_same_person("anna", "ann")
