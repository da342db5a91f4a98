"""What a person has booked anew or undone, once it is worked out and approved: put into evidence, and committed like a night."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from include.evidence.manifest import EvidenceFile, manifest_to_json
from include.pipelines.account import AccountingDesk
from include.pipelines.reclassified import Reckoning
from include.ports.billing import SourcePosition
from include.store import streams
from include.store.register import BatchCommit, BatchHeader, open_commit


def commit_reckoning(
    desk: AccountingDesk,
    found: Reckoning,
    kind: streams.AttemptKind,
    end: Callable[[BatchCommit, BatchHeader], None],
) -> None:
    """Store what was worked out as a batch of its kind; `end` writes all but the bookings, and ends the transaction.

    Raises what `open_commit` raises: GenerationMovedError where the books moved since it was worked out.
    """
    attempt_id = uuid4()
    files = store_evidence(desk, found, kind, attempt_id)
    stream = found.standing.stream
    with open_commit(desk.database, attempt_id, stream.source_code, stream.generation) as commit:
        place = commit.place
        bookings = found.engine.streams(place.batch_no, place.source_id, place.seen_rank)("booking_rows")
        commit.copy("event_booking", bookings)
        header = BatchHeader(
            id=found.batch_id,
            rule_set_sha256=desk.configuration.sha256,
            rule_set_files=desk.configuration.files,
            code_version=desk.code_version,
            manifest=manifest_to_json(files),
        )
        end(commit, header)


def store_evidence(
    desk: AccountingDesk, found: Reckoning, kind: streams.AttemptKind, attempt_id: UUID
) -> list[EvidenceFile]:
    """Put what was read and what was made into evidence, and write the attempt down; returns what the batch names."""
    stream = found.standing.stream
    assert stream.system_identifier is not None
    folder = f"{stream.source_code}/{kind}/{attempt_id}"
    attempt = streams.Attempt(
        attempt_id,
        stream.source_code,
        kind,
        found.standing.read_instant,
        stream.horizon,
        stream.generation,
        folder,
    )
    streams.open_attempt(desk.database, attempt)

    # The documents as they were read by nights: for rebuilding, not to be taken for another reading of billing.
    landed = desk.evidence.put_all(found.landed, folder)
    made = desk.evidence.put_all(found.findings, folder) + desk.evidence.put_all(found.made, f"{folder}/account")
    desk.evidence.verify([*landed, *made])
    position = SourcePosition(stream.system_identifier, stream.horizon, stream.snapshot_rank)
    rows = sum(file.rows for file in landed if file.dataset == "documents")
    streams.land_attempt(desk.database, attempt_id, position, manifest_to_json(landed), rows)
    return made
