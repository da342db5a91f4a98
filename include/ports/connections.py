"""Named connections to outside systems, wherever their secrets are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from include.finance.errors import ConfigurationError

# A name, several with commas between them, an address of IPv6 with or without brackets, or the folder of a socket.
_HOST = re.compile(r"[\w.,-]*|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:.]+|/[\w./-]+")
_S3_EXTRAS = ("endpoint_url", "region_name", "object_lock_mode")
_LOCK_MODES = (
    "GOVERNANCE",
    "COMPLIANCE",
)  # Amazon S3, "Object Lock": who has a right of its own may lift the first, nobody the second


@dataclass(frozen=True, slots=True)
class S3Access:
    """How to reach an object store: endpoint (empty: Amazon's own) and region, access key and secret key.

    Without keys the process's own credentials count, as a role of the machine gives them. `lock_mode`: how files are locked until the
    end of retention, GOVERNANCE or COMPLIANCE; empty: they are not.
    """

    connection: str
    endpoint_url: str = ""
    region: str = ""
    key: str = ""
    secret: str = field(default="", repr=False)
    lock_mode: str = ""

    @property
    def where(self) -> str:
        """What a message calls the store."""
        return f"the store at {self.endpoint_url}" if self.endpoint_url else "Amazon S3"


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Host, login and password of one system. The password is never shown."""

    name: str
    scheme: str
    host: str
    port: int | None
    database: str
    login: str
    password: str = field(repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)

    def postgres_dsn(self) -> str:
        """A libpq URI. Raises ConfigurationError for a host that is none: libpq would quote the whole URI, password and all."""
        if not _HOST.fullmatch(self.host):
            raise ConfigurationError(f"Connection {self.name}: its host is no host name or address; correct it.")
        host = (
            f"[{self.host}]"
            if self.host.count(":") > 1 and not self.host.startswith("[")
            else quote(self.host, safe="[]:,")
        )
        port = f":{self.port}" if self.port else ""
        return f"postgresql://{quote(self.login, safe='')}:{quote(self.password, safe='')}@{host}{port}/{quote(self.database, safe='')}"

    def base_url(self) -> str:
        """The address of an HTTP service, without a path."""
        scheme = self.scheme if self.scheme in ("http", "https") else "https"
        return f"{scheme}://{self.host}{f':{self.port}' if self.port else ''}"

    def s3_access(self) -> S3Access:
        """The way to an S3-compatible store: `endpoint_url`, `region_name` and `object_lock_mode` in extra, the keys as login and password.

        Raises ConfigurationError.
        """
        if unknown := sorted(self.extra.keys() - set(_S3_EXTRAS)):
            raise ConfigurationError(
                f"Connection {self.name}: extra has {', '.join(unknown)}, which nobody reads; it may have "
                f"{', '.join(_S3_EXTRAS)}."
            )
        if bool(self.login) != bool(self.password):
            raise ConfigurationError(
                f"Connection {self.name}: it has {'no password (secret key)' if self.login else 'no login (access key)'}. "
                "Set both, or neither where the machine itself has a role that may write there."
            )
        endpoint, region, lock_mode = (str(self.extra.get(name) or "") for name in _S3_EXTRAS)
        if lock_mode and lock_mode not in _LOCK_MODES:
            raise ConfigurationError(
                f"Connection {self.name}: object_lock_mode in extra is {lock_mode!r}; write {' or '.join(_LOCK_MODES)}, or leave it out "
                "where files are not to be locked."
            )
        return S3Access(self.name, endpoint, region, self.login, self.password, lock_mode)


class Connections(Protocol):
    """Where connections are looked up by name."""

    def get(self, name: str) -> ConnectionSettings:
        """The connection of that name. Raises ConnectionMissingError."""
        ...
