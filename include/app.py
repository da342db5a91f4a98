"""The one place that wires settings to adapters, for DAGs and for commands."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.adapters.billing.exponents import ConvertedBilling
from include.adapters.billing.limits import LimitedBilling
from include.adapters.billing.postgres import PostgresBilling
from include.adapters.erp.tryton import LINES_PER_ENTRY, TrytonErp
from include.adapters.erp.tryton_periods import TrytonPeriods
from include.adapters.notices import send_mail, send_webhook
from include.config.configuration import Configuration, ErpSettings
from include.config.currencies import CURRENCIES
from include.config.load import load_configuration
from include.evidence.signature import SigningKey
from include.evidence.store import EvidenceStore, needs_access
from include.finance.actor import Actor
from include.finance.errors import ConfigurationError, ConnectionMissingError
from include.finance.notice import Channel, ChannelKind, Message
from include.pipelines.account import AccountingDesk
from include.ports.billing import BillingSource
from include.ports.connections import Connections, ConnectionSettings
from include.ports.erp import Erp, ErpPeriodAdmin
from include.store.database import FinanceDatabase
from include.store.request_pace import SharedPace

FINANCE_CONNECTION = "finance_db"
FINANCE_OWNER_CONNECTION = "finance_db_owner"  # only the command `migrate` uses it
SIGNING_CONNECTION = "evidence_signing"  # its password is the key that evidence packs are signed by; may be absent
EVIDENCE_CONNECTION = "evidence_s3"  # where TIEOUT_EVIDENCE is an object store
# These name their host, if any, in extra.
_HOSTLESS = ("aws", "generic")
# Known without a connection: accounting goes on while an ERP is away.
_LINES_PER_ENTRY = {"tryton": LINES_PER_ENTRY}
_ROOT = Path(__file__).resolve().parent
_NOBODY = Actor()


@dataclass(frozen=True, slots=True)
class App:
    """Everything a night needs, made on demand. `evidence_url` is a folder or `s3://bucket/prefix`, `scratch` a local folder."""

    configuration: Configuration
    connections: Connections
    evidence_url: str
    scratch: Path
    actor: Actor = _NOBODY

    def finance(self) -> FinanceDatabase:
        """The finance database, as its application's role."""
        return FinanceDatabase(self.connections.get(FINANCE_CONNECTION).postgres_dsn(), FINANCE_CONNECTION, self.actor)

    def evidence(self) -> EvidenceStore:
        """The evidence: a folder, or a bucket that the connection evidence_s3 leads to."""
        is_remote = needs_access(self.evidence_url)
        access = self.connections.get(EVIDENCE_CONNECTION).s3_access() if is_remote else None
        return EvidenceStore(self.evidence_url, self.scratch, access, self.configuration.retention.longest_years)

    def signing_key(self) -> SigningKey | None:
        """The key that evidence packs are signed by; None where none is configured."""
        try:
            connection = self.connections.get(SIGNING_CONNECTION)
        except ConnectionMissingError:
            return None
        return SigningKey(connection.password, f"connection {SIGNING_CONNECTION}")

    def billing(self, source_code: str) -> BillingSource:
        """The billing system of a source in sources.yaml."""
        source = self.configuration.sources[source_code]
        if source.system != "postgres":
            raise ConfigurationError(
                f"Source {source_code}: no adapter for billing system {source.system}; use postgres."
            )
        dsn = self.connections.get(source.connection).postgres_dsn()
        billing = LimitedBilling(PostgresBilling(dsn, source.connection))
        shifts = {code: exponent - CURRENCIES[code].exponent for code, exponent in source.exponents.items()}
        return ConvertedBilling(billing, shifts) if shifts else billing

    def erp(self, erp_code: str) -> Erp:
        """The ERP of an entry in erps.yaml."""
        erp = self.configuration.erps[erp_code]
        if erp.system != "tryton":
            raise ConfigurationError(f"ERP {erp_code}: no adapter for {erp.system}; use tryton.")
        connection = self.connections.get(erp.connection)
        parties = {
            (entity, account.code): account.party_key
            for entity, chart in self.configuration.charts_by_entity().items()
            for account in chart.accounts.values()
            if account.party_key
        }
        return TrytonErp(
            connection.base_url(),
            connection.database,
            connection.login,
            connection.password,
            companies=erp.companies,
            parties=parties,
            journals=erp.journals,
            pace=self._pace(erp),
        )

    def _pace(self, erp: ErpSettings) -> SharedPace | None:
        """The turns of all processes that ask with the ERP's connection; None where it takes as much as comes."""
        if erp.requests_per_second is None:
            return None
        return SharedPace(self.finance(), erp.connection, erp.requests_per_second)

    def erp_periods(self, erp_code: str) -> ErpPeriodAdmin:
        """Who closes the periods of an ERP: another login than the one that posts. Raises ConfigurationError where there is none."""
        erp = self.configuration.erps[erp_code]
        if erp.period_connection is None:
            raise ConfigurationError(
                f"ERP {erp_code} has no `period_connection` in erps.yaml; add it, or write `erp_periods: leave` in period_close.yaml."
            )
        connection = self.connections.get(erp.period_connection)
        return TrytonPeriods(
            connection.base_url(), connection.database, connection.login, connection.password, companies=erp.companies
        )

    def send(self, channel: Channel, message: Message) -> str:
        """Tell people, as the channel says; a remark where not everybody has it. Raises SystemUnreachableError, CredentialsRefusedError, ConnectionMissingError."""
        send = {ChannelKind.MAIL: send_mail, ChannelKind.WEBHOOK: send_webhook}[channel.kind]
        return send(self.connections.get(channel.connection), channel, message)

    def accounting_desk(self) -> AccountingDesk:
        """Where accounting works."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        return AccountingDesk(
            database=self.finance(),
            evidence=self.evidence(),
            configuration=self.configuration,
            code_version=code_version(),
            scratch=self.scratch,
            line_limit=min(_LINES_PER_ENTRY[erp.system] for erp in self.configuration.erps.values()),
        )


class EnvironmentConnections:
    """Connections from AIRFLOW_CONN_<NAME>, as JSON or URI: what Airflow itself reads, without importing Airflow."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment

    def get(self, name: str) -> ConnectionSettings:
        """The connection of that name. Raises ConnectionMissingError."""
        text = self._environment.get(f"AIRFLOW_CONN_{name.upper()}", "").strip()
        if not text:
            raise ConnectionMissingError(
                f"Connection {name} is not configured. Add it under Admin, Connections in Airflow, or set AIRFLOW_CONN_{name.upper()}."
            )
        return _from_json(name, text) if text.startswith("{") else _from_uri(name, text)


def app_from_environment(
    connections: Connections | None = None, environment: Mapping[str, str] = os.environ, actor: Actor = _NOBODY
) -> App:
    """The application as TIEOUT_CONFIG, TIEOUT_EVIDENCE and TIEOUT_SCRATCH describe it; `actor` is who the audit log names.

    Without them: the shipped configuration, and evidence and scratch below `.tieout/` of the project.
    """
    home = _ROOT.parent / ".tieout"
    return App(
        configuration=load_configuration(),
        connections=connections or EnvironmentConnections(environment),
        evidence_url=environment.get("TIEOUT_EVIDENCE", str(home / "evidence")),
        scratch=Path(environment.get("TIEOUT_SCRATCH", str(home / "scratch"))),
        actor=actor,
    )


@cache
def code_version() -> str:
    """A digest of the code that runs: of every Python and SQL file below include/, in order."""
    digest = hashlib.sha256()
    for path in sorted([*_ROOT.rglob("*.py"), *_ROOT.rglob("*.sql")]):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _from_json(name: str, text: str) -> ConnectionSettings:
    try:
        fields = json.loads(text)
        scheme = str(fields["conn_type"])
        return ConnectionSettings(
            name=name,
            scheme=scheme,
            host=str(fields.get("host") or "") if scheme in _HOSTLESS else str(fields["host"]),
            port=int(fields["port"]) if fields.get("port") else None,
            database=str(fields.get("schema") or ""),
            login=str(fields.get("login") or ""),
            password=str(fields.get("password") or ""),
            extra=_extra(fields.get("extra")),
        )
    except (ValueError, KeyError, TypeError) as error:
        # The text itself holds a password: it is not shown.
        raise ConnectionMissingError(
            f"Connection {name}: AIRFLOW_CONN_{name.upper()} is no connection in JSON ({type(error).__name__}); "
            "it needs conn_type, host, port, schema, login and password."
        ) from None


def _extra(given: Any) -> dict[str, object]:
    """Airflow takes extra as an object or as the text of one."""
    return dict((json.loads(given) if isinstance(given, str) and given else given) or {})


def _from_uri(name: str, text: str) -> ConnectionSettings:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        # What Python says of it quotes what it took for a port: after a slash in a password, that is the password.
        raise ConnectionMissingError(
            f"Connection {name}: AIRFLOW_CONN_{name.upper()} is no URI; write scheme://login:password@host:port/database, with each "
            "of / : @ # ? [ and % in login or password written as %2F and so on; or as JSON."
        ) from None
    if not parts.hostname and parts.scheme not in _HOSTLESS:
        raise ConnectionMissingError(
            f"Connection {name}: AIRFLOW_CONN_{name.upper()} names no host; write scheme://login:password@host:port/database."
        )
    return ConnectionSettings(
        name=name,
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=port,
        database=unquote(parts.path.lstrip("/")),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=dict(parse_qsl(parts.query)),
    )
