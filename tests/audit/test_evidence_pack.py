"""An evidence pack has a night whole, is the same byte for byte, and shows whatever was done to it."""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from include.app import App, EnvironmentConnections, app_from_environment
from include.commands.evidence_pack import proof_lines
from include.evidence.pack import PackProof, prove_pack
from include.evidence.signature import SigningKey
from include.finance.errors import AuditChainError, ConfigurationError, EvidenceError, UnknownNameError
from include.pipelines.evidence_pack import pack_night
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.evidence_pack import PARTS
from tests.accounting.billing import invoice, line
from tests.accounting.company import FIRST_NIGHT, Company, open_periods

KEY = SigningKey(base64.b64encode(bytes(range(32))).decode(), "the test")
OTHER = SigningKey(base64.b64encode(bytes(range(1, 33))).decode(), "the test")


@pytest.fixture
def company(finance: FinanceDatabase, tmp_path: Path) -> Company:
    """A night of two invoices, one of them in a currency that nobody knows, and a night after it."""
    open_periods(finance)
    company = Company(finance, tmp_path)
    company.night(
        invoice("INV-1", "01-10", line(10000, tax=800)), invoice("INV-2", "01-10", line(5000), currency="XXX")
    )
    company.night(invoice("INV-3", "01-11", line(700)))
    return company


@pytest.fixture
def auditor(postgres: EmbeddedPostgres, finance: FinanceDatabase) -> FinanceDatabase:
    return FinanceDatabase(postgres.dsn("auditor", finance.dsn.rsplit("/", 1)[1]))


def changed(pack: Path, change: Callable[[dict[str, bytes]], object]) -> PackProof:
    """The proof of a copy of which somebody changed a file, checksums of the zip set right."""
    with zipfile.ZipFile(pack) as there:
        files = {name: there.read(name) for name in there.namelist()}
    change(files)
    other = pack.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return prove_pack(other)


def test_a_night_is_packed_whole_signed_and_shows_what_is_done_to_it(
    company: Company, auditor: FinanceDatabase, tmp_path: Path
) -> None:
    path, proof = pack_night(auditor, FIRST_NIGHT, tmp_path / "packs", KEY)
    assert proof.faults == ()
    assert proof.public_key == KEY.public_key
    with zipfile.ZipFile(path) as pack:
        rows = {part: [json.loads(each) for each in pack.read(f"{part}.jsonl").splitlines()] for part in PARTS}
        rules = [name for name in pack.namelist() if name.startswith("rule_sets/")]
    [batch] = rows["batches"]
    assert {file["sha256"] for file in batch["manifest"]}
    assert [row["batch_no"] for row in rows["journal_entries"]] == [batch["batch_no"]]
    assert sum(row["amount_minor"] for row in rows["journal_lines"]) == 0
    assert sum(row["document_count"] for row in rows["outcomes"]) == 2
    assert [row["subject_id"] for row in rows["exceptions"]] == ["INV-2"]
    assert f"rule_sets/{batch['rule_set_sha256']}/legal_entities.yaml" in rules
    subjects = [row["subject"].split()[0] for row in rows["audit"]]
    assert {"attempt", "batch", "configuration", "rule_set", "journal_entry", "exception"} <= {*subjects}
    # The other night's entry is not in it.
    assert subjects.count("journal_entry") == len(rows["journal_entries"]) == 1

    # Again, by another login: the same file.
    again, _ = pack_night(company.finance, FIRST_NIGHT, tmp_path / "again", KEY)
    assert again.read_bytes() == path.read_bytes()

    # Whatever is done to it shows.
    def total(files: dict[str, bytes]) -> None:
        files["journal_lines.jsonl"] = files["journal_lines.jsonl"].replace(b"10800", b"10900")

    def total_and_manifest(files: dict[str, bytes]) -> None:
        manifest = json.loads(files["manifest.json"])
        manifest["batches"] = [7]
        files["manifest.json"] = json.dumps(manifest).encode()

    def action(files: dict[str, bytes]) -> None:
        files["audit.jsonl"] = files["audit.jsonl"].replace(b"committed", b"abandoned")

    assert changed(path, lambda _: None).faults == ()
    assert changed(path, total).faults == (
        "journal_lines.jsonl is not what it was when the pack was made: its hash differs",
    )
    assert changed(path, lambda files: files.pop("approvals.jsonl")).faults == (
        "approvals.jsonl is in the manifest and not in the pack",
    )
    assert changed(path, lambda files: files.update({"more.txt": b""})).faults == (
        "more.txt is in the pack and not in its manifest",
    )
    assert "not what was signed" in changed(path, total_and_manifest).faults[0]
    assert any("its row is not what was sealed" in fault for fault in changed(path, action).faults)
    assert "another key" in prove_pack(path, OTHER.public_key).faults[0]
    assert prove_pack(path, KEY.public_key).faults == ()
    shutil.copy(path, tmp_path / "cut.zip")
    (tmp_path / "cut.zip").write_bytes(path.read_bytes()[:-100])
    with pytest.raises(EvidenceError, match="is no evidence pack"):
        prove_pack(tmp_path / "cut.zip")


def test_without_a_key_it_says_plainly_that_it_is_unsigned(
    company: Company, auditor: FinanceDatabase, tmp_path: Path
) -> None:
    path, proof = pack_night(auditor, FIRST_NIGHT, tmp_path / "packs", None)
    assert proof.public_key is None
    assert proof_lines(proof)[-1].startswith("This pack is not signed")
    # Whoever wants it signed by somebody is not content with that.
    assert prove_pack(path, KEY.public_key).faults == ("it is not signed, and should be by the key that you gave",)


def test_a_night_that_nobody_read_or_whose_log_is_broken_is_not_packed(
    company: Company, auditor: FinanceDatabase, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with pytest.raises(UnknownNameError, match="No batch was committed for 2031"):
        pack_night(auditor, FIRST_NIGHT.replace(year=2031), tmp_path, None)
    with postgres.admin(auditor.dsn.rsplit("/", 1)[1]) as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute("update tieout.audit_log set person = 'eve' where subject_type = 'batch'")
    with pytest.raises(AuditChainError, match=r"its row is not what was sealed.*make verify-audit"):
        pack_night(auditor, FIRST_NIGHT, tmp_path, None)


def test_the_key_comes_from_a_connection_and_is_never_shown() -> None:
    def app(**environment: str) -> App:
        return app_from_environment(EnvironmentConnections(environment), environment)

    secret = base64.b64encode(bytes(range(32))).decode()
    uri = '{"conn_type": "generic", "password": "%s"}'
    assert app().signing_key() is None
    key = app(AIRFLOW_CONN_EVIDENCE_SIGNING=uri % secret).signing_key()
    assert key is not None
    assert key.public_key == KEY.public_key
    with pytest.raises(ConfigurationError, match="connection evidence_signing is not 32 bytes") as raised:
        app(AIRFLOW_CONN_EVIDENCE_SIGNING=uri % "tooshort").signing_key()
    assert "tooshort" not in str(raised.value)
