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


def lost_parts(rows: list[Row], open_minor: int, on: date) -> list[Part]:
    """A loss by the lines of kind `written_off`, and what is told beside them of credits."""
    lines = [each for each in rows if each["line_kind"] == "written_off"]
    left = [each["amount_minor"] + each["tax_minor"] for each in lines]
    whole = max(sum(left), 0)
    parts = []
    for each, gross_left, gross in zip(lines, left, shares(min(max(open_minor, 0), whole), left), strict=True):
        tax = _part_of(gross, each["tax_minor"], gross_left)
        net = gross - tax
        unearned = _unearned(each, net, on, credits_beside(rows, each))
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


def credits_beside(rows: list[Row], line: Row) -> list[Row]:
    """The credits that are told beside a line."""
    return [each for each in rows if each["line_kind"] == "credited" and each["line_no"] == line["line_no"]]


def _unearned(line: Row, net: int, on: date, credits_before: list[Row]) -> int:
    whole = line["recognition_amount_minor"]
    if line["revenue_treatment"] != "ratable" or not whole or not net:
        return 0
    base = Base.of(whole, line, "service_start", "service_end")
    return min(net, max(base.unearned(on) - base.taken(credits_before, on), 0))


def unearned_of_credit(line: Row, net: int, on: date, credits_before: list[Row]) -> int:
    """What a line of a credit memo dated `on` takes out of deferred revenue."""
    if line["revenue_treatment"] != "ratable" or line["revenue_effect"] == "goodwill" or not net:
        return 0
    whole = line.get("credited_net_minor")
    if whole is None:
        return net
    base = Base.of(whole, line, "credited_service_start", "credited_service_end")
    if line["revenue_effect"] == "termination":
        day = line.get("effective_date") or on
        return min(net, max(base.unearned(day) - base.taken(credits_before, day), 0))
    left = max(base.unearned(on) - base.taken(credits_before, on), 0)
    return min(_part_of(net, base.unearned(on), whole), left) if whole else 0


@dataclass(frozen=True)
class Base:
    """An invoice line that is earned over time."""

    whole: int
    method: RecognitionMethod
    start: date
    end: date

    @classmethod
    def of(cls, whole: int, line: Row, start: str, end: str) -> Base:
        """Read it off a line that says of which days it is."""
        return cls(whole, RecognitionMethod(line.get("recognition_method") or "daily"), line[start], line[end])

    def unearned(self, on: date) -> int:
        """What of it is not earned by the end of a day."""
        return self.whole - earned_minor(self.whole, self.method, self.start, self.end, None, on)

    def taken(self, credits_before: list[Row], on: date) -> int:
        """What earlier credits took of that."""
        told = 0
        for each in credits_before:
            of = self.unearned(each["effective_date"]) if each["revenue_effect"] == "termination" else self.whole
            told += divide_half_up(min(each["amount_minor"], of) * min(self.unearned(on), of), of) if of > 0 else 0
        return told


def _part_of(amount: int, part: int, whole: int) -> int:
    """`amount` in the proportion of a part to a whole of any sign."""
    if not whole:
        return 0
    return divide_half_up(amount * part * (1 if whole > 0 else -1), abs(whole))
