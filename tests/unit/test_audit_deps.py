"""The check of the locked dependencies finds what a slip makes of a lock."""

from __future__ import annotations

from pathlib import Path

from include.audit_deps import read_lock, unlike_chosen, unlike_installed

ROOT = Path(__file__).parents[2]


def test_our_lock_is_pinned_and_has_all_that_was_chosen() -> None:
    pins, faults = read_lock((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    assert faults == []
    assert unlike_chosen((ROOT / ".requirements.in").read_text(encoding="utf-8"), pins) == []
    assert len(pins) > 100


def test_a_line_that_is_not_pinned_or_stands_twice_is_named() -> None:
    lock = "a==1.0\nb>=2\nc\n-e .\nd @ https://example.com/d.whl\nA==1.1\ne==2 \\\n    --hash=sha256:00  # via a\n"
    pins, faults = read_lock(lock)
    assert pins == {"a": "1.1", "e": "2"}
    assert [fault.split(":")[0] for fault in faults] == ["line 2", "line 3", "line 4", "line 5", "line 6"]


def test_what_was_chosen_otherwise_or_is_installed_otherwise_is_named() -> None:
    pins = {"a-b": "1", "c": "2", "gone": "3"}
    assert unlike_chosen("A_b[x]==1 # why\nc==3\nd\n", pins) == [
        "c was chosen as 3 and is locked as 2; compile the lock anew.",
        "d was chosen and is not in the lock; compile the lock anew.",
    ]
    cure = "remove the environment, then make it anew."
    assert unlike_installed(pins, {"a-b": "1", "c": "4", "more": "1", "pip": "9"}) == [
        f"gone 3 is locked and not installed; {cure}",
        f"c is locked as 2 and installed as 4; {cure}",
        f"more is installed and not locked; {cure}",
    ]
