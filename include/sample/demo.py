"""The demo: two nights of the sample company through Airflow into a real ERP, judged by the sample company's own answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from include.app import App, EnvironmentConnections, app_from_environment
from include.finance.errors import TieoutError
from include.pipelines.ledger import read_ledger
from include.sample import company
from include.sample.company import Answer, Night, NightAnswer
from include.sample.exchange_rates import load_sample_rates
from include.sample.people import grant_sample_roles
from include.sample.stack import ERP_DATABASE, Stack
from include.store.database import FinanceDatabase
from include.store.migrate import migrate

DAG = "nightly_posting"
ERP_POOL_SLOTS = 2
_LAST_DAY = date(2027, 12, 31)

Place = tuple[str, str, str]  # legal entity, account, period


class DemoError(RuntimeError):
    """The demo did not come out as the sample company's answer says."""


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """The ERP's ledger beside the answer after a night: net minor units per legal entity, account and period."""

    night: Night
    expected: dict[Place, int]
    read_back: dict[Place, int]
    currencies: dict[str, str]

    @property
    def is_equal(self) -> bool:
        """Whether the ledger is what it should be, to the cent."""
        return self.expected == self.read_back


def prepare_company(stack: Stack, size: int | None = None) -> Answer:
    """Make the databases ready: finance schema, sample billing with everything before night one. Safe to repeat.

    Without a `size`, the one that is there already, or 1. Returns what both nights must show.
    Raises TieoutError when the billing database holds the sample company of another size.
    """
    migrate(stack.postgres.dsn("finance_owner", "finance"))
    finance = FinanceDatabase(stack.postgres.dsn("finance_writer", "finance"))
    load_sample_rates(finance)
    grant_sample_roles(finance)
    owner = stack.postgres.dsn("billing_owner", "billing")
    company.create_billing_schema(owner)
    held = company.filled_size(owner)
    if held and size and held != size:
        raise TieoutError(
            f"The sample company is there with SIZE={held}, not {size}: leave SIZE out, or `make clean` and start anew."
        )
    chosen = held or size or 1
    company.fill_night_one(owner, size=chosen)
    return company.write_answer(stack.state / "answer.json", size=chosen)


def prepare_airflow(stack: Stack, app: App) -> None:
    """Make the pool of every ERP."""
    api = stack.airflow.api("admin")
    for erp in app.configuration.erps.values():
        api.ensure_pool(erp.pool, ERP_POOL_SLOTS)


def sample_app(stack: Stack) -> App:
    """The application on this stack's connections."""
    environment = stack.environment()
    return app_from_environment(EnvironmentConnections(environment), environment)


def run_night(stack: Stack, night: Night, say: Callable[[str], None]) -> str:
    """Run one night through Airflow and return the run's state. Night one reads beside a transaction still open."""
    owner = stack.postgres.dsn("billing_owner", "billing")
    if night.number == 1:
        with company.hold_late_transaction(owner):
            return _run_dag(stack, night, say)
    for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
        stack.tryton.close_period(ERP_DATABASE, entity, period)
    company.apply_night_two(owner)
    return _run_dag(stack, night, say)


def check_ledger(app: App, night: Night, answer: NightAnswer) -> LedgerCheck:
    """Read the whole ledger of every legal entity over the ERP's API and set it beside the answer."""
    found: dict[Place, int] = {}
    for entity in app.configuration.legal_entities.values():
        for entry in read_ledger(app.erp(entity.erp_code), entity, _LAST_DAY).entries:
            for account, minor in entry.net_by_account().items():
                place = (entity.code, account, entry.period_name)
                found[place] = found.get(place, 0) + minor
    return LedgerCheck(
        night=night,
        expected={(each.legal_entity_code, each.account_code, each.period): each.net_minor for each in answer.ledger},
        read_back={place: minor for place, minor in found.items() if minor},
        currencies={
            entity.code: entity.functional_currency.code for entity in app.configuration.legal_entities.values()
        },
    )


def posted_entries(app: App) -> int:
    """How many entries stand in the ledger."""
    with app.finance().transaction() as connection:
        row = connection.execute("select count(*) as n from journal_entry where state = 'verified'").fetchone()
    return int(row["n"]) if row else 0


def _run_dag(stack: Stack, night: Night, say: Callable[[str], None]) -> str:
    airflow = stack.airflow
    run = airflow.trigger(DAG, {"as_of": f"{night.as_of:%Y-%m-%dT%H:%M:%SZ}", "reason": "demo"})
    say(f"Airflow runs {DAG} up to {night.as_of:%Y-%m-%d %H:%M} UTC: {airflow.url}/dags/{DAG}/runs/{run}")
    return airflow.wait(DAG, run)
