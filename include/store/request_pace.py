"""The pace at which an ERP is asked, kept for all processes together: one row per account there, by the database's clock."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from datetime import timedelta

import psycopg

from include.store.database import Connection, FinanceDatabase, Row

_LONGEST_REST_SECONDS = 600  # what a system may ask for at once; afterwards it is asked again whether it takes more
# A turn so far off is none that anybody waits for: the database's clock has gone back since. The turns begin anew.
_IMPOSSIBLE = timedelta(seconds=_LONGEST_REST_SECONDS + 300)
_RESERVE = """
insert into request_pace as p (account, free_at) values (%(account)s, clock_timestamp() + %(gap)s)
on conflict (account) do update set free_at = %(gap)s + case
    when p.free_at > clock_timestamp() + %(impossible)s then clock_timestamp()
    else greatest(p.free_at, clock_timestamp()) end
returning extract(epoch from free_at - %(gap)s - clock_timestamp())::float8 as seconds
"""
_REST = """
insert into request_pace as p (account, free_at) values (%(account)s, clock_timestamp() + %(rest)s)
on conflict (account) do update set free_at = greatest(p.free_at, clock_timestamp() + %(rest)s)
returning 0::float8 as seconds
"""


class SharedPace:
    """So many requests a second to one account in an ERP, whoever asks: workers, legal entities, nights beside each other.

    A turn is one short statement on a connection of its own, kept open. A process that dies with a turn costs that one.
    """

    def __init__(self, database: FinanceDatabase, account: str, requests_per_second: int) -> None:
        self._database = database
        self._account = account
        self._gap = timedelta(microseconds=-(-1_000_000 // requests_per_second))
        self._connection: Connection | None = None
        self._open = ExitStack()
        weakref.finalize(self, self._open.close)

    def reserve(self) -> float:
        """Reserve the next turn; how many seconds until it comes. Raises SystemUnreachableError."""
        row = self._run(_RESERVE, gap=self._gap, impossible=_IMPOSSIBLE)
        return max(0.0, float(row["seconds"]))

    def rest(self, seconds: float) -> None:
        """Let nobody's turn come before so many seconds from now, ten minutes at most. Raises SystemUnreachableError."""
        self._run(_REST, rest=timedelta(seconds=min(seconds, _LONGEST_REST_SECONDS)))

    def _run(self, statement: str, **parameters: timedelta) -> Row:
        bound = {"account": self._account, **parameters}
        try:
            return _one(self._connected(), statement, bound)
        except psycopg.OperationalError:
            # The line broke, maybe after it was done: then a turn goes unused. Once more, on a line of its own.
            self._connection = None
            self._open.close()
            with self._database.connection() as connection:
                return _one(connection, statement, bound)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._open.enter_context(self._database.connection())
        return self._connection


def _one(connection: Connection, statement: str, parameters: dict[str, object]) -> Row:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row
