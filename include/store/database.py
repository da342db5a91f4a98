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
# What PostgreSQL could not do now and can do later, by SQLSTATE or its class, with the cure.
_PASSING = {
    "40": "another transaction was in the way; nothing of this one was written, and it is tried again by itself",
    "53100": "make room on the disk of its server; nothing of this transaction was written, and the next run completes the night",
    "53": "give its server the connections or the memory that it lacks; nothing of this transaction was written, and the next run completes the night",
    "57": "it was stopped or cancelled what it was doing; nothing of this transaction was written, and the next run completes the night",
    "58": "have the disk of its server looked at; nothing of this transaction was written, and the next run completes the night",
    "25006": "it takes no writes now (a standby?): lead the connection to the primary; the next run completes the night",
}
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

        Raises SystemUnreachableError when the database does not answer or cannot do now what it was asked, CredentialsRefusedError
        when it refuses us.
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
        except psycopg.Error as error:
            if connection.closed or connection.broken:
                raise _connection_error(self.name, error) from error
            _raise_passing(self.name, error)
            raise
        finally:
            connection.close()

    @contextmanager
    def columns(self) -> Iterator[Any]:
        """A columnar (ADBC) connection in one manual transaction: the caller commits; leaving without rolls back.

        Raises as `transaction` does. After it was raised on the way out, a commit may hold all the same: look before you conclude.
        """
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
        except adbc.Error as error:
            if isinstance(error, adbc.OperationalError) and not error.sqlstate:
                raise _connection_error(self.name, error) from error
            _raise_passing(self.name, error)
            raise
        finally:
            connection.close()

    @property
    def _acting(self) -> tuple[str, str, str]:
        return self.actor.program, self.actor.person, self.actor.run_id


def is_period_locked(error: Exception) -> bool:
    """Whether the database refused an entry because its period is locked (migration 0027)."""
    return getattr(error, "sqlstate", None) == _PERIOD_LOCKED


def _raise_passing(name: str, error: psycopg.Error | adbc.Error) -> None:
    """Raise SystemUnreachableError when it is nothing that the statement is to blame for."""
    state = error.sqlstate or ""
    cure = next((_PASSING[key] for key in (state, state[:2]) if key in _PASSING), None)
    if cure is not None:
        raise SystemUnreachableError(f"Connection {name}: the database says: {_said(error)}. Cure: {cure}.") from error


def _said(error: psycopg.Error | adbc.Error) -> str:
    """The server's own words: ADBC puts them behind the statement, which may be many lines long."""
    if isinstance(error, psycopg.Error):
        said = error.diag.message_primary
    else:
        told = {bytes(key, "ascii") if isinstance(key, str) else key: value for key, value in error.details}
        said = told.get(b"PG_DIAG_MESSAGE_PRIMARY", b"").decode(errors="replace")
    return said or _first_line(error)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _connection_error(name: str, error: Exception) -> CredentialsRefusedError | SystemUnreachableError:
    text = _first_line(error)
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
