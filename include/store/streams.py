"""What the finance database knows of a source: how far it was read, by which attempts, and what must be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from include.finance.errors import SystemUnreachableError
from include.ports.billing import SourcePosition
from include.store.database import Connection, FinanceDatabase

AttemptKind = Literal["night", "dry_run", "recognition", "revaluation", "reclassify", "reverse_entry"]


@dataclass(frozen=True, slots=True)
class SourceStream:
    """How far a source was read: the horizon, rank and read instant of its last committed night; none at first."""

    source_id: int
    source_code: str
    generation: int
    system_identifier: str | None
    horizon: int
    snapshot_rank: int
    read_instant: datetime | None
    last_batch_no: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to extract a source. Its id is made by us, so that it can be asked for after a lost connection."""

    id: UUID
    source_code: str
    kind: AttemptKind
    read_instant: datetime
    horizon_from: int
    generation: int  # of the stream when the attempt was planned, before its snapshot was taken
    evidence_path: str


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """A committed night of a source."""

    batch_no: int
    id: UUID
    source_code: str
    read_instant: datetime


def ensure_stream(connection: Connection, source_code: str) -> SourceStream:
    """The stream of a source; a source that was never read starts at horizon 0."""
    connection.execute("insert into source_stream (source_code) values (%s) on conflict do nothing", (source_code,))
    return read_stream(connection, source_code)


def read_stream(connection: Connection, source_code: str) -> SourceStream:
    """The stream of a source that has one. Raises LookupError otherwise."""
    row = connection.execute(
        """
        select source_id, source_code, generation, system_identifier, horizon, snapshot_rank, read_instant,
            last_batch_no
        from source_stream where source_code = %s
        """,
        (source_code,),
    ).fetchone()
    if row is None:
        raise LookupError(f"source {source_code} has no stream")
    return SourceStream(**row)


def read_clock(connection: Connection) -> datetime:
    """What time it is in the finance database: the one clock that all workers share."""
    row = connection.execute("select clock_timestamp() as now").fetchone()
    assert row is not None
    now: datetime = row["now"]
    return now


def find_covering_batch(connection: Connection, source_code: str, read_instant: datetime) -> CommittedBatch | None:
    """The first committed night of the source that was read at `read_instant` or later."""
    row = connection.execute(
        """
        select batch_no, id, source_code, read_instant from batch
        where source_code = %s and kind = 'night' and read_instant >= %s
        order by read_instant, batch_no limit 1
        """,
        (source_code, read_instant),
    ).fetchone()
    return CommittedBatch(**row) if row else None


def retry_documents(connection: Connection, source_code: str) -> list[tuple[str, str]]:
    """(document type, native id) of the documents to read again although billing may not have touched them."""
    rows = connection.execute(
        "select document_type, native_id from document_retry where source_code = %s order by 1, 2", (source_code,)
    )
    return [(row["document_type"], row["native_id"]) for row in rows]


def committed_manifests(connection: Connection, source_code: str) -> list[Mapping[str, Any]]:
    """The files, as JSON, of all committed nights of a source."""
    rows = connection.execute("select manifest from batch where source_code = %s order by batch_no", (source_code,))
    return [file for row in rows for file in row["manifest"]]


def open_attempt(database: FinanceDatabase, attempt: Attempt) -> None:
    """Write the attempt down before its first byte. Raises SystemUnreachableError when it is not written."""

    def write(connection: Connection) -> None:
        connection.execute(
            """
            insert into attempt (id, source_code, kind, read_instant, horizon_from, generation, evidence_path)
            values (%s, %s, %s, %s, %s, %s, %s)
            """,
            (
                attempt.id,
                attempt.source_code,
                attempt.kind,
                attempt.read_instant,
                attempt.horizon_from,
                attempt.generation,
                attempt.evidence_path,
            ),
        )

    write_once(database, write, lambda connection: attempt_state(connection, attempt.id) is not None)


def land_attempt(
    database: FinanceDatabase,
    attempt_id: UUID,
    position: SourcePosition,
    manifest: Iterable[Mapping[str, Any]],
    document_count: int,
) -> None:
    """Write down where the snapshot stood and what was landed. Raises SystemUnreachableError when it is not written."""

    def write(connection: Connection) -> None:
        connection.execute(
            """
            update attempt
            set state = 'landed', state_at = now(), horizon_to = %s, snapshot_rank = %s, system_identifier = %s,
                manifest = %s, document_count = %s
            where id = %s and state = 'open'
            """,
            (
                position.horizon,
                position.rank,
                position.system_identifier,
                Jsonb(list(manifest)),
                document_count,
                attempt_id,
            ),
        )

    write_once(database, write, lambda connection: attempt_state(connection, attempt_id) == "landed")


def open_since(connection: Connection) -> date:
    """The first day of the earliest accounting period that is open here and in its ERP; the first of days if none is."""
    row = connection.execute(
        """
        select min(p.start_date) as since
        from erp_period as p
        left join accounting_period as o on o.legal_entity_code = p.legal_entity_code and o.period_name = p.period_name
        where (p.state = 'open' and coalesce(o.state, 'open') = 'open' or o.state = 'soft_closed')
        """
    ).fetchone()
    return row["since"] if row and row["since"] else date.min


def abandon_attempt(connection: Connection, attempt_id: UUID) -> None:
    """Give an attempt up; its evidence may be removed after a week. One that was committed stays as it is."""
    connection.execute(
        "update attempt set state = 'abandoned', state_at = now() where id = %s and state in ('open', 'landed')",
        (attempt_id,),
    )


def abandon_stale_attempts(connection: Connection, source_code: str) -> None:
    """Give up what stands still for two days: its worker died, and a later night reads the same documents again."""
    connection.execute(
        """
        update attempt set state = 'abandoned', state_at = now()
        where source_code = %s and state in ('open', 'landed') and state_at < now() - interval '2 days'
        """,
        (source_code,),
    )


def attempt_state(connection: Connection, attempt_id: UUID) -> str | None:
    """The state of an attempt; None when there is none of this id."""
    row = connection.execute("select state from attempt where id = %s", (attempt_id,)).fetchone()
    return str(row["state"]) if row else None


def write_once(
    database: FinanceDatabase, write: Callable[[Connection], None], is_written: Callable[[Connection], bool]
) -> None:
    """Run `write` in one transaction. When the connection is lost on the way, ask on a new one what came of it."""
    try:
        with database.transaction() as connection:
            write(connection)
    except SystemUnreachableError:
        with database.transaction() as connection:
            if not is_written(connection):
                raise
