"""Walk the audit log's chain, and compare it with the heads that were written down outside the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from include.evidence.store import EvidenceStore
from include.pipelines.audit_anchors import (
    Anchor,
    Restore,
    contradicted,
    other_databases,
    read_restores,
    standing_anchors,
)
from include.store import audit_log
from include.store.audit_guards import broken_guards
from include.store.audit_log import BrokenLink, ChainHead
from include.store.database import Connection, FinanceDatabase

SHOWN = 20  # faults that are named; after the first, the others help to see how far it goes


@dataclass(frozen=True, slots=True)
class AuditVerified:
    """What the walk found. `faults` name the first places where something is not as it was written, the first one first."""

    head: ChainHead | None
    anchor_count: int
    last_anchor: Anchor | None
    restores: tuple[Restore, ...]
    other_databases: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, taken out, put in or cut off."""
        return not self.faults


def verify_audit(database: FinanceDatabase, evidence: EvidenceStore) -> AuditVerified:
    """Check every row and link, the triggers that write them, and every anchor. Reads only: an auditor's login is enough.

    In bounded memory, by SQL. Raises EvidenceError for an anchor that cannot be read.
    """
    with audit_log.reading(database) as connection:
        name = audit_log.database_name(connection)
        anchors = standing_anchors(evidence, name)
        head = audit_log.chain_head(connection)
        broken = audit_log.broken_links(connection, SHOWN)
        faults = [
            *map(str, _first_first(broken)),
            *broken_anchors(connection, head, anchors),
            *broken_guards(connection),
        ]
    last = anchors[-1] if anchors else None
    restores, others = read_restores(evidence, name), other_databases(evidence, name)
    return AuditVerified(head, len(anchors), last, tuple(restores), tuple(others), tuple(faults))


def broken_anchors(connection: Connection, head: ChainHead | None, anchors: Sequence[Anchor]) -> list[str]:
    """The first anchor that the chain does not reach or contradicts, and the last one before it, which it agrees with."""
    lost = contradicted(connection, anchors)
    if not lost:
        return []
    first, ends = lost[0], head.seq if head else 0
    agreed = max((anchor.seq for anchor in anchors if anchor.seq < first.seq), default=0)
    said = f"it had link {first.seq} at {first.at}, says {first.path}; the last anchor that it agrees with is link {agreed}"
    if first.seq <= ends:
        return [f"link {agreed + 1} or later, written anew: link {first.seq} has another hash than when {said}"]
    return [f"link {ends + 1}, cut off: the chain ends at link {ends}, and {said}"]


def _first_first(broken: Iterable[BrokenLink]) -> list[BrokenLink]:
    return sorted(broken, key=lambda link: link.seq)
