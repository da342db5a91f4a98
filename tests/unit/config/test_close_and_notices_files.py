"""`period_close.yaml` and `notifications.yaml`: what they say, and that a fault in them is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.notice import ChannelKind, NoticeKind
from include.finance.period_close import CloseSettings, ErpPeriods
from tests.unit.config.refusal import Edit, refusal

CLOSE, NOTICES = "period_close.yaml", "notifications.yaml"
_MAIL = "channels:\n  - {name: ar, kind: mail, connection: notices_mail, sender: t@example.com, to: [a@example.com]}"


@pytest.mark.parametrize(
    ("file", "old", "new", "fact"),
    [
        (CLOSE, "erp_periods: close", "erp_periods: shut", "'shut'; write one of"),
        (CLOSE, "approval_hours: 72", "approval_hours: 0", "greater than or equal to 1"),
        (CLOSE, "categories: []", "categories: [recognitions]", "journal category `recognitions` is unknown"),
        (CLOSE, "default:", "legal_entities: {XX: {erp_periods: leave}}\ndefault:", "legal entity `XX` is unknown"),
        (
            "erps.yaml",
            "  period_connection: erp_tryton_periods\n",
            "",
            "ERP `tryton` of legal entity US has no `period_connection`, so nobody could close its periods",
        ),
        (NOTICES, "channels: []", "channels: [{name: a, kind: fax, connection: c}]", "'fax'; write one of"),
        (
            NOTICES,
            "channels: []",
            "channels: [{name: a, kind: mail, connection: c}]",
            "say its `sender` and whom it goes `to`",
        ),
        (NOTICES, '"06:00"', '"6 o\'clock"', "tied_out_by"),
        (
            NOTICES,
            "channels: []",
            "channels:\n  - {name: a, kind: webhook, connection: c}\n  - {name: a, kind: webhook, connection: d}",
            "channel `a` stands twice",
        ),
        (NOTICES, "channels: []", _MAIL[:-1] + ", legal_entities: [XX]}", "legal entity `XX` is unknown"),
    ],
)
def test_a_fault_is_refused_with_its_file(folder: Path, edit: Edit, file: str, old: str, new: str, fact: str) -> None:
    edit(file, old, new)
    found = refusal(folder)
    named = CLOSE if file == "erps.yaml" else file
    assert any(one.startswith(f"{named}:") and fact in one for one in found), found


def test_a_legal_entity_may_close_otherwise_than_the_others(folder: Path, edit: Edit) -> None:
    edit(
        CLOSE,
        "default:",
        "legal_entities:\n  UK: {erp_periods: lock, soft_close: {people: [Anna  Smith], categories: [adjusting]}}\ndefault:",
    )
    configuration = load_configuration(folder)
    assert configuration.closing_of("UK") == CloseSettings(ErpPeriods.LOCK, ("anna smith",), ("adjusting",))
    assert configuration.closing_of("US") == CloseSettings(ErpPeriods.CLOSE)


def test_without_the_files_the_erp_is_left_alone_and_nobody_is_told(folder: Path) -> None:
    (folder / CLOSE).unlink()
    (folder / NOTICES).unlink()
    configuration = load_configuration(folder)
    assert configuration.closing_of("US") == CloseSettings(ErpPeriods.LEAVE)
    assert configuration.notices.channels == ()


def test_channels_are_read(folder: Path, edit: Edit) -> None:
    edit(NOTICES, "channels: []", _MAIL[:-1] + ", kinds: [in_doubt]}")
    [channel] = load_configuration(folder).notices.channels
    assert (channel.kind, channel.to, channel.kinds) == (ChannelKind.MAIL, ("a@example.com",), (NoticeKind.IN_DOUBT,))
