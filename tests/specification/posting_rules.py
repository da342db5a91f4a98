"""What posting rules mean, in plain Python: the specification to which the SQL of the subledger is held.

Slow and short on purpose. It shares nothing with the engine but the types of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from include.finance.chart import Account, AccountType, Chart
from include.finance.dimension import DIMENSIONS, DimensionMapping
from include.finance.posting_rule import Condition, PostingRule, RuleLine, RuleSet


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
    department: str | None = None
    region: str | None = None
    money: Mapping[str, str | None] = field(default_factory=dict)  # currency, processor_account, bank_account_ref


@dataclass(frozen=True, slots=True)
class SubledgerLeg:
    """One debit (positive) or credit (negative) that a rule makes from an event."""

    line_no: int
    role: str
    account_code: str
    party_key: str | None
    amount_minor: int
    department: str | None = None
    region: str | None = None
    product_line: str | None = None


class UnmappedDimensionError(LookupError):
    """A value that must be mapped is not listed: the exception `unmapped_dimension`."""


class UnmappedAccountError(LookupError):
    """No account of a role is for this money: the exception `unmapped_account`."""


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
    return all(_is_met(condition, line.attributes.get(attribute)) for attribute, condition in rule.when.items())


def _is_met(condition: Condition, value: str | None) -> bool:
    if condition == Condition((), is_negated=False):
        return value is None
    if value is None:
        return False
    return value not in condition.values if condition.is_negated else value in condition.values


def winning_rule(rules: RuleSet, line: EventLine) -> PostingRule:
    """Of the rules that fit, those of the legal entity itself before the common ones, then the one with the most
    conditions; none or a tie is never decided by a guess.
    """
    fitting = [rule for rule in rules.rules if fits(rule, line)]
    if not fitting:
        raise NoPostingRuleError(line.event)
    candidates = [rule for rule in fitting if rule.legal_entities] or fitting
    most = max(len(rule.when) for rule in candidates)
    best = [rule for rule in candidates if len(rule.when) == most]
    if len(best) > 1:
        raise AmbiguousPostingRuleError(", ".join(rule.id for rule in best))
    return best[0]


def apply_rule(
    rule: PostingRule, line: EventLine, chart: Chart, mappings: Mapping[str, DimensionMapping]
) -> list[SubledgerLeg]:
    """The legs of one event: debit plus, credit minus, so a negative amount changes the side; zero makes no leg."""
    legs = []
    for line_no, rule_line in enumerate(rule.lines, start=1):
        amount = _part(rule_line, line.components[rule_line.component])
        signed = amount if rule_line.side == "debit" else -amount
        account = chart.accounts[_account(chart, rule_line.role, line)]
        dimensions = {name: _dimension(name, rule_line, line, mappings) for name in DIMENSIONS}
        if signed != 0:
            legs.append(SubledgerLeg(line_no, rule_line.role, account.code, account.party_key, signed, **dimensions))
    return legs


def _account(chart: Chart, role: str, line: EventLine) -> str:
    """The account of the role, or of several the one whose every fact is that of the money."""
    if role in chart.roles:
        return chart.roles[role]
    for each in chart.placed[role]:
        asked = {
            "currency": each.currency,
            "processor_account": each.processor_account,
            "bank_account_ref": each.bank_account_ref,
        }
        if all(value is None or value == line.money.get(name) for name, value in asked.items()):
            return each.code
    raise UnmappedAccountError(role)


def _part(rule_line: RuleLine, amount: int) -> int:
    if rule_line.part == "positive":
        return max(0, amount)
    if rule_line.part == "negative":
        return min(0, amount)
    return amount


def _dimension(name: str, rule_line: RuleLine, line: EventLine, mappings: Mapping[str, DimensionMapping]) -> str | None:
    """Kept as on the document, dropped, fixed, or looked up: the legal entity's own value, the common one, the default."""
    known = {"legal_entity": line.legal_entity_code, "department": line.department, "region": line.region}
    known |= line.attributes
    source = rule_line.dimensions.get(name)
    if source is None or source.is_kept:
        return known.get(name)
    if source.mapping is None:
        return source.value
    mapping = mappings[source.mapping]
    value = known.get(mapping.source)
    for listed in (mapping.own_values.get(line.legal_entity_code, {}), mapping.values):
        if value in listed:
            return listed[value]
    if mapping.must_map:
        raise UnmappedDimensionError(f"{mapping.name}: {value}")
    return mapping.default


def book_by_day(
    rules: RuleSet, chart: Chart, line: EventLine, delivered_on: date | None
) -> dict[date, list[SubledgerLeg]]:
    """The legs of an invoice line, by day; `delivered_on` is its last day of service where that lies in an earlier period.

    What the rule of the invoice books as income belongs to that day, and what keeps it until the invoice comes is the same on both.
    """
    legs = book(rules, chart, line)
    income = [leg for leg in legs if chart.accounts[leg.account_code].type is AccountType.INCOME]
    if delivered_on is None or not income:
        return {line.event_date: legs}
    unbilled = chart.account_of("unbilled_receivable")
    kept = [
        replace(leg, role="unbilled_receivable", account_code=unbilled.code, party_key=unbilled.party_key)
        for leg in income
    ]
    filled = [replace(leg, amount_minor=-leg.amount_minor) for leg in kept]
    return {line.event_date: [leg for leg in legs if leg not in income] + kept, delivered_on: income + filled}


def with_bank(chart: Chart) -> Chart:
    """The chart of a company that books its bank itself, on 1000."""
    bank = Account("1000", "Bank", AccountType.ASSET, is_exclusive=True, party_key=None)
    return replace(chart, accounts={**chart.accounts, bank.code: bank}, roles={**chart.roles, "bank": bank.code})


def book(rules: RuleSet, chart: Chart, line: EventLine) -> list[SubledgerLeg]:
    """Find the rule of an event and apply it."""
    return apply_rule(winning_rule(rules, line), line, chart, rules.mappings)
