"""Evidence packs: a night for an auditor, in one file; and the proof of one, wherever it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from include.commands.terminal import cli, console, running_app
from include.evidence.pack import UNSIGNED, PackProof, prove_pack
from include.pipelines.evidence_pack import pack_night
from include.pipelines.plan import parse_instant
from include.sample.folders import HOME


@cli.command(name="evidence-pack")
def evidence_pack(
    as_of: Annotated[str, typer.Option(help="Read instant of the night, for instance 2026-02-01T06:00:00Z")],
    out: Annotated[Path | None, typer.Option(help="Folder to write to")] = None,
) -> None:
    """Pack a night for an auditor: batches, control totals, entries, rules, tie-out, approvals and its part of the audit log."""
    app = running_app()
    path, proof = pack_night(app.finance(), parse_instant(as_of), out or HOME / "evidence-packs", app.signing_key())
    for line in (f"Evidence pack: {path}", *proof_lines(proof)):
        console.print(line, soft_wrap=True, markup=False)


@cli.command(name="verify-evidence-pack")
def verify_evidence_pack(
    pack: Annotated[Path, typer.Option(help="The zip file")],
    key: Annotated[str | None, typer.Option(help="The public key that it must be signed by, in base64")] = None,
) -> None:
    """Prove an evidence pack: every hash, every link of its part of the audit log, and its signature. Needs no database."""
    proof = prove_pack(pack, key)
    for line in proof_lines(proof, is_trusted=key is not None):
        console.print(line, soft_wrap=True, markup=False)
    if proof.faults:
        raise typer.Exit(1)


def proof_lines(proof: PackProof, *, is_trusted: bool = False) -> list[str]:
    """What a pack is, who signed it, and what does not hold."""
    batches = ", ".join(map(str, proof.about["batches"]))
    has = f"{len(proof.about['files'])} files, {proof.link_count} links of the audit log"
    lines = [
        f"Night {proof.about['read_instant']}, batches {batches}: {has}.",
        f"SHA-256 of its manifest: {proof.manifest_sha256}",
    ]
    if proof.faults:
        return [*lines, *(f"BROKEN: {fault}" for fault in proof.faults)]
    if proof.public_key is None:
        return [*lines, UNSIGNED]
    if is_trusted:
        return [*lines, "Signed by the key that you gave."]
    return [*lines, f"Signed by {proof.public_key}: compare this key with the one that you were given by another way."]
