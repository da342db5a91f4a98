"""Hops 4 to 6 of the tie-out: one legal entity against its ERP, while nobody posts there, and against its sister entities."""

from __future__ import annotations

from datetime import datetime

from include.finance.errors import LeaseHeldError
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_accounts import accounts_tied
from include.pipelines.tie_out_clearing import clearing_tied
from include.pipelines.tie_out_desk import EntityDesk
from include.pipelines.tie_out_entries import entries_tied
from include.pipelines.tie_out_sisters import sisters_tied
from include.store.entity_lock import lock_name, share_lock
from include.store.tie_outs import TieOutScope, write_tie_out


def tie_out_entity(desk: EntityDesk, read_instant: datetime, actor: str) -> list[TieOutRow]:
    """Tie out one legal entity against its ERP; writes the result with its exceptions, and returns it.

    Where another run is posting, the result is `pending`: only settled states make differences.
    Raises SystemUnreachableError, CredentialsRefusedError.
    """
    try:
        with share_lock(desk.database, lock_name(desk.entity.erp_code, desk.entity.code)):
            rows = [*entries_tied(desk, read_instant), *accounts_tied(desk, read_instant), *clearing_tied(desk)]
            rows += sisters_tied(desk)
    except LeaseHeldError:
        lease = desk.facts.lease()
        rows = [_pending(desk, 4, "entries", lease), _pending(desk, 5, "accounts", lease)]
    scope = TieOutScope(read_instant, legal_entity_code=desk.entity.code)
    write_tie_out(desk.database, scope, rows, actor, desk.assignments)
    return rows


def _pending(desk: EntityDesk, hop: int, check: str, lease: str) -> TieOutRow:
    status = TieOutStatus.PENDING
    return TieOutRow(hop, check, desk.entity.code, desk.currency, "entries", "*", Side(), Side(), status, lease)
