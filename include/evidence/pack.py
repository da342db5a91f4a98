"""An evidence pack: one zip with its manifest, signed, the same byte for byte from the same content; and its proof.

Nothing is compressed: how a compressor packs differs between its versions, what is stored does not.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from include.evidence.signature import SigningKey, is_signed_by
from include.finance.errors import EvidenceError

MANIFEST, SIGNATURE, AUDIT = "manifest.json", "signature.json", "audit.jsonl"
UNSIGNED = "This pack is not signed: no signing key was configured. Its hashes show damage, not who made it."
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PackProof:
    """What a pack says of itself, by whose key it is signed (None: by nobody), and what does not hold."""

    about: Mapping[str, Any]
    manifest_sha256: str
    public_key: str | None
    link_count: int
    faults: tuple[str, ...]


def write_pack(
    path: Path,
    made_for: datetime,
    about: Mapping[str, Any],
    parts: Iterable[tuple[str, Iterable[bytes]]],
    key: SigningKey | None,
) -> None:
    """Write the parts, by their names in the pack, then the manifest and its signature. `made_for` dates every file of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.draft")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as pack:
        files = {name: _add(pack, name, made_for, lines) for name, lines in parts}
        manifest = _json(dict(about) | {"files": files})
        _add(pack, MANIFEST, made_for, [manifest])
        _add(pack, SIGNATURE, made_for, [_json(_signature(manifest, key))])
    draft.replace(path)


def prove_pack(path: Path, public_key: str | None = None) -> PackProof:
    """Read a pack to its end: every hash, every link of its part of the audit log, and the signature, by `public_key` if given.

    Raises EvidenceError for a file that is no evidence pack.
    """
    try:
        with zipfile.ZipFile(path) as pack:
            manifest, signature = pack.read(MANIFEST), json.loads(pack.read(SIGNATURE))
            about = json.loads(manifest)
            faults = [*_differing(pack, about["files"])]
            signer, said = _signer(manifest, signature, public_key)
            links = list(_links(pack))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise EvidenceError(f"{path} is no evidence pack ({error}). Make it again: `make evidence-pack`.") from error
    faults += [*said, *_broken(links)]
    return PackProof(about, hashlib.sha256(manifest).hexdigest(), signer, len(links), tuple(faults))


def _add(pack: zipfile.ZipFile, name: str, made_for: datetime, lines: Iterable[bytes]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(name, made_for.timetuple()[:6])
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    with pack.open(entry, "w", force_zip64=True) as out:
        for line in lines:
            digest.update(line)
            size += len(line)
            out.write(line)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _signature(manifest: bytes, key: SigningKey | None) -> dict[str, str]:
    signed = {"manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    if key is None:
        return signed | {"algorithm": "none", "said": UNSIGNED}
    return signed | {"algorithm": "Ed25519", "public_key": key.public_key, "signature": key.sign(manifest)}


def _signer(manifest: bytes, signature: Mapping[str, str], public_key: str | None) -> tuple[str | None, list[str]]:
    if signature["algorithm"] != "Ed25519":
        return None, ["it is not signed, and should be by the key that you gave"] if public_key else []
    if not is_signed_by(public_key or signature["public_key"], signature["signature"], manifest):
        return None, ["its manifest is not what was signed, or was signed by another key than the one it is proven by"]
    return public_key or signature["public_key"], []


def _differing(pack: zipfile.ZipFile, files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    there = pack.namelist()
    for name in sorted({*there} - {*files} - {MANIFEST, SIGNATURE}):
        yield f"{name} is in the pack and not in its manifest"
    for name in sorted({name for name in there if there.count(name) > 1}):
        yield f"{name} is in the pack more than once"
    for name, said in sorted(files.items()):
        if name not in there:
            yield f"{name} is in the manifest and not in the pack"
        elif _sha256(pack, name) != said["sha256"]:
            yield f"{name} is not what it was when the pack was made: its hash differs"


def _sha256(pack: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with pack.open(name) as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except zipfile.BadZipFile:
        return "damaged"  # the zip's own checksum says so before ours can
    return digest.hexdigest()


def _links(pack: zipfile.ZipFile) -> Iterator[Mapping[str, Any]]:
    with pack.open(AUDIT) as lines:
        for line in lines:
            link = json.loads(line)
            # Not the row itself is kept, but what its hash says of it.
            content = hashlib.sha256(link.pop("content").encode()).hexdigest()
            yield link | {"found_sha256": content}


def _broken(links: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    before: Mapping[str, Any] = {}
    for link in links:
        name = f"link {link['seq']} of the audit log, {link['subject']}"
        if link["found_sha256"] != link["row_sha256"]:
            yield f"{name}: its row is not what was sealed"
        if _link_hash(link) != link["hash"]:
            yield f"{name}: the link was changed"
        if before.get("seq") == link["seq"] - 1 and before["hash"] != link["previous_hash"]:
            yield f"{name}: it does not follow the link before it"
        before = link


def _link_hash(link: Mapping[str, Any]) -> str:
    sealed = bytes.fromhex(link["previous_hash"]) + bytes.fromhex(link["row_sha256"])
    return hashlib.sha256(sealed + f"{link['seq']}|{link['log_id']}|{link['subject']}".encode()).hexdigest()


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
