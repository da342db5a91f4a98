"""The document register in columns: what is on file for many documents at once, and the one commit of a batch."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import adbc_driver_postgresql.dbapi as adbc
import pyarrow as pa

from include.finance.errors import EvidenceError, GenerationMovedError, SystemUnreachableError
from include.store.database import FinanceDatabase, is_period_locked

_SQL = Path(__file__).with_name("sql")


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where a source's committed nights stand: the generation of the last one, and the database and rank it was read at."""

    generation: int
    snapshot_rank: int
    system_identifier: str | None
    last_batch_id: UUID | None


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What a batch says about itself; `manifest` lists all evidence files."""

    id: UUID
    rule_set_sha256: str
    rule_set_files: Mapping[str, str]
    code_version: str
    manifest: Sequence[Mapping[str, object]]


class RegisterReader:
    """Questions to the register about many documents at once, over one columnar connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, uids: pa.Table) -> pa.Table:
        """Register rows of the documents that are known."""
        return self._ask("register_rows", uids)

    def unsettled(self) -> pa.Table:
        """Register rows of the documents of which something else may stand in the books than what was last landed of them.

        What is true of all others, evidence alone tells: their newest version is in the books.
        """
        with self._connection.cursor() as cursor:
            uids = fetch_columns(cursor, "unsettled_uids")
        return self.rows(uids)

    def accounted(self, uids: pa.Table) -> pa.Table:
        """The documents among these that stand in the books."""
        return self._ask("accounted_invoices", uids)

    def bookings(self, uids: pa.Table) -> pa.Table:
        """All bookings and reversals on file of these documents."""
        return self._ask("bookings", uids)

    def retries(self, source_code: str) -> pa.Table:
        """The documents of a source that are read again on our wish, and which of them because an entry was given up."""
        with self._connection.cursor() as cursor:
            # Set first, read after: a bound parameter in the streaming query would turn the COPY path off.
            cursor.execute("select set_config('tieout.source_code', $1, true)", (source_code,))
            cursor.fetchall()
            return fetch_columns(cursor, "retry_uids")

    def periods(self, category: str = "") -> pa.Table:
        """All periods with whether an entry may be posted into them; `category` tells what a period that is closed softly may take."""
        with self._connection.cursor() as cursor:
            cursor.execute("select set_config('tieout.category', $1, true)", (category,))
            cursor.fetchall()
            return fetch_columns(cursor, "periods")

    def fx_rates(self) -> pa.Table:
        """All exchange rates as their sources say now; the rates are exact decimals, as text."""
        with self._connection.cursor() as cursor:
            return fetch_columns(cursor, "fx_rates")

    def fx_fixings(self) -> pa.Table:
        """The rates that the books have used already, by day; exact decimals, as text."""
        with self._connection.cursor() as cursor:
            return fetch_columns(cursor, "fx_fixings")

    def late_totals(self) -> pa.Table | None:
        """What is booked in later periods of each period that is over, by legal entity and measure of materiality."""
        with self._connection.cursor() as cursor:
            return fetch_columns(cursor, "late_totals")

    def _ask(self, query: str, uids: pa.Table) -> pa.Table:
        with self._connection.cursor() as cursor:
            cursor.execute("drop table if exists pg_temp.asked")
            cursor.adbc_ingest("asked", uids, mode="create", temporary=True)
            # Without its size PostgreSQL looks millions up one by one, or reads the whole register for three.
            cursor.execute("analyze pg_temp.asked")
            return fetch_columns(cursor, query)


@contextmanager
def open_register(database: FinanceDatabase) -> Iterator[RegisterReader]:
    """One columnar connection to ask the register on; nothing that it does is kept."""
    with database.columns() as connection:
        yield RegisterReader(connection)


def read_stream_state(database: FinanceDatabase, source_code: str) -> StreamState:
    """The source's generation, to be handed back at the commit."""
    with database.transaction() as connection:
        row = connection.execute(
            "select s.generation, s.snapshot_rank, s.system_identifier, b.id as last_batch_id from source_stream as s"
            " left join batch as b on b.batch_no = s.last_batch_no where s.source_code = %s",
            (source_code,),
        ).fetchone()
    if row is None:
        return StreamState(0, 0, None, None)
    return StreamState(**row)


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a batch stands in the finance database: its number, its source's number, and the rank of its snapshot."""

    batch_no: int
    source_id: int
    seen_rank: int


# One row per document or booking goes straight into the tables. Everything else is few, or needs what stands there already.
_TEMPORARY = (
    "new_register",
    "new_total",
    "new_arrival",
    "new_entry",
    "new_line",
    "new_netted",
    "new_exception",
    "new_outcome",
    "new_retry",
    "new_balance",
    "new_fixing",
    "new_intercompany",
    "new_late",
    "seen",
)


@dataclass(frozen=True, slots=True)
class BatchCommit:
    """The open transaction of a batch; see `open_commit`. One thread at a time may use it."""

    attempt_id: UUID
    source_code: str
    generation: int
    place: BatchPlace
    _connection: Any
    _cursor: Any

    def copy(self, table: str, rows: Any) -> None:
        """Write rows, as an Arrow stream in the table's own columns, into a table of tieout."""
        self._cursor.adbc_ingest(table, rows, mode="append", db_schema_name="tieout")

    def copy_aside(self, name: str, rows: Any) -> None:
        """Write rows into a new temporary table that the steps of the commit read."""
        self._cursor.adbc_ingest(name, rows, mode="create", temporary=True)

    def execute(self, text: str) -> None:
        """Run one statement."""
        self._cursor.execute(text)

    def rows(self, text: str) -> pa.Table:
        """Run one statement that gives rows, and fetch them."""
        self._cursor.execute(text)
        return self._cursor.fetch_arrow_table()

    def end(self) -> None:
        """Commit."""
        self._connection.commit()


@contextmanager
def open_commit(
    database: FinanceDatabase, attempt_id: UUID, source_code: str, generation: int
) -> Iterator[BatchCommit]:
    """The one transaction in which a batch becomes the books; leaving it without `commit_batch` leaves nothing behind.

    Other nights of the source wait at its start until it has ended. `generation` is the one that the night was compared at.
    Raises GenerationMovedError when another night of the source committed since, EvidenceError when the attempt was given
    up meanwhile. After a lost connection the batch is looked up by its attempt before anything is concluded.
    """
    try:
        with database.columns() as connection, connection.cursor() as cursor:
            _require_generation(cursor, source_code, generation)
            _require_landed(cursor, attempt_id, source_code)
            place = _place(cursor, attempt_id)
            yield BatchCommit(attempt_id, source_code, generation, place, connection, cursor)
    except (adbc.Error, SystemUnreachableError) as error:
        # The connection may have died while the commit was under way: only the database knows whether it holds.
        if is_committed(database, attempt_id):
            return
        if is_period_locked(error):
            raise GenerationMovedError(
                f"Source {source_code}: a period was locked while its documents were being accounted; they are accounted again, "
                f"into periods that are open. The database said: {error}"
            ) from error
        if isinstance(error, SystemUnreachableError):
            raise SystemUnreachableError(
                f"The batch of source {source_code} was not committed, as the database says; nothing was accounted. {error}"
            ) from error
        raise


def commit_batch(commit: BatchCommit, header: BatchHeader, stream: Callable[[str], Any]) -> None:
    """Commit a batch whose documents and bookings are copied already: write all else of it, and end the transaction.

    `stream` gives the rows of each name in _TEMPORARY.
    """
    commit.copy_aside("new_batch", header_row(commit, header))
    for name in _TEMPORARY:
        commit.copy_aside(name, stream(name))
    for step in sorted((_SQL / "commit").glob("*.sql")):
        commit.execute(step.read_text(encoding="utf-8"))
    commit.end()


def registered_as(database: FinanceDatabase, uids: Collection[UUID], shape: pa.Schema) -> pa.Table:
    """What the register says these documents were when billing last had them; of what it does not keep of `shape`: null."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select document_uid, legal_entity_code, currency, total_minor from document_register where document_uid = any(%s)",
            (list(uids),),
        ).fetchall()
    columns = {name: [row.get(name) for row in rows] for name in shape.names}
    return pa.table(columns | {"document_uid": [row["document_uid"].bytes for row in rows]}, shape)


def contents_before(database: FinanceDatabase, uids: Collection[UUID], batch_no: int) -> dict[UUID, UUID]:
    """The content hash of each document's newest version when a batch was committed."""
    query = (
        "select distinct on (document_uid) document_uid, seen_hash from every_version"
        " where document_uid = any(%s) and batch_no <= %s order by document_uid, version_no desc"
    )
    with database.transaction() as connection:
        rows = connection.execute(query, (list(uids), batch_no)).fetchall()
    return {row["document_uid"]: row["seen_hash"] for row in rows}


def is_committed(database: FinanceDatabase, attempt_id: UUID) -> bool:
    """Whether a batch stands in the books for this attempt."""
    with database.transaction() as connection:
        return connection.execute("select from batch where attempt_id = %s", (attempt_id,)).fetchone() is not None


def _require_generation(cursor: Any, source_code: str, generation: int) -> None:
    cursor.execute("select generation from tieout.source_stream where source_code = $1 for update", (source_code,))
    row = cursor.fetchone()
    if row is None or row[0] != generation:
        raise GenerationMovedError(
            f"Source {source_code}: another night committed since this one was compared with the register "
            f"(generation {row[0] if row else 'none'}, compared at {generation}); it is accounted again from what was landed."
        )


def _require_landed(cursor: Any, attempt_id: UUID, source_code: str) -> None:
    # An attempt that was given up may lose its evidence: what was made from it must not become the books.
    cursor.execute("select state from tieout.attempt where id = $1::uuid for update", (str(attempt_id),))
    row = cursor.fetchone()
    if row is None or row[0] == "abandoned":
        raise EvidenceError(
            f"Attempt {attempt_id} of source {source_code} was given up while it was accounted. Run the "
            "night again: it reads the same documents anew. Nothing was booked."
        )


def _place(cursor: Any, attempt_id: UUID) -> BatchPlace:
    cursor.execute(register_sql("batch_place"), (str(attempt_id),))
    return BatchPlace(*(int(value) for value in cursor.fetchone()))


def header_row(commit: BatchCommit, header: BatchHeader) -> pa.Table:
    """What a batch says of itself, as its commit's steps read it."""
    return pa.table(
        {
            "batch_no": pa.array([commit.place.batch_no], pa.int64()),
            "id": [str(header.id)],
            "attempt_id": [str(commit.attempt_id)],
            "source_code": [commit.source_code],
            "generation": pa.array([commit.generation], pa.int64()),
            "rule_set_sha256": [header.rule_set_sha256],
            "rule_set_files": [json.dumps(dict(header.rule_set_files))],
            "code_version": [header.code_version],
            "manifest": [json.dumps(list(header.manifest))],
        }
    )


def compared_anyway(uids: Sequence[pa.Table]) -> pa.Table:
    """Retries of all these documents, as if an entry of each had been given up: what is booked of them is compared, come what may."""
    asked = pa.concat_tables(uids) if uids else pa.table({"document_uid": pa.array([], pa.uuid())})
    return asked.append_column("is_given_up", pa.nulls(asked.num_rows, pa.bool_()).fill_null(fill_value=True))


def register_sql(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def fetch_columns(cursor: Any, name: str) -> pa.Table:
    """The result of `sql/<name>.sql` as an Arrow table."""
    cursor.execute(register_sql(name))
    return cursor.fetch_arrow_table()
