"""The tie-out folded for reading: counts per hop, legal entity and currency, and every check that is not equal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from include.finance.tie_out import HOPS, TieOutRow, TieOutStatus
from include.report.model import Hop, HopScope
from include.store.tie_outs import TiedOut

_STANDS = (TieOutStatus.EQUAL,)


def fold_hops(found: Iterable[TiedOut]) -> tuple[Hop, ...]:
    """All hops, also those of which nothing was checked."""
    counts: dict[int, dict[tuple[str, str], Counter[TieOutStatus]]] = defaultdict(lambda: defaultdict(Counter))
    left_open: dict[int, list[TieOutRow]] = defaultdict(list)
    for tied in found:
        row = tied.row
        counts[row.hop][row.legal_entity_code, row.currency][row.status] += 1
        if row.status not in _STANDS:
            left_open[row.hop].append(row)
    return tuple(
        Hop(
            number,
            what,
            tuple(HopScope(*place, dict(statuses)) for place, statuses in counts[number].items()),
            tuple(sorted(left_open[number], key=_gravest_first)),
        )
        for number, what in HOPS.items()
    )


def _gravest_first(row: TieOutRow) -> tuple[bool, bool, str, str, int]:
    is_different = row.status is TieOutStatus.DIFFERENT
    return (
        not is_different,
        row.legal_entity_code != "UNASSIGNED",
        row.legal_entity_code,
        row.currency,
        -abs(row.difference_minor),
    )
