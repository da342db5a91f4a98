"""Read the ledger back a second time, after posting: our entries of an entity against what the ERP holds now, by account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from include.finance.entity import LegalEntity
from include.finance.errors import NightUnfinishedError
from include.finance.money import Money
from include.ports.erp import Erp, LedgerState
from include.store.database import FinanceDatabase

_OURS = """
select l.account_code, sum(l.amount_minor)::bigint as amount_minor
from journal_line as l
join journal_entry as e on e.id = l.entry_id
where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and e.state in ('posted', 'verified') and e.posting_date >= %(since)s
group by l.account_code
"""
_SINCE = """
select coalesce(min(e.posting_date), current_date) as since
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
where e.erp_code = %(erp)s and e.legal_entity_code = %(entity)s and b.batch_no > (select coalesce(max(batch_no), 0) - 30 from batch)
"""
_KNOWN = """
select reference from journal_entry
where erp_code = %(erp)s and legal_entity_code = %(entity)s and reference = any(%(references)s)
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Net minor units per account since a day: what we posted, and what the ERP has with our references."""

    since: date
    ours: Mapping[str, int]
    erp: Mapping[str, int]

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """Accounts on which the two differ: (ours, the ERP's)."""
        return {
            account: (self.ours.get(account, 0), self.erp.get(account, 0))
            for account in sorted(self.ours.keys() | self.erp.keys())
            if self.ours.get(account, 0) != self.erp.get(account, 0)
        }


def compare_entity(database: FinanceDatabase, erp: Erp, erp_code: str, entity: LegalEntity) -> Comparison:
    """Compare the entries of the last thirty batches' days on. Raises NightUnfinishedError naming each account that differs."""
    key = {"erp": erp_code, "entity": entity.code}
    with database.transaction() as connection:
        row = connection.execute(_SINCE, key).fetchone()
        since: date = row["since"] if row else date.min
        ours = {
            each["account_code"]: each["amount_minor"] for each in connection.execute(_OURS, key | {"since": since})
        }
    listed = erp.references(entity, since)
    with database.transaction() as connection:
        rows = connection.execute(_KNOWN, key | {"references": list(listed)}).fetchall()
    known = {each["reference"] for each in rows}
    # What we do not know counts with all that has its reference, whatever the date: a later reversal brings it to nothing.
    entries = [
        entry
        for reference, found in listed.items()
        for entry in (found if reference in known else erp.find(entity, reference))
    ]
    theirs: dict[str, int] = {}
    for entry in erp.read_back_many(entity, [each for each in entries if each.state is LedgerState.POSTED]):
        for account, minor in entry.net_by_account().items():
            theirs[account] = theirs.get(account, 0) + minor
    comparison = Comparison(
        since, ours, {account: minor for account, minor in theirs.items() if minor or account in ours}
    )
    if comparison.differences:
        lines = [
            f"account {account}: posted {Money(mine, entity.functional_currency)}, the ERP has {Money(other, entity.functional_currency)}"
            for account, (mine, other) in comparison.differences.items()
        ]
        raise NightUnfinishedError(
            f"Legal entity {entity.code}: the ledger read back since {since} differs from what was posted:\n  "
            + "\n  ".join(lines)
            + "\nLook for the entries named in the open exceptions of this entity; nothing was changed."
        )
    return comparison
