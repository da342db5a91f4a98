"""The embedded object store: a real S3 server (rclone) that keeps its buckets as folders, for what shares no disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from include.ports.connections import S3Access
from include.sample.folders import locked
from include.sample.passwords import Passwords
from include.sample.ports import Ports
from include.sample.supervisor import Supervisor

_NAME = "object-store"
_LOGIN = "tieout"
_PROGRAM = Path(sys.executable).with_name("rclone")
_START_SECONDS = 20


class ObjectStoreError(RuntimeError):
    """The embedded object store did not start; the message names its log."""


class EmbeddedObjectStore:
    """One S3 server on the loopback address, its buckets below `state`."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._ports = Ports(state)
        self._passwords = Passwords(state)
        self._supervisor = Supervisor(state)
        self.buckets = state / "object-store"

    def start(self) -> None:
        """Bring the server up. Already running: nothing happens. Raises ObjectStoreError."""
        with locked(self._state / "object-store.lock"):
            if self.is_running():
                return
            self.buckets.mkdir(parents=True, exist_ok=True)
            port = self._ports.allocate(_NAME)
            command = [str(_PROGRAM), "serve", "s3", "--addr", f"127.0.0.1:{port}", str(self.buckets)]
            self._supervisor.start(_NAME, command, self._environment(), self.buckets)
            deadline = time.monotonic() + _START_SECONDS
            while not self.is_running():
                if time.monotonic() > deadline or not self._supervisor.is_running(_NAME):
                    raise ObjectStoreError(f"The object store did not start; see {self._supervisor.log(_NAME)}.")
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server; its files stay."""
        with locked(self._state / "object-store.lock"):
            self._supervisor.stop(_NAME, patience_seconds=3)

    def is_running(self) -> bool:
        """Say whether the server runs and listens."""
        return self._supervisor.listens(_NAME, self._ports.get(_NAME) or 0)

    def make_bucket(self, name: str) -> None:
        """Make a bucket; it may exist already."""
        access = self.access()
        remote = {"TYPE": "s3", "PROVIDER": "Rclone", "ENDPOINT": access.endpoint_url}
        keys = {"ACCESS_KEY_ID": access.key, "SECRET_ACCESS_KEY": access.secret}
        ours = {f"RCLONE_CONFIG_EVIDENCE_{field}": value for field, value in (remote | keys).items()}
        command = [str(_PROGRAM), "mkdir", f"evidence:{name}"]
        done = subprocess.run(command, env=_outside() | ours, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ObjectStoreError(f"The object store at {self.url} did not make bucket {name}: {done.stderr.strip()}")

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self._ports.get(_NAME)}"

    def access(self, connection: str = "evidence_s3") -> S3Access:
        """How to reach it, as a connection of that name would say."""
        return S3Access(connection, self.url, "us-east-1", _LOGIN, self._secret())

    def airflow_connection(self) -> str:
        """Return an Airflow connection as JSON, fit for a variable `AIRFLOW_CONN_...`."""
        access = self.access()
        # As text: Airflow's REST API takes it in no other form.
        extra = json.dumps({"endpoint_url": access.endpoint_url, "region_name": access.region})
        return json.dumps({"conn_type": "aws", "login": access.key, "password": access.secret, "extra": extra})

    def _secret(self) -> str:
        return self._passwords.get("object-store")

    def _environment(self) -> dict[str, str]:
        # rclone wants the pair in quotes, because it takes several. On no command line: those can be read by anybody.
        return _outside() | {"RCLONE_AUTH_KEY": f'"{_LOGIN},{self._secret()}"'}


def _outside() -> dict[str, str]:
    """Our environment without what it may say about another rclone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RCLONE_")}
    return kept | {"RCLONE_CONFIG": os.devnull}
