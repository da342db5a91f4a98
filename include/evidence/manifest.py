"""The manifest of an attempt: what was written, how much, and the digest of each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One Parquet file of evidence: `path` below the evidence folder, dataset and bucket, and what proves it whole."""

    path: str
    dataset: str
    bucket: int
    bytes: int
    rows: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """The file as it stands in the finance database."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> EvidenceFile:
        """The file of a manifest's element. Raises KeyError or TypeError when it is not one."""
        return cls(
            path=str(content["path"]),
            dataset=str(content["dataset"]),
            bucket=int(content["bucket"]),
            bytes=int(content["bytes"]),
            rows=int(content["rows"]),
            sha256=str(content["sha256"]),
        )


def manifest_to_json(files: Iterable[EvidenceFile]) -> list[dict[str, Any]]:
    """A manifest as JSON, by path, so that equal manifests are equal text."""
    return [file.to_json() for file in sorted(files, key=lambda file: file.path)]


def manifest_from_json(content: Iterable[Mapping[str, Any]] | None) -> list[EvidenceFile]:
    """The files of a stored manifest; none yet, none."""
    return [EvidenceFile.from_json(element) for element in content or ()]


def rows_by_dataset(files: Iterable[EvidenceFile]) -> dict[str, int]:
    """How many rows a manifest has of each dataset in it."""
    counts: dict[str, int] = {}
    for file in files:
        counts[file.dataset] = counts.get(file.dataset, 0) + file.rows
    return counts
