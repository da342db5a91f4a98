"""Migrations of the finance database, each a SQL file with a thin Alembic revision beside it."""
