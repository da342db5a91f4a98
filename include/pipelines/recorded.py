"""Everything that was recognised of a source, and moved since, as local files."""

from __future__ import annotations

from collections.abc import Sequence

from include.pipelines.account import AccountingDesk
from include.store.explain_facts import BatchFacts
from include.subledger.recognition_moves import RecordedRuns


def recorded_runs(desk: AccountingDesk, batches: Sequence[BatchFacts], given_up: Sequence[str]) -> RecordedRuns:
    """Everything that these batches of a source recognised and moved."""

    def fetch(dataset: str, bucket: int | None = None) -> list[str]:
        files = [
            file
            for batch in batches
            for file in batch.files
            if file.dataset == dataset and bucket in (None, file.bucket)
        ]
        desk.evidence.verify(files)
        return desk.evidence.fetch(files)

    runs = [batch for batch in batches if batch.kind == "recognition"]
    groups = [file for file in runs[-1].files if file.dataset == "recognition_groups"] if runs else []
    return RecordedRuns(
        desk.evidence.fetch(groups),
        fetch("recognition_legs"),
        lambda bucket: fetch("recognised_amounts", bucket),
        given_up,
    )
