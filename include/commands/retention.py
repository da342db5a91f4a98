"""Retention: what is past it; and evidence read again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Table

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import EvidenceError
from include.pipelines.evidence_check import CheckDesk, check_evidence, require_whole, sources_to_check
from include.pipelines.retention import PastRetention, past_retention


@cli.command(name="check-evidence")
def check(
    source: Annotated[str | None, typer.Option(help="Only this source; empty: all")] = None,
    *,
    everything: Annotated[bool, typer.Option(help="All files, and not the next part of them")] = False,
    by: Annotated[str, typer.Option(help="Who asks; kept with the result", envvar="USER")] = "command line",
) -> None:
    """Read evidence again and compare its hashes; what is lost or altered becomes an exception, and what is back closes it."""
    app = running_app(by)
    desk = CheckDesk(app.finance(), app.evidence(), app.configuration)
    failures = []
    for code in sources_to_check(desk, [source] if source else []):
        checked = check_evidence(desk, code, app.actor.run_id, by, is_everything=everything)
        say(checked.text)
        try:
            require_whole(checked)
        except EvidenceError as error:
            failures.append(str(error))
    if failures:
        raise EvidenceError("\n".join(failures))


@cli.command()
def retention(
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day by which retention has ended")
    ] = None,
) -> None:
    """For how long evidence is kept, and which batches are past that. Deletes nothing."""
    app = running_app()
    day = (on or datetime.now(UTC)).date()
    settings = app.configuration.retention
    table = Table("legal entity", "years", "legal hold", title="Retention")
    for code in sorted(app.configuration.legal_entities):
        own = settings.of(code)
        table.add_row(code, str(own.years), f"since {own.hold.since}: {own.hold.reason}" if own.hold else "")
    console.print(table)
    found = past_retention(app.finance(), settings, day)
    if not found:
        say(f"No batch is past its retention on {day}.")
        return
    console.print(_table(found, day))
    free = [each for each in found if not each.kept_by]
    size = sum(each.batch.byte_count for each in free)
    say(
        f"{len(free)} of {len(found)} batches could go ({size:,} bytes). Nothing was deleted: docs/retention.md says who may, and how."
    )


def _table(found: list[PastRetention], day: date) -> Table:
    table = Table(
        "batch",
        "source",
        "committed",
        "kept until",
        "evidence",
        "bytes",
        "stays because",
        title=f"Past retention on {day}",
    )
    for each in found:
        batch = each.batch
        where = f"{batch.evidence_path} ({batch.file_count} files)"
        reasons = "; ".join(each.kept_by) or "nothing: it could go"
        table.add_row(
            f"{batch.batch_no} {batch.kind}",
            batch.source_code,
            str(batch.committed_on),
            str(each.kept_until),
            where,
            f"{batch.byte_count:,}",
            reasons,
        )
    return table
