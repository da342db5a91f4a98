"""Who once owned a line, a tax or an application that billing has deleted for good: only evidence remembers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from include.evidence.duck import open_duckdb, read_sql
from include.evidence.manifest import EvidenceFile
from include.evidence.store import EvidenceStore

_QUERIES = {
    "lines": "owners_by_lines",
    "line_taxes": "owners_by_line_taxes",
    "applications": "owners_by_applications",
}


def find_owners(
    store: EvidenceStore, files: Iterable[EvidenceFile], deleted: Sequence[tuple[str, str]], scratch: Path
) -> list[tuple[str, str]]:
    """(document type, native id) of the documents in `files` that had one of `deleted`, (dataset, row id) pairs.

    What evidence never had is left out: it was made and deleted between two nights, and no books know it. Raises EvidenceError
    where a file that may know is lost: nobody can say then which documents have changed.
    """
    known = list(files)
    owners: set[tuple[str, str]] = set()
    for dataset, query in _QUERIES.items():
        asked = [row_id for of, row_id in deleted if of == dataset]
        candidates = [file for file in known if file.dataset == dataset]
        if not asked or not candidates:
            continue
        store.verify(candidates)
        with open_duckdb(scratch) as connection:
            connection.register("asked", pa.table({"id": pa.array(asked, pa.string())}))
            connection.register("evidence", connection.read_parquet(store.fetch(candidates)))
            owners.update((kind, native_id) for kind, native_id in connection.sql(read_sql(query)).fetchall())
    return sorted(owners)
