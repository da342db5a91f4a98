"""The sample company's people, by their logins in the demo's Airflow."""

from __future__ import annotations

from datetime import date

from include.finance.period_close import PersonRole, RoleSpan
from include.store.database import FinanceDatabase
from include.store.people import grant_role

ROLES = {"preparer": PersonRole.PREPARER, "controller": PersonRole.CONTROLLER, "auditor": PersonRole.AUDITOR}


def grant_sample_roles(finance: FinanceDatabase) -> None:
    """Give each of them their role for all legal entities; safe to repeat."""
    with finance.transaction() as connection:
        for person, role in ROLES.items():
            grant_role(connection, RoleSpan(person, role, "*", date(2020, 1, 1), None), "sample company")
