"""Books with exceptions, written as the night writes them: many in one statement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from include.config.load import load_configuration
from include.finance.actor import Actor
from include.finance.exception_desk import DeskSettings
from include.pipelines.exceptions_desk import Said, Word, speak
from include.ports.postings import EntryException
from include.store.database import FinanceDatabase
from include.store.entry_exceptions import open_exception
from tests.accounting.company import open_periods
from tests.posting.books import US, set_row, write_entries

SHIPPED = load_configuration()
_FOUND = """
insert into exception (cause, category, severity, owner, source_code, legal_entity_code, currency, amount_minor, risk_minor,
    risk_currency, subject_type, subject_id, subject_uid, message, suggested_fix, first_batch_no, last_batch_no)
select 'document|' || md5(%(rule)s || n)::uuid || '|' || %(rule)s, %(category)s, %(severity)s, 'Billing operations', 'billing', %(entity)s,
    %(currency)s, %(minor)s, %(risk_minor)s, 'USD', 'invoice', %(rule)s || '-' || n, md5(%(rule)s || n)::uuid,
    'invoice ' || %(rule)s || '-' || n || ' of legal entity ' || %(entity)s || ': ' || %(detail)s, 'Load the rate.', 1, 1
from generate_series(1, %(count)s) as n
on conflict (cause) do update set amount_minor = excluded.amount_minor, risk_minor = excluded.risk_minor, state = 'open', closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
"""


@dataclass(frozen=True)
class Desk:
    """The exceptions desk of a finance database."""

    finance: FinanceDatabase

    def found(self, rule: str = "no_fx_rate", count: int = 1, **given: Any) -> None:
        """A night finds this many exceptions of one cause, or finds them again."""
        minor = given.pop("minor", 1000)
        asked = {"rule": rule, "count": count, "minor": minor, "risk_minor": minor, "entity": "US", "currency": "USD"}
        asked |= {"category": "exchange_rates", "severity": "medium", "detail": "no rate EUR/USD on 2026-01-05"} | given
        with self.finance.transaction() as connection:
            connection.execute(_FOUND, asked)

    def gone(self, rule: str = "no_fx_rate") -> None:
        """A night finds that the cause is gone."""
        self.change("update exception set state = 'closed', closed_at = now() where rule = %s and state = 'open'", rule)

    def change(self, statement: Any, *parameters: Any) -> None:
        with self.finance.transaction() as connection:
            connection.execute(statement, parameters)

    def rows(
        self, query: Any = "select * from exception_desk order by cause", *parameters: Any
    ) -> list[dict[str, Any]]:
        with self.finance.transaction() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def the(self, field: str, rule: str = "no_fx_rate") -> Any:
        """What all exceptions of a rule say in a field."""
        (value,) = {row[field] for row in self.rows() if row["rule"] == rule}
        return value

    def say(self, word: Word, by: str, reason: str = "known", rule: str = "no_fx_rate", **given: Any) -> Said:
        """A person's word on all exceptions of a cause, as a command of theirs says it."""
        finance = replace(self.finance, actor=Actor("command exception", by, "run"))
        desk = given.pop("settings", DeskSettings(waive_alone_minor={"USD": 5000}))
        return speak(finance, desk, word, given.pop("of", None) or self.the("group_code", rule), by=by, reason=reason)


@pytest.fixture
def desk(finance: FinanceDatabase) -> Desk:
    """A desk with nothing on it, of companies whose ERP has the months of 2025 to 2027 open."""
    open_periods(finance)
    return Desk(finance)


def refuse(desk: Desk, reference: str) -> None:
    """The ERP refuses an entry: its exception opens, or opens again."""
    (entry,) = desk.rows("select id, batch_no from journal_entry")
    found = EntryException(
        "entry_refused",
        reference,
        "account 4000 is blocked",
        "USD",
        7000,
        entry_id=entry["id"],
        batch_no=entry["batch_no"],
    )
    with desk.finance.transaction() as connection:
        open_exception(connection, "US", found, SHIPPED.assignments())


@pytest.fixture
def rejected(desk: Desk) -> str:
    """The reference of an entry that the ERP refused, with its exception."""
    (reference,) = write_entries(desk.finance, US, "2026-01-20 invoices\n  1100 70.00\n  4000 -70.00")
    set_row(desk.finance, reference, "state = 'rejected'")
    refuse(desk, reference)
    return reference
