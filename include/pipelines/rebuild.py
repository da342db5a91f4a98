"""Rebuild a past batch from its evidence, and compare it with what was stored: the proof that the books can be reproduced.

What was landed, the findings, the periods of that time, the rule set of that time, and the register as it was before are
all on file; the same engines make the entries again. Nothing is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from include.config.kept import load_kept
from include.evidence.compare import Comparison, compare_rows
from include.evidence.duck import open_duckdb
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.account import PERIODS, AccountingDesk
from include.pipelines.rebuild_kinds import (
    Again,
    rebuild_night,
    rebuild_reclassification,
    rebuild_recognition,
    rebuild_reversal,
)
from include.store.explain_facts import BatchFacts, batches_of, lines_of_batch
from include.store.rule_sets import read_rule_set

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
_KINDS: Mapping[str, Callable[[Again], None]] = {
    "night": rebuild_night,
    "recognition": rebuild_recognition,
    "reclassify": rebuild_reclassification,
    "reverse_entry": rebuild_reversal,
}


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
    """Rebuild one batch, of any kind, by the configuration that it was made by.

    Raises UnknownNameError for none of that number, EvidenceError when something of it is lost, ConfigurationError where the
    configuration of its time is refused by today's checks.
    """
    with made_again(desk, batch_no) as again:
        with open_duckdb(again.folder, "1GB") as connection:
            stored = [
                compare_rows(connection, name, again.stored(name), again.made(name), shape)
                for name, shape in again.compared.items()
            ]
            lines = _lines([row for entries, made in again.journals for row in _made_lines(entries, made)])
            journals = compare_rows(connection, JOURNALS, _stored_lines(desk, batch_no), lines, _LINES)
        return Rebuilt(again.batch, desk.code_version, (*stored, journals))


@contextmanager
def made_again(desk: AccountingDesk, batch_no: int) -> Iterator[Again]:
    """One batch made again from its evidence, in files that go with the context. Raises as `rebuild_batch` does."""
    batch = _batch(desk, batch_no)
    desk = as_of_batch(desk, batch)
    with _scratch(desk) as folder:
        again = Again(desk, batch, _periods(desk, batch), folder)
        _KINDS[batch.kind](again)
        yield again


def _batch(desk: AccountingDesk, batch_no: int) -> BatchFacts:
    with desk.database.transaction() as connection:
        found = batches_of(connection, [batch_no])
    if batch_no not in found:
        raise UnknownNameError(
            f"There is no batch {batch_no}; table tieout.batch lists them all, `make explain` names that of an entry."
        )
    if found[batch_no].kind == "revaluation":
        raise UnknownNameError(
            f"Batch {batch_no} is a run of revaluation, and those are not rebuilt: revalue its period again, "
            "which books what differs (`make revalue`)."
        )
    return found[batch_no]


def as_of_batch(desk: AccountingDesk, batch: BatchFacts) -> AccountingDesk:
    """The desk under the configuration that the batch was made by: the one in force, or the one that it left on file."""
    if batch.rule_set_sha256 == desk.configuration.sha256:
        return desk
    try:
        kept = read_rule_set(desk.database, batch.rule_set_sha256)
    except EvidenceError as error:
        raise EvidenceError(
            f"Batch {batch.batch_no} was made under configuration {batch.rule_set_sha256[:12]}, the one in force is "
            f"{desk.configuration.sha256[:12]}, and its own cannot be read: {error} Or check out the configuration of that time "
            "(`git log include/config`), set TIEOUT_CONFIG to it and run this again."
        ) from error
    return replace(desk, configuration=load_kept(kept.files))


def _periods(desk: AccountingDesk, batch: BatchFacts) -> pa.Table:
    files = [file for file in batch.files if file.dataset == PERIODS]
    desk.evidence.verify_content(files)
    if not files:
        raise EvidenceError(
            f"Batch {batch.batch_no} is older than the keeping of periods: its evidence below {batch.evidence_path} does not "
            "say which were open. It can be explained (`make explain`), not rebuilt."
        )
    return pa.concat_tables([pq.read_table(path) for path in desk.evidence.fetch(files)])


def _made_lines(entries: pa.Table, lines: pa.Table) -> list[dict[str, object]]:
    named = {row["id"]: row for row in entries.to_pylist()}
    return [
        row
        | {
            "reference": named[row["entry_id"]]["reference"],
            "content_sha256": named[row["entry_id"]]["content_sha256"].hex(),
        }
        for row in lines.to_pylist()
    ]


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
