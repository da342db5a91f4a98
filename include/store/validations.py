"""What validating an attempt came to: its findings' files, one row per suite, and whether the source was stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from include.evidence.manifest import EvidenceFile, manifest_from_json, manifest_to_json
from include.store.database import Connection, FinanceDatabase
from include.store.streams import write_once

_INSERT = """
insert into validation (id, attempt_id, configuration_sha256, code_version, manifest, document_count, finding_count,
    stopped_because)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_INSERT_SUITE = """
insert into validation_suite (validation_id, suite, first_bucket, document_count, expectation_count, failed_count,
    failing_document_count, frame_seconds, judge_seconds)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_NEWEST = """
select id, attempt_id, configuration_sha256, code_version, manifest, document_count, finding_count, stopped_because
from validation
where attempt_id = %s and configuration_sha256 = %s and code_version = %s
order by validated_at desc, id limit 1
"""
_SUITES = """
select suite, first_bucket, document_count, expectation_count, failed_count, failing_document_count,
    frame_seconds::float8 as frame_seconds, judge_seconds::float8 as judge_seconds
from validation_suite where validation_id = %s order by first_bucket, suite
"""

_NEWEST_ATTEMPT = """
select a.id
from validation as v
join attempt as a on a.id = v.attempt_id
where a.tidied_at is null
    and (%(source)s::text is null or a.source_code = %(source)s)
    and (%(read_instant)s::timestamptz is null or a.read_instant = %(read_instant)s)
order by v.validated_at desc, v.id limit 1
"""


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """One suite over one portion of an attempt, whose buckets begin with `first_bucket`."""

    suite: str
    first_bucket: int
    document_count: int
    expectation_count: int
    failed_count: int
    failing_document_count: int
    frame_seconds: float
    judge_seconds: float


@dataclass(frozen=True, slots=True)
class Validation:
    """A try to validate an attempt, complete: `stopped_because` says why nothing of it may be accounted, or is None."""

    id: UUID
    attempt_id: UUID
    configuration_sha256: str
    code_version: str
    files: tuple[EvidenceFile, ...]
    document_count: int
    finding_count: int
    stopped_because: str | None
    suites: tuple[SuiteRun, ...]


def record_validation(database: FinanceDatabase, validation: Validation) -> None:
    """Write a validation down, whole. Raises SystemUnreachableError when it is not written."""

    def write(connection: Connection) -> None:
        connection.execute(
            _INSERT,
            (
                validation.id,
                validation.attempt_id,
                validation.configuration_sha256,
                validation.code_version,
                Jsonb(manifest_to_json(validation.files)),
                validation.document_count,
                validation.finding_count,
                validation.stopped_because,
            ),
        )
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT_SUITE, [_suite_row(validation.id, run) for run in validation.suites])

    def is_written(connection: Connection) -> bool:
        return connection.execute("select from validation where id = %s", (validation.id,)).fetchone() is not None

    write_once(database, write, is_written)


def find_validation(
    database: FinanceDatabase, attempt_id: UUID, configuration_sha256: str, code_version: str
) -> Validation | None:
    """The newest validation of an attempt under this configuration and code."""
    with database.transaction() as connection:
        row = connection.execute(_NEWEST, (attempt_id, configuration_sha256, code_version)).fetchone()
        if row is None:
            return None
        suites: Sequence[dict[str, object]] = connection.execute(_SUITES, (row["id"],)).fetchall()
    files = tuple(manifest_from_json(row.pop("manifest")))
    return Validation(**row, files=files, suites=tuple(SuiteRun(**suite) for suite in suites))  # type: ignore[arg-type]


def newest_validated(database: FinanceDatabase, source_code: str | None, read_instant: datetime | None) -> UUID | None:
    """The attempt that was validated last, of one source or read instant where these are given."""
    with database.transaction() as connection:
        asked = {"source": source_code, "read_instant": read_instant}
        row = connection.execute(_NEWEST_ATTEMPT, asked).fetchone()
    return row["id"] if row else None


def _suite_row(validation_id: UUID, run: SuiteRun) -> tuple[object, ...]:
    return (
        validation_id,
        run.suite,
        run.first_bucket,
        run.document_count,
        run.expectation_count,
        run.failed_count,
        run.failing_document_count,
        run.frame_seconds,
        run.judge_seconds,
    )
