"""Where evidence can lie: a folder, or a bucket of an S3-compatible store."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, BinaryIO, Protocol


class Place(Protocol):
    """Keeps whole files under a path, for good. A path is relative, with forward slashes."""

    def name(self, path: str) -> str:
        """What people call the file: the folder and the path, or `s3://bucket/...`."""
        ...

    def write(self, content: BinaryIO, path: str) -> tuple[int, str]:
        """Make a file, whole or not at all; its size in bytes and its SHA-256. Raises EvidenceError when taken."""
        ...

    def open(self, path: str) -> AbstractContextManager[Any]:
        """A file that can be read and sought in. Raises FileNotFoundError when it is not there."""
        ...

    def fetch(self, path: str, target: Path) -> Path:
        """A local path of the file: where it lies, or a copy of it made at `target`. FileNotFoundError as above."""
        ...

    def names(self, prefix: str) -> list[str]:
        """The paths of all files below `prefix`, sorted; drafts are none."""
        ...

    def delete(self, prefix: str) -> None:
        """Remove everything below `prefix`, if there is anything."""
        ...
