"""Posting rules: which accounts an accounting event debits and credits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

from include.finance.events import BASE_COMPONENTS

Side = Literal["debit", "credit"]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One leg: a component of the event goes to the account behind a role. A negative amount changes the side."""

    side: Side
    role: str
    component: str

    @property
    def sign(self) -> int:
        """+1 for a debit, -1 for a credit."""
        return 1 if self.side == "debit" else -1


@dataclass(frozen=True, slots=True)
class PostingRule:
    """The legs that one kind of event makes, under conditions, for a span of days.

    `when` maps attributes to the values that fit; `legal_entities` empty means all; `effective_to` is the last day,
    inclusive, None for no end; `where` is the file and line it stands at.
    """

    id: str
    event: str
    when: Mapping[str, tuple[str, ...]]
    legal_entities: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    lines: tuple[RuleLine, ...]
    where: str

    @property
    def specificity(self) -> int:
        """How many conditions the rule makes; of the rules that fit an event, the one with the most wins."""
        return len(self.when) + bool(self.legal_entities)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the rule posts to."""
        return frozenset(line.role for line in self.lines)

    def is_effective_on(self, day: date) -> bool:
        """Whether the rule holds for an event of that day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def imbalance(self) -> dict[str, int]:
        """What debits exceed credits by, in base components; empty when the rule balances whatever the amounts."""
        net: dict[str, int] = {}
        for line in self.lines:
            for base in BASE_COMPONENTS[line.component]:
                net[base] = net.get(base, 0) + line.sign
        return {base: count for base, count in net.items() if count}

    def collides_with(self, other: PostingRule) -> bool:
        """Whether an event could exist that both rules fit and neither fits better."""
        return (
            self.event == other.event
            and self.specificity == other.specificity
            and _days_overlap(self, other)
            and _share(self.legal_entities, other.legal_entities)
            and all(_share(values, other.when.get(attribute, ())) for attribute, values in self.when.items())
        )


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All posting rules that are in force together. `sha256` is over their content, not over comments or order."""

    rules: tuple[PostingRule, ...]
    sha256: str

    @classmethod
    def of(cls, rules: Iterable[PostingRule]) -> RuleSet:
        """A rule set with its hash, in the order of the rule ids."""
        ordered = tuple(sorted(rules, key=lambda rule: rule.id))
        text = json.dumps([_content(rule) for rule in ordered], sort_keys=True, separators=(",", ":"))
        return cls(ordered, hashlib.sha256(text.encode()).hexdigest())

    def of_event(self, event: str) -> tuple[PostingRule, ...]:
        """The rules for one kind of event."""
        return tuple(rule for rule in self.rules if rule.event == event)

    def collisions(self) -> list[tuple[PostingRule, PostingRule]]:
        """All pairs of rules between which some event could not be decided."""
        return [(first, second) for first, second in combinations(self.rules, 2) if first.collides_with(second)]


def _days_overlap(first: PostingRule, second: PostingRule) -> bool:
    return (second.effective_to is None or first.effective_from <= second.effective_to) and (
        first.effective_to is None or second.effective_from <= first.effective_to
    )


def _share(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two lists of values have one in common; an empty list stands for every value."""
    return not first or not second or not set(first).isdisjoint(second)


def _content(rule: PostingRule) -> list[object]:
    return [
        rule.id,
        rule.event,
        {attribute: sorted(values) for attribute, values in rule.when.items()},
        sorted(rule.legal_entities),
        rule.effective_from.isoformat(),
        rule.effective_to.isoformat() if rule.effective_to else None,
        [[line.side, line.role, line.component] for line in rule.lines],
    ]
