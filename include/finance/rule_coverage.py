"""Whether every event that can occur has exactly one winning rule: found by cases, with an example where it has not.

Values that no rule tells apart are one case, days between two dates of the rules are one, and what was decided once
for a set of rules is not decided again: the answer holds for every event, not for a sample.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from include.finance.events import EventType
from include.finance.occurrence import IMPOSSIBLE, Impossible, values_that_occur
from include.finance.posting_rule import Condition, PostingRule, RuleSet

Case = Mapping[str, str | None]
_EXAMPLES = 3  # of one kind of event: enough to see what is missing


@dataclass(frozen=True, slots=True)
class Example:
    """An event that could occur: of which legal entity, from which day on, with which attributes that matter."""

    legal_entity_code: str
    day: date
    attributes: Case

    def __str__(self) -> str:
        told = (f"{name} is {'absent' if value is None else value}" for name, value in self.attributes.items())
        return f"legal entity {self.legal_entity_code} on {self.day}" + "".join(f", {each}" for each in told)


@dataclass(slots=True)
class Coverage:
    """What was found for one kind of event: examples without a rule, examples that rules tie for, and who wins over whom."""

    gaps: list[Example] = field(default_factory=list)
    ties: dict[tuple[str, ...], Example] = field(default_factory=dict)
    winners: set[str] = field(default_factory=set)
    beaten_by: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """The same for one set of rules, whatever the legal entity and day."""

    gaps: list[Case] = field(default_factory=list)
    ties: dict[tuple[str, ...], Case] = field(default_factory=dict)
    winners: set[str] = field(default_factory=set)
    beaten_by: dict[str, set[str]] = field(default_factory=dict)

    def add(self, other: _Found, attribute: str, value: str | None) -> None:
        self.gaps = [*self.gaps, *({attribute: value, **gap} for gap in other.gaps)][:_EXAMPLES]
        for ids, case in other.ties.items():
            self.ties.setdefault(ids, {attribute: value, **case})
        self.winners |= other.winners
        for loser, winners in other.beaten_by.items():
            self.beaten_by.setdefault(loser, set()).update(winners)


def cover(
    event: EventType, rules: RuleSet, entity_codes: Iterable[str], banking: Collection[str] | None = None
) -> Coverage:
    """Which events of this kind no rule, or more than one, would book in any of these legal entities on any day.

    Days count from the first one on which any rule of the set holds. Money straight to a bank account that is booked here needs
    a rule only in the legal entities `banking`, by default in all.
    """
    own, coverage = rules.of_event(event.name), Coverage()
    cases = _Cases(event, own)
    asked = {attribute for rule in own for attribute in rule.when}
    for code in entity_codes:
        for day in _first_days(rules.rules, own):
            alive = [rule for rule in own if rule.is_for(code) and rule.is_effective_on(day)]
            found = cases.decide(alive)
            for gap in (_only(asked, case) for case in found.gaps):
                if banking is not None and code not in banking and gap.get("channel") == "bank":
                    continue
                if len(coverage.gaps) < _EXAMPLES and all(gap != known.attributes for known in coverage.gaps):
                    coverage.gaps.append(Example(code, day, gap))
            for ids, case in found.ties.items():
                coverage.ties.setdefault(ids, Example(code, day, _only(asked, case)))
            coverage.winners |= found.winners
            for loser, winners in found.beaten_by.items():
                coverage.beaten_by.setdefault(loser, set()).update(winners)
    return coverage


def _only(asked: set[str], case: Case) -> Case:
    return {attribute: value for attribute, value in case.items() if attribute in asked}


def _first_days(every: Sequence[PostingRule], own: Sequence[PostingRule]) -> list[date]:
    """The days on which the rules in force change, the first day of the set among them."""
    if not every:
        return []
    first = min(rule.effective_from for rule in every)
    starts = {rule.effective_from for rule in own}
    ends = {rule.effective_to + timedelta(days=1) for rule in own if rule.effective_to and rule.effective_to < date.max}
    return sorted({first, *(day for day in starts | ends if day > first)})


class _Cases:
    """Splits what can occur, attribute by attribute, until the rules that are left no longer ask anything."""

    def __init__(self, event: EventType, rules: Sequence[PostingRule]) -> None:
        self._attributes = event.attributes
        self._named = {
            attribute: frozenset(
                value for when in _conditions(rules) if attribute in when for value in when[attribute].values
            )
            for attribute in event.attributes
        }
        self._impossible = [one for one in IMPOSSIBLE if one.concerns(event)]
        self._impossible = [one for one in self._impossible if one.when.keys() <= set(event.attributes)]
        self._known: dict[tuple[int, frozenset[str], frozenset[int]], _Found] = {}

    def decide(self, rules: Sequence[PostingRule]) -> _Found:
        return self._split(0, rules, self._impossible)

    def _split(self, at: int, rules: Sequence[PostingRule], impossible: Sequence[Impossible]) -> _Found:
        if any(self._is_met(one, at) for one in impossible):
            return _Found()
        if at == len(self._attributes):
            return _judged(rules)
        key = (at, frozenset(rule.id for rule in rules), frozenset(map(id, impossible)))
        if key not in self._known:
            self._known[key] = self._split_by(self._attributes[at], at, rules, impossible)
        return self._known[key]

    def _is_met(self, impossible: Impossible, at: int) -> bool:
        return not impossible.when.keys() & set(self._attributes[at:])

    def _split_by(
        self, attribute: str, at: int, rules: Sequence[PostingRule], impossible: Sequence[Impossible]
    ) -> _Found:
        asked = [when[attribute] for when in (*_conditions(rules), *_conditions(impossible)) if attribute in when]
        if not asked:
            return self._split(at + 1, rules, impossible)
        found, seen = _Found(), set()
        for value in values_that_occur(attribute, self._named[attribute]):
            answers = tuple(each.holds(value) for each in asked)
            if answers in seen:
                continue  # no rule tells this value from one that was looked at
            seen.add(answers)
            left = [rule for rule in rules if attribute not in rule.when or rule.when[attribute].holds(value)]
            ruled_out = [one for one in impossible if attribute not in one.when or one.when[attribute].holds(value)]
            found.add(self._split(at + 1, left, ruled_out), attribute, value)
        return found


def _conditions(some: Sequence[PostingRule] | Sequence[Impossible]) -> Iterable[Mapping[str, Condition]]:
    return (one.when for one in some)


def _judged(rules: Sequence[PostingRule]) -> _Found:
    if not rules:
        return _Found(gaps=[{}])
    most = max(rule.specificity for rule in rules)
    best = tuple(sorted(rule.id for rule in rules if rule.specificity == most))
    beaten = {rule.id: set(best) for rule in rules if rule.id not in best}
    if len(best) > 1:
        return _Found(ties={best: {}}, beaten_by=beaten)
    return _Found(winners=set(best), beaten_by=beaten)
