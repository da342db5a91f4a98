"""The rule sets that batches were accounted by: the texts of all configuration files, by their hash, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from include.config.load import sha256_of
from include.finance.errors import EvidenceError
from include.store.database import FinanceDatabase


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
        row = connection.execute("select * from rule_set where sha256 = %s", (sha256,)).fetchone()
    if row is None:
        raise EvidenceError(f"Rule set {sha256} is not on file: no batch was accounted by it. Check the hash.")
    if sha256_of(row["files"]) != sha256:
        raise EvidenceError(
            f"Rule set {sha256}: its files are not those it was kept with. Find out who changed the table rule_set and "
            "restore it from a backup."
        )
    return KeptRuleSet(**row)
