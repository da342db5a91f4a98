"""Data-quality scores: what they are counted from, written once for each result, and their series over nights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from include.finance.quality_score import QualityScore, Score, Share
from include.store.database import Connection, FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql") / "scores"


def scores_query(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of a query in `sql/scores`, named for its output."""
    return connection.execute(_text(name), parameters).fetchall()


def write_scores(database: FinanceDatabase, read_instant: datetime, scores: Iterable[QualityScore], actor: str) -> int:
    """Write the scores of a night in one transaction; how many came out otherwise than what is there. Nothing is changed or deleted."""
    written = 0
    with database.transaction() as connection:
        # Of two at once the second sees what the first wrote.
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"scores|{read_instant}",))
        for each in scores:
            written += connection.execute(_text("write"), _values(each, actor)).rowcount
    return written


def read_scores(connection: Connection, legal_entity_code: str, nights: int) -> Sequence[QualityScore]:
    """The scores of the last nights of a legal entity, newest first."""
    rows = scores_query(connection, "series", entity=legal_entity_code, nights=nights)
    return [score_of_row(row) for row in rows]


def _values(each: QualityScore, actor: str) -> dict[str, object]:
    return {
        "read_instant": each.read_instant,
        "legal_entity_code": each.legal_entity_code,
        "score": each.score.value,
        "numerator": each.share.numerator,
        "denominator": each.share.denominator,
        "unit": each.unit,
        "mean_numerator": each.mean.numerator if each.mean else None,
        "mean_denominator": each.mean.denominator if each.mean else None,
        "days": each.days,
        "floor_bp": each.floor_bp,
        "explanation": each.explanation,
        "scored_by": actor,
    }


def score_of_row(row: Row) -> QualityScore:
    """A score as `series.sql` and the report ask for it."""
    mean = None if row["mean_denominator"] is None else Share(row["mean_numerator"], row["mean_denominator"])
    return QualityScore(
        row["read_instant"],
        row["legal_entity_code"],
        Score(row["score"]),
        Share(row["numerator"], row["denominator"]),
        row["unit"],
        mean,
        row["days"],
        row["floor_bp"],
        row["explanation"],
    )


def _text(name: str) -> Any:
    return (_SQL / f"{name}.sql").read_bytes()
