"""What posting rules mean, in plain Python: the specification to which the SQL of the subledger is held.

Slow and short on purpose. It shares nothing with the engine but the types of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from include.finance.chart import Chart
from include.finance.posting_rule import PostingRule, RuleSet


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event, at the grain of a document line where it has lines: who, when, what it is like, which amounts.

    An attribute that is absent or None fits no condition. Amounts are minor units, negative where billing says so.
    """

    event: str
    legal_entity_code: str
    event_date: date
    attributes: Mapping[str, str | None]
    components: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SubledgerLeg:
    """One debit (positive) or credit (negative) that a rule makes from an event."""

    line_no: int
    role: str
    account_code: str
    party_key: str | None
    amount_minor: int


class NoPostingRuleError(LookupError):
    """No rule fits the event: the exception `no_posting_rule`."""


class AmbiguousPostingRuleError(LookupError):
    """Two rules fit equally well: the exception `ambiguous_posting_rule`."""


def fits(rule: PostingRule, line: EventLine) -> bool:
    """Whether a rule is for this event, company and day, and each of its conditions holds."""
    if rule.event != line.event:
        return False
    if rule.legal_entities and line.legal_entity_code not in rule.legal_entities:
        return False
    if line.event_date < rule.effective_from:
        return False
    if rule.effective_to is not None and line.event_date > rule.effective_to:
        return False
    return all(line.attributes.get(attribute) in values for attribute, values in rule.when.items())


def winning_rule(rules: RuleSet, line: EventLine) -> PostingRule:
    """Of the rules that fit, the one with the most conditions; none or a tie is never decided by a guess."""
    fitting = [rule for rule in rules.rules if fits(rule, line)]
    if not fitting:
        raise NoPostingRuleError(line.event)
    most = max(rule.specificity for rule in fitting)
    best = [rule for rule in fitting if rule.specificity == most]
    if len(best) > 1:
        raise AmbiguousPostingRuleError(", ".join(rule.id for rule in best))
    return best[0]


def apply_rule(rule: PostingRule, line: EventLine, chart: Chart) -> list[SubledgerLeg]:
    """The legs of one event: debit plus, credit minus, so a negative amount changes the side; zero makes no leg."""
    legs = []
    for line_no, rule_line in enumerate(rule.lines, start=1):
        amount = line.components[rule_line.component]
        signed = amount if rule_line.side == "debit" else -amount
        account = chart.accounts[chart.roles[rule_line.role]]
        if signed != 0:
            legs.append(SubledgerLeg(line_no, rule_line.role, account.code, account.party_key, signed))
    return legs


def book(rules: RuleSet, chart: Chart, line: EventLine) -> list[SubledgerLeg]:
    """Find the rule of an event and apply it."""
    return apply_rule(winning_rule(rules, line), line, chart)
