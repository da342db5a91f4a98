"""Generated passwords and keys of one set of embedded services, in one file that only its owner can read."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from include.sample.folders import locked, write_private


def new_password() -> str:
    """Return 32 letters and digits: safe in a URL, in a shell and in JSON."""
    return secrets.token_hex(16)


class Passwords:
    """Passwords by name, made on first use and kept in `passwords.json` (0600) of a state folder."""

    def __init__(self, state: Path) -> None:
        self._file = state / "passwords.json"

    def get(self, name: str, make: Callable[[], str] = new_password) -> str:
        """Return the password called `name`; `make` supplies it the first time."""
        known = self._read()
        if name not in known:
            with locked(self._file.with_name("passwords.lock")):
                known = self._read()
                known.setdefault(name, make())
                write_private(self._file, json.dumps(known, indent=2, sort_keys=True) + "\n")
        return known[name]

    def _read(self) -> dict[str, str]:
        try:
            content: Any = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {str(name): str(value) for name, value in content.items()}
