"""What the Postgres billing source relies on in the schema it reads, and how a schema that drifted is told.

The queries cast what they read, so a column of another type would often be read all the same: a fraction rounded, a
text taken for a date. Therefore the types are compared before the first row is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).with_name("contract.yaml")
# A source may do without these: then there is less to check by.
OPTIONAL_TABLES = frozenset({"control_totals"})
# What can be read as the type of the contract without a value changing.
_AS_GOOD = {
    "text": {"character varying", "character"},
    "bigint": {"integer", "smallint"},
    "integer": {"smallint"},
    "numeric": {"bigint", "integer", "smallint"},
}


@cache
def contract() -> Mapping[str, Mapping[str, str]]:
    """Table -> column -> type that the queries rely on."""
    found: dict[str, dict[str, str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return found


def find_drift(columns: Iterable[tuple[str, str, str]]) -> list[str]:
    """What is missing or of another type among (table, column, type) of a billing database, one sentence part each."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in columns:
        tables.setdefault(table, {})[column] = kind
    return [
        fact
        for table, wanted in contract().items()
        if table in tables or table not in OPTIONAL_TABLES
        for fact in _drift_of(table, wanted, tables.get(table))
    ]


def _drift_of(table: str, wanted: Mapping[str, str], found: Mapping[str, str] | None) -> Iterator[str]:
    if found is None:
        yield f"table billing.{table} is missing"
        return
    for column, kind in wanted.items():
        if column not in found:
            yield f"table billing.{table}: field {column} was {kind} and is missing"
        elif found[column] not in {kind} | _AS_GOOD.get(kind, set()):
            yield f"table billing.{table}: field {column} was {kind} and is {found[column]}"
