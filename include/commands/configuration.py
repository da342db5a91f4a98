"""The configuration: what is wrong with it, and what Airflow must know of it."""

from __future__ import annotations

import typer

from include.commands.terminal import cli, console
from include.config.close_calendars import check_holidays
from include.config.load import load_configuration


@cli.command(name="check-config")
def check_config() -> None:
    """Load the whole configuration and say what is wrong with it, file and line."""
    configuration = load_configuration()
    check_holidays(configuration.close_calendars.values())
    console.print(
        f"Configuration {configuration.sha256[:12]}: {len(configuration.legal_entities)} legal entities, "
        f"{len(configuration.rules.rules)} posting rules, {len(configuration.sources)} sources, {len(configuration.erps)} ERPs, "
        f"{len(configuration.close_calendars)} close calendars. Nothing is wrong."
    )
    if configuration.close_calendars and (left := configuration.without_close_calendar()):
        console.print(f"In no close calendar, which TIEOUT_SCHEDULE=close_calendars refuses: {', '.join(left)}.")


@cli.command()
def pools() -> None:
    """Print the pool of each ERP: Airflow must have it, or the tasks that post there never begin."""
    for pool in sorted({erp.pool for erp in load_configuration().erps.values()}):
        typer.echo(pool)
