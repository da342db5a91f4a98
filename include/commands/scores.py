"""The data-quality scores over the nights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import UnknownNameError
from include.finance.quality_score import QualityScore, Score, percent_text, score_title
from include.report.words import instant_words, part_text
from include.store.quality_scores import read_scores


@cli.command()
def scores(
    entity: Annotated[str | None, typer.Option(help="Legal entity; empty: each")] = None,
    nights: Annotated[int, typer.Option(min=1, help="How many nights, up to the last one that was scored")] = 30,
) -> None:
    """Completeness, timeliness and clearing of a legal entity, night by night, oldest first. Reads only."""
    app = running_app()
    known = sorted(app.configuration.legal_entities)
    if entity and entity not in known:
        raise UnknownNameError(
            f"There is no legal entity {entity} in legal_entities.yaml; there are {', '.join(known)}."
        )
    for code in [entity] if entity else known:
        with app.finance().transaction() as connection:
            # One night more, so that the oldest one shown has its trend too.
            found = read_scores(connection, code, nights + 1)
        if found:
            _print(code, found, nights)
        else:
            say(f"Legal entity {code}: no night was scored yet; each night scores itself.")


def _print(code: str, found: Sequence[QualityScore], nights: int) -> None:
    instants = sorted({each.read_instant for each in found})
    by_place = {(each.read_instant, each.score): each for each in found}
    table = Table(
        "night", title=f"Data-quality scores of {code}", caption="▲ ▼ against the night before; * below its floor"
    )
    for score in Score:
        table.add_column(score.value, justify="right")
        table.add_column("of", justify="right")
    table.add_column("timeliness, mean", justify="right")
    for before, instant in [*zip([None, *instants], instants, strict=False)][-nights:]:
        cells = []
        for score in Score:
            each = by_place.get((instant, score))
            cells += [_share(each, by_place.get((before, score)) if before else None), part_text(each) if each else ""]
        timeliness = by_place.get((instant, Score.TIMELINESS))
        mean = timeliness.mean if timeliness else None
        table.add_row(instant_words(instant), *cells, percent_text(mean.basis_points) if mean else "")
    console.print(table)
    for each in (by_place[instants[-1], score] for score in Score if (instants[-1], score) in by_place):
        floor = "no floor" if each.floor_bp is None else f"floor {percent_text(each.floor_bp)}"
        say(
            f"{score_title(each)}: {floor}{', BELOW' if each.is_below else ''}{f'; {each.explanation}' if each.explanation else ''}"
        )


def _share(each: QualityScore | None, before: QualityScore | None) -> str:
    """A share with its trend: `99.87 % ▼*`."""
    if each is None:
        return ""
    now, then = each.share.basis_points, before.share.basis_points if before else None
    trend = ""
    if now is not None and then is not None:
        trend = " ▲" if now > then else " ▼" if now < then else " ="
    return f"{percent_text(now)}{trend}{'*' if each.is_below else ''}"
