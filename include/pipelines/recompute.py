"""The running totals of the tie-out, computed anew: balances from all evidence, document totals from the register."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa

from include.evidence.manifest import manifest_from_json
from include.evidence.store import EvidenceStore
from include.finance.errors import NightUnfinishedError
from include.store import audit_log, running_totals
from include.store.database import Connection, FinanceDatabase
from include.subledger.recognition import BOOKED
from include.tie_out.workspace import open_workspace

_JOURNAL = pa.schema([("id", pa.string()), ("erp_code", pa.string())])
_BALANCE = pa.schema(
    [(name, pa.string()) for name in ("erp_code", "legal_entity_code", "account_code", "period_name", "currency")]
    + [
        (name, pa.int64())
        for name in ("debit_minor", "credit_minor", "functional_debit_minor", "functional_credit_minor")
    ]
)


def recompute_totals(database: FinanceDatabase, evidence: EvidenceStore, *, is_repaired: bool) -> list[str]:
    """Compare both running totals with what they are made from; one line per total that differs.

    `is_repaired` sets them right. Commits of nights wait meanwhile. Raises NightUnfinishedError with the lines when
    something differs and is not repaired, EvidenceError when a file of a committed batch is lost or altered.
    """
    with running_totals.held_still(database) as connection:
        balances = _balances(connection, evidence)
        documents = running_totals.differing_documents(connection)
        lines = [
            f"{row['erp_code']} {row['legal_entity_code']} account {row['account_code']} {row['period_name']} {row['currency']}: "
            f"kept {row['kept_debit']} debit, {row['kept_credit']} credit; evidence says {row['debit_minor']} and {row['credit_minor']}"
            f"{_in_books(row)}"
            for row in balances
        ] + [
            f"{row['legal_entity_code']} document type {row['document_type']} {row['document_date']} {row['currency']}: kept "
            f"{row['kept_count']} documents of {row['kept_minor']}; the register says {row['document_count']} of {row['total_minor']}"
            for row in documents
        ]
        if is_repaired:
            running_totals.set_balances(connection, balances)
            running_totals.set_documents(connection, documents)
            if lines:
                audit_log.note(connection, "repaired", "running_totals", "*", {"differences": lines})
        elif lines:
            raise NightUnfinishedError(
                f"{len(lines)} running totals, in minor units, differ from what they are made of:\n  "
                + "\n  ".join(lines)
                + "\nFind out who changed them, then run `make recompute REPAIR=1`."
            )
    return lines


def _in_books(row: Mapping[str, object]) -> str:
    kept = row["kept_functional_debit"], row["kept_functional_credit"]
    said = row["functional_debit_minor"], row["functional_credit_minor"]
    return (
        ""
        if kept == said
        else f"; in functional currency kept {kept[0]} and {kept[1]}, evidence says {said[0]} and {said[1]}"
    )


def _balances(connection: Connection, evidence: EvidenceStore) -> list[dict[str, object]]:
    files = [
        file
        for manifest in running_totals.manifests(connection)
        for file in manifest_from_json(manifest)
        if file.dataset in BOOKED
    ]
    evidence.verify_content(files)
    evidence.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="recompute-", dir=evidence.scratch))
    try:
        with open_workspace(folder) as work:
            work.table("standing_entries", pa.Table.from_pylist(running_totals.standing_entries(connection), _JOURNAL))
            work.table("kept", pa.Table.from_pylist(running_totals.balances(connection), _BALANCE))
            for name, schema in BOOKED.items():
                work.view(name, evidence.fetch(file for file in files if file.dataset == name), schema)
            work.run("booked_entries")
            return work.rows("differing_balances")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
