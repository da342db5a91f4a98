"""Anchors of the audit log: its head after each night, as a file beside the evidence, where the database cannot reach it.

Whoever may do anything in the finance database can cut its log, or write all of it anew with hashes that fit. The heads that
were written down elsewhere tell.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError
from include.store import audit_log
from include.store.database import FinanceDatabase

FOLDER = "audit/heads"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the chain as it once was, and the file that says so."""

    seq: int
    sha256: str
    at: str
    path: str


def anchor_head(database: FinanceDatabase, evidence: EvidenceStore) -> str | None:
    """Write the head of the chain down, once, and return where; None while nothing is logged. Raises EvidenceError."""
    with audit_log.reading(database) as connection:
        head = audit_log.chain_head(connection)
    if head is None:
        return None
    path = f"{FOLDER}/{head.seq:012}-{head.sha256[:16]}.json"
    if path in evidence.names(FOLDER):
        return None
    at = head.at.astimezone(UTC).isoformat() if head.at else datetime.now(UTC).isoformat()
    content = {"seq": head.seq, "sha256": head.sha256, "at": at}
    return evidence.put_bytes(json.dumps(content, indent=2).encode() + b"\n", path)


def read_anchors(evidence: EvidenceStore) -> list[Anchor]:
    """All anchors, by their number. Raises EvidenceError for a file that is none."""
    anchors = []
    for path in evidence.names(FOLDER):
        try:
            content = json.loads(evidence.read_bytes(path))
            anchors.append(Anchor(int(content["seq"]), str(content["sha256"]), str(content["at"]), path))
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(
                f"Evidence {path} is no anchor of the audit log ({error}): it was altered. Restore this file from a backup."
            ) from error
    return sorted(anchors, key=lambda anchor: (anchor.seq, anchor.path))
