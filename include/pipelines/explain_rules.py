"""The posting rules behind stored entries, as they were when they chose the accounts."""

from __future__ import annotations

from collections.abc import Iterable

from include.config.configuration import Configuration
from include.finance.posting_rule import PostingRule
from include.pipelines.explained import RuleTold
from include.store.explain_facts import BatchFacts


def tell_rules(configuration: Configuration, used: Iterable[tuple[BatchFacts, Iterable[str]]]) -> tuple[RuleTold, ...]:
    """Each rule that batches used, by its id and the configuration of its time; with its text where that is still at hand."""
    named = sorted({(rule_id, batch.rule_set_sha256) for batch, rule_ids in used for rule_id in rule_ids})
    current = {rule.id: rule for rule in configuration.rules.rules}
    return tuple(
        _told(rule_id, sha256, current.get(rule_id) if sha256 == configuration.sha256 else None)
        for rule_id, sha256 in named
    )


def _told(rule_id: str, sha256: str, rule: PostingRule | None) -> RuleTold:
    if rule is None:
        return RuleTold(rule_id, sha256, None, None)
    legs = ", ".join(f"{line.side} {line.role} {line.component}" for line in rule.lines)
    when = "".join(f" {name}={asked}" for name, asked in rule.when.items())
    return RuleTold(rule_id, sha256, rule.where, f"on {rule.event}{when}: {legs}")
