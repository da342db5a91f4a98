"""Connections to the finance database: psycopg for small transactions, ADBC for columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_postgresql.dbapi as adbc
import psycopg
from psycopg.rows import DictRow, dict_row

from include.finance.actor import Actor
from include.finance.errors import CredentialsRefusedError, SystemUnreachableError

Row = DictRow
Connection = psycopg.Connection[DictRow]
_NOBODY = Actor()
_PERIOD_LOCKED = "TO001"
# Bound, and not `set`: a person's name is data.
_ACTING = """
select set_config('search_path', 'tieout', false), set_config('tieout.actor', $1, false), set_config('tieout.person', $2, false),
    set_config('tieout.run_id', $3, false)
"""


@dataclass(frozen=True, slots=True)
class FinanceDatabase:
    """The finance database behind one role. `dsn` is a libpq URI and never shown; `actor` is who the audit log names."""

    dsn: str = field(repr=False)
    name: str = "finance_db"
    actor: Actor = _NOBODY

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One short transaction: commits on leaving, rolls back on any error.

        Raises SystemUnreachableError when the database does not answer, CredentialsRefusedError when it refuses us.
        """
        with self.connection() as connection, connection.transaction():
            yield connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """An autocommit connection, for several transactions in a row or a session advisory lock."""
        try:
            connection = psycopg.connect(self.dsn, row_factory=dict_row, autocommit=True, connect_timeout=10)
        except psycopg.OperationalError as error:
            raise _connection_error(self.name, error) from error
        try:
            psycopg.RawCursor(connection).execute(_ACTING, self._acting)
            yield connection
        except psycopg.OperationalError as error:
            if connection.closed or connection.broken:
                raise _connection_error(self.name, error) from error
            raise
        finally:
            connection.close()

    @contextmanager
    def columns(self) -> Iterator[Any]:
        """A columnar (ADBC) connection in one manual transaction: the caller commits; leaving without rolls back."""
        try:
            connection = adbc.connect(self.dsn)
        except adbc.Error as error:
            raise _connection_error(self.name, error) from error
        try:
            with connection.cursor() as cursor:
                cursor.execute(_ACTING, self._acting)
                cursor.fetchall()
            connection.commit()
            yield connection
        finally:
            connection.close()

    @property
    def _acting(self) -> tuple[str, str, str]:
        return self.actor.program, self.actor.person, self.actor.run_id


def is_period_locked(error: Exception) -> bool:
    """Whether the database refused an entry because its period is locked (migration 0027)."""
    return getattr(error, "sqlstate", None) == _PERIOD_LOCKED


def _connection_error(name: str, error: Exception) -> CredentialsRefusedError | SystemUnreachableError:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    lowered = str(error).lower()
    if "password authentication failed" in lowered or "no password supplied" in lowered:
        return CredentialsRefusedError(
            f"Connection {name}: the database refuses login or password ({text}). "
            f"Correct login and password of the connection {name}, then run the night again; nothing was written."
        )
    return SystemUnreachableError(
        f"Connection {name}: the database does not answer ({text}). "
        f"Check that it runs and that host and port of the connection {name} are right; the next run completes the night."
    )
