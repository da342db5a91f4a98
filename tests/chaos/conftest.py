"""Set-up of the chaos suite: everything slow is made once and copied; at the end the table of all cases is printed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from include.sample import company
from include.sample.people import grant_sample_roles
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer

pytest.register_assert_rewrite("tests.chaos.house")

from tests.chaos.house import House, Place  # noqa: E402  (its assertions are to be read)


@pytest.fixture(scope="session")
def house(state: Path, postgres: EmbeddedPostgres, tryton: TrytonServer, finance_template: str) -> Iterator[House]:
    """The services and the prepared states."""
    folder = state / "chaos"
    shutil.rmtree(folder, ignore_errors=True)
    with postgres.admin() as admin:
        found = admin.execute("select datname from pg_database where datname like 'chaos\\_%'").fetchall()
    for (name,) in found:
        postgres.drop_database(str(name))
    made = House(postgres, tryton, folder, finance_template)
    yield made
    for name in list(made.made):
        made.drop(name)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def apart(state: Path) -> Iterator[EmbeddedPostgres]:
    """A server of its own, because restarting the other one would also end the ERP."""
    folder = state / "apart"
    folder.mkdir(exist_ok=True)
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def filled(house: House) -> str:
    """A billing database with everything before night one, for copying."""
    return house.filled_billing()


@pytest.fixture(scope="session")
def evening(house: House, filled: str) -> Iterator[Place]:
    """Before night one: billing is filled, and its late transaction is open for as long as the tests run."""
    billing = house.database("billing", filled)
    with company.hold_late_transaction(house.owner(billing)):
        yield Place(billing, house.finance_template, house.tryton_template)


@pytest.fixture(scope="session")
def accounted(house: House, evening: Place) -> Place:
    """Night one is accounted and nothing is posted."""
    erp = house.database("erp", evening.erp)
    books = house.books(Place(evening.billing, house.database("finance", evening.finance), erp))
    assert books.run(steps=("account",)) == (0, [])
    return books.place


@pytest.fixture(scope="session")
def nearly_posted(house: House, accounted: Place) -> Place:
    """Night one is posted for all legal entities but UK."""
    place = Place(
        accounted.billing,
        house.database("finance", accounted.finance),
        house.database("erp", accounted.erp),
    )
    assert house.books(place).run(steps=("post",), entities=("DE", "JP", "US")) == (0, [])
    return place


@pytest.fixture(scope="session")
def second_evening(house: House, filled: str) -> Place:
    """Before night two: night one is complete, its late transaction has committed, January is closed in the US."""
    place = Place(
        house.database("billing", filled), house.database("finance", house.finance_template), house.database("erp")
    )
    books = house.books(place)
    with company.hold_late_transaction(house.owner(place.billing)):
        assert books.run() == (0, [])
    house.begin_second_day(place)
    return place


@pytest.fixture(scope="session")
def closable(house: House, filled: str) -> Place:
    """Night one is complete, and people have their roles: January can be closed."""
    place = Place(
        house.database("billing", filled), house.database("finance", house.finance_template), house.database("erp")
    )
    books = house.books(place)
    # Files of a close are named by their content: what the close of another case has left would not be written again.
    evidence = books.folder / "evidence"
    books.evidence = str(evidence)
    with company.hold_late_transaction(house.owner(place.billing)):
        assert books.run() == (0, [])
    grant_sample_roles(books.app().finance())
    return replace(place, evidence=evidence)


@pytest.fixture(autouse=True)
def row(request: pytest.FixtureRequest) -> None:
    """Hand the case's line to the table at the end."""
    if callspec := getattr(request.node, "callspec", None):
        request.node.user_properties.append(("chaos case", callspec.params["case"].row))
