"""Exchange rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.commands.terminal import cli, running_app, say
from include.finance.errors import RatesRefusedError
from include.pipelines.fx_load import load_rates_of_file, load_rates_of_table


@cli.command()
def fx_load(
    file: Annotated[Path | None, typer.Option(help="CSV file: source, base, quote, date, rate, purpose")] = None,
    table: Annotated[str | None, typer.Option(help="Or a table of the finance database with these columns")] = None,
    by: Annotated[str, typer.Option(help="Who loads them; kept with the rates", envvar="USER")] = "command line",
) -> None:
    """Load exchange rates; loading the same again changes nothing, a corrected rate becomes a new version."""
    if (file is None) == (table is None):
        raise RatesRefusedError(
            "Exchange rates come from a file or from a table: say FILE=rates.csv or TABLE=treasury.rates."
        )
    finance = running_app(by).finance()
    if file is not None:
        added = load_rates_of_file(finance, file, loaded_by=by)
    else:
        added = load_rates_of_table(finance, str(table), loaded_by=by)
    say(
        f"Exchange rates: {added.new_count} new, {added.corrected_count} corrected, "
        f"{added.unchanged_count} on file already."
    )
