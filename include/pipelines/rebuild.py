"""Rebuild a past batch from its evidence, and compare it with what was stored: the proof that the books can be reproduced.

What was landed, the findings, the periods of that time, the rule set of that time, and the register as it was before are
all on file; the same engine makes the entries again. Nothing is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.compare import Comparison, compare_rows
from include.evidence.duck import open_duckdb
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.account import PERIODS, AccountingDesk, run_engine, settings_of
from include.pipelines.validate import FINDINGS_DATASET
from include.store.explain_facts import BatchFacts, batches_of, lines_of_batch
from include.store.landed import read_landed
from include.store.past_register import open_past_register
from include.subledger.engine import STORED, SubledgerEngine
from include.subledger.workspace import Workspace

JOURNALS = "journal_lines"
_LINES = pa.schema(
    [
        ("reference", pa.string()),
        ("content_sha256", pa.string()),
        ("line_no", pa.int32()),
        ("account_code", pa.string()),
    ]
    + [(name, pa.string()) for name in ("party_key", "department", "region", "product_line")]
    + [("amount_minor", pa.int64()), ("functional_minor", pa.int64())]
)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A batch beside what its evidence gives today. `code_version` is that of the code that rebuilt it."""

    batch: BatchFacts
    code_version: str
    comparisons: tuple[Comparison, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every entry came out the same."""
        return all(each.is_equal for each in self.comparisons)


def rebuild_batch(desk: AccountingDesk, batch_no: int) -> Rebuilt:
    """Rebuild one batch. Raises UnknownNameError for none of that number, EvidenceError when something of it is lost."""
    batch = _batch(desk, batch_no)
    attempt = read_landed(desk.database, batch.attempt_id)
    desk = _as_of(desk, batch)
    periods = _periods(desk, batch)
    with _scratch(desk) as folder, open_past_register(desk.database, batch_no, periods) as register:
        with Workspace(folder) as workspace:
            settings = settings_of(desk, register, periods, batch.source_code, batch.id, batch.read_instant)
            engine = SubledgerEngine(workspace, settings, folder)
            engine.take_findings(_paths(desk, batch, FINDINGS_DATASET))
            run_engine(engine, desk, attempt, register)
            made = engine.write_evidence()
            lines = _made_lines(engine)
        with open_duckdb(folder, "1GB") as connection:
            stored = [
                compare_rows(connection, name, _paths(desk, batch, name), _made(made, name), shape)
                for name, shape in STORED.items()
            ]
            journals = compare_rows(connection, JOURNALS, _stored_lines(desk, batch_no), lines, _LINES)
        return Rebuilt(batch, desk.code_version, (*stored, journals))


def _made(written: Sequence[tuple[str, int, Path]], dataset: str) -> list[str]:
    return [str(path) for name, _, path in written if name == dataset]


def _batch(desk: AccountingDesk, batch_no: int) -> BatchFacts:
    with desk.database.transaction() as connection:
        found = batches_of(connection, [batch_no])
    if batch_no not in found:
        raise UnknownNameError(
            f"There is no batch {batch_no}; table tieout.batch lists them all, `make explain` names that of an entry."
        )
    if found[batch_no].kind != "night":
        raise UnknownNameError(
            f"Batch {batch_no} is a run of {found[batch_no].kind}, and only nights are rebuilt: recognise or revalue its period again, "
            "which books what differs (`make recognise`, `make revalue`)."
        )
    return found[batch_no]


def _as_of(desk: AccountingDesk, batch: BatchFacts) -> AccountingDesk:
    """The desk under the configuration that the batch was accounted by."""
    if batch.rule_set_sha256 == desk.configuration.sha256:
        return desk
    raise EvidenceError(
        f"Batch {batch.batch_no} was accounted under configuration {batch.rule_set_sha256[:12]}, and the one in force is "
        f"{desk.configuration.sha256[:12]}. Check out the configuration of that time (`git log include/config`), set "
        "TIEOUT_CONFIG to it and run this again."
    )


def _periods(desk: AccountingDesk, batch: BatchFacts) -> pa.Table:
    paths = _paths(desk, batch, PERIODS)
    if not paths:
        raise EvidenceError(
            f"Batch {batch.batch_no} is older than the keeping of periods: its evidence below {batch.evidence_path} does not "
            "say which were open. It can be explained (`make explain`), not rebuilt."
        )
    return pa.concat_tables([pq.read_table(path) for path in paths])


def _paths(desk: AccountingDesk, batch: BatchFacts, dataset: str) -> list[str]:
    files = [file for file in batch.files if file.dataset == dataset]
    desk.evidence.verify_content(files)
    return desk.evidence.fetch(files)


def _made_lines(engine: SubledgerEngine) -> pa.Table:
    entries = {row["id"]: row for row in engine.result("journal_entry_rows").to_pylist()}
    return _lines(
        [
            row
            | {
                "reference": entries[row["entry_id"]]["reference"],
                "content_sha256": entries[row["entry_id"]]["content_sha256"].hex(),
            }
            for row in engine.result("journal_line_rows").to_pylist()
        ]
    )


def _stored_lines(desk: AccountingDesk, batch_no: int) -> pa.Table:
    with desk.database.transaction() as connection:
        return _lines(lines_of_batch(connection, batch_no))


def _lines(rows: Sequence[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=_LINES)


@contextmanager
def _scratch(desk: AccountingDesk) -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="rebuild-", dir=desk.scratch))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
