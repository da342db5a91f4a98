"""The one door to HTTP: time limits, repeats only of what is safe to repeat, errors by what to do next, no secrets.

Whether a request may be repeated is the caller's word (`read` or `write`), not the HTTP method's: JSON-RPC sends a
plain question by POST as well.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import ConnectTimeoutError, InvalidHeader, MaxRetryError, NewConnectionError
from urllib3.util.retry import Retry

from include.finance.errors import OutcomeUnknownError, SystemUnreachableError
from include.ports.log import correlation, log_of
from include.ports.pace import Pace

log = log_of(__name__)
_SLOW_SECONDS = 5  # an answer that takes so long is worth a line
_LONGEST_WAIT_SECONDS = 60  # for a turn, or because the system asks for it; more is left to the next run
# Nothing but its turn stands between a write and the lease that it is under: who writes takes it ahead (`await_turn`).
_LONGEST_WAIT_OF_WRITE_SECONDS = 1
_RESTS = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_CORRELATION = "X-Correlation-Id"
_SECRETS = re.compile(
    r"(?i)(?P<key>authorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|session)?\s*|"
    r"(?:password|passwd|token|secret|api_key)[\"']?\s*[:=]\s*[\"']?)(?P<secret>[^\s\"',;}]+)"
)
# It would log the address of each request, and at WARNING that of each repeat: the path of a webhook is a secret.
logging.getLogger("urllib3").setLevel(logging.ERROR)
_USER_INFO = re.compile(r"(?P<key>://[^/@:\s]*):[^/@\s]+(?=@)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `text` is decoded and unpacked; every status is an answer, an error status too."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long to wait for a connection and then for an answer, how often a read is repeated, and after which answers."""

    connect_seconds: int = 5
    answer_seconds: int = 20
    read_repeats: int = 3
    repeated_statuses: tuple[int, ...] = (502, 503, 504)


class HttpClient:
    """Requests to one outside system. `system` is its name in messages; each request, also one that is repeated, takes a turn of `pace`."""

    def __init__(self, system: str, limits: TimeLimits | None = None, pace: Pace | None = None) -> None:
        self._system = system
        self._limits = limits or TimeLimits()
        self._turns = _Turns(system, pace)
        self._reads = _session(_read_retry(self._limits, system, self._turns))
        self._writes = _session(Retry(0, redirect=0, respect_retry_after_header=False))
        # A pooled connection may have been closed by the server a moment ago: a write on it would end in doubt for
        # nothing. Each write opens its own.
        self._writes.headers["Connection"] = "close"

    @property
    def total_seconds(self) -> int:
        """The longest that one write can take until this side gives up."""
        return self._limits.connect_seconds + self._limits.answer_seconds

    def await_turn(self) -> None:
        """Wait until the next request may leave; it then leaves without delay. Raises SystemUnreachableError where that is too far off."""
        self._turns.take_ahead()

    def read(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Ask something that changes nothing; repeated a few times. Raises SystemUnreachableError."""
        try:
            return self._send(self._reads, url, body, headers, _LONGEST_WAIT_SECONDS)
        except requests.RequestException as error:
            raise self._unreachable(error) from None  # see `_send`

    def write(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send something once, never twice.

        Raises SystemUnreachableError when no byte left this machine, OutcomeUnknownError when one may have.
        """
        try:
            return self._send(self._writes, url, body, headers, _LONGEST_WAIT_OF_WRITE_SECONDS)
        except requests.RequestException as error:
            if _never_left(error):
                raise self._unreachable(error) from None
            raise OutcomeUnknownError(
                f"{self._system}: a request left and no whole answer came back ({_reason(error)}). "
                f"It may have been carried out; the next run asks before it sends anything again."
            ) from None

    def _send(
        self, session: requests.Session, url: str, body: bytes, headers: Mapping[str, str], longest: float
    ) -> Answer:
        # What goes wrong names the whole address, and that of a webhook is a secret: it is told in words of ours alone.
        self._turns.take(longest)
        times = (self._limits.connect_seconds, self._limits.answer_seconds)
        told = {_CORRELATION: about} if (about := correlation()) else {}
        started = time.monotonic()
        try:
            # A redirect of a POST would be followed as a GET, or sent twice: neither is wanted.
            response = session.post(url, data=body, headers={**headers, **told}, timeout=times, allow_redirects=False)
        except requests.RequestException as error:
            log.warning("no whole answer", system=self._system, reason=_reason(error), seconds=_since(started))
            raise
        if _since(started) >= _SLOW_SECONDS:
            log.warning("slow answer", system=self._system, status=response.status_code, seconds=_since(started))
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            log.warning("refused", system=self._system, status=response.status_code)
            self._turns.rest_as_asked(response.status_code, response.headers.get("Retry-After"))
        response.encoding = "utf-8"
        return Answer(response.status_code, response.text)

    def _unreachable(self, error: Exception) -> SystemUnreachableError:
        return SystemUnreachableError(
            f"{self._system} does not answer ({_reason(error)}). Check that it runs and that address and port of its "
            f"connection are right; nothing was sent, the next run goes on from here."
        )


def redact(text: str) -> str:
    """The text without passwords, tokens and Authorization headers."""
    return _SECRETS.sub(r"\g<key>***", _USER_INFO.sub(r"\g<key>:***", text))


def _without_paths(text: str) -> str:
    """The text with addresses cut after their host: what follows may be a secret."""
    return re.sub(r"(https?://[^/\s'\"]*)/[^\n]*", r"\1/***", text)


def wait(seconds: float) -> None:
    """Pause between two tries; a function of its own so that tests can take its place."""
    time.sleep(seconds)


def _session(retry: Retry) -> requests.Session:
    session = requests.Session()
    # No proxies, no .netrc: credentials come from the connection and from nowhere else.
    session.trust_env = False
    adapter = HTTPAdapter(max_retries=retry)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class _Turns:
    """One client's turns at a pace that it shares with others; without one, it is always its turn."""

    def __init__(self, system: str, pace: Pace | None) -> None:
        self._system = system
        self._pace = pace
        self._is_taken = False

    def take_ahead(self) -> None:
        """Wait for a turn, and keep it for the next request."""
        if not self._is_taken:
            self.take(_LONGEST_WAIT_SECONDS)
            self._is_taken = True

    def take(self, longest_seconds: float) -> None:
        """Wait for a turn, or use the one that was kept. Raises SystemUnreachableError where it is further off than `longest_seconds`."""
        if self._pace is None:
            return
        if self._is_taken:
            self._is_taken = False
            return
        seconds = self._pace.reserve()
        if seconds > longest_seconds:
            raise SystemUnreachableError(
                f"{self._system} is asked no faster than `requests_per_second` of erps.yaml, or wants to be left alone for now: the next turn is "
                f"{seconds:.0f} s off. Nothing was sent; the next run goes on from here."
            )
        if seconds > 0:
            log.debug("waits for its turn", system=self._system, seconds=round(seconds, 3))
            wait(seconds)

    def rest_as_asked(self, status: int, retry_after: str | None) -> None:
        """Where a system says how long it wants to be left alone, everybody who shares the pace does that."""
        if self._pace is None or retry_after is None or status not in _RESTS:
            return
        with suppress(InvalidHeader):
            seconds = Retry().parse_retry_after(retry_after)
            log.warning("wants to be left alone", system=self._system, seconds=seconds)
            self._pace.rest(seconds)


class _ToldRetry(Retry):
    """Repeats that are lines of the log (urllib3's own would name the address), and take turns like every request."""

    system = ""
    turns: _Turns | None = None

    def new(self, **changed: Any) -> Self:
        one = super().new(**changed)
        one.system, one.turns = self.system, self.turns
        return one

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        super().sleep(response)
        if self.turns is not None:
            self.turns.take(_LONGEST_WAIT_SECONDS)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        *arguments: Any,
        **named: Any,
    ) -> Self:
        one = super().increment(method, url, response, error, *arguments, **named)
        reason = f"HTTP {response.status}" if response is not None else _reason(error or Exception())
        log.warning("asked again", system=self.system, reason=reason, repeats_left=one.total)
        if self.turns is not None and response is not None:
            self.turns.rest_as_asked(response.status, response.headers.get("Retry-After"))
        return one


def _read_retry(limits: TimeLimits, system: str, turns: _Turns) -> Retry:
    told = _ToldRetry(
        total=limits.read_repeats,
        read=1,  # a server that is silent for the whole answer time is not asked over and over
        redirect=0,
        backoff_factor=0.2,
        allowed_methods=None,
        status_forcelist=limits.repeated_statuses,
        raise_on_status=False,
        retry_after_max=_LONGEST_WAIT_SECONDS,
    )
    told.system, told.turns = system, turns
    return told


def _since(started: float) -> float:
    return round(time.monotonic() - started, 1)


def _never_left(error: requests.RequestException) -> bool:
    """Whether the connection was never made, so that no byte of the request can have arrived."""
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    return isinstance(cause, NewConnectionError | ConnectTimeoutError)


def _reason(error: Exception) -> str:
    """What went wrong in one line, without addresses of memory and without secrets."""
    cause: object = error.args[0] if error.args else error
    if isinstance(cause, MaxRetryError) and cause.reason is not None:
        cause = cause.reason
    words = re.sub(r"<[^>]*>:?\s*|HTTPS?Connection(Pool)?\([^)]*\):\s*", "", str(cause)).strip()
    return redact(_without_paths(words.splitlines()[0])) if words else type(error).__name__
