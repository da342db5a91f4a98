"""The posting rules behind stored entries, as they stood when they chose the accounts: quoted from the rule set that the batch kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from include.config.configuration import Configuration
from include.config.kept import quote_rule
from include.finance.errors import ConfigurationError
from include.pipelines.explained import RuleTold
from include.store.database import Connection
from include.store.explain_facts import BatchFacts
from include.store.rule_sets import read_rule_sets


def tell_rules(
    connection: Connection, configuration: Configuration, used: Iterable[tuple[BatchFacts, Iterable[str]]]
) -> tuple[RuleTold, ...]:
    """Each rule that batches used, by its id and the configuration of its time: file, line and text as they were then.

    A batch that is older than the keeping of rule sets is told by the configuration in force, if that is still the same. Raises
    EvidenceError for a rule set that was altered.
    """
    named = sorted({(rule_id, batch.rule_set_sha256) for batch, rule_ids in used for rule_id in rule_ids})
    kept = read_rule_sets(connection, {sha256 for _, sha256 in named})
    files = {configuration.sha256: configuration.files} | {sha256: each.files for sha256, each in kept.items()}
    return tuple(_told(rule_id, sha256, files.get(sha256)) for rule_id, sha256 in named)


def _told(rule_id: str, sha256: str, files: Mapping[str, str] | None) -> RuleTold:
    if files is not None:
        try:
            quoted = quote_rule(files, rule_id)
        except ConfigurationError:
            return RuleTold(rule_id, sha256, None, None)
        return RuleTold(rule_id, sha256, quoted.where, quoted.text)
    return RuleTold(rule_id, sha256, None, None)
