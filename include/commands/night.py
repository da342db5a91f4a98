"""A night without Airflow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape

from include.commands.report import report_night
from include.commands.terminal import cli, running_app, say
from include.finance.errors import NightUnfinishedError, TieoutError
from include.pipelines import night as nights
from include.pipelines.night import Wiring
from include.pipelines.plan import Night, NightRequest, plan_night
from include.pipelines.verdict import require_complete


@cli.command()
def nightly(
    as_of: Annotated[str, typer.Option(help="Read instant, for instance 2026-02-01T06:00:00Z")],
    *,
    dry_run: Annotated[bool, typer.Option(help="Decide everything, commit and post nothing")] = False,
    full_compare: Annotated[bool, typer.Option(help="Read the whole source again")] = False,
    reason: Annotated[str | None, typer.Option(help="For an instant before a committed night")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Read only this source; may be repeated")] = None,
    entity: Annotated[list[str] | None, typer.Option(help="Post only this legal entity; may be repeated")] = None,
) -> None:
    """Run one night without Airflow: the same steps in one process."""
    app = running_app()
    request = NightRequest(as_of, dry_run, full_compare, reason, tuple(source or ()), tuple(entity or ()))
    night = plan_night(
        app.finance(),
        request,
        datetime.now(UTC),
        sources=app.configuration.sources,
        legal_entities=app.configuration.legal_entities,
    )
    for warning in nights.prepare(app, night):
        say(f"[yellow]{escape(warning)}[/yellow]")
    failures = read_all(app, night)
    if dry_run:
        say("Dry run: nothing was committed, nothing is posted.")
    else:
        failures += post_all(app, night)
        try:
            for line in (*nights.sort_exceptions(app, night), *nights.score(app, night, actor="command line")):
                say(escape(line))
            report_night(app, night.read_instant)
            for line in nights.anchor_audit(app):
                say(line)
        except TieoutError as error:
            failures.append(f"report: {error}")
    if failures:
        raise NightUnfinishedError("The night is not complete:\n  " + "\n  ".join(failures))
    if not dry_run:
        require_complete(app.finance(), night.read_instant, night.sources, night.legal_entities)
        say("The night is complete.")


def read_all(app: Wiring, night: Night) -> list[str]:
    """Read, account and tie out every source; the failures. One source that is away does not keep the others."""
    failures = []
    for source in night.sources:
        try:
            landed = nights.extract(app, source, night)
            say(landed.message)
            if landed.attempt_id:
                for line in (
                    *nights.validate(app, landed.attempt_id),
                    *nights.account(app, landed.attempt_id),
                ):
                    say(line)
            if not night.is_dry_run:
                say(nights.recognise(app, source, night))
                for line in nights.revalue(app, source, night):
                    say(line)
                say(nights.tie_out_source(app, source, night, actor="command line"))
        except TieoutError as error:
            failures.append(f"source {source}: {error}")
    return failures


def post_all(app: Wiring, night: Night) -> list[str]:
    """Post and tie out every legal entity; the failures. No entity waits for another."""
    failures = []
    for entity in night.legal_entities:
        try:
            for line, _ in nights.post(app, entity, night, actor="command line").lines:
                say(line)
            say(nights.tie_out(app, entity, night, actor="command line"))
        except TieoutError as error:
            failures.append(f"legal entity {entity}: {error}")
    return failures
