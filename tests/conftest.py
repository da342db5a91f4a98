"""What tests share: a PostgreSQL and an ERP of their own, started once per run and ended with it."""

from __future__ import annotations

import fcntl
import itertools
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg import sql

from include.sample.folders import HOME
from include.sample.object_store import EmbeddedObjectStore
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import TrytonServer
from include.store.database import FinanceDatabase
from include.store.migrate import migrate
from tests.chaos.table import pytest_runtest_logreport, pytest_terminal_summary  # noqa: F401  (hooks of all workers)

# Files that take minutes.
_LONGEST = (
    "test_airflow_runs",
    "test_convergence",
    "test_recognition_lives",
    "test_killed",
    "test_restored",
    "test_explain_sample",
    "test_folders",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, so that no worker is left alone with one at the end; the others keep the order drawn."""
    items.sort(key=lambda item: item.path.stem not in _LONGEST)


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """The state folder of this test run: `.tieout/test`, or `test-2` and so on when another run holds that."""
    for number in itertools.count(1):
        folder = HOME / ("test" if number == 1 else f"test-{number}")
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "run.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder
            return


@pytest.fixture(scope="session")
def postgres(state: Path) -> Iterator[EmbeddedPostgres]:
    """The embedded PostgreSQL. Tests make databases of their own in it."""
    server = EmbeddedPostgres(state)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def quiet(state: Path) -> Iterator[EmbeddedPostgres]:
    """A server where no test leaves a transaction open: what a night reads again depends on the oldest of the server."""
    folder = state / "quiet"
    folder.mkdir(exist_ok=True)
    server = EmbeddedPostgres(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def tryton(state: Path, postgres: EmbeddedPostgres) -> Iterator[TrytonServer]:
    """The real ERP. Tests take a copy of the sample company each: `erp_database`."""
    server = TrytonServer(state, postgres)
    server.stop()
    # What a run that was killed left behind.
    for name in postgres.databases_of("tryton"):
        server.drop_database(name)
    server.ensure_template()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def erp_database(tryton: TrytonServer) -> Iterator[str]:
    """The name of an ERP database of this test's own: the sample company without entries."""
    name = f"erp_{uuid4().hex[:12]}"
    tryton.create_database(name)
    yield name
    tryton.drop_database(name)


@pytest.fixture(scope="session")
def finance_template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated finance database without rows, for copying."""
    name = "finance_template"
    postgres.drop_database(name)
    postgres.create_database(name, "finance_owner")
    migrate(postgres.dsn("finance_owner", name))
    return name


@pytest.fixture
def finance(postgres: EmbeddedPostgres, finance_template: str) -> Iterator[FinanceDatabase]:
    """A finance database of this test's own, as the pipelines see it."""
    name = f"finance_{uuid4().hex[:12]}"
    postgres.create_database(name, "finance_owner", finance_template)
    with postgres.admin() as connection:
        # Rights on a database itself do not come with its copy.
        connection.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(name)))
    yield FinanceDatabase(postgres.dsn("finance_writer", name))
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def object_store(state: Path) -> Iterator[EmbeddedObjectStore]:
    """A real S3 server; each test makes its own bucket."""
    server = EmbeddedObjectStore(state)
    server.start()
    yield server
    server.stop()
