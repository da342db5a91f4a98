"""Anchors of the audit log: its head after each night, as a file beside the evidence, where the database cannot reach it.

Whoever may do anything in the finance database can cut its log, or write all of it anew with hashes that fit. The heads that
were written down elsewhere tell. After the finance database was restored from a backup they tell the same: then a person says so, once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from include.evidence.store import EvidenceStore
from include.finance.errors import AuditChainError, EvidenceError
from include.store import audit_log
from include.store.database import Connection, FinanceDatabase

_FOLDER = "audit"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of the chain as it once was, and the file that says so."""

    seq: int
    sha256: str
    at: str
    path: str


@dataclass(frozen=True, slots=True)
class Restore:
    """A person's word that the database was restored: the anchors that it has not reached, or contradicts, since."""

    by: str
    reason: str
    at: str
    lost: tuple[str, ...]


def anchor_head(database: FinanceDatabase, evidence: EvidenceStore) -> str | None:
    """Write the head of the chain down, once, and return where; None when nothing was logged since. Raises EvidenceError."""
    with audit_log.reading(database) as connection:
        head, name = audit_log.chain_head(connection), audit_log.database_name(connection)
    if head is None:
        return None
    path = f"{_heads(name)}/{head.seq:012}-{head.sha256[:16]}.json"
    if path in evidence.names(_heads(name)):
        return None
    at = head.at.astimezone(UTC).isoformat() if head.at else datetime.now(UTC).isoformat()
    content = {"seq": head.seq, "sha256": head.sha256, "at": at}
    return evidence.put_bytes(json.dumps(content, indent=2).encode() + b"\n", path)


def contradicted(connection: Connection, anchors: Iterable[Anchor]) -> list[Anchor]:
    """The anchors that the chain does not reach, or of which it has another link."""
    return [anchor for anchor in anchors if audit_log.link_sha256(connection, anchor.seq) != anchor.sha256]


def acknowledge_restore(database: FinanceDatabase, evidence: EvidenceStore, *, by: str, reason: str) -> Restore:
    """Write down, in the log and beside the evidence, that the chain lacks what it lacks because the database was restored.

    Raises AuditChainError when it lacks nothing, or when nobody says why.
    """
    now = datetime.now(UTC)
    with audit_log.reading(database) as connection:
        name = audit_log.database_name(connection)
        lost = contradicted(connection, standing_anchors(evidence, name))
    if not lost or not reason.strip() or not by.strip():
        raise AuditChainError(
            "The audit log agrees with every head that was written down: there is no restore to speak of."
            if not lost
            else "Say who says so and why: which backup was restored, when, and after what."
        )
    said = Restore(by, reason, now.isoformat(), tuple(anchor.path for anchor in lost))
    content = asdict(said) | {"lost": list(said.lost)}
    with database.transaction() as connection:
        audit_log.note(connection, "restored", "database", name, content)
    evidence.put_bytes(
        json.dumps(content, indent=2).encode() + b"\n", f"{_restores(name)}/{now:%Y%m%dT%H%M%S.%fZ}.json"
    )
    return said


def read_restores(evidence: EvidenceStore, name: str) -> list[Restore]:
    """Every restore that a person spoke of, the oldest first. Raises EvidenceError for a file that is none."""
    restores = []
    for path in evidence.names(_restores(name)):
        with _explained(path):
            content = json.loads(evidence.read_bytes(path))
            restores.append(Restore(content["by"], content["reason"], content["at"], tuple(content["lost"])))
    return restores


def standing_anchors(evidence: EvidenceStore, name: str) -> list[Anchor]:
    """The anchors that no restore excuses, by their number. Raises EvidenceError."""
    excused = {path for restore in read_restores(evidence, name) for path in restore.lost}
    return [anchor for anchor in read_anchors(evidence, name) if anchor.path not in excused]


def read_anchors(evidence: EvidenceStore, name: str) -> list[Anchor]:
    """All anchors of the database of this name, by their number. Raises EvidenceError for a file that is none."""
    anchors = []
    for path in evidence.names(_heads(name)):
        with _explained(path):
            content = json.loads(evidence.read_bytes(path))
            anchors.append(Anchor(int(content["seq"]), str(content["sha256"]), str(content["at"]), path))
    return sorted(anchors, key=lambda anchor: (anchor.seq, anchor.path))


def other_databases(evidence: EvidenceStore, name: str) -> list[str]:
    """The other databases of which anchors lie here: each finance database has its own evidence, so one is told of them."""
    return sorted({unquote(path.split("/")[1]) for path in evidence.names(_FOLDER)} - {name})


def _heads(name: str) -> str:
    return f"{_FOLDER}/{quote(name, safe='')}/heads"


def _restores(name: str) -> str:
    return f"{_FOLDER}/{quote(name, safe='')}/restores"


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(
            f"Evidence {path} is no anchor of the audit log ({error}): it was altered. Restore this file from a backup."
        ) from error
