"""Fiscal and close calendars, as dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Table

from include.commands.terminal import cli, console
from include.config.configuration import Configuration
from include.config.load import load_configuration
from include.finance.close_calendar import CloseCalendar
from include.finance.errors import TieoutError
from include.finance.fiscal_calendar import FiscalPeriod

_LOCAL, _UTC = "%a %Y-%m-%d %H:%M %Z", "%Y-%m-%dT%H:%M:%SZ"


@cli.command()
def calendar(
    entity: Annotated[str, typer.Option(help="Code of the legal entity")],
    day: Annotated[str | None, typer.Option("--date", help="A day, as 2026-02-01; empty: today")] = None,
) -> None:
    """Show the fiscal year and period of a day, and when its close calendar runs nights and closes that period."""
    configuration = load_configuration()
    if entity not in configuration.legal_entities:
        raise TieoutError(
            f"There is no legal entity {entity} in legal_entities.yaml; there are {', '.join(sorted(configuration.legal_entities))}."
        )
    chosen = _day(day) if day else configuration.legal_entities[entity].local_date(datetime.now(UTC))
    period = configuration.fiscal_calendar_of(entity).period_of(chosen)
    _print_year(configuration, entity, chosen, period)
    closes = next((each for each in configuration.close_calendars.values() if entity in each.legal_entities), None)
    if closes is None:
        console.print(f"No close calendar has {entity}.")
        return
    _print_close(closes, period)


def _print_year(configuration: Configuration, entity: str, day: date, period: FiscalPeriod) -> None:
    fiscal = configuration.fiscal_calendar_of(entity)
    year = fiscal.year_of(day)
    table = Table("", "period", "first day", "last day", "days", title=f"{entity}: FY{year.number} of `{fiscal.name}`")
    for each in (*year.periods, *([year.adjustment] if year.adjustment else [])):
        days = (each.end_date - each.start_date).days + 1
        name = f"{each.name} adjustment" if each.is_adjustment else each.name
        mark = ">" if each == period else ""
        table.add_row(mark, name, str(each.start_date), str(each.end_date), str(days))
    console.print(table)


def _print_close(closes: CloseCalendar, period: FiscalPeriod) -> None:
    table = Table("step", "local time", "UTC", "runs", title=f"Close of {period.name} by `{closes.name}`")
    for each in closes.steps_of(period):
        local = each.instant.astimezone(closes.time_zone)
        runs = ("nightly_posting", each.step.is_night), ("period_close", each.step.is_close)
        told = ", ".join(name for name, does_run in runs if does_run)
        table.add_row(str(each.step), f"{local:{_LOCAL}}", f"{each.instant:{_UTC}}", told)
    console.print(table)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TieoutError(f"`{text}` is no day; write it as 2026-02-01.") from None
