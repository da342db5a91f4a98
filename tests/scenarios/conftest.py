"""Databases for scenarios: billing and finance of each world's own, and one ERP that is set back for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import sql

from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from tests.integration.billing_world import SCHEMA
from tests.posting.set_back import keep_state, set_back
from tests.scenarios.by_hand import add_company
from tests.scenarios.outcome import Outcome
from tests.scenarios.policy import companies_wanted
from tests.scenarios.scenario import Scenario, scenarios, sharing
from tests.scenarios.world import Place, World

_MASTER_DATA = Path(__file__).parent / "master_data.sql"


@pytest.fixture(scope="session")
def billing_template(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A billing database with the schema and master data, for copying."""
    name = "scenarios_billing"
    postgres.drop_database(name)
    postgres.create_database(name, "billing_owner")
    with postgres.connect("billing_owner", name) as owner:
        owner.execute(SCHEMA.read_text(encoding="utf-8"))
        owner.execute(_MASTER_DATA.read_text(encoding="utf-8"))
        # Billing keeps no totals of its own here: a source may do without.
        owner.execute("drop table billing.control_totals")
    postgres.grant_reading(name, "billing_owner", "billing_reader", "billing")
    yield name
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def shared_erp(tryton: TrytonServer, postgres: EmbeddedPostgres) -> Iterator[str]:
    """The sample company's ERP, with a company more for each legal entity that a scenario adds."""
    name = f"erp_scenarios_{uuid4().hex[:8]}"
    tryton.create_database(name)
    for code, (company, currency) in companies_wanted(scenarios()).items():
        add_company(tryton.session(name), code, company, currency)
    with postgres.connect("tryton", name) as erp:
        keep_state(erp)
    yield name
    tryton.drop_database(name)


@pytest.fixture(scope="session")
def outcome(
    postgres: EmbeddedPostgres,
    tryton: TrytonServer,
    shared_erp: str,
    billing_template: str,
    finance_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Scenario], Outcome]]:
    """What came of a scenario; its world is run when the first of its scenarios is asked for."""
    known: dict[tuple[str, ...], Outcome] = {}
    databases: list[str] = []

    def of(scenario: Scenario) -> Outcome:
        together = sharing(scenario)
        names = tuple(each.name for each in together)
        if names not in known:
            mark = uuid4().hex[:8]
            place = Place(f"billing_{mark}", f"finance_{mark}", shared_erp, tmp_path_factory.mktemp("world"))
            databases.extend((place.billing, place.finance))
            postgres.create_database(place.billing, "billing_owner", billing_template)
            postgres.create_database(place.finance, "finance_owner", finance_template)
            with postgres.admin() as admin:
                admin.execute(
                    sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(place.finance))
                )
            with postgres.connect("tryton", shared_erp) as erp:
                set_back(erp)
            known[names] = Outcome.of(World(together, postgres, tryton, place))
        return known[names]

    yield of
    for name in databases:
        postgres.drop_database(name)
