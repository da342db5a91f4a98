"""A night of the small billing database, through to the tie-out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.company import open_periods
from tests.integration.billing_world import BillingWorld, make_template
from tests.tie_out.tied_night import TiedNight


@pytest.fixture(scope="session")
def billing_template(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = "tie_out_billing"
    postgres.drop_database(name)
    make_template(postgres, name)
    yield name
    postgres.drop_database(name)


@pytest.fixture
def night(
    postgres: EmbeddedPostgres, billing_template: str, finance: FinanceDatabase, tmp_path: Path
) -> Iterator[TiedNight]:
    """Billing that keeps its own totals, and books with open periods."""
    name = f"billing_{uuid4().hex[:12]}"
    postgres.create_database(name, "billing_owner", billing_template)
    open_periods(finance)
    night = TiedNight(BillingWorld(postgres, name), finance, tmp_path)
    night.keep_totals()
    yield night
    postgres.drop_database(name)
