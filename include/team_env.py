"""Writes the `.env` of a team's installation: the variables of .env.example, with a secret made for each that is empty.

Standard library only: it runs before anything is installed.

    python3 include/team_env.py .env.example .env
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

_LINE = re.compile(r"^(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$")
# Hexadecimal digits need no quoting in a URL, in JSON, in SQL or in a shell.
_MAKERS: dict[str, Callable[[], str]] = {
    "_FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    "_JWT_SECRET": lambda: secrets.token_hex(64),
    "_SECRET_KEY": lambda: secrets.token_hex(32),
    "_ACCESS_KEY": lambda: secrets.token_hex(10),
    "_PASSWORD": lambda: secrets.token_hex(16),
}


def fill(template: str, present: str) -> str:
    """The text of .env: the template's lines, with what `present` says, else a new secret; lines of one's own at the end."""
    known = _values(present)
    lines = []
    for line in template.splitlines():
        found = _LINE.match(line)
        if found is None:
            lines.append(line)
            continue
        name = found["name"]
        lines.append(f"{name}={known.pop(name, '') or found['value'] or _make(name)}")
    own = [f"{name}={value}" for name, value in known.items()]
    return "\n".join([*lines, *(["", *own] if own else [])]) + "\n"


def missing(text: str) -> list[str]:
    """The variables that only a person can fill in, and that are empty."""
    return [name for name, value in _values(text).items() if not value]


def _values(text: str) -> dict[str, str]:
    return {found["name"]: found["value"] for line in text.splitlines() if (found := _LINE.match(line))}


def _make(name: str) -> str:
    maker = next((make for suffix, make in _MAKERS.items() if name.endswith(suffix)), None)
    return maker() if maker else ""


def main(template: Path, target: Path) -> int:
    """Write `target`, readable by its owner alone, and say what is left to do; return the exit status."""
    present = target.read_text(encoding="utf-8") if target.exists() else ""
    text = fill(template.read_text(encoding="utf-8"), present)
    draft = target.with_name(f"{target.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    draft.replace(target)
    print(f"{target} {'is complete' if present else 'is written'}; secrets it had are kept.")
    for name in missing(text):
        print(f"  fill in {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
