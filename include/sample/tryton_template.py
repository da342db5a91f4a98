"""The sample company's ERP database, built once and copied ever after.

The finished database is kept as a dump below `.tieout/cache`, so that demo and tests, which have PostgreSQL servers of
their own, share the minute that it takes. Its name says what it was made from: other pins, another chart, other set-up
code or another PostgreSQL make another template. A build that was killed leaves only names that nobody looks for.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from psycopg import sql

from include.sample import tryton_rpc, tryton_setup
from include.sample.folders import CACHE, locked
from include.sample.passwords import Passwords
from include.sample.ports import Ports
from include.sample.postgres import EmbeddedPostgres
from include.sample.supervisor import Supervisor
from include.sample.tryton_process import TrytonError, environment, launch_server, program, write_settings

_OWNER = "tryton"
_BUILDER = "tryton-build"
_ADMIN_OPTIONS = ("-u", "account", "--activate-dependencies", "--no-indexes", "--email", "erp@example.com")
_INGREDIENTS = (
    Path(__file__).with_name("erp_requirements.txt"),
    tryton_setup.CHART_FILE,
    Path(tryton_setup.__file__),
)


def _say_nothing(_text: str) -> None:
    """Progress nobody wants to read."""


class TrytonTemplate:
    """The template database `name` in `postgres`, and its dump in the cache."""

    def __init__(self, state: Path, postgres: EmbeddedPostgres, say: Callable[[str], None] = _say_nothing) -> None:
        self._state = state
        self._postgres = postgres
        self._say = say
        self._cache = CACHE / f"erp-{self._key}"

    @property
    def name(self) -> str:
        """The name of the template database."""
        return f"erp_template_{self._key}"

    def password(self, login: str) -> str:
        """Return the password of an ERP user, which is in the template and so in every copy."""
        return Passwords(self._cache).get(login)

    def ensure(self) -> None:
        """Have the template in this PostgreSQL: there already, from the dump, or built now. Raises TrytonError."""
        if self._exists():
            return
        with locked(CACHE / "erp.lock"):
            if not self._dump.exists():
                self._say("Building the demo ERP (Tryton): about a minute, once")
                self._build()
            if not self._exists():
                self._restore()

    @cached_property
    def _key(self) -> str:
        digest = hashlib.sha256(repr(("PostgreSQL 18", _ADMIN_OPTIONS)).encode())
        for file in _INGREDIENTS:
            digest.update(file.read_bytes())
        return digest.hexdigest()[:12]

    @property
    def _dump(self) -> Path:
        return self._cache / "template.dump"

    def _exists(self) -> bool:
        with self._postgres.admin() as admin:
            return admin.execute("select 1 from pg_database where datname = %s", (self.name,)).fetchone() is not None

    def _build(self) -> None:
        database = f"erp_build_{self._key}"
        self._postgres.drop_database(database)
        self._postgres.create_database(database, _OWNER)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="erp-build-") as name:
            folder = Path(name)
            passwords = Passwords(folder)
            self._initialise(database, folder, passwords.get("admin"))
            self._say("Setting up the sample company's legal entities in the demo ERP")
            try:
                launch_server(_BUILDER, self._state, folder, self._postgres, [database], None)
                url = f"http://127.0.0.1:{Ports(self._state).get(_BUILDER)}"
                admin = tryton_rpc.TrytonSession(url, database, "admin", passwords.get("admin"))
                tryton_setup.set_up_company(admin, tryton_setup.read_chart(), passwords.get)
            finally:
                Supervisor(self._state).stop(_BUILDER, patience_seconds=3)
            self._run_postgres_program("pg_dump", "--format=custom", f"--file={folder / 'template.dump'}", database)
            shutil.rmtree(self._cache, ignore_errors=True)
            self._cache.mkdir()
            # The dump last: it is what says that the cache is whole.
            for file in ("passwords.json", "template.dump"):
                (folder / file).rename(self._cache / file)
        self._postgres.drop_database(database)

    def _initialise(self, database: str, folder: Path, password: str) -> None:
        """Make Tryton's tables with its own admin command."""
        settings = write_settings(folder / "admin.conf", self._postgres, 0)
        password_file = folder / "admin.password"
        password_file.touch(mode=0o600)
        password_file.write_text(password + "\n", encoding="utf-8")
        command = [*program("trytond-admin"), "-c", str(settings), "-d", database, *_ADMIN_OPTIONS]
        _run(command, environment() | {"TRYTONPASSFILE": str(password_file)})

    def _restore(self) -> None:
        draft = f"{self.name}_new"
        self._postgres.drop_database(draft)
        self._postgres.create_database(draft, _OWNER)
        self._run_postgres_program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={draft}", str(self._dump))
        with self._postgres.admin() as admin:
            flags = sql.SQL("alter database {} with allow_connections false is_template true")
            admin.execute(flags.format(sql.Identifier(draft)))
            rename = sql.SQL("alter database {} rename to {}")
            admin.execute(rename.format(sql.Identifier(draft), sql.Identifier(self.name)))

    def _run_postgres_program(self, name: str, *arguments: str) -> None:
        address = ["-h", "127.0.0.1", "-p", str(self._postgres.port), "-U", _OWNER]
        _run([str(self._postgres.programs / name), *address, *arguments], dict(self._postgres.environment(_OWNER)))


def _run(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise TrytonError(
            f"The demo ERP could not be built: {Path(command[1]).name} said: {done.stderr.strip()[-2000:]}"
        )
