"""When the night runs: a cron expression from TIEOUT_SCHEDULE; unset means only when somebody starts it."""

from __future__ import annotations

import os
from collections.abc import Mapping


def nightly_schedule(environment: Mapping[str, str] = os.environ) -> str | None:
    """The cron expression in UTC, or None."""
    return environment.get("TIEOUT_SCHEDULE", "").strip() or None
