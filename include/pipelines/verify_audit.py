"""Walk the audit log's chain, and compare it with the heads that were written down outside the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from include.evidence.store import EvidenceStore
from include.pipelines.audit_anchors import Anchor, read_anchors
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
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, taken out, put in or cut off."""
        return not self.faults


def verify_audit(database: FinanceDatabase, evidence: EvidenceStore) -> AuditVerified:
    """Check every row and link, the triggers that write them, and every anchor. Reads only: an auditor's login is enough.

    In bounded memory, by SQL. Raises EvidenceError for an anchor that cannot be read.
    """
    anchors = read_anchors(evidence)
    with audit_log.reading(database) as connection:
        head = audit_log.chain_head(connection)
        broken = audit_log.broken_links(connection, SHOWN)
        faults = [
            *map(str, _first_first(broken)),
            *broken_anchors(connection, head, anchors),
            *broken_guards(connection),
        ]
    return AuditVerified(head, len(anchors), anchors[-1] if anchors else None, tuple(faults))


def broken_anchors(connection: Connection, head: ChainHead | None, anchors: Iterable[Anchor]) -> list[str]:
    """The first anchor that the chain does not reach or contradicts, and the last that it agrees with."""
    agreed = 0
    for anchor in anchors:
        found = audit_log.link_sha256(connection, anchor.seq)
        if found == anchor.sha256:
            agreed = anchor.seq
            continue
        said = f"it had link {anchor.seq} at {anchor.at}, says {anchor.path}; the last anchor that it agrees with is link {agreed}"
        if found is not None:
            return [f"link {agreed + 1} or later, written anew: link {anchor.seq} has another hash than when {said}"]
        ends = head.seq if head else 0
        return [f"link {ends + 1}, cut off: the chain ends at link {ends}, and {said}"]
    return []


def _first_first(broken: Iterable[BrokenLink]) -> list[BrokenLink]:
    return sorted(broken, key=lambda link: link.seq)
