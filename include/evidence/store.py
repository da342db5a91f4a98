"""Where evidence lies: files that are written once, checked, and never changed.

A local folder is tested, nothing else is claimed. Object stores go through the same fsspec calls, but their own way of
making a file appear whole (no rename, no fsync) has not been tried.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow.parquet as pq
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from include.evidence.manifest import EvidenceFile
from include.finance.errors import EvidenceError

_CHUNK = 1 << 20


class EvidenceStore:
    """The evidence folder at `url`. `scratch` is a local folder for what is only needed during a run."""

    def __init__(self, url: str, scratch: Path, storage_options: Mapping[str, Any] | None = None) -> None:
        """Open the folder; it is made with the first file."""
        self._fs, root = url_to_fs(url, **dict(storage_options or {}))
        self._root = str(root).rstrip("/")
        self._is_local = isinstance(self._fs, LocalFileSystem)
        self.scratch = scratch

    def put(self, local_file: Path, path: str, dataset: str, bucket: int) -> EvidenceFile:
        """Copy a finished Parquet file to `path`, for good, and return its line of the manifest.

        It appears whole or not at all. Raises EvidenceError when `path` is taken, or the folder full or closed.
        """
        rows = int(pq.read_metadata(local_file).num_rows)
        size, sha256 = self._write_once(path, lambda draft: self._copy(local_file.open("rb"), draft))
        return EvidenceFile(path, dataset, bucket, size, rows, sha256)

    def put_bytes(self, content: bytes, path: str) -> str:
        """Write what is no dataset, a report, to `path`, for good, and return where it lies. Raises as `put` does."""
        self._write_once(path, lambda draft: self._copy(BytesIO(content), draft))
        target = self._full(path)
        return target if self._is_local else str(self._fs.unstrip_protocol(target))

    def _write_once(self, path: str, write: Callable[[str], tuple[int, str]]) -> tuple[int, str]:
        target = self._full(path)
        with self._explained():
            if self._fs.exists(target):
                raise EvidenceError(
                    f"Evidence {target} exists already and evidence is written once. Run the night again: "
                    "every try writes to a folder of its own."
                )
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
            # The draft's name can't be mistaken for evidence, whatever dies here.
            draft = f"{target}.{uuid.uuid4().hex}.draft"
            try:
                size, sha256 = write(draft)
                self._fs.mv(draft, target)
            except OSError:
                self._discard(draft)
                raise
            self._make_durable(target)
        return size, sha256

    def verify(self, files: Iterable[EvidenceFile]) -> None:
        """Open every file again and compare size and row count. Raises EvidenceError naming the first that differs."""
        for file in files:
            with self._opened(file) as stored:
                size = stored.seek(0, os.SEEK_END)
                self._compare(file, "bytes", file.bytes, size)
                try:
                    rows = pq.read_metadata(stored).num_rows
                except (ValueError, OSError) as error:
                    raise EvidenceError(self._lost(file, f"is no readable Parquet file ({error})")) from error
                self._compare(file, "rows", file.rows, rows)

    def verify_content(self, files: Iterable[EvidenceFile]) -> None:
        """Read every file to its end and compare its SHA-256. Raises EvidenceError naming the first that differs."""
        for file in files:
            digest = hashlib.sha256()
            with self._opened(file) as stored:
                while chunk := stored.read(_CHUNK):
                    digest.update(chunk)
            self._compare(file, "SHA-256", file.sha256, digest.hexdigest())

    def fetch(self, files: Iterable[EvidenceFile]) -> list[str]:
        """Local paths of the files, in their order; what is not local is copied to scratch first."""
        if self._is_local:
            return [self._full(file.path) for file in files]
        return [self._download(file) for file in files]

    def delete(self, prefix: str) -> None:
        """Remove everything below `prefix`: an attempt that nothing names. It may be gone already."""
        folder = self._full(prefix)
        with self._explained():
            if self._fs.exists(folder):
                self._fs.rm(folder, recursive=True)

    def _full(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path.startswith("/"):
            raise ValueError(f"not a path below the evidence folder: {path!r}")
        return f"{self._root}/{path}"

    def _copy(self, content: BinaryIO, target: str) -> tuple[int, str]:
        digest, size = hashlib.sha256(), 0
        with content as source, self._fs.open(target, "wb") as out:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            if self._is_local:
                os.fsync(out.fileno())
        return size, digest.hexdigest()

    def _make_durable(self, target: str) -> None:
        """A new name is only safe when its folder is on disk, and a new folder when its own folder is."""
        if not self._is_local:
            return
        folder = Path(target).parent
        for place in (folder, *folder.parents):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if str(place) == self._root:
                break

    def _discard(self, draft: str) -> None:
        # On a full or closed disk the draft may stay: it is no evidence, and its folder goes with the attempt.
        with suppress(OSError):
            self._fs.rm(draft)

    def _download(self, file: EvidenceFile) -> str:
        local = self.scratch / "fetched" / file.path
        if not local.exists():
            local.parent.mkdir(parents=True, exist_ok=True)
            with self._explained():
                self._fs.get_file(self._full(file.path), str(local))
        return str(local)

    def _compare(self, file: EvidenceFile, what: str, expected: object, found: object) -> None:
        if found != expected:
            raise EvidenceError(self._lost(file, f"was altered: {what} {found}, the manifest says {expected}"))

    def _lost(self, file: EvidenceFile, fact: str) -> str:
        return f"Evidence {self._full(file.path)} {fact}. Restore this file from a backup; nothing was written."

    @contextmanager
    def _opened(self, file: EvidenceFile) -> Iterator[Any]:
        try:
            stored = self._fs.open(self._full(file.path), "rb")
        except OSError as error:
            raise EvidenceError(self._lost(file, f"is lost ({error.strerror or error})")) from error
        with stored:
            yield stored

    @contextmanager
    def _explained(self) -> Iterator[None]:
        with explain_disk(Path(self._root) if self._is_local else self.scratch):
            yield


@contextmanager
def explain_disk(folder: Path, free: Callable[[Path], int] | None = None) -> Iterator[None]:
    """Turn what a full or closed disk says into an EvidenceError that names folder, free space and cure."""
    try:
        yield
    except OSError as error:
        space = (free or _free_bytes)(folder)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise EvidenceError(
                f"Evidence folder {folder} is full: {space:,} bytes free. Make room or point evidence at a larger "
                "disk, then run the night again; nothing was accounted."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise EvidenceError(
                f"Evidence folder {folder} can't be written ({error.strerror}; {space:,} bytes free). Let the user "
                "that runs the pipelines write there, then run the night again; nothing was accounted."
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EIO):
            raise EvidenceError(
                f"Evidence folder {folder} can't be used ({error.strerror}). Point evidence at a folder on a disk that "
                "works, then run the night again; nothing was accounted."
            ) from error
        raise


def _free_bytes(folder: Path) -> int:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(existing).free
