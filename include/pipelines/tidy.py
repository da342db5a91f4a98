"""Remove what nights that died have left: evidence of abandoned attempts, and old scratch folders.

What a committed batch names is never touched, and under a legal hold no evidence at all is. Every step can be repeated; dying
between the two only means that the same folder is looked for again.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from include.evidence.store import EvidenceStore
from include.finance.retention import LegalHold
from include.store.database import FinanceDatabase

KEEP_DAYS = 7
_SCRATCH_SECONDS = 2 * 24 * 3600  # longer than any task may run

_ABANDONED = """
select a.id, a.evidence_path
from attempt as a
where a.state = 'abandoned' and a.tidied_at is null and a.state_at < now() - make_interval(days => %s)
    and not exists (select from batch as b where b.attempt_id = a.id)
    -- whatever its state says: what a batch names stays
    and not exists (
        select from batch as b, jsonb_array_elements(b.manifest) as f (file)
        where b.committed_at >= a.opened_at and starts_with(f.file ->> 'path', a.evidence_path || '/'))
order by a.state_at
limit 1000
"""


def tidy(database: FinanceDatabase, evidence: EvidenceStore, hold: LegalHold | None = None) -> int:
    """Remove the evidence of attempts that were abandoned more than a week ago, and scratch of two days ago.

    Under a legal hold no evidence goes; what nobody accounted may be asked for, too. Returns how many attempts. Raises EvidenceError
    when the evidence folder cannot be written.
    """
    _tidy_scratch(evidence.scratch)
    if hold is not None:
        return 0
    with database.transaction() as connection:
        found = connection.execute(_ABANDONED, (KEEP_DAYS,)).fetchall()
    for attempt in found:
        evidence.delete(attempt["evidence_path"])
        with database.transaction() as connection:
            connection.execute("update attempt set tidied_at = now() where id = %s", (attempt["id"],))
    return len(found)


def _tidy_scratch(scratch: Path) -> None:
    oldest = time.time() - _SCRATCH_SECONDS
    for folder in scratch.glob("*"):
        # Another night may be tidying here, too.
        if folder.is_dir() and (found := _changed_at(folder)) and found < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _changed_at(folder: Path) -> float | None:
    """When anything in a folder was last written; None when it is gone."""
    try:
        return max(place.stat().st_mtime for place in (folder, *folder.rglob("*")))
    except FileNotFoundError:
        return None
