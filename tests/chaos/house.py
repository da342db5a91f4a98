"""A sample company's billing, finance database and ERP, prepared once and copied for every case; and what must hold after."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg import sql

from include.app import App, EnvironmentConnections
from include.config.load import load_configuration
from include.sample import company
from include.sample.demo import check_ledger
from include.sample.exchange_rates import load_sample_rates
from include.sample.postgres import EmbeddedPostgres
from include.sample.tryton import PERIOD_ADMIN, TrytonServer
from include.sample.tryton_process import announce
from include.store.database import FinanceDatabase
from include.store.migrate import migrate
from tests.chaos import close_process, night_process
from tests.chaos.processes import Errors, Process, start
from tests.chaos.stops import Stop
from tests.posting.logged_in_app import LoggedInApp
from tests.posting.set_back import keep_state, set_back

ENTITIES = ("DE", "JP", "UK", "US")
# In the relation of the real ones, and long enough for two busy cores: what one write may take, what the ERP may take on.
TIMES = {"answer": 3, "max_request": 3, "slack": 1, "margin": 1, "pause": 0.2}
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Place:
    """The names of one company's three databases; and its evidence, where each copy is to have its own."""

    billing: str
    finance: str
    erp: str
    evidence: Path | None = None


@dataclass
class House:
    """The services, and the prepared states that cases copy. `folder` holds evidence and scratch of all of them."""

    postgres: EmbeddedPostgres
    tryton: TrytonServer
    folder: Path
    finance_template: str
    made: list[str] = field(default_factory=list)
    _free_erps: dict[str, list[str]] = field(default_factory=dict)

    @property
    def tryton_template(self) -> str:
        """The name of the sample company's ERP without an entry."""
        return self.tryton._template.name

    def database(self, kind: str, template: str | None = None, *, name: str | None = None) -> str:
        """A new database, `billing`, `finance` or `erp`; a copy of `template` if that is given."""
        name = name or f"chaos_{kind}_{next(_NUMBERS)}"
        owner = {"billing": "billing_owner", "finance": "finance_owner", "erp": "tryton"}[kind]
        if template:
            self._let_go(template)
        self.made.append(name)
        if kind == "erp" and template is None:
            self.tryton.create_database(name)
        else:
            self.postgres.create_database(name, owner, template)
            self._open(kind, name)
        return name

    def filled_billing(self) -> str:
        """A billing database with everything before night one."""
        name = self.database("billing")
        company.create_billing_schema(self.owner(name))
        company.fill_night_one(self.owner(name))
        return name

    def owner(self, billing: str) -> str:
        """The connection string of a billing database's owner."""
        return self.postgres.dsn("billing_owner", billing)

    @contextmanager
    def copy(self, place: Place, *, with_billing: bool = False) -> Iterator[Books]:
        """A company of this case's own, as `place` is; billing is read only and shared, unless the case writes there."""
        billing = self.database("billing", place.billing) if with_billing else place.billing
        books = self.books(Place(billing, self.database("finance", place.finance), self._take_erp(place.erp)))
        if place.evidence:
            books.evidence = str(shutil.copytree(place.evidence, books.folder / "evidence"))
        try:
            yield books
        finally:
            books.end()
            for name in {books.place.finance, billing} - {place.billing}:
                self.drop(name)
            self._free_erps[place.erp].append(books.place.erp)

    def books(
        self, place: Place, *, finance: EmbeddedPostgres | None = None, billing: EmbeddedPostgres | None = None
    ) -> Books:
        """The books of a company; its finance or billing database may lie on a server of its own."""
        folder = self.folder / f"books-{next(_NUMBERS)}"
        folder.mkdir(parents=True)
        return Books(self, place, folder, finance or self.postgres, billing or self.postgres)

    @contextmanager
    def copy_apart(self, place: Place, apart: EmbeddedPostgres) -> Iterator[Books]:
        """A company without a night, its finance database alone on the server `apart`, so that this may be stopped."""
        name = f"chaos_apart_{next(_NUMBERS)}"
        apart.create_database(name, "finance_owner")
        migrate(apart.dsn("finance_owner", name))
        furnish_finance(apart, name)
        books = self.books(Place(place.billing, name, self._take_erp(place.erp)), finance=apart)
        try:
            yield books
        finally:
            books.end()
            apart.drop_database(name)
            self._free_erps[place.erp].append(books.place.erp)

    def drop(self, name: str) -> None:
        """Remove a database."""
        self.postgres.drop_database(name)
        if name in self.made:
            self.made.remove(name)

    def begin_second_day(self, place: Place) -> None:
        """What happens between the nights: the ERP's people close periods, billing goes on."""
        for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
            self.tryton.close_period(place.erp, entity, period)
        company.apply_night_two(self.owner(place.billing))

    def _take_erp(self, template: str) -> str:
        """An ERP as `template` is. One that a case has left is set back, because making the ERP load one takes seconds."""
        free = self._free_erps.setdefault(template, [])
        if free:
            with self.postgres.connect("tryton", free[-1]) as erp:
                set_back(erp)
            return free.pop()
        name = self.database("erp", template)
        with self.postgres.connect("tryton", name) as erp:
            keep_state(erp)
        return name

    def _open(self, kind: str, name: str) -> None:
        """What a copy does not bring along: rights on the database itself, and the ERP's knowledge of it."""
        if kind == "finance":
            furnish_finance(self.postgres, name)
        if kind == "erp":
            announce(urlsplit(self.tryton.url).port, name)

    def _let_go(self, database: str) -> None:
        """Cut idle connections of the ERP's pool, so that a database can be copied."""
        with self.postgres.admin() as admin:
            admin.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", (database,)
            )


def furnish_finance(server: EmbeddedPostgres, name: str) -> None:
    """Give a finance database the rights that a copy does not bring along, and the sample's rates."""
    with server.admin() as admin:
        admin.execute(sql.SQL("grant temporary on database {} to finance_writer").format(sql.Identifier(name)))
    load_sample_rates(FinanceDatabase(server.dsn("finance_writer", name)))


@dataclass
class Books:
    """One company and the nights run on it. `ports` puts proxies in the way: `finance`, `billing` or `erp` to port.

    `evidence` is a folder or `s3://...`, with `further` connections where it needs one.
    """

    house: House
    place: Place
    folder: Path
    finance_server: EmbeddedPostgres
    billing_server: EmbeddedPostgres
    evidence: str = ""
    further: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Where nothing else is said, all companies share one folder of evidence."""
        self.evidence = self.evidence or str(self.house.folder / "evidence")

    # Nights

    def start(
        self,
        as_of: datetime = company.NIGHTS[0].as_of,
        *stops: Stop,
        steps: Sequence[str] = ("account", "post", "verdict"),
        entities: Sequence[str] = ENTITIES,
        times: dict[str, Any] | None = TIMES,
        is_full: bool = False,
    ) -> Process:
        """Start a night as a process."""
        settings = {
            "connections": self.connections(self.ports),
            "evidence": self.evidence,
            "scratch": str(self.folder / "scratch"),
            "as_of": as_of.isoformat(),
            "steps": list(steps),
            "entities": list(entities),
            "times": times,
            "is_full": is_full,
            "stops": [stop.settings() for stop in stops],
        }
        return self._start(night_process.main, settings)

    def close(self, tasks: Sequence[str], *stops: Stop, entity: str, period: str) -> tuple[int, Errors]:
        """Run tasks of a close of a legal entity's period as a process, to their end."""
        return self.start_close(tasks, *stops, entity=entity, period=period).end()

    def start_close(self, tasks: Sequence[str], *stops: Stop, entity: str, period: str) -> Process:
        """Start tasks of a close as a process."""
        settings = {
            "connections": self.connections({}),
            "evidence": self.evidence,
            "scratch": str(self.folder / "scratch"),
            "entity": entity,
            "period": period,
            "tasks": list(tasks),
            "stops": [stop.settings() for stop in stops],
        }
        return self._start(close_process.main, settings)

    def _start(self, main: Callable[[dict[str, Any]], Errors], settings: dict[str, Any]) -> Process:
        self.processes.append(start(main, settings))
        return self.processes[-1]

    def run(self, *arguments: Any, **named: Any) -> tuple[int, Errors]:
        """Run a night to its end."""
        return self.start(*arguments, **named).end()

    def complete(self, night: company.Night = company.NIGHTS[0], **named: Any) -> None:
        """The undisturbed run after a disturbance: it must end complete."""
        ports, self.ports = self.ports, {}
        status, errors = self.run(night.as_of, **named)
        self.ports = ports
        assert status == 0, errors

    def end(self) -> None:
        """Leave no process behind."""
        for process in self.processes:
            if process.done is None:
                process.kill()

    def cut_connections(self, state: str = "idle") -> int:
        """End the connections to the finance database that are in a state, as its administrator; how many there were."""
        with self.finance_server.admin() as admin:
            cut = admin.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s and state = %s",
                (self.place.finance, state),
            ).fetchall()
        return len(cut)

    # The finance database's past

    def keep(self) -> str:
        """A copy of the finance database as it is now: the backup."""
        return self.house.database("finance", self.place.finance)

    def restore(self, backup: str) -> None:
        """Put a backup in the place of the finance database."""
        self.house.drop(self.place.finance)
        self.house.database("finance", backup, name=self.place.finance)

    # Looking

    def app(self) -> App:
        """The application on this company, past every proxy; it logs in to the ERP once."""
        connections = EnvironmentConnections(self.connections({}))
        return LoggedInApp(load_configuration(), connections, self.evidence, self.folder / "scratch")

    def connections(self, ports: dict[str, int]) -> dict[str, str]:
        """Airflow's connections; `ports` are those of proxies."""
        tryton = self.house.tryton
        systems = {
            "finance": self.finance_server.airflow_connection("finance_writer", self.place.finance),
            "billing": self.billing_server.airflow_connection("billing_reader", self.place.billing),
            "erp": tryton.airflow_connection(self.place.erp),
        }
        for system, port in ports.items():
            systems[system] = json.dumps(json.loads(systems[system]) | {"port": port})
        return {
            "AIRFLOW_CONN_FINANCE_DB": systems["finance"],
            "AIRFLOW_CONN_BILLING_DB": systems["billing"],
            "AIRFLOW_CONN_ERP_TRYTON": systems["erp"],
            "AIRFLOW_CONN_ERP_TRYTON_PERIODS": tryton.airflow_connection(self.place.erp, PERIOD_ADMIN),
        } | self.further

    def ask(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """Rows of the finance database."""
        with self.app().finance().transaction() as connection:
            return connection.execute(query, parameters).fetchall()  # type: ignore[arg-type]

    def ledger(self, night: company.Night) -> dict[tuple[str, str, str], int]:
        """The ERP's ledger: net minor units by legal entity, account and period."""
        return check_ledger(self.app(), night, ANSWER.nights[night.number - 1]).read_back

    def answer(self, night: company.Night) -> dict[tuple[str, str, str], int]:
        """The ledger as the answer file has it."""
        return check_ledger(self.app(), night, ANSWER.nights[night.number - 1]).expected

    # What must hold

    def require_right(
        self, night: company.Night = company.NIGHTS[0], *, is_outcome_known: bool = True, surplus_rows: int = 0
    ) -> None:
        """The ledger is the answer to the cent, each entry once, nothing on its way, nothing booked twice."""
        app, answer = self.app(), ANSWER.nights[night.number - 1]
        check = check_ledger(app, night, answer)
        assert check.read_back == check.expected
        self.require_once(app)
        self.require_booked_once(surplus_rows)
        if is_outcome_known:
            self._require_outcomes(night, answer)

    def require_once(self, app: App | None = None) -> None:
        """Each verified entry is in the ERP once and nothing else is; no draft is left; nothing is on its way."""
        app = app or self.app()
        known = self.ask("select legal_entity_code, reference, state, held_reason from journal_entry")
        on_their_way = [
            row
            for row in known
            if row["state"] not in ("verified", "superseded", "held") or row["held_reason"] == "failed_preflight"
        ]
        assert on_their_way == []
        for entity in app.configuration.legal_entities.values():
            found = app.erp(entity.erp_code).references(entity, date(2020, 1, 1))
            assert {reference: len(entries) for reference, entries in found.items() if len(entries) != 1} == {}
            assert set(found) == {
                row["reference"]
                for row in known
                if row["legal_entity_code"] == entity.code and row["state"] == "verified"
            }
        with self.house.postgres.admin(self.place.erp) as erp:
            assert erp.execute("select id, description from account_move where state <> 'posted'").fetchall() == []

    def require_booked_once(self, surplus_rows: int = 0) -> None:
        """Each event has at most one live booking, and every batch answers for all documents that were extracted.

        `surplus_rows` is how many more rows than documents one of them was given.
        """
        assert self.ask(_BOOKED_TWICE) == []
        surplus = [row["document_count"] - row["document_outcomes"] for row in self.ask(_UNEQUAL)]
        assert surplus == ([surplus_rows] if surplus_rows else [])

    def _require_outcomes(self, night: company.Night, answer: company.NightAnswer) -> None:
        found = {
            (row["document_type"], row["legal_entity_code"], row["currency"], row["outcome"], row["reason"]): (
                row["document_count"],
                int(row["total_minor"]),
            )
            for row in self.ask(_OUTCOMES, night.as_of)
        }
        wanted = {
            (each.document_type, each.legal_entity_code, each.currency, each.outcome, each.reason): (
                each.document_count,
                each.total_minor,
            )
            for each in answer.outcomes
        }
        differing = {key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)}
        assert {key: (found.get(key), wanted.get(key)) for key in sorted(differing)} == {}


def by_account(ledger: Ledger) -> dict[tuple[str, str], int]:
    """A ledger over all periods: net minor units by legal entity and account."""
    net: dict[tuple[str, str], int] = {}
    for (entity, account, _), minor in ledger.items():
        net[entity, account] = net.get((entity, account), 0) + minor
    return {place: minor for place, minor in net.items() if minor}


Ledger = dict[tuple[str, str, str], int]
ANSWER = company.answer()
_BOOKED_TWICE = """
select b.document_uid, b.event_type, b.occurrence, count(*) as live
from event_booking as b
where not b.is_superseded and b.reverses_no is null and not exists (
    select from event_booking as r
    where r.document_uid = b.document_uid and r.event_type = b.event_type and r.occurrence = b.occurrence
        and r.reverses_no = b.booking_no and not r.is_superseded)
group by b.document_uid, b.event_type, b.occurrence
having count(*) > 1
"""
# What was extracted: documents that are there, and deletions of documents that are not any more.
_UNEQUAL = """
with answered as (
    select b.batch_no, a.document_count, coalesce(sum(o.document_count), 0) as document_outcomes,
        (select coalesce(sum((file ->> 'rows')::bigint), 0) from jsonb_array_elements(a.manifest) as file
            where file ->> 'dataset' = 'deletions') as deletion_count
    from batch as b
    join attempt as a on a.id = b.attempt_id
    left join batch_outcome as o on o.batch_no = b.batch_no
    group by b.batch_no, a.document_count, a.manifest
)
select * from answered where document_outcomes not between document_count and document_count + deletion_count
"""
# The first batch of the night: a night run again beside it finds everything unchanged.
_OUTCOMES = """
select o.* from batch_outcome as o
where o.batch_no = (select min(batch_no) from batch where read_instant = %s)
"""


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
