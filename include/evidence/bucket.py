"""Evidence in a bucket of S3, or of a store that speaks its protocol.

One PUT makes one file: the store has it whole or not at all, and compares the digest that travels along. A store that
knows conditional writes refuses a second file under the same name; for one that doesn't, the name is looked up before,
and every try writes below an id of its own anyway. Where the connection asks for it, each file is locked until the end of
retention.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn
from uuid import uuid4

import s3fs
from botocore.exceptions import BotoCoreError, HTTPClientError

from include.evidence.object_lock import RIGHTS, ObjectLock
from include.finance.errors import CredentialsRefusedError, EvidenceError, SystemUnreachableError
from include.finance.retention import YEARS
from include.ports.connections import S3Access

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
# botocore waits up to 1, 2, 4, 8, 16, 20 and 20 s in between, each drawn at random from nothing upwards: half a minute on average. Four
# attempts come to three and a half seconds, and a store that was away for three often failed the night.
_ATTEMPTS = 8
_BLOCK_BYTES = 4 << 20
_LARGEST_PUT_BYTES = 5 << 30  # Amazon S3, "PutObject": more needs an upload in parts
_WRITE_MARK = "tieout-write"


class Bucket:
    """What lies below `prefix` of a bucket. Files are locked for `keep_years` where `access` has a lock mode."""

    def __init__(self, bucket: str, prefix: str, access: S3Access, keep_years: int = YEARS) -> None:
        self._bucket = bucket
        self._lock = ObjectLock(bucket, access, keep_years)
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._access = access
        self._fs = s3fs.S3FileSystem(
            key=access.key or None,
            secret=access.secret or None,
            endpoint_url=access.endpoint_url or None,
            client_kwargs={"region_name": access.region} if access.region else {},
            config_kwargs={
                "connect_timeout": _CONNECT_SECONDS,
                "read_timeout": _ANSWER_SECONDS,
                "retries": {"total_max_attempts": _ATTEMPTS, "mode": "standard"},
                # A store of one's own rarely has a name for each bucket.
                **({"s3": {"addressing_style": "path"}} if access.endpoint_url else {}),
            },
            default_block_size=_BLOCK_BYTES,
            # What another worker wrote a moment ago counts, not what was seen before.
            use_listings_cache=False,
            skip_instance_cache=True,
        )
        # botocore tries again by itself, and winds the file back before it does; a second layer would not.
        self._fs.retries = 1

    def name(self, path: str) -> str:
        """`s3://bucket/prefix/path`."""
        return f"s3://{self._bucket}/{self._key(path)}"

    def write(self, content: BinaryIO, path: str) -> tuple[int, str]:
        """Put a file here, then ask the store for what it has. Raises EvidenceError, and what `_explained` raises."""
        size, sha256, md5 = _measured(content)
        if size > _LARGEST_PUT_BYTES:
            raise EvidenceError(
                f"Evidence {self.name(path)} would have {size:,} bytes, and S3 takes {_LARGEST_PUT_BYTES:,} at once. "
                "Report it: a night of this size needs more buckets per dataset; nothing was accounted."
            )
        mark, lock = uuid4().hex, self._lock.asked()
        with self._explained(path):
            self._lock.require_bucket(lambda: self._fs.call_s3("get_object_lock_configuration", Bucket=self._bucket))
            if self._head(path) is not None:
                raise self._taken(path)
            content.seek(0)
            told = {
                "ContentLength": size,
                "ContentMD5": base64.b64encode(md5).decode(),
                "ChecksumSHA256": base64.b64encode(sha256).decode(),
                "Metadata": {_WRITE_MARK: mark},
                **lock,
            }
            etag = self._put(content, path, told)
            stored = self._head(path) or {}
        if etag is None and stored.get("Metadata", {}).get(_WRITE_MARK) != mark:
            raise self._taken(path)
        if stored.get("ContentLength") != size or (etag is not None and stored.get("ETag") != etag):
            raise EvidenceError(
                f"Evidence {self.name(path)} was taken by connection {self._access.connection} with ETag {etag} and "
                f"{size} bytes, and stands there with ETag {stored.get('ETag')} and {stored.get('ContentLength')}: "
                "something else writes into this bucket. Find it, then run the night again; nothing was accounted."
            )
        self._lock.require_kept(stored, lock)
        return size, sha256.hex()

    @contextmanager
    def open(self, path: str) -> Iterator[Any]:
        """The file, read in ranges."""
        with self._explained(path), self._fs.open(f"{self._bucket}/{self._key(path)}", "rb") as stored:
            yield stored

    def fetch(self, path: str, target: Path) -> Path:
        """A copy of the file at `target`."""
        with self._explained(path):
            self._fs.get_file(f"{self._bucket}/{self._key(path)}", str(target))
        return target

    def names(self, prefix: str) -> list[str]:
        """The paths of all files below `prefix`, sorted."""
        with self._explained(prefix):
            found = self._fs.find(f"{self._bucket}/{self._key(prefix)}")
        return sorted(str(key).removeprefix(f"{self._bucket}/{self._prefix}") for key in found)

    def delete(self, prefix: str) -> None:
        """Remove everything below `prefix`."""
        folder = f"{self._bucket}/{self._key(prefix)}"
        with self._explained(prefix):
            if self._fs.exists(folder):
                self._fs.rm(folder, recursive=True)

    def _put(self, content: BinaryIO, path: str, told: dict[str, Any]) -> str | None:
        """The ETag of the new file; None where the name was taken."""
        try:
            with self._lock.explained():
                answer = self._fs.call_s3(
                    "put_object", Bucket=self._bucket, Key=self._key(path), Body=content, IfNoneMatch="*", **told
                )
        except FileExistsError:
            # A PUT that was sent again because its answer was lost finds what it wrote itself.
            return None
        etag: str = answer["ETag"]
        return etag

    def _key(self, path: str) -> str:
        return f"{self._prefix}{path}"

    def _head(self, path: str) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._fs.call_s3("head_object", Bucket=self._bucket, Key=self._key(path))
        except FileNotFoundError:
            return None
        return answer

    def _taken(self, path: str) -> EvidenceError:
        return EvidenceError(
            f"Evidence {self.name(path)} exists already and evidence is written once. Run the night again: "
            "every try writes to a folder of its own."
        )

    @contextmanager
    def _explained(self, path: str) -> Iterator[None]:
        """Name connection, fact and cure of what the store says. FileNotFoundError: only this one file is missing."""
        try:
            yield
        except FileNotFoundError:
            # Asked what is there, a store says of a missing bucket what it says of a missing file.
            self._require_bucket()
            raise
        except (PermissionError, BotoCoreError, HTTPClientError, ConnectionError, TimeoutError) as error:
            self._raise(error)
        except OSError as error:
            if error.__cause__ is None:
                raise  # of the local disk, not of the store
            raise EvidenceError(
                f"Evidence {self.name(path)}: the store of connection {self._access.connection} refuses it ({error}). "
                "Remove the reason, then run the night again; nothing was accounted."
            ) from error

    def _require_bucket(self) -> None:
        try:
            self._fs.call_s3("head_bucket", Bucket=self._bucket)
        except FileNotFoundError as error:
            raise EvidenceError(
                f"Connection {self._access.connection}: {self._access.where} has no bucket {self._bucket}. Make it, or "
                "correct the bucket in TIEOUT_EVIDENCE, then run the night again; nothing was accounted."
            ) from error
        except (PermissionError, BotoCoreError, HTTPClientError, ConnectionError, TimeoutError) as error:
            self._raise(error)

    def _raise(self, error: Exception) -> NoReturn:
        connection = self._access.connection
        locking = f" ({', '.join(RIGHTS)} for object lock)" if self._access.lock_mode else ""
        if isinstance(error, PermissionError):
            raise CredentialsRefusedError(
                f"Connection {connection}: {self._access.where} refuses access to bucket {self._bucket} ({error}). Correct "
                f"login (access key) and password (secret key) of the connection {connection}, or give this key the "
                f"right to list, read and write there{locking}, then run the night again; nothing was accounted."
            ) from error
        raise SystemUnreachableError(
            f"Connection {connection}: {self._access.where} does not answer ({str(error).splitlines()[0]}). Check that it "
            f"runs and that endpoint_url of the connection {connection} is right; the next run completes the night."
        ) from error


def _measured(content: BinaryIO) -> tuple[int, bytes, bytes]:
    """Size, SHA-256 and MD5."""
    size, sha256, md5 = 0, hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    while chunk := content.read(_BLOCK_BYTES):
        size += len(chunk)
        sha256.update(chunk)
        md5.update(chunk)
    return size, sha256.digest(), md5.digest()
