"""The answer's own books: which bookings stand, in which period, and what the ledger shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from include.sample.company.bookkeeping import Booking
from include.sample.company.calendar import CLOSED_BEFORE_NIGHT_TWO, CLOSED_YEARS, Night
from include.sample.company.catalogue import HOMES
from include.sample.company.judging import Key

Place = tuple[str, str, str]  # legal entity, account, period


@dataclass(frozen=True, slots=True)
class Standing:
    """A booking that stands: in a period, or held for a reason."""

    booking: Booking
    entity: str
    period: str | None
    held: str | None


@dataclass
class Books:
    """Bookings that stand, by document and event, and the ledger that they add up to."""

    ledger: Counter[Place] = field(default_factory=Counter)
    standing: dict[Key, dict[tuple[str, UUID | None], Standing]] = field(default_factory=dict)
    entries: set[tuple[str, str, str, bool]] = field(default_factory=set)  # at most this many journal entries tonight

    def open_night(self, night: Night) -> None:
        """Post what was held for a day that has come."""
        self.entries = set()
        for bookings in self.standing.values():
            for event, kept in bookings.items():
                if kept.held == "future_date":
                    bookings[event] = self._post(kept.booking, kept.entity, night)

    def book(self, key: Key, entity: str, wanted: Sequence[Booking], night: Night) -> tuple[bool, str | None]:
        """Make a document's bookings what they should be. Answers whether anything was booked, and why some are held."""
        bookings = self.standing.setdefault(key, {})
        targets = {(booking.event, booking.part): booking for booking in wanted}
        stale = [event for event, kept in bookings.items() if targets.get(event) != kept.booking]
        for event in stale:
            self._reverse(bookings.pop(event), night)
        fresh = [event for event in targets if event not in bookings]
        for event in fresh:
            bookings[event] = self._post(targets[event], entity, night)
        reasons = [bookings[event].held for event in fresh if bookings[event].held]
        return bool(stale or fresh), reasons[0] if reasons else None

    def _post(self, booking: Booking, entity: str, night: Night) -> Standing:
        if booking.day > today(entity, night):
            return Standing(booking, entity, None, "future_date")
        period = first_open_period(entity, f"{booking.day:%Y-%m}", night)
        if period is None:
            return Standing(booking, entity, None, "hold_for_reopen")
        self._add(entity, booking, period, 1)
        return Standing(booking, entity, period, None)

    def _reverse(self, kept: Standing, night: Night) -> None:
        if kept.period is None:
            return
        period = first_open_period(kept.entity, kept.period, night)
        assert period is not None, "the sample company reverses nothing of a closed year"
        self._add(kept.entity, kept.booking, period, -1)

    def _add(self, entity: str, booking: Booking, period: str, sign: int) -> None:
        self.entries.add((entity, f"{booking.day} {period}", booking.event, sign < 0))
        for account, amount in booking.legs.items():
            self.ledger[entity, account, period] += sign * amount


def today(entity: str, night: Night) -> date:
    """The local day of a legal entity on which a night reads."""
    return HOMES[entity].day(night.as_of)


def first_open_period(entity: str, period: str, night: Night) -> str | None:
    """The period itself or the next open one of its year; None if only another year is open."""
    year, month = period.split("-")
    for number in range(int(month), 13):
        candidate = f"{year}-{number:02}"
        is_closed = night.number > 1 and (entity, candidate) in CLOSED_BEFORE_NIGHT_TWO
        if int(year) not in CLOSED_YEARS and not is_closed:
            return candidate
    return None
