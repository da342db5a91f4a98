"""Booking documents anew after a rule or the chart was corrected: one person proposes, another approves."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, running_app, say
from include.finance.errors import ReclassificationError
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked


@cli.command()
def reclassify(
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    documents: Annotated[str, typer.Option(help="Documents by type and id, as in 'invoice:INV-1 invoice:INV-2'")] = "",
    where: Annotated[str, typer.Option(help="Or all that fit, as in 'type=invoice entity=US currency=USD'")] = "",
    first: Annotated[str, typer.Option("--from", help="First accounting period of their events")] = "",
    last: Annotated[str, typer.Option("--to", help="Last accounting period")] = "",
    reason: Annotated[str, typer.Option(help="Why; it stands with the entries for good")] = "",
    approve: Annotated[str, typer.Option(help="Hash of a proposal that somebody else made")] = "",
) -> None:
    """Propose what the configuration in force changes for booked documents, or approve such a proposal of another person."""
    desk = running_app(by).accounting_desk()
    if approve:
        proposal = approve_reclassification(desk, approve, by)
        say(
            f"Proposal {proposal.sha256[:12]} of {proposal.proposed_by} is approved by {proposal.approved_by}: batch {proposal.batch_no}, "
            f"{proposal.entry_count} journal entries. The next night posts them."
        )
        return
    if not (first and last):
        raise ReclassificationError("Say of which periods: FROM=2026-01 TO=2026-01.")
    for proposed in propose_reclassification(desk, read_asked(documents, where, first, last, reason), by):
        typer.echo(proposed.report)
        if proposed.proposal:
            typer.echo(
                f"Proposed by {proposed.proposal.proposed_by}. Nothing is booked until another person says:\n"
                f"  make reclassify APPROVE={proposed.proposal.sha256[:16]} BY=..."
            )
