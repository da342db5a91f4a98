"""Calls to Tryton's JSON-RPC: session, new login when it has aged, and answers sorted into results and errors."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from include.adapters.erp.tryton_wire import dump_call, load_answer, refusal
from include.adapters.http import Answer, HttpClient, redact, wait
from include.finance.errors import (
    ConnectionMissingError,
    CredentialsRefusedError,
    EntryRefusedError,
    OutcomeUnknownError,
    SystemUnreachableError,
    TieoutError,
)
from include.ports.log import about_call, log_of

log = log_of(__name__)
_BUSY = HTTPStatus.SERVICE_UNAVAILABLE  # an HTML page: the number sequence is locked, or the database cannot be reached


@dataclass(frozen=True, slots=True)
class TrytonLogin:
    """Where a Tryton server is and who we are there. The password is never shown."""

    url: str
    database: str
    login: str
    password: str = field(repr=False)

    @property
    def endpoint(self) -> str:
        """The address of the database's JSON-RPC."""
        return f"{self.url.rstrip('/')}/{self.database}/rpc/"


class TrytonRpc:
    """One user's session with one Tryton database. Not for several threads at once."""

    def __init__(self, login: TrytonLogin, http: HttpClient) -> None:
        self._login = login
        self._http = http
        self._authorization: str | None = None

    def read(self, method: str, *params: Any) -> Any:
        """Ask something that changes nothing. Raises SystemUnreachableError, CredentialsRefusedError."""
        answer = self._call(method, params, is_write=False)
        if answer.status != HTTPStatus.OK:
            raise self._read_failure(answer, method)
        return self._result(answer, f"Tryton {self._login.database}, {method}", is_write=False)

    def write(self, subject: str, method: str, *params: Any, busy_retry_seconds: int = 0) -> Any:
        """Change something, sent once. `subject` names in messages what it is about.

        With `busy_retry_seconds`, an answer "busy" (503: a lock not obtained, rolled back) is tried again for so long:
        only for what has the same effect when done twice.
        """
        give_up = time.monotonic() + busy_retry_seconds
        answer = self._call(method, params, is_write=True)
        while answer.status == _BUSY and time.monotonic() < give_up:
            log.info("the ERP is busy: asked again", erp_method=method)
            wait(0.2)
            answer = self._call(method, params, is_write=True)
        if answer.status != HTTPStatus.OK:
            raise self._write_failure(answer, subject)
        return self._result(answer, subject, is_write=True)

    def _call(self, method: str, params: tuple[Any, ...], *, is_write: bool) -> Answer:
        body = dump_call(method, list(params))
        with about_call(method):
            answer = self._send(body, is_write=is_write)
            if answer.status == HTTPStatus.UNAUTHORIZED:
                # The session aged or was never there: Tryton checks that before it does anything, so asking again is safe.
                log.info("asked again with a new session")
                self._authorization = None
                answer = self._send(body, is_write=is_write)
        return answer

    def _send(self, body: bytes, *, is_write: bool) -> Answer:
        headers = {"Content-Type": "application/json", "Authorization": self._session()}
        send = self._http.write if is_write else self._http.read
        return send(self._login.endpoint, body, headers)

    def _session(self) -> str:
        if self._authorization is None:
            user, token = self._log_in()
            session = f"{self._login.login}:{user}:{token}"
            self._authorization = "Session " + base64.b64encode(session.encode("utf-8")).decode("ascii")
        return self._authorization

    def _log_in(self) -> tuple[int, str]:
        login = self._login
        body = dump_call("common.db.login", [login.login, {"password": login.password}, "en"])
        answer = self._http.read(login.endpoint, body, {"Content-Type": "application/json"})
        if answer.status != HTTPStatus.OK:
            raise self._read_failure(answer, "common.db.login")
        result = self._result(answer, f"Tryton {login.database}, login", is_write=False)
        return int(result[0]), str(result[1])

    def _result(self, answer: Answer, subject: str, *, is_write: bool) -> Any:
        try:
            body = load_answer(answer.text)
        except (ValueError, TypeError, ArithmeticError) as error:
            if is_write:
                raise OutcomeUnknownError(f"{subject}: the answer was cut short; ask before sending again.") from error
            raise SystemUnreachableError(f"{subject}: the answer is no JSON; check that this is Tryton 8.") from error
        if body.get("error") is not None:
            raise refusal(body["error"], subject)
        return body.get("result")

    def _read_failure(self, answer: Answer, method: str) -> TieoutError:
        login = self._login
        where = f"Tryton at {redact(login.url)}, database {login.database}"
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return CredentialsRefusedError(
                f"{where}: login {login.login} or its password is refused. Correct the ERP's connection and run again."
            )
        if answer.status == HTTPStatus.NOT_FOUND:
            return ConnectionMissingError(f"{where}: no such database. Correct the ERP's connection, then run again.")
        if answer.status == HTTPStatus.FORBIDDEN:
            return CredentialsRefusedError(f"{where}: {login.login} may not call {method}. Give it that access.")
        reason = (
            "too many failed logins, wait a few minutes"
            if answer.status == HTTPStatus.TOO_MANY_REQUESTS
            else f"HTTP {answer.status}"
        )
        return SystemUnreachableError(f"{where} cannot answer now ({reason}); nothing was sent, try again later.")

    def _write_failure(self, answer: Answer, subject: str) -> TieoutError:
        if answer.status in (401, 403, 404, 429):
            return self._read_failure(answer, subject)
        if answer.status in (400, 411, 413):
            return EntryRefusedError(f"{subject}: Tryton cannot read the request (HTTP {answer.status}): too large?")
        # 5xx may be Tryton's rollback, or a proxy that gave up while Tryton goes on: nobody can tell from here.
        return OutcomeUnknownError(f"{subject}: the answer was HTTP {answer.status}; ask before sending again.")
