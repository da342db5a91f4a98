"""Posting rules: which accounts an accounting event debits and credits."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Self

from include.finance.dimension import KEEP, DimensionMapping, DimensionSource
from include.finance.events import BASE_COMPONENTS

Side = Literal["debit", "credit"]
Part = Literal["positive", "negative"]

# A rule that names legal entities comes before every rule that does not, however many conditions that makes.
OWN_RULE = 100


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks of one attribute: to be one of some values, none of them, absent, or filled.

    Without values it asks whether the attribute is absent (`is_negated`: filled). An absent attribute is neither one of
    some values nor "not" one of them: only the question for absence finds it.
    """

    values: tuple[str, ...]
    is_negated: bool = False

    @classmethod
    def one_of(cls, *values: str) -> Self:
        """It is one of these values."""
        return cls(values)

    @classmethod
    def none_of(cls, *values: str) -> Self:
        """It is filled, and none of these values."""
        return cls(values, is_negated=True)

    @classmethod
    def present(cls, *, is_present: bool = True) -> Self:
        """It is filled, or it is not."""
        return cls((), is_negated=is_present)

    def __str__(self) -> str:
        """As a person reads it: card|cash, not card, present, absent."""
        if not self.values:
            return "present" if self.is_negated else "absent"
        return f"{'not ' if self.is_negated else ''}{'|'.join(self.values)}"

    def holds(self, value: str | None) -> bool:
        """Whether an attribute with this value meets the condition."""
        if not self.values:
            return (value is None) != self.is_negated
        return value is not None and (value in self.values) != self.is_negated


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One leg: a component of the event goes to the account behind a role. A negative amount changes the side.

    `part` keeps only what is above, or only what is below zero: a gain and a loss may go to two accounts. `dimensions`
    says where a dimension comes from; one that is not named is kept as it stands on the document.
    """

    side: Side
    role: str
    component: str
    part: Part | None = None
    dimensions: Mapping[str, DimensionSource] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """+1 for a debit, -1 for a credit."""
        return 1 if self.side == "debit" else -1

    def dimension(self, name: str) -> DimensionSource:
        """Where a dimension of this leg comes from."""
        return self.dimensions.get(name, KEEP)

    @property
    def is_kept(self) -> bool:
        """Whether every dimension stays as it stands on the document."""
        return all(source == KEEP for source in self.dimensions.values())

    def symbols(self) -> dict[str, int]:
        """The leg's amount as a sum of quantities that can vary freely: components, and the parts of them above zero."""
        whole = dict.fromkeys(BASE_COMPONENTS[self.component], self.sign)
        above = f"{self.component} above zero"
        if self.part == "positive":
            return {above: self.sign}
        return whole if self.part is None else whole | {above: -self.sign}


@dataclass(frozen=True, slots=True)
class PostingRule:
    """The legs that one kind of event makes, under conditions, for a span of days.

    `when` maps attributes to what they must be; `legal_entities` empty means all; `effective_to` is the last day,
    inclusive, None for no end; `where` is the file and line it stands at.
    """

    id: str
    event: str
    when: Mapping[str, Condition]
    legal_entities: tuple[str, ...]
    effective_from: date
    effective_to: date | None
    lines: tuple[RuleLine, ...]
    where: str

    @property
    def specificity(self) -> int:
        """Of the rules that fit an event the highest wins: first those that name its legal entity, then by conditions."""
        return len(self.when) + (OWN_RULE if self.legal_entities else 0)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that the rule posts to."""
        return frozenset(line.role for line in self.lines)

    def is_effective_on(self, day: date) -> bool:
        """Whether the rule holds for an event of that day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def is_for(self, legal_entity_code: str) -> bool:
        """Whether the rule is one of that legal entity's."""
        return not self.legal_entities or legal_entity_code in self.legal_entities

    def imbalance(self) -> dict[str, int]:
        """What debits exceed credits by, in base components; empty when the rule balances whatever the amounts."""
        net: dict[str, int] = {}
        for line in self.lines:
            for symbol, count in line.symbols().items():
                net[symbol] = net.get(symbol, 0) + count
        return {symbol: count for symbol, count in net.items() if count}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All posting rules in force together, with the mappings they use. `sha256` is over content, not comments or order."""

    rules: tuple[PostingRule, ...]
    sha256: str
    mappings: Mapping[str, DimensionMapping] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Iterable[PostingRule], mappings: Mapping[str, DimensionMapping] | None = None) -> RuleSet:
        """A rule set with its hash, in the order of the rule ids."""
        ordered, used = tuple(sorted(rules, key=lambda rule: rule.id)), dict(mappings or {})
        content = [[_content(rule) for rule in ordered], [used[name].content() for name in sorted(used)]]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return cls(ordered, hashlib.sha256(text.encode()).hexdigest(), used)

    def of_event(self, event: str) -> tuple[PostingRule, ...]:
        """The rules for one kind of event."""
        return tuple(rule for rule in self.rules if rule.event == event)


def _content(rule: PostingRule) -> list[object]:
    return [
        rule.id,
        rule.event,
        {attribute: [sorted(asked.values), asked.is_negated] for attribute, asked in rule.when.items()},
        sorted(rule.legal_entities),
        rule.effective_from.isoformat(),
        rule.effective_to.isoformat() if rule.effective_to else None,
        [_line_content(line) for line in rule.lines],
    ]


def _line_content(line: RuleLine) -> list[object]:
    sources = {name: line.dimension(name).content() for name in sorted(line.dimensions)}
    return [line.side, line.role, line.component, line.part, sources]
