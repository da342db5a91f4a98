"""Reclassifications in the finance database: what was proposed by whom, and the one commit of an approved one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from psycopg.types.json import Jsonb

from include.finance.errors import GenerationMovedError, ReclassificationError
from include.store.database import Connection, FinanceDatabase
from include.store.explain_facts import BatchFacts, all_batches, given_up_entries
from include.store.register import BatchCommit, BatchHeader, header_row, register_sql
from include.store.streams import SourceStream, read_stream

# The steps of accounting's commit that a reclassification shares: documents, their register and billing's totals stay as they are.
_STEPS = (
    *("01_batch", "04_entry", "05_line", "06_transition", "07_exceptions_open", "13_attempt", "13_fx_fixings"),
    *("14_control_balance", "14_intercompany_legs", "15_rule_set"),
)
_SHORTEST = 8  # characters by which a hash may be called
_ASIDE = ("new_entry", "new_line", "new_exception", "new_fixing", "new_intercompany", "new_balance", "new_moved")
_RECOGNISED = (
    "select recognised_batch_no from tieout.source_stream where source_code = (select source_code from new_batch)"
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one person proposed; `sha256` names all that it would book. Approved, it is batch `batch_no`."""

    sha256: str
    source_code: str
    asked: Mapping[str, Any]
    reason: str
    rule_set_sha256: str
    entry_count: int
    document_count: int
    report: str
    proposed_by: str
    proposed_at: datetime | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    batch_no: int | None = None


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """Where a source stands, in one snapshot: what a reclassification is compared with.

    `batches` are all committed ones of the source, the oldest first; `given_up` the ids of entries that do not count.
    """

    stream: SourceStream
    recognised_batch_no: int | None
    batches: tuple[BatchFacts, ...]
    given_up: tuple[str, ...]

    @property
    def read_instant(self) -> datetime:
        """The newest instant that a night or a recognition run of the source was about: its day is today."""
        return max(each.read_instant for each in self.batches)


def read_source_standing(database: FinanceDatabase, source_code: str) -> SourceStanding:
    """Where a source stands. Raises ReclassificationError for one of which no night is committed."""
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        batches = tuple(each for each in all_batches(connection) if each.source_code == source_code)
        if not any(each.kind == "night" for each in batches):
            raise ReclassificationError(
                f"Source {source_code} has no committed night: nothing of it can be booked anew."
            )
        row = connection.execute(
            "select recognised_batch_no from source_stream where source_code = %s", (source_code,)
        ).fetchone()
        assert row is not None
        return SourceStanding(
            read_stream(connection, source_code),
            row["recognised_batch_no"],
            batches,
            tuple(given_up_entries(connection)),
        )


def keep_proposal(database: FinanceDatabase, proposal: Proposal) -> Proposal:
    """Write a proposal down, and return it as it stands: the first to propose the same is who proposed it."""
    columns = {name: value for name, value in asdict(proposal).items() if value is not None}
    with database.transaction() as connection:
        connection.execute(
            "insert into reclassification (sha256, source_code, asked, reason, rule_set_sha256, entry_count, document_count,"
            " report, proposed_by) values (%(sha256)s, %(source_code)s, %(asked)s, %(reason)s, %(rule_set_sha256)s,"
            " %(entry_count)s, %(document_count)s, %(report)s, %(proposed_by)s) on conflict (sha256) do nothing",
            columns | {"asked": Jsonb(proposal.asked)},
        )
    return find_proposal(database, proposal.sha256)


def find_proposal(database: FinanceDatabase, sha256: str) -> Proposal:
    """The proposal whose hash begins so. Raises ReclassificationError for none, or several."""
    with database.transaction() as connection:
        rows = connection.execute(
            "select * from reclassification where starts_with(sha256, %s) order by proposed_at",
            (sha256.strip().lower(),),
        ).fetchall()
    if len(rows) != 1 or len(sha256.strip()) < _SHORTEST:
        raise ReclassificationError(
            f"{len(rows) or 'No'} proposals have a hash that begins with {sha256!r}. Give at least eight characters of the one that "
            "`make reclassify` printed; table tieout.reclassification lists all."
        )
    return Proposal(**rows[0])


def approvals_of(connection: Connection, batch_numbers: Collection[int]) -> tuple[Proposal, ...]:
    """The approved proposals that these batches are."""
    rows = connection.execute(
        "select * from reclassification where batch_no = any(%s) order by batch_no", (list(batch_numbers),)
    )
    return tuple(Proposal(**row) for row in rows)


def commit_reclassification(
    commit: BatchCommit,
    header: BatchHeader,
    rows: Callable[[str], pa.Table],
    proposal: Proposal,
    approved_by: str,
    recognised_batch_no: int | None,
) -> None:
    """Commit a reclassification whose bookings are copied already, with its approval, and end the transaction.

    Raises what `commit_worked_out` raises, and GenerationMovedError when somebody else approved meanwhile.
    """

    def approve() -> bool:
        commit.copy_aside("new_approval", pa.table({"sha256": [proposal.sha256], "approved_by": [approved_by]}))
        return len(commit.rows(register_sql("reclassify/approved"))) == 1

    about = f"proposal {proposal.sha256[:12]}"
    commit_worked_out(commit, header, rows, recognised_batch_no, about, approve)


def commit_worked_out(
    commit: BatchCommit,
    header: BatchHeader,
    rows: Callable[[str], pa.Table],
    recognised_batch_no: int | None,
    about: str,
    approve: Callable[[], bool],
) -> None:
    """Commit what a person has booked anew or undone, whose bookings are copied already, and end the transaction.

    `rows` gives what _ASIDE names; `approve` writes the approval down, and says whether it was the first. Raises GenerationMovedError
    when a recognition run committed since `recognised_batch_no`, an entry was given up, or somebody else approved meanwhile: all is
    compared again.
    """
    commit.copy_aside("new_batch", header_row(commit, header))
    for name in _ASIDE:
        commit.copy_aside(name, rows(name))
    _require(commit.rows(_RECOGNISED)["recognised_batch_no"].to_pylist() == [recognised_batch_no], commit, about)
    for step in _STEPS:
        commit.execute(register_sql(f"commit/{step}"))
    commit.rows(register_sql("reclassify/lock_moved"))
    moved = commit.rows(register_sql("reclassify/moved_entries"))
    _require(moved.num_rows == rows("new_moved").num_rows, commit, about)
    _require(approve(), commit, about)
    commit.execute(register_sql("reclassify/stream"))
    commit.end()


def _require(is_unmoved: bool, commit: BatchCommit, about: str) -> None:  # noqa: FBT001 (a condition, not a switch)
    if not is_unmoved:
        raise GenerationMovedError(
            f"Source {commit.source_code}: something was committed since {about} was compared; it is compared again."
        )
