"""The steps of the sample company against a real billing database, each remembered so that it happens once.

All take the libpq connection string of the role that owns the billing database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from include.sample.company.calendar import NIGHTS
from include.sample.company.filling import Connection, add_to_totals, write_again, write_stage
from include.sample.company.story import Story, tell_story
from include.sample.postgres_roles import grant_reading

SEED = 20260201
SCHEMA_FILE = Path(__file__).parents[1] / "billing_schema.sql"
_MARKER = """
create schema sample;
-- one row per step of the sample company that is committed
create table sample.applied (
    stage text primary key, seed bigint not null, size int not null, applied_at timestamptz not null default now());
"""


class SampleOrderError(RuntimeError):
    """A step of the sample company comes too early, or belongs to another sample company."""


def create_billing_schema(owner_dsn: str, reader_role: str = "billing_reader") -> bool:
    """Create the contract's schema, which `reader_role` may select from and no more. False: it was there already."""
    with psycopg.connect(owner_dsn) as connection:
        if connection.execute("select 1 from pg_namespace where nspname = 'billing'").fetchone():
            return False
        connection.execute(SCHEMA_FILE.read_bytes())
        connection.execute(_MARKER)
        grant_reading(connection, reader_role, ("billing",))
    return True


def fill_night_one(owner_dsn: str, seed: int = SEED, size: int = 1) -> bool:
    """Fill everything that billing has before night one. False: it was filled already, and nothing was done.

    Raises SampleOrderError when the database holds the sample company of another seed or size.
    """
    with psycopg.connect(owner_dsn) as connection:
        if not _remember(connection, "night_one", seed, size):
            _require_same(connection, seed, size)
            return False
        stage = tell_story(seed, size).night_one
        write_stage(connection, stage)
        add_to_totals(connection, stage, NIGHTS[0].as_of)
    return True


def filled_size(owner_dsn: str) -> int | None:
    """The size of the sample company that the database holds; None: it is not filled yet."""
    with psycopg.connect(owner_dsn) as connection:
        row = connection.execute("select size from sample.applied where stage = 'night_one'").fetchone()
    return int(row[0]) if row else None


@contextmanager
def hold_late_transaction(owner_dsn: str) -> Iterator[bool]:
    """Keep a transaction with new documents open while the body runs; it commits when the body ends.

    What another connection commits meanwhile (also here, before the body runs) has a higher transaction number and
    is visible to the body; the late documents are not. A body that fails rolls them back, and the step can be taken
    again. Yields False, without a transaction, when the late documents were committed before.

    Raises SampleOrderError before night one is filled.
    """
    with psycopg.connect(owner_dsn) as late:
        seed, size = _require(late, "night_one", "fill night one first")
        if not _remember(late, "late", seed, size):
            late.rollback()
            yield False
            return
        late.execute("set local idle_in_transaction_session_timeout = 0")
        story = tell_story(seed, size)
        write_stage(late, story.late)
        _write_meanwhile(owner_dsn, story, seed, size)
        yield True
        # Only now: these rows are shared with other transactions, which would wait for this one.
        add_to_totals(late, story.late, NIGHTS[1].as_of)


def apply_night_two(owner_dsn: str) -> bool:
    """Apply the changes of the day before night two. False: they were applied already, and nothing was done.

    Raises SampleOrderError before the late transaction has committed.
    """
    with psycopg.connect(owner_dsn) as connection:
        seed, size = _require(connection, "late", "run night one inside `hold_late_transaction` first")
        if not _remember(connection, "night_two", seed, size):
            return False
        stage = tell_story(seed, size).night_two
        write_stage(connection, stage)
        add_to_totals(connection, stage, NIGHTS[1].as_of)
    return True


def _write_meanwhile(owner_dsn: str, story: Story, seed: int, size: int) -> None:
    with psycopg.connect(owner_dsn) as connection:
        if _remember(connection, "meanwhile", seed, size):
            write_stage(connection, story.meanwhile)
            add_to_totals(connection, story.meanwhile, NIGHTS[0].as_of)
        else:
            # An earlier late transaction was rolled back: keep these rows younger than the new one.
            write_again(connection, story.meanwhile)


def _remember(connection: Connection, stage: str, seed: int, size: int) -> bool:
    """Whether this transaction is the one that takes a step; another that is taking it is waited for."""
    done = connection.execute(
        "insert into sample.applied (stage, seed, size) values (%s, %s, %s) on conflict (stage) do nothing",
        (stage, seed, size),
    )
    return done.rowcount == 1


def _require(connection: Connection, stage: str, cure: str) -> tuple[int, int]:
    row = connection.execute("select seed, size from sample.applied where stage = %s", (stage,)).fetchone()
    if row is None:
        raise SampleOrderError(f"The sample company has not got to `{stage}` yet: {cure}.")
    seed, size = row
    return int(seed), int(size)


def _require_same(connection: Connection, seed: int, size: int) -> None:
    known = _require(connection, "night_one", "fill night one first")
    if known != (seed, size):
        raise SampleOrderError(
            f"The billing database holds the sample company of seed {known[0]}, size {known[1]}, "
            f"not of seed {seed}, size {size}: ask for that one, or use an empty database."
        )
