"""How a suite states a rule: what is expected, what follows when it is not met, and why the business cares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import great_expectations as gx
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.finance.exception_rule import ExceptionRule
from include.quality.consequence import GX_SEVERITY, Consequence


@dataclass(frozen=True, slots=True)
class SuiteSettings:
    """What the suites compare with: the codes that are known, and what each broken rule means for a person."""

    legal_entities: Sequence[str]
    currencies: Sequence[str]
    exception_rules: Mapping[str, ExceptionRule]

    @classmethod
    def of(cls, configuration: Configuration) -> SuiteSettings:
        """As finance has configured it."""
        return cls(sorted(configuration.legal_entities), sorted(CURRENCIES), configuration.exception_rules)


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation: `detail` is the finding's text, with columns of the frame in braces.

    `kind` is the class of the expectation, `arguments` its own. Several expectations may share the name of a rule.
    """

    name: str
    consequence: Consequence
    reason: str
    detail: str
    kind: type[Expectation]
    arguments: Mapping[str, Any]


def stop(name: str, reason: str, detail: str, kind: type[Expectation], **arguments: Any) -> Rule:
    """A rule without which nothing of the source can be trusted."""
    return Rule(name, Consequence.STOP, reason, detail, kind, arguments)


def quarantine(name: str, reason: str, detail: str, kind: type[Expectation], **arguments: Any) -> Rule:
    """A rule whose breach keeps the document out of the books until a person has acted."""
    return Rule(name, Consequence.QUARANTINE, reason, detail, kind, arguments)


def warn(name: str, reason: str, detail: str, kind: type[Expectation], **arguments: Any) -> Rule:
    """A rule whose breach a person is told of, while the document is accounted for."""
    return Rule(name, Consequence.WARN, reason, detail, kind, arguments)


def suite_of(name: str, settings: SuiteSettings, rules: Sequence[Rule]) -> gx.ExpectationSuite:
    """The rules of one dataset as a suite; each expectation carries reason, consequence and responsibility in `meta`."""
    return gx.ExpectationSuite(
        name=name, expectations=[_expectation(rule, number, settings) for number, rule in enumerate(rules)]
    )


def _expectation(rule: Rule, number: int, settings: SuiteSettings) -> Expectation:
    assigned = settings.exception_rules[rule.name]
    return rule.kind(
        **rule.arguments,
        description=rule.reason,
        severity=FailureSeverity(GX_SEVERITY[rule.consequence]),
        meta={
            "number": number,  # Great Expectations returns results in an order of its own
            "rule": rule.name,
            "consequence": rule.consequence.value,
            "reason": rule.reason,
            "detail": rule.detail,
            "category": assigned.category,
            "severity": assigned.severity.value,
            "owner": assigned.owner,
        },
    )
