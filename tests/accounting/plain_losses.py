"""What a write-off costs and a recovery brings back, read off the invoice in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from include.finance.recognition import RecognitionMethod, divide_half_up, earned_minor

Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """What is lost of a line, earned by the day of the write-off or not."""

    is_earned: bool
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


def shares(amount: int, weights: list[int]) -> list[int]:
    """`amount` allotted in the order given, so that it adds up to the unit."""
    whole, done, told = sum(weights), 0, []
    for weight in weights:
        before, done = done, done + weight
        told.append(divide_half_up(amount * done, whole) - divide_half_up(amount * before, whole) if whole > 0 else 0)
    return told


def lost_parts(lines: list[Row], open_minor: int, on: date) -> list[Part]:
    """A loss by the lines of kind `written_off`."""
    left = [each["amount_minor"] + each["tax_minor"] for each in lines]
    whole = max(sum(left), 0)
    parts = []
    for each, gross_left, gross in zip(lines, left, shares(min(max(open_minor, 0), whole), left), strict=True):
        tax = _part_of(gross, each["tax_minor"], gross_left)
        net = gross - tax
        unearned = _unearned(each, net, on)
        unearned_tax = _part_of(unearned, tax, net)
        parts += [
            Part(is_earned=True, net=net - unearned, tax=tax - unearned_tax),
            Part(is_earned=False, net=unearned, tax=unearned_tax),
        ]
    return [*parts, Part(is_earned=True, net=max(open_minor - whole, 0), tax=0)]


def taken_back(parts: list[Part], came_in: int) -> list[Part]:
    """What of a loss is undone once so much came in after it: the earned part first."""
    earned = max(sum(part.gross for part in parts if part.is_earned), 0)
    told = []
    for is_earned in (True, False):
        own = [part for part in parts if part.is_earned is is_earned and (part.net or part.tax)]
        amount = max(min(came_in if is_earned else came_in - earned, sum(part.gross for part in own)), 0)
        for part, gross in zip(own, shares(amount, [part.gross for part in own]), strict=True):
            tax = _part_of(gross, part.tax, part.gross)
            told.append(Part(is_earned, gross - tax, tax))
    return told


def _unearned(line: Row, net: int, on: date) -> int:
    whole = line["recognition_amount_minor"]
    if line["revenue_treatment"] != "ratable" or not whole or not net:
        return 0
    method = RecognitionMethod(line.get("recognition_method") or "daily")
    left = whole - earned_minor(whole, method, line["service_start"], line["service_end"], None, on)
    return min(_part_of(net, left, whole), max(left - line["credited_minor"], 0))


def _part_of(amount: int, part: int, whole: int) -> int:
    """`amount` in the proportion of a part to a whole of any sign."""
    if not whole:
        return 0
    return divide_half_up(amount * part * (1 if whole > 0 else -1), abs(whole))
