"""The databases themselves: schema and psql."""

from __future__ import annotations

from typing import Annotated

import typer

from include.app import FINANCE_OWNER_CONNECTION, EnvironmentConnections
from include.commands.terminal import cli, say
from include.sample.stack import Stack
from include.store.database import FinanceDatabase
from include.store.migrate import migrate_checked as migrate_finance


@cli.command()
def migrate() -> None:
    """Bring a finance database of one's own to the newest schema, as its owner (connection finance_db_owner)."""
    owner = EnvironmentConnections().get(FINANCE_OWNER_CONNECTION).postgres_dsn()
    migrate_finance(FinanceDatabase(owner, FINANCE_OWNER_CONNECTION))
    say("The finance database has the newest schema.")


@cli.command()
def sql(db: Annotated[str, typer.Option(help="billing or finance")]) -> None:
    """Open psql, for reading."""
    raise typer.Exit(Stack().sql(db))
