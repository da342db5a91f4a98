"""A small JSON-RPC client of the demo ERP, for setting it up and for opening and closing periods.

The pipelines do not use it: they post through `include.adapters.erp`.
Source: Tryton 8.0.12, `trytond/protocols`, as run.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import requests

Record = dict[str, Any]


class TrytonCallError(RuntimeError):
    """The ERP refused a call; the message has the method and the ERP's own words."""


def encode(value: Any) -> Any:
    """Turn dates and decimals, however deep, into Tryton's JSON."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case Mapping():
            return {name: encode(item) for name, item in value.items()}
        case list() | tuple():
            return [encode(item) for item in value]
    return value


class TrytonSession:
    """One login to one database. Calls raise TrytonCallError, or requests.RequestException without an answer."""

    def __init__(self, url: str, database: str, login: str, password: str, *, timeout_seconds: float = 120) -> None:
        self._url = f"{url}/{database}/rpc/"
        self._timeout_seconds = timeout_seconds
        self._headers: dict[str, str] = {}
        user, token = self._send("common.db.login", [login, {"password": password}, "en"])[:2]
        key = base64.b64encode(f"{login}:{user}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Session {key}"}
        self.user_id = int(user)

    def call(self, method: str, *parameters: Any, **context: Any) -> Any:
        """Call `model.<method>`; the keyword arguments are Tryton's context."""
        return self._send(f"model.{method}", [*encode(parameters), {"language": "en"} | context])

    def create(self, model: str, records: Sequence[Mapping[str, Any]], **context: Any) -> list[int]:
        """Create records and return their ids in the same order."""
        ids: list[int] = self.call(f"{model}.create", records, **context)
        return ids

    def search(self, model: str, domain: Sequence[Any], fields: Sequence[str] = (), **context: Any) -> list[Record]:
        """Return `id` and `fields` of the records that `domain` selects, ordered by id."""
        found: list[Record] = self.call(
            f"{model}.search_read", domain, 0, None, [["id", "ASC"]], list(fields), **context
        )
        return found

    def _send(self, method: str, parameters: Sequence[Any]) -> Any:
        request = {"id": 0, "method": method, "params": list(parameters)}
        response = requests.post(self._url, json=request, headers=self._headers, timeout=self._timeout_seconds)
        if response.status_code != requests.codes.ok:
            raise TrytonCallError(f"Tryton answered {method} with HTTP {response.status_code}: {response.text[:300]}")
        answer = response.json()
        if "error" in answer:
            raise TrytonCallError(f"Tryton refused {method}: {answer['error']}")
        return answer["result"]
