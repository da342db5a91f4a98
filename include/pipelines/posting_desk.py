"""The desk at which one legal entity's entries are posted: what is on it, who works there, how long to wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from include.finance.entity import LegalEntity
from include.finance.errors import ErpMaintenanceError, LeaseHeldError
from include.finance.journal import EntryState
from include.finance.maintenance import MaintenanceWindow, maintained_until
from include.pipelines.standing import standing
from include.ports.erp import Erp, PostedEntry
from include.ports.log import about_entry, log_of
from include.ports.postings import Change, DueEntry, EntityJournal

_WAITING = (
    EntryState.READY,
    EntryState.SENDING,
    EntryState.IN_DOUBT,
    EntryState.CREATED_UNRELEASED,
    EntryState.HELD,
)
log = log_of(__name__)


@dataclass(frozen=True, slots=True)
class PostingTimes:
    """Waits in seconds.

    `slack`: a lease lasts this much longer than a write may take; a worker delayed for longer does not send any more.
    `margin`: added to the ERP's own bound before an entry in doubt is asked for; covers short repeats and clock drift.
    `pause`: between the two questions that together mean "the ERP has nothing". `longest_wait`: more is left to the
    next run.
    """

    slack_seconds: float = 10
    margin_seconds: float = 10
    pause_seconds: float = 3
    longest_wait_seconds: float = 90


@dataclass(frozen=True, slots=True)
class PostingClock:
    """Waiting and this machine's monotonic clock; tests put their own in place."""

    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class PostingDesk:
    """Everything one run of posting works with. `entries` are the entity's open entries by reference, as they stand."""

    erp: Erp
    journal: EntityJournal
    entity: LegalEntity
    read_instant: datetime
    actor: str
    times: PostingTimes
    clock: PostingClock
    entries: dict[str, DueEntry] = field(default_factory=dict)
    unanswered: int = 0
    maintenance: tuple[MaintenanceWindow, ...] = ()
    _leases: dict[str, float] = field(default_factory=dict)

    @property
    def local_date(self) -> date:
        """The entity's calendar day of the read instant."""
        return self.entity.local_date(self.read_instant)

    def require_open(self) -> None:
        """Raise ErpMaintenanceError in a maintenance window, by the clock of the database: nothing is sent into one."""
        until = maintained_until(self.maintenance, self.journal.now()) if self.maintenance else None
        if until is not None:
            raise ErpMaintenanceError(
                f"The ERP {self.entity.erp_code} of legal entity {self.entity.code} is in maintenance until {until:%Y-%m-%d %H:%M} UTC (erps.yaml). "
                "Nothing was sent into it; what waits is posted by the next run after that."
            )

    def find(self, reference: str) -> list[PostedEntry]:
        """What stands in the ERP with this reference, drafts included; asks the ERP."""
        due = self.entries.get(reference)
        with about_entry(reference, due.entry.id if due else None):
            return standing(self.erp, self.entity, self.erp.find(self.entity, reference))

    def delete_draft(self, draft: PostedEntry) -> None:
        """Have the ERP delete a draft of ours, and say so."""
        self.erp.await_turn()
        self.erp.delete_draft(self.entity, draft)
        log.info("draft deleted in the ERP", reference=draft.reference, erp_id=draft.erp_id)

    def tell_waiting(self) -> None:
        """Say of each entry that this run leaves on its way, or held, that it waits, and why."""
        for due in self.in_state(*_WAITING):
            log.info(
                "waits for a later run",
                reference=due.reference,
                journal_entry_id=str(due.entry.id),
                legal_entity=self.entity.code,
                state=due.state.value,
                held_reason=due.held_reason.value if due.held_reason else None,
                cause=due.cause,
            )

    def in_state(self, *states: EntryState) -> list[DueEntry]:
        """The entries that are in one of these states now."""
        return [due for due in self.entries.values() if due.state in states]

    def move(self, due: DueEntry, change: Change) -> DueEntry:
        """Commit a change of state, then show it on the desk."""
        with about_entry(due.reference, due.entry.id):
            moved = self.journal.change(due, change, self.actor)
        self.entries[due.reference] = moved
        return moved

    def move_leased(self, due: DueEntry, change: Change) -> DueEntry:
        """Commit a change of state that is followed by a write to the ERP. `change` must take a lease."""
        if change.lease_seconds is None:
            raise ValueError(f"journal entry {due.reference} cannot be sent without a lease")
        # A lease must not run out in the queue of an ERP that takes so many requests a second and no more.
        self.erp.await_turn()
        # Read before the commit, so that by this clock the lease never seems longer than it is.
        started = self.clock.monotonic()
        moved = self.move(due, change)
        self._leases[due.reference] = started + change.lease_seconds
        return moved

    @property
    def lease_seconds(self) -> float:
        """How long a lease lasts: one write at its slowest, and a little."""
        return self.erp.limits.answer_seconds + self.times.slack_seconds

    def require_lease(self, due: DueEntry) -> None:
        """Stand directly before every write: a worker that slept here (stopped, swapped out) must not send any more.

        Its successor counts on this when it reckons how late a byte can have left.
        """
        self.erp.await_turn()  # as a rule it was taken before the lease
        remaining = self._leases[due.reference] - self.clock.monotonic()
        if remaining <= self.erp.limits.answer_seconds:
            raise LeaseHeldError(
                f"Journal entry {due.reference} of legal entity {self.entity.code}: this worker was delayed and its "
                f"lease is too short to send. Nothing was sent; the next run asks the ERP and goes on."
            )

    def latest_send(self, due: DueEntry) -> datetime | None:
        """The latest instant at which the worker that held this lease can have begun to send."""
        if due.lease_until is None:
            return due.last_sent_at
        return due.lease_until - timedelta(seconds=self.erp.limits.answer_seconds)

    def askable_at(self, due: DueEntry) -> datetime | None:
        """From when on the ERP's answer about an entry in doubt is final; None: at once."""
        if due.last_sent_at is None:
            return None
        bound = self.erp.limits.max_request_seconds + self.times.margin_seconds
        return due.last_sent_at + timedelta(seconds=bound)

    def wait_until(self, instant: datetime) -> bool:
        """Wait for an instant of the database's clock; say whether it came within the longest wait."""
        waited = 0.0
        while (missing := (instant - self.journal.now()).total_seconds()) > 0:
            if waited + missing > self.times.longest_wait_seconds:
                return False
            self.clock.sleep(missing)
            waited += missing
        return True
