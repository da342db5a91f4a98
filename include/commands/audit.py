"""The audit log: is it what was written?"""

from __future__ import annotations

import typer

from include.commands.terminal import cli, console, running_app
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


def verified_lines(verified: AuditVerified) -> list[str]:
    """What was walked, and what is wrong: the first broken link first."""
    head, last = verified.head, verified.last_anchor
    walked = f"{head.seq:,} links, the last is {head.sha256}" if head else "nothing is logged"
    anchored = (
        f"{verified.anchor_count:,} anchors, the last at link {last.seq:,}"
        if last
        else "no anchor yet: the first night writes one"
    )
    lines = [f"Audit log: {walked}.", f"Outside the database: {anchored}."]
    if verified.is_whole:
        return [*lines, "Nothing was changed, taken out, put in or cut off."]
    first, *others = verified.faults
    lines.append(f"BROKEN at {first}")
    lines += [f"  then {fault}" for fault in others]
    return [*lines, "What to do: docs/runbooks/audit_log.md."]
