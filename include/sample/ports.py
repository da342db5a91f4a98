"""TCP ports of one set of embedded services: free ones, written to one `ports.json`."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

from include.sample.folders import locked, write_private

# Below the range from which systems take ports for outgoing connections, above the ones that people choose.
_LOWEST, _HIGHEST = 15000, 29999


def is_free(port: int) -> bool:
    """Say whether a server could listen on `port` now, on the loopback address and on all addresses."""
    for address in ("127.0.0.1", ""):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


class Ports:
    """Ports by service name, kept in `ports.json` of a state folder so that every process finds them."""

    def __init__(self, state: Path) -> None:
        self._file = state / "ports.json"

    def get(self, name: str) -> int | None:
        """Return the port last given to `name`, or None."""
        return self._read().get(name)

    def allocate(self, name: str) -> int:
        """Return a port that is free now: the last one of `name` where possible. Another process may still be
        faster, so whoever listens on it asks again when that fails.
        """
        with locked(self._file.with_name("ports.lock")):
            known = self._read()
            port = known.get(name)
            if port is None or not is_free(port):
                port = self._choose(set(known.values()))
                known[name] = port
                write_private(self._file, json.dumps(known, indent=2, sort_keys=True) + "\n")
        return port

    def _choose(self, taken: set[int]) -> int:
        source = random.SystemRandom()
        for _ in range(1000):
            port = source.randint(_LOWEST, _HIGHEST)
            if port not in taken and is_free(port):
                return port
        raise OSError(f"No free TCP port between {_LOWEST} and {_HIGHEST}: end some servers and start again.")

    def _read(self) -> dict[str, int]:
        try:
            return {str(name): int(port) for name, port in json.loads(self._file.read_text(encoding="utf-8")).items()}
        except FileNotFoundError:
            return {}
