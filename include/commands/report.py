"""What a person reads of a night: its report, and Great Expectations' Data Docs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from include.app import App
from include.commands.terminal import cli, console, running_app, say
from include.pipelines.data_docs import build_data_docs
from include.pipelines.plan import parse_instant
from include.pipelines.report import StoredReport, store_report, stored_lines, with_closing
from include.report.console import print_report
from include.report.read import read_report
from include.sample.folders import HOME


@cli.command()
def report(
    as_of: Annotated[str, typer.Option(help="Read instant of the night, for instance 2026-02-01T06:00:00Z")],
) -> None:
    """Print a night as it stands now, and write its report as JSON and as a page."""
    report_night(running_app(), parse_instant(as_of))


@cli.command()
def data_docs(
    source: Annotated[
        str | None, typer.Option(help="A source of sources.yaml; empty: whichever was validated last")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Read instant of the night; empty: the newest")] = None,
) -> None:
    """Build Great Expectations' Data Docs of a night from its evidence."""
    instant = parse_instant(as_of) if as_of else None
    built = build_data_docs(running_app().accounting_desk(), HOME / "data-docs", source or None, instant)
    say(f"Source {built.source_code}, read at {built.read_instant:%Y-%m-%d %H:%M} UTC: open {built.index}")


def report_night(app: App, read_instant: datetime) -> StoredReport:
    """Print a night, write its report, and print where it is."""
    finance, configuration = app.finance(), app.configuration
    found = with_closing(read_report(finance, configuration, read_instant), finance, configuration)
    print_report(console, found)
    stored = store_report(found, app.evidence())
    for line in stored_lines(stored):
        console.print(line, soft_wrap=True, markup=False)
    return stored
