"""Object lock: what a PUT asks for, and that a store which cannot lock is named and believed in nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest

from include.evidence.store import EvidenceStore
from include.finance.errors import ConfigurationError, CredentialsRefusedError, EvidenceError
from include.ports.connections import ConnectionSettings, S3Access
from include.sample.object_store import EmbeddedObjectStore

_MODE, _UNTIL = "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"
_LOCKING = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>"
_REFUSAL = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"


@dataclass
class LockingStore:
    """A store that notes what it is asked. `refusal`: what it says to a PUT; `shortened`: another day than it was told."""

    puts: list[dict[str, str]] = field(default_factory=list)
    files: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    refusal: tuple[int, str, str] | None = None
    bucket: tuple[int, str] = 200, _LOCKING
    shortened: str = ""
    url: str = ""

    @property
    def access(self) -> S3Access:
        return S3Access("evidence_s3", self.url, "eu-central-1", "key", "secret", "COMPLIANCE")


class _Server(ThreadingHTTPServer):
    known: LockingStore


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def answer(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """Asked for nothing but the bucket's configuration."""
        assert self.path == "/books?object-lock"
        status, text = self.server.known.bucket
        self.answer(status, text.encode())

    def do_PUT(self) -> None:
        known = self.server.known
        content = self.rfile.read(int(self.headers["Content-Length"]))
        known.puts.append({name.lower(): value for name, value in self.headers.items()})
        if known.refusal:
            status, code, message = known.refusal
            return self.answer(status, _REFUSAL.format(code=code, message=message).encode())
        kept = {name: value for name, value in known.puts[-1].items() if name.startswith("x-amz-")}
        known.files[self.path] = content, kept | ({_UNTIL: known.shortened} if known.shortened else {})
        return self.answer(200, ETag=etag(content))

    def do_HEAD(self) -> None:
        if self.path not in self.server.known.files:
            return self.answer(404)
        content, kept = self.server.known.files[self.path]
        told = {name: kept[name] for name in (_MODE, _UNTIL, "x-amz-meta-tieout-write") if name in kept}
        return self.answer(200, length=len(content), ETag=etag(content), **told)


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content).hexdigest()}"'


@pytest.fixture
def locking() -> Iterator[LockingStore]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.known = LockingStore(url=f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.known
    server.shutdown()
    server.server_close()


def test_a_file_is_written_with_mode_and_last_day_and_both_are_signed(locking: LockingStore, tmp_path: Path) -> None:
    EvidenceStore("s3://books/evidence", tmp_path, locking.access, 7).put_bytes(b"report", "reports/night.html")
    [put] = locking.puts
    assert put[_MODE] == "COMPLIANCE"
    until = datetime.fromisoformat(put[_UNTIL])
    # Seven years from the end of this one: the first instant after them.
    assert until.astimezone(UTC) == datetime(datetime.now(UTC).year + 8, 1, 1, tzinfo=UTC)
    assert {_MODE, _UNTIL} <= set(put["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";"))
    assert "content-md5" in put  # without it a store takes no lock
    assert locking.files.keys() == {"/books/evidence/reports/night.html"}


def test_without_a_mode_nothing_is_said_of_locks(locking: LockingStore, tmp_path: Path) -> None:
    access = S3Access("evidence_s3", locking.url, "eu-central-1", "key", "secret")
    EvidenceStore("s3://books", tmp_path, access).put_bytes(b"report", "night.html")
    assert not {_MODE, _UNTIL} & set(locking.puts[0])


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (400, "InvalidRequest", "Bucket is missing Object Lock Configuration"),  # Amazon S3
        (400, "InvalidRequest", "Bucket is missing ObjectLockConfiguration"),  # MinIO
        (501, "NotImplemented", "A header you provided implies functionality that is not implemented"),
    ],
)
def test_a_bucket_without_object_lock_is_named_with_its_cure(
    locking: LockingStore, tmp_path: Path, status: int, code: str, message: str
) -> None:
    locking.refusal = status, code, message
    with pytest.raises(EvidenceError) as refused:
        EvidenceStore("s3://books", tmp_path, locking.access).put_bytes(b"report", "night.html")
    assert f"Connection evidence_s3 asks for object lock (COMPLIANCE), and the store at {locking.url}" in str(
        refused.value
    )
    assert message in str(refused.value)
    assert "Make bucket books with versioning and object lock" in str(refused.value)


@pytest.mark.parametrize(
    "said",
    [
        (200, "<ObjectLockConfiguration></ObjectLockConfiguration>"),
        (
            404,
            _REFUSAL.format(
                code="ObjectLockConfigurationNotFoundError",
                message="Object Lock configuration does not exist for this bucket",
            ),
        ),
        (501, _REFUSAL.format(code="NotImplemented", message="not implemented")),
    ],
)
def test_nothing_is_written_where_the_bucket_has_no_object_lock(
    locking: LockingStore, tmp_path: Path, said: tuple[int, str]
) -> None:
    locking.bucket = said
    with pytest.raises(EvidenceError, match="Make bucket books with versioning and object lock"):
        EvidenceStore("s3://books", tmp_path, locking.access).put_bytes(b"report", "night.html")
    assert locking.puts == []


def test_a_key_that_may_not_lock_is_told_which_right_it_lacks(locking: LockingStore, tmp_path: Path) -> None:
    locking.refusal = 403, "AccessDenied", "Access Denied"
    with pytest.raises(CredentialsRefusedError, match="s3:PutObjectRetention"):
        EvidenceStore("s3://books", tmp_path, locking.access).put_bytes(b"report", "night.html")


def test_a_store_that_keeps_it_for_less_is_not_believed(locking: LockingStore, tmp_path: Path) -> None:
    locking.shortened = "2027-01-01T00:00:00Z"
    with pytest.raises(EvidenceError, match="does not say that it is locked"):
        EvidenceStore("s3://books", tmp_path, locking.access).put_bytes(b"report", "night.html")


def test_a_store_that_says_locks_back_and_holds_to_none_is_found_out(
    object_store: EmbeddedObjectStore, tmp_path: Path
) -> None:
    """The one that comes along keeps them as it keeps any header."""
    name = f"evidence-{uuid4().hex[:12]}"
    object_store.make_bucket(name)
    own = object_store.access()
    access = S3Access(own.connection, own.endpoint_url, own.region, own.key, own.secret, "GOVERNANCE")
    with pytest.raises(EvidenceError, match=rf"has no object lock on this bucket\. Make bucket {name}"):
        EvidenceStore(f"s3://{name}", tmp_path, access).put_bytes(b"report", "night.html")


def test_a_mode_that_is_none_is_refused() -> None:
    settings = ConnectionSettings("evidence_s3", "aws", "", None, "", "", "", {"object_lock_mode": "forever"})
    with pytest.raises(
        ConfigurationError, match="object_lock_mode in extra is 'forever'; write GOVERNANCE or COMPLIANCE"
    ):
        settings.s3_access()
