"""Findings: one row per document and broken rule, however many, built column by column."""

from __future__ import annotations

from string import Formatter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

# One row per document and expectation that it does not meet.
FINDINGS = pa.schema(
    [
        ("document_uid", pa.uuid()),
        ("document_type", pa.string()),
        ("native_id", pa.string()),
        ("bucket", pa.int8()),
        ("suite", pa.string()),
        ("rule", pa.string()),
        ("consequence", pa.string()),
        ("detail", pa.string()),
    ]
)


def findings_of(suite: str, rule: str, consequence: str, detail: str, broken: pa.Table) -> pa.Table:
    """The findings of one rule on the rows of a frame that break it; `detail` names columns of the frame in braces."""
    count = broken.num_rows
    columns: dict[str, Any] = {name: broken[name] for name in ("document_uid", "document_type", "native_id", "bucket")}
    columns |= {name: pa.repeat(value, count) for name, value in (("suite", suite), ("rule", rule))}
    columns["consequence"] = pa.repeat(consequence, count)
    columns["detail"] = _worded(detail, broken)
    return pa.table({name: columns[name] for name in FINDINGS.names}, schema=FINDINGS)


def _worded(template: str, rows: pa.Table) -> pa.ChunkedArray:
    parts: list[Any] = [pa.chunked_array([pa.repeat("", rows.num_rows)])]
    for text, column, _, _ in Formatter().parse(template):
        if text:
            parts.append(pa.scalar(text))
        if column is not None:
            parts.append(pc.fill_null(rows[column].cast(pa.string()), "nothing"))
    return pc.binary_join_element_wise(*parts, "")
