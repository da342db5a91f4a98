"""Trying other rules out on past periods."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.commands.terminal import cli, running_app
from include.config.overlay import load_changed
from include.pipelines.whatif import what_if
from include.pipelines.whatif_report import whatif_markdown


@cli.command()
def whatif(
    rules: Annotated[Path, typer.Option(help="Folder like include/config with the files that change")],
    first: Annotated[str, typer.Option("--from", help="First accounting period, for instance 2026-01")],
    last: Annotated[str, typer.Option("--to", help="Last accounting period")],
    out: Annotated[Path | None, typer.Option(help="Write the report to this file instead of printing it")] = None,
) -> None:
    """Show what changed rules would make of past periods: a Markdown report. Commits and posts nothing."""
    app = running_app()
    report = whatif_markdown(what_if(app.accounting_desk(), load_changed(rules), first, last))
    if out:
        out.write_text(report, encoding="utf-8")
    typer.echo(f"Written to {out}." if out else report)
