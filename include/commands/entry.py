"""Deciding on a journal entry that waits for a person."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, running_app, say
from include.pipelines import night as nights
from include.pipelines import requeue as requeueing
from include.pipelines.give_up import GiveUpDesk


@cli.command()
def requeue(
    reference: Annotated[str, typer.Option(help="Reference of the journal entry")],
    reason: Annotated[str, typer.Option(help="What was repaired or decided; kept with the entry")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    *,
    account_again: Annotated[
        bool, typer.Option(help="Give the entry up and account its documents again the next night")
    ] = False,
) -> None:
    """Let an entry that waits for a person go on; the next night asks the ERP for it before it sends."""
    app = running_app(by)
    store, found = nights.postings(app), requeueing.find_entry(app.finance(), reference)
    if account_again:
        entity = app.configuration.legal_entities[found.legal_entity_code]
        desk = GiveUpDesk(app.finance(), app.evidence(), app.erp(found.erp_code), entity)
        count = requeueing.account_again(desk, store, found, actor=by, reason=reason)
        say(f"Journal entry {reference} is given up; the next night accounts its {count} documents again.")
        return
    state = requeueing.requeue(store, found, actor=by, reason=reason)
    say(f"Journal entry {reference} is {state}; the next night asks the ERP for it and goes on.")
