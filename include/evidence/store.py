"""Where evidence lies: files that are written once, checked, and never changed.

A local folder and a bucket of an S3-compatible store are tested, so these two are what can be configured.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp
from threading import Lock
from typing import Any, Literal, TypeVar

import pyarrow.parquet as pq
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from include.evidence.disk import explain_disk
from include.evidence.folder import Folder
from include.evidence.manifest import EvidenceFile
from include.evidence.place import Place
from include.finance.errors import ConfigurationError, EvidenceError
from include.finance.retention import YEARS
from include.ports.connections import S3Access

_CHUNK = 1 << 20
# Files of an object store that are looked at side by side; botocore keeps ten connections.
_AT_ONCE = 8
_S3 = "s3://"
FileT = TypeVar("FileT")
FoundT = TypeVar("FoundT")
# A finished local file: its dataset, its bucket, where it lies.
LocalFile = tuple[str, int, Path]


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong with a file: `kind` is lost or altered, `fact` says which file and what it is."""

    kind: Literal["lost", "altered"]
    fact: str

    @property
    def message(self) -> str:
        """File, fact and cure."""
        return f"{self.fact}. Restore this file from a backup; nothing was written."


class EvidenceStore:
    """The evidence at `url`: a folder, or `s3://bucket/prefix` with `access`.

    `scratch` is a local folder for what is only needed during a run; copies of files made there go with this object. `keep_years` is
    for how long a bucket locks what is written, where `access` asks for locks.
    """

    def __init__(self, url: str, scratch: Path, access: S3Access | None = None, keep_years: int = YEARS) -> None:
        """Open the place; a folder is made with the first file. Raises ConfigurationError for any other kind of URL."""
        self._place = _open_place(url, access, keep_years)
        self.scratch = scratch
        self._fetched: Path | None = None
        self._fetching = Lock()

    def put(self, local_file: Path, path: str, dataset: str, bucket: int) -> EvidenceFile:
        """Copy a finished Parquet file to `path`, for good, and return its line of the manifest.

        It appears whole or not at all. Raises EvidenceError when `path` is taken, or the place full or closed.
        """
        rows = int(pq.read_metadata(local_file).num_rows)
        with local_file.open("rb") as content:
            size, sha256 = self._place.write(content, _checked(path))
        return EvidenceFile(path, dataset, bucket, size, rows, sha256)

    def put_all(self, written: Iterable[LocalFile], folder: str) -> list[EvidenceFile]:
        """Put finished files below `folder`, each at `<dataset>/bucket-<bucket>.parquet`, and return their lines in order. Raises as `put` does."""

        def put(file: LocalFile) -> EvidenceFile:
            dataset, bucket, path = file
            return self.put(path, f"{folder}/{dataset}/bucket-{bucket}.parquet", dataset, bucket)

        return self._each(put, written)

    def put_bytes(self, content: bytes, path: str) -> str:
        """Write what is no dataset, a report, to `path`, for good, and return where it lies. Raises as `put` does."""
        self._place.write(BytesIO(content), _checked(path))
        return self._place.name(path)

    def put_file(self, local_file: Path, path: str) -> str:
        """As `put_bytes`, of a finished file that need not fit into memory."""
        with local_file.open("rb") as content:
            self._place.write(content, _checked(path))
        return self._place.name(path)

    def where(self, path: str) -> str:
        """What people call the file at `path`: folder and path, or `s3://bucket/...`."""
        return self._place.name(_checked(path))

    def names(self, prefix: str) -> list[str]:
        """The paths of all files below a folder of the evidence, sorted; none where there is no such folder."""
        return self._place.names(_checked(prefix))

    def read_bytes(self, path: str) -> bytes:
        """What `put_bytes` wrote. Raises EvidenceError when it is not there any more."""
        try:
            with self._place.open(_checked(path)) as stored:
                content: bytes = stored.read()
        except OSError as error:
            raise EvidenceError(
                f"Evidence {self._place.name(path)} is lost ({error.strerror or error}). Restore this file from a backup."
            ) from error
        return content

    def verify(self, files: Iterable[EvidenceFile]) -> None:
        """Open every file again and compare size and row count. Raises EvidenceError naming the first that differs."""
        self._each(self._verify, files)

    def verify_content(self, files: Iterable[EvidenceFile]) -> None:
        """Read every file to its end and compare its SHA-256. Raises EvidenceError naming the first that differs."""
        self._each(self._verify_content, files)

    def find_fault(self, file: EvidenceFile) -> FileFault | None:
        """Read a file to its end, a stretch at a time: what is wrong with it; None where it is what the manifest says.

        Raises EvidenceError where the place itself is not there: then nothing is known of the file.
        """
        try:
            with self._place.open(_checked(file.path)) as stored:
                found = _sha256(stored)
        except OSError as error:
            if isinstance(self._place, Folder):
                self._place.require()
            return self._fault(file, "lost", f"is lost ({error.strerror or error})")
        if found != file.sha256:
            return self._fault(file, "altered", _altered("SHA-256", found, file.sha256))
        return None

    def fetch(self, files: Iterable[EvidenceFile]) -> list[str]:
        """Local paths of the files, in their order; what is not local is copied to scratch and its SHA-256 compared."""
        return [str(path) for path in self._each(self._fetch, files)]

    def fetch_or_fault(self, file: EvidenceFile) -> str | FileFault:
        """The local path of a file that is what the manifest says, read to its end; else what is wrong with it.

        Raises as `find_fault` does: of a place that is not there, nothing is known.
        """
        if isinstance(self._place, Folder):
            return self.find_fault(file) or self._place.name(_checked(file.path))
        copy = self._copied(file)
        return copy if isinstance(copy, FileFault) else str(copy)

    def fetch_whole(self, files: Sequence[EvidenceFile]) -> list[str]:
        """As `fetch`, and the SHA-256 of local files is compared too: for what a night landed, and goes on to account.

        Raises EvidenceError naming the first that differs.
        """
        if isinstance(self._place, Folder):
            self.verify_content(files)
        return self.fetch(files)

    def delete(self, prefix: str) -> None:
        """Remove everything below `prefix`: an attempt that nothing names. It may be gone already."""
        self._place.delete(_checked(prefix))

    def forget_copies(self) -> None:
        """Remove the copies that were made of files in an object store: their paths are not valid any more."""
        if self._fetched is not None:
            shutil.rmtree(self._fetched, ignore_errors=True)
            self._fetched = None

    def _each(self, work: Callable[[FileT], FoundT], files: Iterable[FileT]) -> list[FoundT]:
        """What `work` makes of each file, in their order; raises what it raises for the first of them.

        In an object store it goes on several files at once: each takes some answers, and hardly anything else.
        """
        if isinstance(self._place, Folder):
            return [work(file) for file in files]
        with ThreadPoolExecutor(_AT_ONCE, "evidence") as pool:
            return list(pool.map(work, files))

    def _verify(self, file: EvidenceFile) -> None:
        with self._opened(file) as stored:
            size = stored.seek(0, os.SEEK_END)
            self._compare(file, "bytes", file.bytes, size)
            try:
                rows = pq.read_metadata(stored).num_rows
            except (ValueError, OSError) as error:
                raise EvidenceError(self._lost(file, f"is no readable Parquet file ({error})")) from error
            self._compare(file, "rows", file.rows, rows)

    def _verify_content(self, file: EvidenceFile) -> None:
        with self._opened(file) as stored:
            self._compare(file, "SHA-256", file.sha256, _sha256(stored))

    def _fetch(self, file: EvidenceFile) -> Path:
        if isinstance(self._place, Folder):
            return Path(self._place.name(_checked(file.path)))
        copy = self._copied(file)
        if isinstance(copy, FileFault):
            raise EvidenceError(copy.message)
        return copy

    def _copied(self, file: EvidenceFile) -> Path | FileFault:
        copy = self._copies() / _checked(file.path)
        if copy.exists():
            return copy
        draft = copy.with_name(f"{copy.name}.draft")
        try:
            with explain_disk(self.scratch):
                copy.parent.mkdir(parents=True, exist_ok=True)
                self._place.fetch(file.path, draft)
        except FileNotFoundError as error:
            return self._fault(file, "lost", f"is lost ({error})")
        with draft.open("rb") as content:
            found = _sha256(content)
        if found != file.sha256:
            return self._fault(file, "altered", _altered("SHA-256", found, file.sha256))
        return draft.rename(copy)

    def _copies(self) -> Path:
        """The folder for copies, removed when nobody holds this store any more."""
        with self._fetching:
            if self._fetched is None:
                self.scratch.mkdir(parents=True, exist_ok=True)
                self._fetched = Path(mkdtemp(prefix="fetched-", dir=self.scratch))
                weakref.finalize(self, shutil.rmtree, self._fetched, ignore_errors=True)
            return self._fetched

    def _compare(self, file: EvidenceFile, what: str, expected: object, found: object) -> None:
        if found != expected:
            raise EvidenceError(self._lost(file, _altered(what, found, expected)))

    def _lost(self, file: EvidenceFile, fact: str) -> str:
        return self._fault(file, "lost", fact).message

    def _fault(self, file: EvidenceFile, kind: Literal["lost", "altered"], fact: str) -> FileFault:
        return FileFault(kind, f"Evidence {self._place.name(file.path)} {fact}")

    @contextmanager
    def _opened(self, file: EvidenceFile) -> Iterator[Any]:
        try:
            with self._place.open(_checked(file.path)) as stored:
                yield stored
        except OSError as error:
            raise EvidenceError(self._lost(file, f"is lost ({error.strerror or error})")) from error


def needs_access(url: str) -> bool:
    """Whether evidence at `url` lies in an object store, which a connection leads to."""
    return url.startswith(_S3)


def _open_place(url: str, access: S3Access | None, keep_years: int) -> Place:
    if needs_access(url):
        # Imported here: it costs a second or two, and a folder needs none of it.
        from include.evidence.bucket import Bucket  # noqa: PLC0415

        bucket, _, prefix = url.removeprefix(_S3).partition("/")
        if not bucket or access is None:
            raise ConfigurationError(
                f"TIEOUT_EVIDENCE is {url!r}: an object store needs a bucket, as in s3://bucket/prefix, and a connection."
            )
        return Bucket(bucket, prefix, access, keep_years)
    try:
        file_system, root = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise _unknown(url) from error
    if not isinstance(file_system, LocalFileSystem):
        raise _unknown(url)
    return Folder(file_system, str(root))


def _altered(what: str, found: object, expected: object) -> str:
    return f"was altered: {what} {found}, the manifest says {expected}"


def _unknown(url: str) -> ConfigurationError:
    return ConfigurationError(f"TIEOUT_EVIDENCE is {url!r}: evidence lies in a folder or at s3://bucket/prefix.")


def _checked(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/"):
        raise ValueError(f"not a path below the evidence folder: {path!r}")
    return path


def _sha256(content: Any) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
