"""A finance database whose audit log tells of something, as each of its roles sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from include.evidence.store import EvidenceStore
from include.finance.actor import Actor
from include.pipelines.verify_audit import AuditVerified, verify_audit
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase

_PERIOD = """
insert into accounting_period (legal_entity_code, period_name, state, changed_by) values (%s, %s, %s, 'ann')
on conflict (legal_entity_code, period_name) do update set state = excluded.state
"""


@dataclass(frozen=True)
class LoggedBooks:
    """The database as application and auditor have it, its evidence, and a way in for whoever may do anything."""

    finance: FinanceDatabase
    auditor: FinanceDatabase
    evidence: EvidenceStore
    postgres: EmbeddedPostgres

    def set_period(self, name: str, state: str, entity: str = "US") -> None:
        with self.finance.transaction() as connection:
            connection.execute(_PERIOD, (entity, name, state))

    def tamper(self, *statements: str) -> None:
        """As the superuser, with every trigger off."""
        with self.postgres.admin(self.database) as admin:
            admin.execute("set search_path = tieout")
            admin.execute("set session_replication_role = replica")
            for statement in statements:
                assert admin.execute(statement.encode()).rowcount != 0, statement

    def connect(self, role: str) -> psycopg.Connection[tuple[object, ...]]:
        return self.postgres.connect(role, self.database)

    @property
    def database(self) -> str:
        return self.finance.dsn.rsplit("/", 1)[1]

    def rows(self, where: str = "true") -> list[tuple[object, ...]]:
        """Action, subject type, subject, before and after of the log's rows, in the order of writing."""
        with self.auditor.transaction() as connection:
            found = connection.execute(
                f"select action, subject_type, subject_id, before, after from audit_log where {where} order by id".encode()
            )
            return [tuple(row.values()) for row in found]

    def verify(self) -> AuditVerified:
        return verify_audit(self.auditor, self.evidence)


@pytest.fixture
def logged(finance: FinanceDatabase, postgres: EmbeddedPostgres, tmp_path: Path) -> LoggedBooks:
    """Four changes of three periods: rows 2 to 5 of the log, after the one of a migration, as if there had been only one."""
    acting = replace(finance, actor=Actor("test", "ann", "run-1"))
    name = finance.dsn.rsplit("/", 1)[1]
    auditor = FinanceDatabase(postgres.dsn("auditor", name))
    books = LoggedBooks(acting, auditor, EvidenceStore(str(tmp_path / "evidence"), tmp_path), postgres)
    with books.connect("postgres") as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("truncate tieout.audit_log, tieout.audit_chain restart identity")
        connection.execute("set session_replication_role = origin")
        connection.execute("set search_path = tieout")  # as in a migration: how triggers are written down depends on it
        connection.execute("call audit_guarded()")
    for period, state in (("2026-01", "open"), ("2026-02", "open"), ("2026-01", "closed"), ("2026-03", "open")):
        books.set_period(period, state)
    return books
