"""How long each stage of a night took, by the clock of the finance database, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from include.finance.errors import TieoutError
from include.store.database import FinanceDatabase
from include.store.streams import AttemptKind

_BEGIN = "insert into stage_timing (id, read_instant, kind, stage, subject) values (%s, %s, %s, %s, %s)"
_END = """
update stage_timing set ended_at = clock_timestamp(), row_count = %s, outcome = %s, error = %s
where id = %s and outcome = 'running'
"""


@dataclass(slots=True)
class StageCount:
    """What the stage at work sets: how many documents, entries or accounts it went through."""

    row_count: int | None = None


@contextmanager
def timed_stage(
    database: FinanceDatabase, read_instant: datetime, kind: AttemptKind, stage: str, subject: str = ""
) -> Iterator[StageCount]:
    """Write down that a stage begins, and how it ends; what it raises goes on. A killed one stays `running`.

    A database that does not answer is not worth a second error: the stage itself says so better.
    """
    timing_id, count = uuid4(), StageCount()
    with suppress(TieoutError), database.transaction() as connection:
        connection.execute(_BEGIN, (timing_id, read_instant, kind, stage, subject))
    try:
        yield count
    except BaseException as error:
        _end(database, timing_id, count, "failed", f"{type(error).__name__}: {error}")
        raise
    _end(database, timing_id, count, "done", None)


def _end(database: FinanceDatabase, timing_id: UUID, count: StageCount, outcome: str, error: str | None) -> None:
    with suppress(TieoutError), database.transaction() as connection:
        connection.execute(_END, (count.row_count, outcome, error, timing_id))
