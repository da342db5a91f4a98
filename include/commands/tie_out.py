"""Tying out again, and proving the running totals."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import NightUnfinishedError, TieoutError
from include.pipelines import night as nights
from include.pipelines.plan import NightRequest, plan_night
from include.pipelines.recompute import recompute_totals
from include.pipelines.tie_out_report import tie_out_lines
from include.store.tie_outs import read_tie_outs


@cli.command(name="tie-out")
def tie_out(
    as_of: Annotated[str, typer.Option(help="Read instant of the night, for instance 2026-02-01T06:00:00Z")],
    entity: Annotated[list[str] | None, typer.Option(help="Only hops 4 and 5 of this entity; may be repeated")] = None,
    by: Annotated[str, typer.Option(help="Who asks; kept with the result", envvar="USER")] = "command line",
) -> None:
    """Tie out again, after a repair: all five hops, or those of one legal entity."""
    app = running_app(by)
    request = NightRequest(as_of, legal_entities=tuple(entity or ()), reason="tie-out")
    night = plan_night(
        app.finance(),
        request,
        datetime.now(UTC),
        sources=app.configuration.sources,
        legal_entities=app.configuration.legal_entities,
    )
    checks = [] if entity else [partial(nights.tie_out_source, app, source) for source in night.sources]
    checks += [partial(nights.tie_out, app, code) for code in night.legal_entities]
    failures = []
    for check in checks:
        try:
            say(check(night, actor=by))
        except TieoutError as error:
            failures.append(str(error))
    for line in tie_out_lines(read_tie_outs(app.finance(), night.read_instant)):
        console.print(line, soft_wrap=True, markup=False)
    for line in nights.score(app, night, actor=by):
        console.print(line, soft_wrap=True, markup=False)
    if failures:
        raise NightUnfinishedError("\n".join(failures))


@cli.command()
def recompute(
    *,
    repair: Annotated[bool, typer.Option(help="Write what evidence and register say")] = False,
) -> None:
    """Compare the running totals of the tie-out with evidence and the register, from the first batch on."""
    app = running_app()
    for line in recompute_totals(app.finance(), app.evidence(), is_repaired=repair):
        console.print(line, soft_wrap=True, markup=False)
    say("Every running total is what evidence and the register say.")
