"""One night in a process of its own, told what to do, where to stop and how long to wait.

It takes the steps of the DAG in their order, each legal entity's posting apart from the others. It has no errors to tell
only when the verdict says that the night is complete.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import include.app
import include.pipelines.post
from include.adapters.erp.tryton import TrytonErp
from include.adapters.http import HttpClient, TimeLimits
from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.finance.errors import TieoutError
from include.pipelines import night as nights
from include.pipelines.plan import Night
from include.pipelines.posting_desk import PostingTimes
from include.pipelines.verdict import require_complete
from tests.chaos.processes import Errors
from tests.chaos.stops import Stop, Stops, install


def main(settings: dict[str, Any]) -> Errors:
    """Run the night that the settings describe (`Books.start`)."""
    if settings["times"]:
        set_times(**settings["times"])
    install(Stops([Stop(**stop) for stop in settings["stops"]]))
    app = App(
        load_configuration(),
        EnvironmentConnections(settings["connections"]),
        settings["evidence"],
        Path(settings["scratch"]),
    )
    night = Night(
        datetime.fromisoformat(settings["as_of"]),
        is_dry_run=False,
        is_full=settings["is_full"],
        sources=tuple(app.configuration.sources),
        legal_entities=tuple(settings["entities"]),
    )
    errors = run(app, night, settings["steps"], settings["entities"])
    return [[type(error).__name__, str(error)] for error in errors]


def run(app: App, night: Night, steps: list[str], entities: list[str]) -> list[TieoutError]:
    """Take the steps; what goes wrong with one legal entity does not keep the others."""

    def post(entity: str) -> None:
        nights.post(app, entity, night, "chaos")
        nights.tie_out(app, entity, night, "chaos")

    errors = attempt(account, app, night) if "account" in steps else []
    if errors:
        return errors
    if "post" in steps:
        errors = [error for entity in entities for error in attempt(post, entity)]
    if "verdict" in steps and not errors:
        finance, sources = app.finance(), app.configuration.sources
        errors = attempt(require_complete, finance, night.read_instant, sources, entities)
    return errors


def account(app: App, night: Night) -> None:
    """Prepare, extract, validate, account, recognise and revalue."""
    nights.prepare(app, night)
    for source in sorted(app.configuration.sources):
        landed = nights.extract(app, source, night)
        if landed.attempt_id:
            nights.validate(app, landed.attempt_id)
            nights.account(app, landed.attempt_id)
        nights.recognise(app, source, night)
        nights.revalue(app, source, night)
        nights.tie_out_source(app, source, night, "chaos")


def attempt(step: Callable[..., None], *arguments: Any) -> list[TieoutError]:
    """Take a step, and return what went wrong with it."""
    try:
        step(*arguments)
    except TieoutError as error:
        return [error]
    return []


def set_times(answer: int, max_request: int, slack: float, margin: float, pause: float) -> None:
    """Shorter waits in the same relation to each other."""

    def http(system: str) -> HttpClient:
        return HttpClient(system, TimeLimits(connect_seconds=1, answer_seconds=answer))

    app: Any = include.app
    app.TrytonErp = functools.partial(TrytonErp, max_request_seconds=max_request, http=http("Tryton"))
    post: Any = include.pipelines.post
    post.PostingTimes = functools.partial(PostingTimes, slack_seconds=slack, margin_seconds=margin, pause_seconds=pause)
