"""The rules that lines, taxes and applications share: each belongs to a document that came, and stands there once."""

from __future__ import annotations

import great_expectations.expectations as gxe

from include.quality.rule import Rule, quarantine, stop


def child_rules(word: str) -> list[Rule]:
    """Rules for the rows below a document, called `word` in the plural."""
    return [
        stop(
            "rows_without_document",
            "Rows whose document did not come with them say that the reading is not whole.",
            f"has {{row_count}} {word}, but did not come itself",
            gxe.ExpectColumnValuesToBeBetween,
            column="documents_found",
            min_value=1,
        ),
        quarantine(
            "duplicate_rows",
            "A row that stands twice on a document counts its money twice.",
            f"{{repeated_rows}} of {{row_count}} {word} stand there twice",
            gxe.ExpectColumnValuesToBeBetween,
            column="repeated_rows",
            max_value=0,
        ),
    ]
