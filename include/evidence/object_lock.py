"""Object lock of a bucket: nobody removes or replaces a file before the end of retention.

What a PUT says of it, and the proof that the store holds to it: a store may take a lock like any other header, say it back, and
lock nothing.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from typing import Any

from include.finance.errors import EvidenceError
from include.finance.retention import EntityRetention
from include.ports.connections import S3Access

RIGHTS = ("s3:PutObjectRetention", "s3:GetObjectRetention", "s3:GetBucketObjectLockConfiguration")
# What stores say of a lock that they cannot give: Amazon "Bucket is missing Object Lock Configuration" and others like it.
_ABOUT_LOCKS = ("object lock", "objectlock", "object-lock", "retention", "retain")
_MODE, _UNTIL = "ObjectLockMode", "ObjectLockRetainUntilDate"


class ObjectLock:
    """The locks that a connection asks for on one bucket, each for `keep_years`; none where it has no lock mode."""

    def __init__(self, bucket: str, access: S3Access, keep_years: int) -> None:
        self._bucket = bucket
        self._access = access
        self._retention = EntityRetention(keep_years)
        self._is_known = False

    def asked(self) -> dict[str, Any]:
        """What a PUT says: mode, and the instant after the last day. By the clock of this machine: a day does not matter."""
        if not self._access.lock_mode:
            return {}
        last_day = self._retention.kept_until(datetime.now(UTC).date())
        return {_MODE: self._access.lock_mode, _UNTIL: datetime.combine(last_day, time(), UTC) + timedelta(days=1)}

    def require_bucket(self, ask: Callable[[], Mapping[str, Any]]) -> None:
        """See once, before the first file, that the bucket can lock; `ask` fetches its configuration. Raises EvidenceError."""
        if not self._access.lock_mode or self._is_known:
            return
        with self.explained():
            answer = ask()
        if answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") != "Enabled":
            raise self._missing("has no object lock on this bucket")
        self._is_known = True

    def require_kept(self, stored: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
        """See that the store says of a file what it was asked for. Raises EvidenceError."""
        if asked and (stored.get(_MODE) != asked[_MODE] or (stored.get(_UNTIL) or _NEVER) < asked[_UNTIL]):
            raise self._missing("took a file and does not say that it is locked")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn a refusal of the lock, and not of the file or the key, into an EvidenceError with its cure."""
        try:
            yield
        except PermissionError:
            raise
        except OSError as error:
            is_about_locks = error.errno == errno.ENOSYS or any(word in str(error).lower() for word in _ABOUT_LOCKS)
            if self._access.lock_mode and is_about_locks:
                raise self._missing(f"refuses it ({error})") from error
            raise

    def _missing(self, fact: str) -> EvidenceError:
        return EvidenceError(
            f"Connection {self._access.connection} asks for object lock ({self._access.lock_mode}), and {self._access.where} {fact}. "
            f"Make bucket {self._bucket} with versioning and object lock, and give this key {', '.join(RIGHTS)}; or take "
            "object_lock_mode out of the connection's extra. Then run the night again; nothing was accounted."
        )


_NEVER = datetime.min.replace(tzinfo=UTC)
