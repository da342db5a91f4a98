"""The audit log: is it what was written?"""

from __future__ import annotations

from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app, say
from include.pipelines.audit_anchors import acknowledge_restore
from include.pipelines.verify_audit import AuditVerified, verify_audit


@cli.command(name="verify-audit")
def verify_audit_log() -> None:
    """Walk the chain of the audit log and compare it with the heads kept beside the evidence. Reads only."""
    app = running_app()
    verified = verify_audit(app.finance(), app.evidence())
    for line in verified_lines(verified):
        console.print(line, soft_wrap=True, markup=False)
    if not verified.is_whole:
        raise typer.Exit(1)


@cli.command(name="audit-restored")
def audit_restored(
    reason: Annotated[str, typer.Option(help="Which backup was restored, when, and after what")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
) -> None:
    """Say that the audit log lacks its tail because the finance database was restored; kept for good, and shown each time."""
    app = running_app(by)
    said = acknowledge_restore(app.finance(), app.evidence(), by=by, reason=reason)
    say(f"Written down by {said.by}: {len(said.lost)} anchors of before count no more. `make verify-audit` shows it.")


def verified_lines(verified: AuditVerified) -> list[str]:
    """What was walked, and what is wrong: the first broken link first."""
    head, last = verified.head, verified.last_anchor
    walked = f"{head.seq:,} links, the last is {head.sha256}" if head else "nothing is logged"
    anchored = (
        f"{verified.anchor_count:,} anchors, the last at link {last.seq:,}"
        if last
        else "no anchor yet: the first night writes one"
    )
    restored = [
        f"Restored, says {each.by} at {each.at}: {each.reason} ({len(each.lost)} anchors of before count no more)"
        for each in verified.restores
    ]
    lines = [f"Audit log: {walked}.", f"Outside the database: {anchored}.", *restored]
    if verified.other_databases:
        names = ", ".join(verified.other_databases)
        lines.append(f"Anchors of other databases lie there too: {names}. Was this one called so before?")
    if verified.is_whole:
        return [*lines, "Nothing was changed, taken out, put in or cut off."]
    first, *others = verified.faults
    lines.append(f"BROKEN at {first}")
    lines += [f"  then {fault}" for fault in others]
    return [*lines, "What to do: docs/runbooks/audit_log.md."]
