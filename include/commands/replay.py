"""Trying exceptions again without Airflow."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from include.commands.night import post_all, read_all
from include.commands.terminal import cli, running_app, say
from include.finance.errors import NightUnfinishedError
from include.pipelines import night as nights
from include.pipelines.night import Wiring
from include.pipelines.replay import Replay, plan_replay, replay_outcome
from include.store.replays import ReplayAsked


@cli.command()
def replay(
    reason: Annotated[str, typer.Option(help="What was repaired; kept with the exceptions")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    entity: Annotated[list[str] | None, typer.Option(help="Only exceptions of this legal entity")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only exceptions of this category")] = None,
    documents: Annotated[str, typer.Option(help="Only these: invoice:ID credit_memo:ID ...")] = "",
) -> None:
    """Try exceptions again now: read their documents again, validate, account, post. Twice changes nothing."""
    app = running_app(by)
    asked = ReplayAsked(tuple(entity or ()), tuple(category or ()), tuple(documents.split()))
    planned = plan_replay(app, asked, by=by, reason=reason)
    if planned is None:
        say("No exception stands that could be tried again; nothing was done.")
        return
    say(run_replay(app, planned))


def run_replay(app: Wiring, planned: Replay) -> str:
    """Run the stages of a night for a replay; what it came to. Raises NightUnfinishedError naming each that failed."""
    for warning in nights.prepare(app, planned.night):
        say(f"[yellow]{escape(warning)}[/yellow]")
    failures = [*read_all(app, planned.night), *post_all(app, planned.night)]
    came = replay_outcome(app, planned.chosen.at, planned.chosen.exception_count)
    if failures:
        raise NightUnfinishedError(f"{came} These stages failed:\n  " + "\n  ".join(failures))
    return came
