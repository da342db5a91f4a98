"""Plan a night: the read instant, and which sources and legal entities take part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from include.finance.errors import ReadInstantError, UnknownNameError
from include.store import audit_log
from include.store.database import FinanceDatabase
from include.store.streams import AttemptKind


@dataclass(frozen=True, slots=True)
class NightRequest:
    """What somebody asks of a night. Empty `sources` or `legal_entities` mean all.

    `as_of` is the read instant as written, None for the instant the run was due. `sources` are read and accounted whole,
    for all of their legal entities; `legal_entities` says only whose journals are posted and tied out, so that no
    document is lost to a choice.
    """

    as_of: str | None = None
    is_dry_run: bool = False
    is_full: bool = False
    reason: str | None = None
    sources: tuple[str, ...] = ()
    legal_entities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Night:
    """A planned night. `read_instant` decides by document date only; it is never the clock of a worker.

    `sources` and `legal_entities` are the codes that take part, sorted.
    """

    read_instant: datetime
    is_dry_run: bool
    is_full: bool
    sources: tuple[str, ...]
    legal_entities: tuple[str, ...]

    @property
    def kind(self) -> AttemptKind:
        """What its attempts are."""
        return "dry_run" if self.is_dry_run else "night"


def plan_night(
    database: FinanceDatabase,
    request: NightRequest,
    run_after: datetime,
    *,
    sources: Collection[str],
    legal_entities: Collection[str],
) -> Night:
    """Choose the read instant: `as_of` where a person gave one, else the instant the run was due.

    `sources` and `legal_entities` are the configured codes. Raises UnknownNameError for a choice among others;
    ReadInstantError when the instant is none, lies in the future, or before a committed night without a reason.
    """
    chosen = _chosen("source", "sources.yaml", request.sources, sources)
    entities = _chosen("legal entity", "legal_entities.yaml", request.legal_entities, legal_entities)
    read_instant = parse_instant(request.as_of) if request.as_of else run_after
    with database.transaction() as connection:
        now = connection.execute("select clock_timestamp() as now").fetchone()
        later = connection.execute(
            "select source_code, read_instant from source_stream"
            " where source_code = any(%s) and read_instant > %s order by read_instant desc limit 1",
            (list(chosen), read_instant),
        ).fetchone()
    if now and read_instant > now["now"]:
        raise ReadInstantError(
            f"The read instant {read_instant.isoformat()} lies in the future (the finance database's clock says "
            f"{now['now'].isoformat(timespec='seconds')}); give an as_of that has passed."
        )
    if request.as_of and later and not request.reason:
        raise ReadInstantError(
            f"The read instant {read_instant.isoformat()} lies before the night of {later['read_instant'].isoformat()} that source "
            f"{later['source_code']} has committed already. Nothing would be read; give a `reason` to run its posting again all the same."
        )
    night = Night(read_instant, request.is_dry_run, request.is_full, chosen, entities)
    _log(database, request, night)
    return night


def _log(database: FinanceDatabase, request: NightRequest, night: Night) -> None:
    """Who asked for this night, and for what: nothing else in the database says so."""
    asked = {
        "as_of": request.as_of,
        "reason": request.reason,
        "is_dry_run": night.is_dry_run,
        "is_full": night.is_full,
        "sources": list(night.sources),
        "legal_entities": list(night.legal_entities),
    }
    with database.transaction() as connection:
        audit_log.note(connection, "planned", "night", night.read_instant.astimezone(UTC).isoformat(), asked)


def _chosen(kind: str, file: str, wanted: Collection[str], configured: Collection[str]) -> tuple[str, ...]:
    if unknown := sorted(set(wanted) - set(configured)):
        raise UnknownNameError(
            f"There is no {kind} {', '.join(unknown)}; {file} has {', '.join(sorted(configured))}. Choose among these, or none for all."
        )
    return tuple(sorted(set(wanted) or set(configured)))


def parse_instant(text: str) -> datetime:
    """An instant as a person writes it. Raises ReadInstantError when it is none, or has no time zone."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ReadInstantError(f"as_of {text!r} is no instant; write it as 2026-02-01T06:00:00Z.") from None
    if instant.tzinfo is None:
        raise ReadInstantError(f"as_of {text!r} has no time zone; write it as 2026-02-01T06:00:00Z.")
    return instant
