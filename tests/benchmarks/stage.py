"""One stage of the benchmark in a process of its own: python -m tests.benchmarks.stage STAGE RESULT [ARGUMENT].

Writes to RESULT what the stage took once everything was imported, what importing took, and the peak of its own memory.
Connections, configuration and folders come from the environment, as for any command.
"""

from __future__ import annotations

import time

_BORN = time.perf_counter()

import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from datetime import datetime  # noqa: E402
from importlib import import_module  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402
from uuid import UUID  # noqa: E402

from include.app import App, app_from_environment  # noqa: E402
from include.pipelines import night as nights  # noqa: E402
from include.pipelines.plan import Night  # noqa: E402
from include.ports.canonical import DATASETS  # noqa: E402
from include.store.landed import read_landed  # noqa: E402
from tests.benchmarks import floor  # noqa: E402

SOURCE = "billing"


def extract(as_of: str) -> dict[str, Any]:
    """Land a night."""
    app = app_from_environment()
    night = Night(
        datetime.fromisoformat(as_of),
        is_dry_run=False,
        is_full=False,
        sources=(SOURCE,),
        legal_entities=tuple(sorted(app.configuration.legal_entities)),
    )
    landed = nights.extract(app, SOURCE, night)
    if landed.attempt_id is None:
        raise RuntimeError(landed.message)
    return {"rows": _landed_rows(app, landed.attempt_id), "attempt": str(landed.attempt_id)}


def validate(attempt: str) -> dict[str, Any]:
    """Judge what was landed."""
    app = app_from_environment()
    nights.validate(app, UUID(attempt))
    return {"rows": _landed_rows(app, UUID(attempt))}


def account(attempt: str) -> dict[str, Any]:
    """Account what was landed, to committed journal entries."""
    app = app_from_environment()
    nights.account(app, UUID(attempt))
    return {"rows": _landed_rows(app, UUID(attempt))}


def _landed_rows(app: App, attempt: UUID) -> int:
    """Rows of the canonical datasets; billing's own totals beside them are not counted."""
    return sum(file.rows for file in read_landed(app.finance(), attempt).files if file.dataset in DATASETS)


STAGES: dict[str, Callable[[str], dict[str, Any]]] = {
    "extract": extract,
    "validate": validate,
    "account": account,
    "floor_extract": floor.tables_to_parquet,
    "floor_sums": floor.sum_in_duckdb,
    "floor_register": floor.copy_register_rows,
}


def peak_megabytes() -> float:
    """The most memory this process ever held, its children apart (the kernel's own mark of this process image)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(kilobytes) / 1024


def main() -> None:
    """Run one stage."""
    stage, result, argument = sys.argv[1:4]
    if stage == "validate":
        import_module("include.quality.judge")  # the stage does so when it has rows; importing is told apart
    started = time.perf_counter()
    found = STAGES[stage](argument)
    seconds = time.perf_counter() - started
    found = {"seconds": seconds, "imports": started - _BORN, "peak_mb": peak_megabytes()} | found
    Path(result).write_text(json.dumps(found), encoding="utf-8")
    # What remains is tearing down the interpreter: no part of a stage.
    os._exit(0)


if __name__ == "__main__":
    main()
