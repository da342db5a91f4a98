"""The queries that the Postgres billing source is read with: files in `sql/`, named for their output."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("sql")
_INCLUDE = "-- include: "
_CHANGES_ONLY = "-- changes only"

# Dataset -> the queries that together are its rows, run one after the other in one snapshot. A column of the dataset that
# a query leaves out is null on all its rows: of a table with millions of rows, a null in each takes its time as well.
DATASET_QUERIES: dict[str, tuple[str, ...]] = {
    "documents": (
        "documents_invoices",
        "documents_credit_memos",
        "documents_payments",
        "documents_refunds",
        "documents_disputes",
        "documents_processor_fees",
        "documents_payouts",
    ),
    "lines": (
        "lines_invoices",
        "lines_invoices_special",
        "lines_written_off",
        "lines_residual",
        "lines_credit_memos",
        "lines_credited",
        "lines_disputes",
        "lines_payouts",
    ),
    "line_taxes": ("line_taxes_invoices", "line_taxes_credit_memos"),
    "applications": ("applications_payments", "applications_credit_memos", "applications_implied"),
    "reliefs": ("reliefs", "reliefs_residual"),
    "conversions": ("conversions",),
    "deletions": ("deletions",),
    "remainders": (),  # amounts are read as they stand
}


@cache
def query(name: str, *, is_full: bool = False) -> str:
    """Return the text of `sql/<name>.sql`; a line `-- include: <file>` in it stands for the text of that file.

    With `is_full` it reads everything: lines that end with `-- changes only` are left out.
    """
    lines = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(
        _included(line, is_full=is_full) for line in lines if not (is_full and line.endswith(_CHANGES_ONLY))
    )


def _included(line: str, *, is_full: bool) -> str:
    if not line.startswith(_INCLUDE):
        return line
    file = line.removeprefix(_INCLUDE).removesuffix(_CHANGES_ONLY).strip()
    return query(file.removesuffix(".sql"), is_full=is_full)
