"""A tie-out as plain text: what agrees in a line per hop, what does not in full."""

from __future__ import annotations

from collections.abc import Sequence

from include.finance.tie_out import HOPS, TieOutRow, TieOutStatus
from include.store.tie_outs import TiedOut

_WORDS = {
    TieOutStatus.DIFFERENT: "different",
    TieOutStatus.PENDING: "not settled yet",
    TieOutStatus.SAME_PATH_ONLY: "same-path check only",
}


def tie_out_lines(tied: Sequence[TiedOut]) -> list[str]:
    """One line per hop with its meaning and how many cells agree, and under it the cells that do not."""
    lines = []
    for hop, meaning in HOPS.items():
        rows = [each.row for each in tied if each.row.hop == hop]
        equal = sum(row.status is TieOutStatus.EQUAL for row in rows)
        lines.append(f"hop {hop}  {meaning}: " + (f"{equal} of {len(rows)} cells equal" if rows else "not tied out"))
        lines += [f"    {_WORDS[row.status]}: {_told(row)}" for row in rows if row.status is TieOutStatus.DIFFERENT]
        for status in (TieOutStatus.PENDING, TieOutStatus.SAME_PATH_ONLY):
            told = sorted({row.explanation for row in rows if row.status is status})
            lines += [f"    {_WORDS[status]}: {explanation}" for explanation in told]
    return lines


def _told(row: TieOutRow) -> str:
    left, right = row.left, row.right
    counts = f"{left.count} and {right.count}, " if left.count is not None or right.count is not None else ""
    amounts = f"{left.debit_minor - left.credit_minor} and {right.debit_minor - right.credit_minor} minor units"
    return f"{row.message} ({counts}{amounts})"
