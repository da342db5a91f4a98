"""Bookings with their stored entries, and billing's rows, put together from what database and evidence say."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from include.finance.events import CATALOGUE, EVENTS
from include.finance.journal import EntryState
from include.pipelines.explained import BookingExplained, SourceRow, SubledgerLine
from include.store.explain_facts import BookingFacts, EntryFacts, VersionFacts

EVENT_NAMES: Mapping[int, str] = {event.code: event.name for event in CATALOGUE}
_ONCE = UUID(int=0)  # the occurrence of events that happen once to a document
# Of these evidence alone has rows.
_WITHOUT_BOOKING = {EVENTS["revenue.recognized"].code, EVENTS["fx.revalued"].code}
_Key = tuple[int, UUID, int, UUID, date]
_HIDDEN = {"document_uid", "bucket"}
# What a subledger entry shows by itself, or its booking and document do.
_TOLD = {
    "document_uid", "document_type", "native_id", "event_type", "occurrence", "booking_no", "reverses_no", "line_no",
    "legal_entity_code", "currency", "document_date", "event_date", "posting_date", "period_name", "held_reason", "category",
    "account_code", "role", "amount_minor", "rule_id", "payload_hash", "journal_entry_id", "journal_line_no", "batch_key", "booking_id", "customer_ref", "party_key",
}  # fmt: skip


def explain_bookings(
    bookings: Sequence[BookingFacts],
    stored: Iterable[Mapping[str, Any]],
    entries: Mapping[UUID, EntryFacts],
    versions: Sequence[VersionFacts],
    rows: Sequence[SourceRow],
) -> tuple[BookingExplained, ...]:
    """One document's bookings with their subledger entries, in their order; last what was recognised of it, day by day."""
    lines: dict[_Key, list[SubledgerLine]] = defaultdict(list)
    recognised: dict[_Key, BookingFacts] = {}
    for row in stored:
        entry = entries[UUID(str(row["journal_entry_id"]))]
        key = (row["event_type"], UUID(str(row["occurrence"])), row["booking_no"], entry.id, row["event_date"])
        lines[key].append(_line(row, entry))
        if row["event_type"] in _WITHOUT_BOOKING:
            recognised[key] = _unbooked(row, entry)
    names = dict(_occurrences(rows))
    days = sorted(recognised.values(), key=lambda each: (each.batch_no, each.event_date))
    return tuple(
        BookingExplained(
            event=EVENT_NAMES.get(each.event_type, f"event {each.event_type}"),
            occurrence=None if each.occurrence == _ONCE else names.get(each.occurrence, str(each.occurrence)),
            booking_no=each.booking_no,
            reverses_no=each.reverses_no,
            batch_no=each.batch_no,
            version_no=version_at(versions, each.batch_no),
            event_date=each.event_date,
            posting_date=each.posting_date,
            is_superseded=each.is_superseded,
            reference=entries[each.journal_entry_id].reference,
            erp_number=entries[each.journal_entry_id].erp_number,
            entry_state=entries[each.journal_entry_id].state,
            lines=tuple(lines.get(_key(each), ())),
        )
        for each in (*bookings, *days)
    )


def version_at(versions: Iterable[VersionFacts], batch_no: int) -> int | None:
    """The version of a document that was its newest in a batch."""
    return max((each.version_no for each in versions if each.batch_no <= batch_no), default=None)


def source_rows(found: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[SourceRow, ...]:
    """Landed rows with the fields that have a value, and without what landing added."""
    return tuple(
        SourceRow(dataset, {name: value for name, value in row.items() if value is not None and name not in _HIDDEN})
        for dataset, row in found
    )


def _key(booking: BookingFacts) -> _Key:
    return (booking.event_type, booking.occurrence, booking.booking_no, booking.journal_entry_id, booking.event_date)


def _unbooked(row: Mapping[str, Any], entry: EntryFacts) -> BookingFacts:
    """What was recognised on a day has no row among the bookings: its own is made of what evidence says."""
    return BookingFacts(
        document_uid=UUID(str(row["document_uid"])),
        event_type=row["event_type"],
        occurrence=_ONCE,
        booking_no=row["booking_no"],
        reverses_no=None,
        batch_no=entry.batch_no,
        journal_entry_id=entry.id,
        event_date=row["event_date"],
        posting_date=row["posting_date"],
        is_superseded=entry.state == EntryState.SUPERSEDED,
    )


def _line(row: Mapping[str, Any], entry: EntryFacts) -> SubledgerLine:
    return SubledgerLine(
        reference=entry.reference,
        journal_line_no=row["journal_line_no"],
        account_code=row["account_code"],
        role=row["role"],
        line_no=row["line_no"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        rule_id=row["rule_id"],
        further={name: value for name, value in row.items() if value is not None and name not in _TOLD},
    )


def _occurrences(rows: Iterable[SourceRow]) -> Iterator[tuple[UUID, str]]:
    """The ids in billing behind occurrences, which are digests of them; of a service the day on which it ended."""
    for row in rows:
        for name, value in row.fields.items():
            if (name.endswith("_id") and isinstance(value, str)) or name == "service_end":
                told = str(value)
                yield UUID(hashlib.md5(told.encode(), usedforsecurity=False).hexdigest()), told
