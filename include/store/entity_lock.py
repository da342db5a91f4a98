"""One writer per ERP and legal entity: a connection that holds an advisory lock and carries its own transactions.

Every change of posting state is committed on the very connection that holds the lock. A commit that succeeds has
thereby proved that the lock was still held: a worker that lost its connection cannot write a state any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

import psycopg
from psycopg import errors

from include.finance.errors import LeaseHeldError
from include.store.database import Connection, FinanceDatabase

_PATIENCE = "5s"  # the lock of a process that was killed is free a moment after its end


def lock_name(erp_code: str, legal_entity_code: str) -> str:
    """The name whose hash is the advisory lock; readers of settled states take the same one, shared."""
    return f"tieout posting {erp_code} {legal_entity_code}"


@contextmanager
def hold_lock(database: FinanceDatabase, name: str) -> Iterator[LockedConnection]:
    """Hold the lock of this name until leaving. Raises LeaseHeldError when another process keeps holding it."""
    with ExitStack() as stack:
        locked = LockedConnection(database, name, stack)
        yield locked


@contextmanager
def share_lock(database: FinanceDatabase, name: str) -> Iterator[None]:
    """Keep writers away while reading what is settled; any number may read at once.

    Raises LeaseHeldError when a writer keeps holding the lock, SystemUnreachableError when the connection that held it
    broke meanwhile: what was read then may be in motion.
    """
    with database.connection() as connection:
        try:
            connection.execute("select set_config('lock_timeout', %s, false)", (_PATIENCE,))
            connection.execute("select pg_advisory_lock_shared(hashtextextended(%s, 0))", (name,))
            connection.execute("set lock_timeout = 0")
        except errors.LockNotAvailable as error:
            raise LeaseHeldError(f"Another worker is sending ({name}); the tie-out waits for it.") from error
        yield
        connection.execute("select 1")


class LockedConnection:
    """A connection with its lock; opened anew, lock included, when it breaks."""

    def __init__(self, database: FinanceDatabase, name: str, stack: ExitStack) -> None:
        self._database = database
        self._name = name
        self._stack = stack
        self.connection = self._open()

    def commit(self, proof: UUID, work: Callable[[Connection], None]) -> None:
        """Run `work` in one transaction, exactly once. It must insert the posting_transition with id `proof`."""
        try:
            with self.connection.transaction():
                work(self.connection)
        except psycopg.OperationalError:
            if not (self.connection.closed or self.connection.broken):
                raise
            # The connection broke, maybe while committing. Getting the lock again shows that the old session has
            # ended, its transaction with it; so what the table says now is final.
            self.connection = self._open()
            if self._is_committed(proof):
                return
            with self.connection.transaction():
                work(self.connection)

    def _is_committed(self, proof: UUID) -> bool:
        query = "select 1 from posting_transition where id = %s"
        return self.connection.execute(query, (proof,)).fetchone() is not None

    def _open(self) -> Connection:
        self._stack.close()
        connection = self._stack.enter_context(self._database.connection())
        try:
            connection.execute("select set_config('lock_timeout', %s, false)", (_PATIENCE,))
            connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (self._name,))
            connection.execute("set lock_timeout = 0")
        except errors.LockNotAvailable as error:
            raise LeaseHeldError(
                f"Another worker is sending ({self._name}). It goes on alone; this one tries again later."
            ) from error
        return connection
