"""Ids and references of journal entries: named by their content, so that the same entry never has two."""

from __future__ import annotations

from uuid import UUID, uuid5

import pyarrow as pa

from include.finance.journal import reference_of

_ENTRIES = UUID("5f1c1a52-8a35-5c0e-8f57-0f0a3d6f7a11")  # the name space of journal entry ids


def identify(source_code: str, groups: pa.Table) -> pa.Table:
    """The groups with `entry_id` and `reference` beside them.

    A loop over journal entries, a few hundred a night, never over documents. Why an entry waits is no part of its name:
    the next night may see it differently.
    """
    unnamed = [name for name in ("entry_no", "entry_day", "held_reason") if name in groups.column_names]
    named = groups.drop_columns(unnamed).to_pylist()
    ids = [uuid5(_ENTRIES, "|".join([source_code, *(str(value) for value in row.values())])) for row in named]
    keys = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([value.bytes for value in ids], pa.binary(16)))
    return groups.append_column("entry_id", keys).append_column(
        "reference", pa.array([reference_of(value) for value in ids], pa.string())
    )
