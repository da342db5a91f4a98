"""Bring the finance database to the newest version of its schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from include.finance.errors import ConfigurationError
from include.store.database import FinanceDatabase

# Rights are granted to these by the migration, so they must exist before it.
_ROLES = ("finance_writer", "auditor")
_LOCK = 7_411_001  # one migration at a time, whoever starts it


def migrate(owner_dsn: str) -> None:
    """Run the missing migrations as the database's owner. `owner_dsn` is a libpq URI; safe to run again and at once."""
    engine = create_engine(make_url(owner_dsn).set(drivername="postgresql+psycopg"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()


def migrate_checked(owner: FinanceDatabase) -> None:
    """The same for a database that others have made: first see that it answers and has its roles.

    Raises SystemUnreachableError, CredentialsRefusedError, ConfigurationError.
    """
    with owner.transaction() as connection:
        rows = connection.execute("select rolname from pg_roles where rolname = any(%s)", (list(_ROLES),)).fetchall()
    if missing := sorted(set(_ROLES) - {row["rolname"] for row in rows}):
        raise ConfigurationError(
            f"Connection {owner.name}: the database server has no role {' and no role '.join(missing)}. "
            f'Create {"them" if len(missing) > 1 else "it"} (README, "Your own billing and ERP"), then migrate again; '
            "nothing was changed."
        )
    migrate(owner.dsn)
