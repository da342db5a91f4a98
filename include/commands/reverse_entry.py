"""Reversing a posted entry: one person proposes, another approves; and letting its documents be booked again."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, running_app, say
from include.finance.errors import EntryReversalError
from include.pipelines.reverse_entry import ReversalWanted, approve_reversal, lift_reversal, propose_reversal


@cli.command()
def reverse_entry(
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    reference: Annotated[str, typer.Option(help="Reference, ERP number or id of the posted entry")] = "",
    documents: Annotated[str, typer.Option(help="Of it only these, by type and id, as in 'invoice:INV-1'")] = "",
    rebook: Annotated[bool, typer.Option(help="Book them anew by the rules in force")] = False,  # noqa: FBT002 (a flag)
    reason: Annotated[str, typer.Option(help="Why; it stands with the reversal for good")] = "",
    approve: Annotated[str, typer.Option(help="Hash of a proposal that somebody else made")] = "",
    lift: Annotated[str, typer.Option(help="Documents that are to be booked again, as in 'invoice:INV-1'")] = "",
) -> None:
    """Propose to reverse a posted entry, approve such a proposal of another person, or let its documents be booked again."""
    desk = running_app(by).accounting_desk()
    if approve:
        done = approve_reversal(desk, approve, by)
        after = "is booked anew" if done.is_rebooked else "stays out of the books until somebody lifts that"
        say(
            f"Reversal {done.sha256[:12]} of {done.proposed_by} is approved by {done.answered_by}: batch {done.batch_no}, "
            f"{done.entry_count} journal entries of {done.document_count} documents; what was reversed {after}. The next night posts them."
        )
        return
    if lift:
        count = lift_reversal(desk, lift.split(), by, reason)
        say(f"{count} events of {lift} are booked again by the next night, by the rules in force.")
        return
    if not reference.strip():
        raise EntryReversalError("Say which entry: REFERENCE=... as in the ERP's text, or as `make report` lists it.")
    wanted = ReversalWanted(reference, tuple(documents.split()), rebook, reason)
    proposal = propose_reversal(desk, wanted, by)
    typer.echo(proposal.report)
    typer.echo(
        f"Proposed by {proposal.proposed_by}. Nothing is booked until another person says:\n"
        f"  make reverse-entry APPROVE={proposal.sha256[:16]} BY=..."
    )
