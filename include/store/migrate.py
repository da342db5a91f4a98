"""Bring the finance database to the newest version of its schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

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
