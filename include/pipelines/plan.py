"""Plan a night: the read instant, and what blocked entries go back to account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from include.finance.errors import ReadInstantError
from include.store.database import FinanceDatabase
from include.store.streams import AttemptKind


@dataclass(frozen=True, slots=True)
class Night:
    """A planned night. `read_instant` decides by document date only; it is never the clock of a worker."""

    read_instant: datetime
    is_dry_run: bool
    is_full: bool

    @property
    def kind(self) -> AttemptKind:
        """What its attempts are."""
        return "dry_run" if self.is_dry_run else "night"


def plan_night(
    database: FinanceDatabase,
    source_codes: list[str],
    as_of: str | None,
    run_after: datetime,
    *,
    is_dry_run: bool = False,
    is_full: bool = False,
    reason: str | None = None,
) -> Night:
    """Choose the read instant: `as_of` where a person gave one, else the instant the run was due.

    Raises ReadInstantError when it is no instant, lies in the future, or before a committed night without a reason.
    """
    read_instant = _parse(as_of) if as_of else run_after
    with database.transaction() as connection:
        now = connection.execute("select clock_timestamp() as now").fetchone()
        later = connection.execute(
            "select source_code, read_instant from source_stream"
            " where source_code = any(%s) and read_instant > %s order by read_instant desc limit 1",
            (source_codes, read_instant),
        ).fetchone()
    if now and read_instant > now["now"]:
        raise ReadInstantError(
            f"The read instant {read_instant.isoformat()} lies in the future (the finance database's clock says "
            f"{now['now'].isoformat(timespec='seconds')}); give an as_of that has passed."
        )
    if as_of and later and not reason:
        raise ReadInstantError(
            f"The read instant {read_instant.isoformat()} lies before the night of {later['read_instant'].isoformat()} that source "
            f"{later['source_code']} has committed already. Nothing would be read; give a `reason` to run its posting again all the same."
        )
    return Night(read_instant, is_dry_run, is_full)


def _parse(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ReadInstantError(f"as_of {text!r} is no instant; write it as 2026-02-01T06:00:00Z.") from None
    if instant.tzinfo is None:
        raise ReadInstantError(f"as_of {text!r} has no time zone; write it as 2026-02-01T06:00:00Z.")
    return instant
