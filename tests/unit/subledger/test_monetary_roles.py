"""Which accounts hold money, in a foreign currency worth something else each day: SQL and Python say the same."""

from __future__ import annotations

import duckdb

from include.config.load import load_configuration
from include.finance.revaluation import MONETARY_ROLES
from include.subledger.workspace import SQL_FOLDER


def test_the_engine_keeps_the_open_items_of_just_the_roles_that_can_be_revalued() -> None:
    shipped = load_configuration()
    roles = {role for code in shipped.legal_entities for role in shipped.chart_of(code).roles}
    with duckdb.connect() as connection:
        connection.execute((SQL_FOLDER / "macros.sql").read_text(encoding="utf-8"))
        asked = "select role from unnest($1) as r (role) where is_monetary(role)"
        monetary = {role for (role,) in connection.execute(asked, [sorted(roles | {*MONETARY_ROLES})]).fetchall()}
    assert monetary == set(MONETARY_ROLES)
    assert "deferred_revenue" in roles - monetary
