"""Named connections to outside systems, wherever their secrets are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote


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

    def postgres_dsn(self) -> str:
        """A libpq URI."""
        port = f":{self.port}" if self.port else ""
        return f"postgresql://{quote(self.login, safe='')}:{quote(self.password, safe='')}@{self.host}{port}/{quote(self.database, safe='')}"

    def base_url(self) -> str:
        """The address of an HTTP service, without a path."""
        scheme = self.scheme if self.scheme in ("http", "https") else "https"
        return f"{scheme}://{self.host}{f':{self.port}' if self.port else ''}"


class Connections(Protocol):
    """Where connections are looked up by name."""

    def get(self, name: str) -> ConnectionSettings:
        """The connection of that name. Raises ConnectionMissingError."""
        ...
