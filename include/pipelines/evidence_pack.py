"""The evidence pack of a night: what was read, decided, booked, tied out, approved and logged, in one file for an auditor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from include.evidence.pack import PackProof, prove_pack, write_pack
from include.evidence.signature import SigningKey
from include.finance.errors import AuditChainError, UnknownNameError
from include.store.database import FinanceDatabase
from include.store.evidence_pack import PARTS, NightFacts, night_facts

FORMAT = 1


def pack_night(
    database: FinanceDatabase, read_instant: datetime, folder: Path, key: SigningKey | None
) -> tuple[Path, PackProof]:
    """Write the pack of a night into `folder`, and prove it. Reads the database only: an auditor's login is enough.

    The same night gives the same file, byte for byte, as long as nothing about it changes. Raises UnknownNameError for an
    instant without a batch, AuditChainError when the night's part of the audit log is broken.
    """
    path = folder / f"evidence-pack-{read_instant.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip"
    with database.transaction() as connection:
        night = night_facts(connection, read_instant)
        batches = night.batch_numbers()
        if not batches:
            raise UnknownNameError(
                f"No batch was committed for {read_instant.isoformat()}: there is nothing to pack. Table tieout.batch lists the nights."
            )
        about = {
            "format": FORMAT,
            "read_instant": read_instant.astimezone(UTC).isoformat(),
            "batches": batches,
            "amounts": "integers in minor units, debit positive",
        }
        write_pack(path, read_instant.astimezone(UTC), about, _parts(night), key)
    proof = prove_pack(path)
    if proof.faults:
        raise AuditChainError(
            f"The evidence pack {path} does not hold: {'; '.join(proof.faults[:3])}. Run `make verify-audit`: it names the first broken link."
        )
    return path, proof


def _parts(night: NightFacts) -> Iterator[tuple[str, Iterable[bytes]]]:
    for part in PARTS:
        yield f"{part}.jsonl", night.lines(part)
    for name, text in sorted(night.rule_sets().items()):
        yield f"rule_sets/{name}", [text.encode()]
