"""Where the embedded services keep what they write: everything below one ignored folder, `.tieout`."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".tieout"
CACHE = HOME / "cache"
ERP_VENV = HOME / "erp-venv"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold `file` alone; a second process waits. The lock ends with its holder, however that dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(file: Path, text: str) -> None:
    """Replace `file` in one step, readable by its owner only (0600)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
