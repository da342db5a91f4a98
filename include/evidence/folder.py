"""Evidence in a folder: a file appears by renaming a draft, and is on disk before anybody is told of it."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from fsspec.implementations.local import LocalFileSystem

from include.evidence.disk import explain_disk
from include.finance.errors import EvidenceError

_CHUNK = 1 << 20
_DRAFT = ".draft"


class Folder:
    """The folder `root` of a local file system; it is made with the first file."""

    def __init__(self, file_system: LocalFileSystem, root: str) -> None:
        self._fs = file_system
        self._root = root.rstrip("/")

    def name(self, path: str) -> str:
        """The whole path."""
        return f"{self._root}/{path}"

    def require(self) -> None:
        """Raise EvidenceError where the folder itself is not there: it is rather not mounted than lost."""
        if not self._fs.exists(self._root):
            raise EvidenceError(
                f"Evidence folder {self._root} is not there. Is its disk mounted, and does TIEOUT_EVIDENCE lead to it? If it is lost, "
                "restore it from a backup; nothing was noted of its files."
            )

    def write(self, content: BinaryIO, path: str) -> tuple[int, str]:
        """Make a file. Raises EvidenceError when `path` is taken, or the folder full or closed."""
        target = self.name(path)
        with explain_disk(Path(self._root)):
            if self._fs.exists(target):
                raise EvidenceError(
                    f"Evidence {target} exists already and evidence is written once. Run the night again: "
                    "every try writes to a folder of its own."
                )
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
            # The draft's name can't be mistaken for evidence, whatever dies here.
            draft = f"{target}.{uuid.uuid4().hex}{_DRAFT}"
            try:
                size, sha256 = self._copy(content, draft)
                self._fs.mv(draft, target)
            except OSError:
                # On a full or closed disk the draft may stay: it is no evidence, and its folder goes with the attempt.
                with suppress(OSError):
                    self._fs.rm(draft)
                raise
            self._make_durable(target)
        return size, sha256

    @contextmanager
    def open(self, path: str) -> Iterator[Any]:
        """The file as it lies there."""
        with self._fs.open(self.name(path), "rb") as stored:
            yield stored

    def fetch(self, path: str, target: Path) -> Path:  # noqa: ARG002  (nothing needs to be copied)
        """Where the file lies."""
        return Path(self.name(path))

    def names(self, prefix: str) -> list[str]:
        """The paths of all files below `prefix`, sorted."""
        root = Path(self._root)
        found = (path for path in (root / prefix).rglob("*") if path.is_file() and path.suffix != _DRAFT)
        return sorted(path.relative_to(root).as_posix() for path in found)

    def delete(self, prefix: str) -> None:
        """Remove everything below `prefix`."""
        folder = self.name(prefix)
        with explain_disk(Path(self._root)):
            if self._fs.exists(folder):
                self._fs.rm(folder, recursive=True)

    def _copy(self, content: BinaryIO, target: str) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with self._fs.open(target, "wb") as out:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        return size, digest.hexdigest()

    def _make_durable(self, target: str) -> None:
        """A new name is only safe when its folder is on disk, and a new folder when its own folder is."""
        folder = Path(target).parent
        for place in (folder, *folder.parents):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if str(place) == self._root:
                break
