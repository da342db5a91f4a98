"""Recognising revenue, and rolling deferred revenue forward."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import NightUnfinishedError
from include.finance.money import format_minor
from include.pipelines import night as nights
from include.pipelines.plan import Night, parse_instant
from include.pipelines.rollforward import DeferredRow, deferred_rollforward


@cli.command()
def recognise(
    period: Annotated[str, typer.Option(help="An open period that has begun, for instance 2026-01")],
    as_of: Annotated[str | None, typer.Option(help="Read instant of the night it belongs to; empty: now")] = None,
) -> None:
    """Recognise an open period of every legal entity, also before it has ended; the next night posts it."""
    app = running_app()
    instant = parse_instant(as_of) if as_of else datetime.now(UTC)
    sources = tuple(sorted(app.configuration.sources))
    night = Night(instant, is_dry_run=False, is_full=False, sources=sources, legal_entities=())
    for source in sources:
        say(nights.recognise(app, source, night, [period]))


@cli.command()
def rollforward(
    period: Annotated[str, typer.Option(help="A period of the ERP, for instance 2026-01")],
    *,
    as_json: Annotated[bool, typer.Option(help="Print JSON instead of a table")] = False,
) -> None:
    """Deferred revenue from opening to closing balance, by legal entity and currency of documents, in theirs and in the
    books' own, beside the remaining schedules.
    """
    app = running_app()
    rows = deferred_rollforward(app.finance(), app.evidence(), app.configuration, period)
    if as_json:
        typer.echo(json.dumps([asdict(row) | {"difference_minor": row.difference_minor} for row in rows], indent=1))
    else:
        console.print(_table(period, rows))
    if differing := [row for row in rows if row.difference_minor]:
        raise NightUnfinishedError(
            "Deferred revenue is not what the schedules have left to earn: "
            + "; ".join(
                f"{row.legal_entity_code}, documents in {row.document_currency}, differs by "
                f"{format_minor(row.difference_minor, row.exponent)} {row.currency}"
                for row in differing
            )
            + ". Run `make recompute` and the tie-out of the last night: they name accounts and entries."
        )


def _table(period: str, rows: list[DeferredRow]) -> Table:
    table = Table("entity", "documents", "currency", title=f"Deferred revenue in {period}")
    for name in (
        "opening",
        "invoiced",
        "credited",
        "recognised",
        "late",
        "other",
        "closing",
        "schedules",
        "difference",
    ):
        table.add_column(name, justify="right")
    for row in rows:
        amounts = (
            row.opening_minor, row.invoiced_minor, -row.credited_minor, -row.recognised_minor, row.late_minor,
            row.other_minor, row.closing_minor, row.remaining_minor, row.difference_minor,
        )  # fmt: skip
        table.add_row(
            row.legal_entity_code,
            row.document_currency,
            row.currency,
            *(format_minor(minor, row.exponent) for minor in amounts),
        )
    return table
