"""The charts of a close, as whole numbers to draw by: how a balance came from one month's end to the next, and what changed most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.finance.close_package import ClosePackage
from include.finance.flux import Flux
from include.finance.rollforward import KINDS

HEIGHT, STEP = 150, 96  # of the drawing of a waterfall, in its own units
SHOWN_CHANGES = 10
_HALF = 100


@dataclass(frozen=True, slots=True)
class Step:
    """A column of a waterfall: from where to where it goes, as distances from the top."""

    label: str
    minor: int
    left: int
    top: int
    height: int
    is_balance: bool


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A balance from opening to closing by what happened, in the books' own currency."""

    title: str
    steps: tuple[Step, ...]
    zero: int
    width: int


@dataclass(frozen=True, slots=True)
class ChangeBar:
    """An account's change: its length to the left (less) or right (more) of the middle, in percent of half the width."""

    account_code: str
    name: str
    minor: int
    share: int


def waterfalls(package: ClosePackage) -> list[Waterfall]:
    """One per schedule that moved, except clearing accounts, of which each is its own."""
    drawn = []
    for kind in KINDS:
        lines = [each for each in package.rollforwards if each.kind == kind.name and each.currency == package.currency]
        if kind.name == "clearing" or not lines:
            continue
        moved = {name: sum(dict(line.movements)[name] for line in lines) for name in kind.all_columns}
        opening = sum(line.opening_minor for line in lines)
        drawn.append(_waterfall(kind.title, opening, [(name, minor) for name, minor in moved.items() if minor]))
    return drawn


def largest_changes(package: ClosePackage) -> list[ChangeBar]:
    """The accounts that changed most."""
    ordered: Sequence[Flux] = sorted(package.flux, key=lambda row: (-abs(row.change_minor), row.account_code))
    shown = [row for row in ordered[:SHOWN_CHANGES] if row.change_minor]
    largest = max((abs(row.change_minor) for row in shown), default=1)
    return [
        ChangeBar(
            row.account_code,
            package.name_of(row.account_code),
            row.change_minor,
            -(-_HALF * abs(row.change_minor) // largest),
        )
        for row in shown
    ]


def _waterfall(title: str, opening: int, moved: Iterable[tuple[str, int]]) -> Waterfall:
    spans = [("opening", 0, opening, True)]
    at = opening
    for name, minor in moved:
        spans.append((name, at, at + minor, False))
        at += minor
    spans.append(("closing", 0, at, True))
    high = max(0, *(max(begin, end) for _, begin, end, _ in spans))
    low = min(0, *(min(begin, end) for _, begin, end, _ in spans))
    whole = max(1, high - low)

    def depth(value: int) -> int:
        return (high - value) * HEIGHT // whole

    steps = []
    for number, (label, begin, end, is_balance) in enumerate(spans):
        top, bottom = depth(max(begin, end)), depth(min(begin, end))
        steps.append(Step(label, end - begin, number * STEP, top, max(1, bottom - top), is_balance))
    return Waterfall(title, tuple(steps), depth(0), len(spans) * STEP)
