"""Broken rule sets: each shipped rule with one thing wrong, as somebody might write it by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration

Rule = dict[str, Any]
SHIFTED = timedelta(days=366)
SIDES = {"debit": "credit", "credit": "debit"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file of posting rules with one rule broken."""

    rule_id: str
    kind: str
    change: str
    file: str
    text: str


def mutants() -> Iterator[Mutant]:
    """Every mutant of every shipped rule."""
    roles = sorted({*load_configuration().charts["default"].roles, "bank"})
    for path in sorted((PACKAGE_FOLDER / "posting_rules").glob("*.yaml")):
        rules: list[Rule] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for at, rule in enumerate(rules):
            for kind, change, broken in _broken(rule, roles):
                text = yaml.safe_dump([*rules[:at], broken, *rules[at + 1 :]], sort_keys=False)
                yield Mutant(rule["rule"], kind, change, f"posting_rules/{path.name}", text)


def _broken(rule: Rule, roles: list[str]) -> Iterator[tuple[str, str, Rule]]:
    for make in (_sides, _roles, _components, _dropped, _dates):
        for kind, change, lines in make(rule, roles):
            yield kind, change, {**deepcopy(rule), **lines}


Broken = Iterator[tuple[str, str, Rule]]


def _side(line: Rule) -> str:
    return "debit" if "debit" in line else "credit"


def _turned(line: Rule) -> Rule:
    side = _side(line)
    return {SIDES[side]: line[side], **{key: value for key, value in line.items() if key != side}}


def _with(lines: list[Rule], at: int, line: Rule) -> list[Rule]:
    return [*lines[:at], line, *lines[at + 1 :]]


def _sides(rule: Rule, _roles: list[str]) -> Broken:
    """One line on the other side, and all of them."""
    lines = rule["lines"]
    for at, line in enumerate(lines):
        yield "swap side", f"line {at + 1}", {"lines": _with(lines, at, _turned(line))}
    yield "swap side", "all lines", {"lines": [_turned(line) for line in lines]}


def _roles(rule: Rule, roles: list[str]) -> Broken:
    """One line to the next role of the chart that the rule does not name."""
    lines = rule["lines"]
    named = {line[_side(line)] for line in lines}
    for at, line in enumerate(lines):
        role = line[_side(line)]
        following = [*roles[roles.index(role) + 1 :], *roles]
        other = next(name for name in following if name not in named)
        yield (
            "change role",
            f"line {at + 1}: {role} -> {other}",
            {"lines": _with(lines, at, {**line, _side(line): other})},
        )


def _components(rule: Rule, _roles: list[str]) -> Broken:
    """One line with another amount, and two lines with each other's."""
    lines = rule["lines"]
    used = (
        list(dict.fromkeys(line["amount"] for line in lines)) if len(lines) > 2 else ["net", "tax", "gross", "amount"]
    )
    for at, line in enumerate(lines):
        for other in used:
            if other != line["amount"]:
                change = f"line {at + 1}: {line['amount']} -> {other}"
                yield "change component", change, {"lines": _with(lines, at, {**line, "amount": other})}
    for at, first in enumerate(lines):
        for to, second in enumerate(lines[at + 1 :], start=at + 1):
            if first["amount"] != second["amount"] and _side(first) == _side(second):
                swapped = _with(
                    _with(lines, at, {**first, "amount": second["amount"]}), to, {**second, "amount": first["amount"]}
                )
                yield "change component", f"lines {at + 1} and {to + 1} exchange theirs", {"lines": swapped}


def _dropped(rule: Rule, _roles: list[str]) -> Broken:
    """One line less, a pair of debit and credit less, and one component less on both sides."""
    lines = rule["lines"]
    for at in range(len(lines)):
        yield "drop lines", f"line {at + 1}", {"lines": [*lines[:at], *lines[at + 1 :]]}
    for at, first in enumerate(lines):
        for to, second in enumerate(lines[at + 1 :], start=at + 1):
            if _side(first) != _side(second):
                left = [line for no, line in enumerate(lines) if no not in (at, to)]
                yield "drop lines", f"lines {at + 1} and {to + 1}", {"lines": left}
    if {line["amount"] for line in lines} == {"net", "tax", "gross"}:
        for gone, rest in (("tax", "net"), ("net", "tax")):
            left = [
                {**line, "amount": rest} if line["amount"] == "gross" else line
                for line in lines
                if line["amount"] != gone
            ]
            yield "drop lines", f"{gone}, on both sides", {"lines": left}


def _dates(rule: Rule, _roles: list[str]) -> Broken:
    """It starts a year later or earlier, or ends."""
    start = rule["effective_from"]
    yield "shift date", "starts a year later", {"effective_from": start + SHIFTED}
    yield "shift date", "starts a year earlier", {"effective_from": start - SHIFTED}
    yield "shift date", "ends after a year", {"effective_to": start + SHIFTED}
