"""Revaluing foreign open items."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from include.commands.terminal import cli, running_app, say
from include.pipelines import night as nights
from include.pipelines.plan import Night, parse_instant


@cli.command()
def revalue(
    period: Annotated[str, typer.Option(help="A period that has ended and is open, for instance 2026-01")],
    as_of: Annotated[str | None, typer.Option(help="Read instant of the night it belongs to; empty: now")] = None,
) -> None:
    """Revalue foreign open items at the closing rate of a period's last day; the next night posts it."""
    app = running_app()
    instant = parse_instant(as_of) if as_of else datetime.now(UTC)
    sources = tuple(sorted(app.configuration.sources))
    night = Night(instant, is_dry_run=False, is_full=False, sources=sources, legal_entities=())
    for source in sources:
        lines = nights.revalue(app, source, night, period)
        for line in lines or ["Nothing is revalued by Tieout: see `revaluation` in legal_entities.yaml."]:
            say(line)
