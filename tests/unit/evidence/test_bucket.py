"""Evidence in an object store: written once, checked, and each thing that can be wrong with the store is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.app import App, EnvironmentConnections, app_from_environment
from include.evidence.store import EvidenceStore, FileFault
from include.finance.errors import (
    ConfigurationError,
    ConnectionMissingError,
    CredentialsRefusedError,
    EvidenceError,
    SystemUnreachableError,
)
from include.ports.connections import S3Access
from include.sample.object_store import EmbeddedObjectStore
from include.sample.ports import Ports

PATH = "pg/night/documents/bucket-3.parquet"


@pytest.fixture
def bucket(object_store: EmbeddedObjectStore) -> str:
    """A bucket of this test's own."""
    name = f"evidence-{uuid4().hex[:12]}"
    object_store.make_bucket(name)
    return name


@pytest.fixture
def store(object_store: EmbeddedObjectStore, bucket: str, tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(f"s3://{bucket}/books", tmp_path / "scratch", object_store.access())


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A Parquet file of three rows, as a run leaves it in its scratch folder."""
    file = tmp_path / "finished.parquet"
    pq.write_table(pa.table({"amount_minor": pa.array([1, 2, 3], pa.int64())}), file)
    return file


def somebody_puts(store: EvidenceStore, path: str, content: bytes) -> None:
    """What no client of ours does: write over evidence."""
    place = store._place
    place._fs.call_s3("put_object", Bucket=place._bucket, Key=place._key(path), Body=content)


def app_on(url: str, connection: Mapping[str, object], tmp_path: Path) -> App:
    """The application as a worker has it: everything from its environment."""
    environment = {
        "TIEOUT_EVIDENCE": url,
        "TIEOUT_SCRATCH": str(tmp_path / "scratch"),
        "AIRFLOW_CONN_EVIDENCE_S3": json.dumps(connection),
    }
    return app_from_environment(EnvironmentConnections(environment), environment)


def test_a_file_is_put_read_back_verified_and_fetched(
    object_store: EmbeddedObjectStore, store: EvidenceStore, bucket: str, finished: Path, tmp_path: Path
) -> None:
    file = store.put(finished, PATH, "documents", 3)
    assert (file.rows, file.bytes) == (3, finished.stat().st_size)
    assert file.sha256 == hashlib.sha256(finished.read_bytes()).hexdigest()
    assert (object_store.buckets / bucket / "books" / PATH).read_bytes() == finished.read_bytes()
    store.verify([file])
    store.verify_content([file])
    [copy] = store.fetch([file])
    assert Path(copy).read_bytes() == finished.read_bytes()
    assert Path(copy).is_relative_to(tmp_path / "scratch")


def test_files_are_looked_at_side_by_side_and_the_first_that_is_wrong_is_named(
    store: EvidenceStore, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [
        store.put(finished, f"pg/night/documents/bucket-{bucket}.parquet", "documents", bucket) for bucket in range(4)
    ]
    opened, all_at_once = store._place.open, Barrier(len(files), timeout=30)

    def wait_for_the_others(path: str) -> AbstractContextManager[object]:
        all_at_once.wait()
        return opened(path)

    with monkeypatch.context() as patch:
        patch.setattr(store._place, "open", wait_for_the_others)
        store.verify(files)
        store.verify_content(files)
    assert [Path(copy).name for copy in store.fetch(files)] == [f"bucket-{bucket}.parquet" for bucket in range(4)]
    for bucket in (3, 1):
        store.delete(files[bucket].path)
    for look in (store.verify, store.verify_content):
        with pytest.raises(EvidenceError, match=r"bucket-1\.parquet is lost"):
            look(files)


def test_a_report_lies_beside_the_evidence(
    object_store: EmbeddedObjectStore, store: EvidenceStore, bucket: str
) -> None:
    place = store.put_bytes(b"<html></html>", "reports/night.html")
    assert place == f"s3://{bucket}/books/reports/night.html"
    assert (object_store.buckets / bucket / "books/reports/night.html").read_bytes() == b"<html></html>"
    with pytest.raises(EvidenceError, match="exists already"):
        store.put_bytes(b"", "reports/night.html")


def test_what_lies_below_a_folder_is_listed_and_read(store: EvidenceStore) -> None:
    assert store.names("audit/heads") == []
    for name in ("000000000020-b", "000000000003-a"):
        store.put_bytes(name.encode(), f"audit/heads/{name}.json")
    store.put_bytes(b"other", "audit/restores/x.json")
    assert store.names("audit/heads") == ["audit/heads/000000000003-a.json", "audit/heads/000000000020-b.json"]
    assert store.read_bytes("audit/heads/000000000003-a.json") == b"000000000003-a"
    with pytest.raises(EvidenceError, match="is lost"):
        store.read_bytes("audit/heads/none.json")


def test_copies_can_be_given_back_before_and_are_made_again(
    store: EvidenceStore, finished: Path, tmp_path: Path
) -> None:
    file = store.put(finished, "billing/1/lines/bucket-1.parquet", "lines", 1)
    store.forget_copies()
    [first] = store.fetch([file])
    store.forget_copies()
    assert list((tmp_path / "scratch").iterdir()) == []
    [again] = store.fetch([file])
    assert Path(again).read_bytes() == finished.read_bytes()
    assert first != again


def test_copies_in_scratch_go_with_the_store(store: EvidenceStore, finished: Path, tmp_path: Path) -> None:
    file = store.put(finished, PATH, "documents", 3)
    other = EvidenceStore(f"s3://{store._place._bucket}/books", tmp_path / "scratch", store._place._access)
    assert Path(other.fetch([file])[0]).exists()
    del other
    assert list((tmp_path / "scratch").iterdir()) == []


def test_evidence_is_never_written_over(store: EvidenceStore, finished: Path) -> None:
    file = store.put(finished, PATH, "documents", 3)
    with pytest.raises(EvidenceError, match=r"s3://evidence-.*bucket-3\.parquet exists already"):
        store.put(finished, PATH, "documents", 3)
    store.verify_content([file])


def test_what_somebody_else_put_at_the_same_moment_is_noticed(
    store: EvidenceStore, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = store._place._head

    def disturbed(path: str) -> object:
        if head(path) is not None:
            somebody_puts(store, path, bytes(finished.stat().st_size))
        return head(path)

    monkeypatch.setattr(store._place, "_head", disturbed)
    with pytest.raises(EvidenceError, match="something else writes into this bucket"):
        store.put(finished, PATH, "documents", 3)


def test_a_put_whose_answer_was_lost_knows_its_own_file(
    store: EvidenceStore, finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = store._place._fs.call_s3

    def answer_lost(method: str, **given: object) -> object:
        answer = call(method, **given)
        if method == "put_object":
            # What a store with conditional writes says to the second sending.
            raise FileExistsError("At least one of the pre-conditions you specified did not hold")
        return answer

    monkeypatch.setattr(store._place._fs, "call_s3", answer_lost)
    file = store.put(finished, PATH, "documents", 3)
    store.verify_content([file])
    with pytest.raises(EvidenceError, match="exists already"):
        store.put(finished, PATH, "documents", 3)


def test_a_file_that_was_cut_or_replaced_or_lost_is_named(store: EvidenceStore, finished: Path) -> None:
    file = store.put(finished, PATH, "documents", 3)
    content = finished.read_bytes()
    somebody_puts(store, PATH, content[:-1])
    with pytest.raises(EvidenceError, match=r"bucket-3\.parquet was altered: bytes"):
        store.verify([file])
    somebody_puts(store, PATH, bytes(len(content)))
    with pytest.raises(EvidenceError, match="is no readable Parquet file"):
        store.verify([file])
    for read in (store.verify_content, store.fetch):
        with pytest.raises(EvidenceError, match="was altered: SHA-256"):
            read([file])
    store.delete(PATH)
    for read in (store.verify, store.verify_content, store.fetch):
        with pytest.raises(EvidenceError, match=r"s3://.*bucket-3\.parquet is lost .* Restore this file"):
            read([file])


def test_what_is_wrong_with_a_file_is_found_in_its_whole_content(
    store: EvidenceStore, finished: Path, tmp_path: Path
) -> None:
    file = store.put(finished, PATH, "documents", 3)
    assert store.find_fault(file) is None
    copy = store.fetch_or_fault(file)
    assert isinstance(copy, str)
    assert Path(copy).read_bytes() == finished.read_bytes()
    store.forget_copies()
    somebody_puts(store, PATH, bytes(file.bytes))
    altered = store.find_fault(file)
    assert altered is not None
    assert (altered.kind, "was altered: SHA-256" in altered.message) == ("altered", True)
    assert store.fetch_or_fault(file) == altered
    store.delete(PATH)
    lost = store.find_fault(file)
    assert lost is not None
    assert (lost.kind, "is lost" in lost.message) == ("lost", True)
    not_fetched = store.fetch_or_fault(file)
    assert isinstance(not_fetched, FileFault)
    assert (not_fetched.kind, "is lost" in not_fetched.fact) == ("lost", True)
    # Of a bucket that is not there nothing is known, and nothing is said of its files.
    with pytest.raises(EvidenceError, match="has no bucket"):
        EvidenceStore("s3://no-such-bucket/books", tmp_path / "scratch", store._place._access).find_fault(file)


def test_deleting_an_attempt_leaves_the_others(store: EvidenceStore, finished: Path) -> None:
    gone = store.put(finished, "pg/night/one/a.parquet", "lines", 0)
    kept = store.put(finished, "pg/night/two/a.parquet", "lines", 0)
    store.delete("pg/night/one")
    store.delete("pg/night/one")
    store.verify([kept])
    with pytest.raises(EvidenceError, match="is lost"):
        store.verify([gone])


@pytest.fixture
def access(object_store: EmbeddedObjectStore) -> S3Access:
    return object_store.access()


@pytest.mark.parametrize("act", ["put", "verify", "fetch"])
def test_a_bucket_that_is_not_there_is_named(
    access: S3Access, store: EvidenceStore, finished: Path, tmp_path: Path, act: str
) -> None:
    file = store.put(finished, PATH, "documents", 3)
    nowhere = EvidenceStore("s3://no-such-bucket/books", tmp_path / "scratch", access)
    with pytest.raises(
        EvidenceError, match=rf"Connection evidence_s3: the store at {access.endpoint_url} has no bucket no-such-bucket"
    ):
        nowhere.put(finished, PATH, "documents", 3) if act == "put" else getattr(nowhere, act)([file])


@pytest.mark.parametrize("act", ["put", "verify", "fetch"])
@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"key": "nobody"}])
def test_a_wrong_key_is_refused_and_the_connection_is_named_without_it(
    access: S3Access, store: EvidenceStore, finished: Path, tmp_path: Path, act: str, wrong: dict[str, str]
) -> None:
    file = store.put(finished, PATH, "documents", 3)
    stranger = EvidenceStore(f"s3://{store._place._bucket}/books", tmp_path / "scratch", replace(access, **wrong))
    with pytest.raises(CredentialsRefusedError, match=r"Connection evidence_s3: .* refuses access to bucket") as raised:
        stranger.put(finished, "new.parquet", "lines", 0) if act == "put" else getattr(stranger, act)([file])
    assert access.secret not in str(raised.value)


@pytest.mark.parametrize("act", ["put", "verify", "fetch"])
def test_a_store_that_does_not_answer_is_tried_again_later(
    access: S3Access,
    state: Path,
    store: EvidenceStore,
    finished: Path,
    tmp_path: Path,
    act: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("include.evidence.bucket._ATTEMPTS", 1)
    file = store.put(finished, PATH, "documents", 3)
    url = f"http://127.0.0.1:{Ports(state).allocate('nobody')}"
    away = EvidenceStore("s3://evidence/books", tmp_path / "scratch", replace(access, endpoint_url=url))
    with pytest.raises(SystemUnreachableError, match=rf"Connection evidence_s3: the store at {url} does not answer"):
        away.put(finished, PATH, "documents", 3) if act == "put" else getattr(away, act)([file])


def test_the_connection_of_a_worker_leads_to_the_bucket(
    object_store: EmbeddedObjectStore, bucket: str, finished: Path, tmp_path: Path
) -> None:
    as_text = json.loads(object_store.airflow_connection())
    as_object = {**as_text, "conn_type": "generic", "extra": json.loads(as_text["extra"])}
    for connection in (as_text, as_object):
        evidence = app_on(f"s3://{bucket}/{connection['conn_type']}", connection, tmp_path).evidence()
        evidence.verify_content([evidence.put(finished, PATH, "documents", 3)])


def test_a_connection_as_uri_says_the_same(object_store: EmbeddedObjectStore) -> None:
    access = object_store.access()
    uri = f"aws://{access.key}:{access.secret}@/?endpoint_url={access.endpoint_url}&region_name={access.region}"
    assert EnvironmentConnections({"AIRFLOW_CONN_EVIDENCE_S3": uri}).get("evidence_s3").s3_access() == access


def test_without_keys_the_machine_s_own_credentials_count(
    access: S3Access, store: EvidenceStore, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", access.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", access.secret)
    keyless = replace(access, key="", secret="")
    evidence = EvidenceStore(f"s3://{store._place._bucket}/role", tmp_path / "scratch", keyless)
    evidence.verify([evidence.put(finished, PATH, "documents", 3)])


@pytest.mark.parametrize(
    ("connection", "fact"),
    [
        ({"conn_type": "aws", "login": "key"}, r"no password \(secret key\)"),
        ({"conn_type": "aws", "password": "secret"}, r"no login \(access key\)"),
        (
            {"conn_type": "aws", "extra": {"role_arn": "arn:aws:iam::1:role/x"}},
            "extra has role_arn, which nobody reads",
        ),
    ],
)
def test_a_connection_that_says_less_or_more_than_is_read_is_refused(
    connection: dict[str, object], fact: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=rf"Connection evidence_s3: .*{fact}"):
        app_on("s3://evidence", connection, tmp_path).evidence()


def test_an_object_store_needs_its_connection(tmp_path: Path) -> None:
    app = app_from_environment(EnvironmentConnections({}), {"TIEOUT_EVIDENCE": "s3://evidence"})
    with pytest.raises(ConnectionMissingError, match="Connection evidence_s3 is not configured"):
        app.evidence()


@pytest.mark.parametrize("url", ["gs://evidence", "abfs://evidence", "memory://evidence", "s3://"])
def test_a_place_that_nobody_tested_is_refused(url: str, access: S3Access, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="TIEOUT_EVIDENCE is"):
        EvidenceStore(url, tmp_path, access)
