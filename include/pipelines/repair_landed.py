"""What a night landed, read from billing once more by the keys of its documents, and how it differs from what was accounted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.evidence.landing import open_landing
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore
from include.pipelines.account import PRIOR_DECISION, AccountingDesk, settings_of
from include.ports.billing import BillingSource
from include.ports.canonical import DATASETS
from include.store.explain_facts import BatchFacts
from include.store.landed import read_landed
from include.store.past_register import open_past_register
from include.store.register import contents_before, open_register
from include.subledger.engine import SubledgerEngine
from include.subledger.workspace import Workspace

_KEY = ["document_type", "native_id"]
_GONE = UUID(int=0)  # the content of a document that billing deleted for good
Key = tuple[str, str]


@dataclass(slots=True)
class LandedAgain:
    """The same documents as billing has them now: a local file per dataset and bucket, and those that are not what they were."""

    files: dict[tuple[str, int], Path]
    changed: dict[int, list[str]] = field(default_factory=dict)  # by bucket, in words


def land_again(
    desk: AccountingDesk,
    source: BillingSource,
    batch: BatchFacts,
    tenant: str,
    keys: Mapping[int, Mapping[UUID, Key]],
    compared: Collection[int],
    folder: Path,
) -> LandedAgain:
    """Read the documents of a night again, by their keys in each bucket; of some buckets compare their content with the register's.

    `desk` is under the configuration of the batch, which decides what is part of a document's content. Nothing is written but below
    `folder`. Raises what the source raises.
    """
    local = EvidenceStore(str(folder / "again"), folder / "work")
    attempt = read_landed(desk.database, batch.attempt_id)
    wanted = sorted({key for bucket in keys.values() for key in bucket.values()})
    found: list[EvidenceFile] = []
    with (
        # In the way in which that night read, so that rows come in its order if billing still has them in it.
        source.read(attempt.horizon_from, wanted, lambda _: []) as reading,
        open_landing(local, "landed", batch.source_code, tenant, folder / "landing") as landing,
    ):
        for dataset in DATASETS:
            found += landing.land(dataset, _only(reading.datasets[dataset], wanted))
    again = LandedAgain(
        {(file.dataset, file.bucket): Path(path) for file, path in zip(found, local.fetch(found), strict=True)}
    )
    for bucket in compared:
        again.changed[bucket] = _changed(desk, batch, bucket, keys.get(bucket, {}), again, folder)
    return again


def _only(rows: Callable[[], Iterator[pa.RecordBatch]], wanted: list[Key]) -> Iterator[pa.RecordBatch]:
    names = pa.array(["|".join(key) for key in wanted], pa.string())
    for batch in rows():
        kept = batch.filter(
            pc.is_in(pc.binary_join_element_wise(*(batch[name] for name in _KEY), "|"), value_set=names)
        )
        if kept.num_rows:
            yield kept


def _changed(
    desk: AccountingDesk, batch: BatchFacts, bucket: int, named: Mapping[UUID, Key], again: LandedAgain, folder: Path
) -> list[str]:
    known = contents_before(desk.database, list(named), batch.batch_no)
    found = _contents(desk, batch, bucket, again, folder)
    return [
        f"{' '.join(key)} {'is not in billing any more' if found.get(uid, _GONE) == _GONE else 'has another content in billing now'}"
        for uid, key in sorted(named.items(), key=lambda each: each[1])
        if found.get(uid) != known.get(uid)
    ]


def _contents(
    desk: AccountingDesk, batch: BatchFacts, bucket: int, again: LandedAgain, folder: Path
) -> dict[UUID, UUID]:
    """The content hash of each document as it was read now, computed as a night does."""
    work = folder / f"contents-{bucket}"
    work.mkdir()
    with open_register(desk.database) as register:
        periods = register.periods()
        settings = settings_of(desk, register, periods, batch.source_code, batch.id, batch.read_instant)
    with open_past_register(desk.database, batch.batch_no, periods) as past, Workspace(work) as workspace:
        engine = SubledgerEngine(workspace, settings, work)
        files = {name: [str(path)] for (name, of), path in again.files.items() if of == bucket}
        engine.read_portion((bucket,), files, past.rows, lambda _: PRIOR_DECISION.empty_table())
        rows = engine.result("document_contents")
    return dict(zip(rows["document_uid"].to_pylist(), rows["content_hash"].to_pylist(), strict=True))


def keys_in(path: str) -> dict[UUID, Key]:
    """The documents that a file of documents or decisions names."""
    rows = pq.read_table(path, columns=["document_uid", *_KEY])
    return {
        UUID(bytes=uid) if isinstance(uid, bytes) else uid: (kind, native_id)
        for uid, kind, native_id in zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True)
    }
