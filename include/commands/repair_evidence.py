"""Repairing evidence."""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines.evidence_check import CheckDesk, sources_to_check
from include.pipelines.repair_evidence import RepairDesk, RepairedFile, repair_evidence


@cli.command(name="repair-evidence")
def repair(
    reason: Annotated[str, typer.Option(help="Why files were lost, as far as it is known; kept in the audit log")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    source: Annotated[str | None, typer.Option(help="Only this source; empty: all")] = None,
    batch: Annotated[
        int | None, typer.Option(help="Look at all files of this batch, and not at what the check has noted")
    ] = None,
) -> None:
    """Make lost evidence again from billing and what is left of it; put back is only what has the SHA-256 on file."""
    app = running_app(by)
    sources = sources_to_check(CheckDesk(app.finance(), app.evidence(), app.configuration), [source] if source else [])
    if batch is not None and len(sources) > 1:
        raise UnknownNameError(f"Say of which source batch {batch} is: SOURCE={' or '.join(sources)}.")
    desk = RepairDesk(app.accounting_desk(), app.billing, by, reason, app.actor.run_id)
    found = [each for code in sources for each in repair_evidence(desk, code, batch)]
    for each in found:
        console.print(f"Batch {each.batch_no}: {each.told}", soft_wrap=True, markup=False)
    say(_counted(found))
    if not all(each.is_back for each in found):
        raise EvidenceError("Not everything is back; the lines above say what to do with each file.")


def _counted(found: list[RepairedFile]) -> str:
    if not found:
        return "Nothing is known to be lost or altered; `make check-evidence ALL=1` reads everything."
    back = sum(each.is_back for each in found)
    return f"{back} of {len(found)} files are back."
