"""The rule sets that batches were accounted by: the texts of all configuration files, by their hash, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from include.config.load import sha256_of
from include.finance.errors import EvidenceError
from include.store.database import Connection, FinanceDatabase


@dataclass(frozen=True, slots=True)
class KeptRuleSet:
    """One rule set: the text of each configuration file by its name, and when a batch used it first."""

    sha256: str
    files: Mapping[str, str]
    first_used_at: datetime


def read_rule_set(database: FinanceDatabase, sha256: str) -> KeptRuleSet:
    """A rule set by its hash, as `batch.rule_set_sha256` names it.

    Raises EvidenceError for one that no batch used since rule sets are kept, and for one whose texts were changed.
    """
    with database.transaction() as connection:
        found = read_rule_sets(connection, [sha256])
    if sha256 not in found:
        raise EvidenceError(f"Rule set {sha256} is not on file: no batch was accounted by it. Check the hash.")
    return found[sha256]


def read_rule_sets(connection: Connection, hashes: Collection[str]) -> dict[str, KeptRuleSet]:
    """The rule sets with these hashes, as far as they are kept. Raises EvidenceError for one whose texts were changed."""
    rows = connection.execute("select * from rule_set where sha256 = any(%s)", (list(hashes),)).fetchall()
    for row in rows:
        if sha256_of(row["files"]) != row["sha256"]:
            raise EvidenceError(
                f"Rule set {row['sha256']}: its files are not those it was kept with. Find out who changed the table rule_set and "
                "restore it from a backup."
            )
    return {row["sha256"]: KeptRuleSet(**row) for row in rows}
