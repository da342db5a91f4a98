"""The embedded Redis: a real server from a wheel's programs, the broker between Airflow's scheduler and its workers."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import redis

from include.sample.folders import locked, write_private
from include.sample.passwords import Passwords
from include.sample.ports import Ports
from include.sample.supervisor import Supervisor

_NAME = "redis"
_PROGRAM = Path(sys.executable).with_name("redis-server")
_START_SECONDS = 20


class RedisError(RuntimeError):
    """The embedded Redis did not start; the message names its log."""


class EmbeddedRedis:
    """One Redis on the loopback address, with a password. What is queued does not outlive it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._folder = state / "redis"
        self._ports = Ports(state)
        self._passwords = Passwords(state)
        self._supervisor = Supervisor(state)

    def start(self) -> None:
        """Bring the server up. Already running: nothing happens. Raises RedisError."""
        with locked(self._state / "redis.lock"):
            if self.is_running():
                return
            settings = {
                "bind": "127.0.0.1",
                "port": str(self._ports.allocate(_NAME)),
                "requirepass": self._password(),
                "dir": str(self._folder),
                "save": '""',
                "appendonly": "no",
            }
            file = self._folder / "redis.conf"
            write_private(file, "".join(f"{name} {value}\n" for name, value in settings.items()))
            self._supervisor.start(_NAME, [str(_PROGRAM), str(file)], dict(os.environ), self._folder)
            deadline = time.monotonic() + _START_SECONDS
            while not self.is_running():
                if time.monotonic() > deadline or not self._supervisor.is_running(_NAME):
                    raise RedisError(f"Redis did not start; see {self._supervisor.log(_NAME)}.")
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server, and what was queued with it."""
        with locked(self._state / "redis.lock"):
            self._supervisor.stop(_NAME, patience_seconds=3)

    def is_running(self) -> bool:
        """Say whether the server runs and lets us in."""
        if not self._supervisor.is_running(_NAME):
            return False
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    @property
    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`."""
        return f"redis://:{self._password()}@127.0.0.1:{self._ports.get(_NAME)}/0"

    def _password(self) -> str:
        return self._passwords.get("redis")
