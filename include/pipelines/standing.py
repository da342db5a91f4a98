"""Which entries with one reference still stand in the ledger: those that a reversal under the same reference brought to nothing do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from include.finance.entity import LegalEntity
from include.ports.erp import Erp, LedgerEntry, LedgerState, PostedEntry


def standing(erp: Erp, entity: LegalEntity, found: Sequence[PostedEntry]) -> list[PostedEntry]:
    """Those of `found` (all with one reference) that stand: drafts, and posted entries without a reversal beside them.

    Two posted entries whose net amounts are opposite on every account cancel out, the younger ones first; so do all of
    them when together they come to nothing. A posted entry can be neither deleted nor renamed in a ledger: a reversal is
    how a person takes one away.
    """
    posted = [each for each in found if each.state is LedgerState.POSTED]
    if len(posted) <= 1:
        return list(found)
    left: list[LedgerEntry] = []
    for entry in erp.read_back_many(entity, posted):
        opposite = next((each for each in reversed(left) if _cancel_out(each, entry)), None)
        if opposite:
            left.remove(opposite)
        else:
            left.append(entry)
    if not any(_net(left).values()):
        left = []
    kept = {each.header.erp_id for each in left}
    return [each for each in found if each.state is LedgerState.DRAFT or each.erp_id in kept]


def _cancel_out(one: LedgerEntry, other: LedgerEntry) -> bool:
    return not any(_net([one, other]).values())


def _net(entries: Sequence[LedgerEntry]) -> Counter[str]:
    net: Counter[str] = Counter()
    for entry in entries:
        net.update(entry.net_by_account())
    return net
