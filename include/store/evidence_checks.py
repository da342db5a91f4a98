"""Checks of evidence: which part of the files a run reads, what it found of each, and the exceptions that come of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from include.evidence.manifest import EvidenceFile, manifest_from_json
from include.evidence.store import FileFault
from include.finance.exception_rule import EVIDENCE_EXCEPTIONS
from include.store.database import Connection, FinanceDatabase
from include.store.entry_exceptions import Assignments

_UNASSIGNED = "UNASSIGNED"  # a file holds documents of every legal entity
_NAMED = 5  # files named in a message; how many there are is always said
_STRETCH = 20  # batches whose manifests are in memory at once

# A run that was finished and is started again reads all of its part again; one that died goes on.
_BEGIN = """
insert into evidence_check as c (source_code, run_key, part_no, part_count, actor)
select %(source)s, %(run_key)s,
    case when %(is_everything)s then null
        else coalesce((
            select (l.part_no + 1) %% %(part_count)s
            from evidence_check as l
            where l.source_code = %(source)s and l.part_no is not null and l.finished_at is not null
            order by l.check_no desc limit 1), 0) end,
    %(part_count)s, %(actor)s
on conflict (source_code, run_key) do update set finished_at = null, file_count = null, byte_count = null, fault_count = null,
    started_at = case when c.finished_at is null then c.started_at else clock_timestamp() end
returning check_no, part_no, part_count, started_at
"""
_BATCHES = """
select b.batch_no, b.manifest,
    array(select f.path from evidence_file_check as f where f.batch_no = b.batch_no and f.fault is not null) as faulty,
    array(select f.path from evidence_file_check as f
        where f.batch_no = b.batch_no and f.check_no = %(check_no)s and f.checked_at >= %(started_at)s) as done
from batch as b
where b.source_code = %(source)s and b.batch_no > %(after)s
order by b.batch_no
limit %(stretch)s
"""
_NOTE = """
insert into evidence_file_check (batch_no, path, check_no, byte_count, fault, finding)
values (%(batch_no)s, %(path)s, %(check_no)s, %(bytes)s, %(fault)s, %(finding)s)
on conflict (batch_no, path) do update set
    check_no = excluded.check_no, checked_at = excluded.checked_at, fault = excluded.fault, finding = excluded.finding
"""
_FAULTS = """
select fault, count(*) as file_count, (array_agg(path order by path))[:%(named)s] as paths
from evidence_file_check
where batch_no = %(batch_no)s and fault is not null
group by fault
"""
_CLOSE_EXCEPTIONS = """
update exception set state = 'closed', closed_at = now()
where state = 'open' and subject_type = 'evidence' and starts_with(cause, %(scope)s) and cause <> all(%(kept)s)
"""
_OPEN_EXCEPTION = """
insert into exception (cause, category, severity, owner, source_code, legal_entity_code, currency, amount_minor, subject_type, subject_id,
    message, suggested_fix, first_batch_no, last_batch_no)
values (%(cause)s, %(category)s, %(severity)s, %(owner)s, %(source)s, %(entity)s, 'unknown', 0, 'evidence', %(subject)s,
    %(message)s, %(suggested_fix)s, %(batch_no)s, %(batch_no)s)
on conflict (cause) do update set
    category = excluded.category, severity = excluded.severity, owner = excluded.owner, message = excluded.message,
    suggested_fix = excluded.suggested_fix, state = 'open', closed_at = null,
    opened_at = case when exception.state = 'open' then exception.opened_at else now() end
"""
# By what stands written, so that a run that died in between counts what it had read before.
_FINISH = """
update evidence_check as c
set finished_at = clock_timestamp(), file_count = s.file_count, byte_count = s.byte_count, fault_count = s.fault_count
from (
    select count(*) as file_count, count(f.fault) as fault_count, coalesce(sum(f.byte_count), 0)::bigint as byte_count
    from evidence_file_check as f
    where f.check_no = %(check_no)s and f.checked_at >= %(started_at)s) as s
where c.check_no = %(check_no)s
returning c.file_count, c.byte_count, c.fault_count
"""
_STANDING = """
select a.batch_count, a.unread_count, a.oldest_at, f.findings, f.fault_count
from (
    select count(*) as batch_count, count(*) filter (where checked_since is null and file_count > 0) as unread_count,
        min(checked_since) as oldest_at
    from evidence_age
    where source_code = %(source)s) as a
cross join (
    select count(*) as fault_count, coalesce((array_agg(c.finding order by c.batch_no, c.path))[:%(named)s], '{}') as findings
    from evidence_file_check as c
    join batch as b on b.batch_no = c.batch_no
    where b.source_code = %(source)s and c.fault is not null) as f
"""


@dataclass(frozen=True, slots=True)
class Check:
    """A run of the check over a source: it reads part `part_no` of `part_count`, or everything (None)."""

    check_no: int
    part_no: int | None
    part_count: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """The files of a batch: those found lost or altered the last time, and those that this run has read already."""

    batch_no: int
    files: tuple[EvidenceFile, ...]
    faulty: frozenset[str]
    done: frozenset[str]


@dataclass(frozen=True, slots=True)
class EvidenceStanding:
    """What is known of a source's evidence now. `oldest_at`: every batch without unread files was read whole since then."""

    batch_count: int
    unread_count: int
    oldest_at: datetime | None
    fault_count: int
    findings: tuple[str, ...]


def begin_check(
    database: FinanceDatabase, source_code: str, run_key: str, part_count: int, actor: str, *, is_everything: bool
) -> Check:
    """Begin a check, or go on with the one of this run. The part that comes after the last finished one is its own."""
    asked = {
        "source": source_code,
        "run_key": run_key,
        "part_count": part_count,
        "actor": actor,
        "is_everything": is_everything,
    }
    with database.transaction() as connection:
        row = connection.execute(_BEGIN, asked).fetchone()
    assert row is not None
    return Check(**row)


def sources_with_evidence(database: FinanceDatabase) -> list[str]:
    """The sources that ever committed a batch, also those that are configured no more."""
    with database.transaction() as connection:
        rows = connection.execute("select distinct source_code from batch order by source_code").fetchall()
    return [row["source_code"] for row in rows]


def batches_of_source(database: FinanceDatabase, source_code: str, check: Check) -> Iterator[BatchFiles]:
    """Every committed batch of a source, oldest first; no transaction is open while the caller reads files."""
    after = 0
    while True:
        asked = {
            "source": source_code,
            "after": after,
            "stretch": _STRETCH,
            "check_no": check.check_no,
            "started_at": check.started_at,
        }
        with database.transaction() as connection:
            rows = connection.execute(_BATCHES, asked).fetchall()
        for row in rows:
            files = tuple(manifest_from_json(row["manifest"]))
            yield BatchFiles(row["batch_no"], files, frozenset(row["faulty"]), frozenset(row["done"]))
        if len(rows) < _STRETCH:
            return
        after = rows[-1]["batch_no"]


def note_files(
    database: FinanceDatabase,
    source_code: str,
    check: Check,
    batch_no: int,
    found: Mapping[EvidenceFile, FileFault | None],
    assignments: Assignments,
) -> None:
    """Note what was found of some files of a batch, and settle its exceptions, in one transaction."""
    with database.transaction() as connection:
        # Of two runs at once the second waits, and sees what the first found.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"evidence|{batch_no}",))
        with connection.cursor() as cursor:
            cursor.executemany(
                _NOTE,
                [
                    {
                        "batch_no": batch_no,
                        "path": file.path,
                        "bytes": file.bytes,
                        "check_no": check.check_no,
                        "fault": fault.kind if fault else None,
                        "finding": fault.message if fault else None,
                    }
                    for file, fault in found.items()
                ],
            )
        _settle_exceptions(connection, source_code, batch_no, assignments)


def noted_faults(database: FinanceDatabase, source_code: str) -> dict[int, frozenset[str]]:
    """The files of a source that were found lost or altered when they were last read, by batch."""
    query = (
        "select c.batch_no, array_agg(c.path) as paths from evidence_file_check as c join batch as b on b.batch_no = c.batch_no"
        " where b.source_code = %s and c.fault is not null group by c.batch_no order by c.batch_no"
    )
    with database.transaction() as connection:
        rows = connection.execute(query, (source_code,)).fetchall()
    return {row["batch_no"]: frozenset(row["paths"]) for row in rows}


def finish_check(database: FinanceDatabase, check: Check) -> tuple[int, int, int]:
    """Close the check: how many files and bytes it has read, and how many of the files are lost or altered."""
    asked = {"check_no": check.check_no, "started_at": check.started_at}
    with database.transaction() as connection:
        row = connection.execute(_FINISH, asked).fetchone()
    assert row is not None
    return row["file_count"], row["byte_count"], row["fault_count"]


def evidence_standing(database: FinanceDatabase, source_code: str) -> EvidenceStanding:
    """How old the last check of a source's evidence is, and what is lost or altered as far as is known."""
    with database.transaction() as connection:
        row = connection.execute(_STANDING, {"source": source_code, "named": _NAMED}).fetchone()
    assert row is not None
    return EvidenceStanding(**(row | {"findings": tuple(row["findings"])}))


def _settle_exceptions(connection: Connection, source_code: str, batch_no: int, assignments: Assignments) -> None:
    """Leave a batch with one exception for what is lost of it and one for what was altered, or with none."""
    rows = connection.execute(_FAULTS, {"batch_no": batch_no, "named": _NAMED}).fetchall()
    scope = f"evidence|{source_code}|{batch_no}|"
    opened = {f"{scope}{EVIDENCE_EXCEPTIONS[row['fault']]}": row for row in rows}
    connection.execute(_CLOSE_EXCEPTIONS, {"scope": scope, "kept": list(opened)})
    for cause, row in opened.items():
        assigned = assignments[EVIDENCE_EXCEPTIONS[row["fault"]], _UNASSIGNED]
        subject = f"batch {batch_no}"
        connection.execute(
            _OPEN_EXCEPTION,
            {
                "cause": cause,
                "category": assigned.category,
                "severity": assigned.severity.value,
                "owner": assigned.owner,
                "source": source_code,
                "entity": _UNASSIGNED,
                "subject": subject,
                "message": _message(subject, row["fault"], row["file_count"], row["paths"]),
                "suggested_fix": assigned.suggested_fix,
                "batch_no": batch_no,
            },
        )


def _message(subject: str, fault: str, file_count: int, paths: Sequence[str]) -> str:
    more = f" and {file_count - len(paths)} more" if file_count > len(paths) else ""
    fact = f"{file_count} {'file was' if file_count == 1 else 'files were'} {fault}"
    return f"evidence {subject} of legal entity {_UNASSIGNED}: {fact}: {', '.join(paths)}{more}"
