"""The data-quality scores of a night: completeness, timeliness and clearing of each legal entity, kept as a series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from include.config.configuration import Configuration
from include.evidence.store import EvidenceStore
from include.finance.quality_score import QualityScore, Score, Share, days_before, percent_text
from include.pipelines.clearing_shares import ClearingShare, clearing_shares, judged_batches, left_out
from include.store.database import Connection, FinanceDatabase
from include.store.quality_scores import scores_query, write_scores

_NAMED = 5  # cells that an explanation names


def score_night(
    database: FinanceDatabase, evidence: EvidenceStore, configuration: Configuration, read_instant: datetime, actor: str
) -> Sequence[QualityScore]:
    """Score every legal entity for a night, as things stand, and write what came out otherwise than before.

    Reads the night's tie-out, what batches saw first, and the evidence of the days that clearing is judged by. Raises EvidenceError
    when a file is lost; then nothing is written.
    """
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        judged = judged_batches(connection, configuration, read_instant)
        scores = [
            score(connection, configuration, code, read_instant)
            for code in sorted(configuration.legal_entities)
            for score in (_completeness, _timeliness)
        ]
    # Files take a while, and an open transaction keeps the database from tidying up.
    cleared = clearing_shares(evidence, configuration, read_instant, judged)
    scores += [_clearing(cleared, configuration, code, read_instant) for code in sorted(configuration.legal_entities)]
    write_scores(database, read_instant, scores, actor)
    return scores


def score_lines(scores: Sequence[QualityScore]) -> list[str]:
    """One line for each score below its floor."""
    return [
        f"{each.legal_entity_code}: {each.score} is {percent_text(each.share.basis_points)}, below its floor of {percent_text(each.floor_bp)}"
        + (f" ({each.explanation})" if each.explanation else "")
        for each in scores
        if each.is_below
    ]


def _completeness(
    connection: Connection, configuration: Configuration, code: str, read_instant: datetime
) -> QualityScore:
    [found] = scores_query(
        connection,
        "completeness",
        entity=code,
        read_instant=read_instant,
        sources=sorted(configuration.sources),
        named=_NAMED,
    )
    told = "; ".join(found["unknown"] or (f"without an outcome, {name}" for name in found["lacking"]))
    # What nobody has counted is not complete.
    share = Share() if found["unknown"] else Share(found["numerator"], found["denominator"])
    floor = configuration.scores_of(code).completeness_floor_bp
    return QualityScore(read_instant, code, Score.COMPLETENESS, share, floor_bp=floor, explanation=told)


def _timeliness(
    connection: Connection, configuration: Configuration, code: str, read_instant: datetime
) -> QualityScore:
    entity, settings = configuration.legal_entities[code], configuration.scores_of(code)
    first, last = days_before(configuration.fiscal_calendar_of(code), entity.local_date(read_instant))
    [found] = scores_query(
        connection,
        "timeliness",
        entity=code,
        read_instant=read_instant,
        time_zone=str(entity.time_zone),
        days=settings.timeliness_days,
        mean_first=first,
        mean_last=last,
    )
    share = Share(found["numerator"], found["denominator"])
    mean = Share(found["mean_numerator"], found["mean_denominator"])
    return QualityScore(
        read_instant,
        code,
        Score.TIMELINESS,
        share,
        mean=mean,
        days=settings.timeliness_days,
        floor_bp=settings.timeliness_floor(mean),
        explanation=""
        if share.denominator
        else "no document came for the first time, or only those of a source's first batch",
    )


def _clearing(
    cleared: Sequence[ClearingShare], configuration: Configuration, code: str, read_instant: datetime
) -> QualityScore:
    entity, settings = configuration.legal_entities[code], configuration.scores_of(code)
    mine = [each for each in cleared if each.legal_entity_code == code]
    first, last = settings.judged_days(entity.local_date(read_instant))
    told = [f"what came from {first} to {last}"]
    told += [f"{each.role}: {each.open_count} with something open" for each in mine if each.open_count]
    if out := [f"{role} ({why})" for role, why in left_out(configuration, code, mine).items()]:
        told.append(f"not in it: {', '.join(out)}")
    return QualityScore(
        read_instant,
        code,
        Score.CLEARING,
        sum((each.share for each in mine), Share()),
        unit=entity.functional_currency.code,
        days=settings.clearing_days,
        floor_bp=settings.clearing_floor_bp,
        explanation="; ".join(told),
    )
