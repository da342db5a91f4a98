"""Replay: what exceptions hold back is tried again now, by the stages of a night, instead of by the next one.

The documents are read again from their source, validated and accounted, what the ERP refused is asked for and sent again, and
everything is posted and tied out. A night of these sources is what runs, so whatever else changed since the last one is read
along; all that a night promises holds: it may die anywhere and run again, and running it twice changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from include.finance.errors import EntryNotWaitingError, ExceptionWordError, UnknownNameError
from include.pipelines import night as nights
from include.pipelines.exceptions_desk import sort_desk
from include.pipelines.night import Wiring
from include.pipelines.plan import Night, NightRequest, plan_night
from include.pipelines.requeue import find_entry, requeue
from include.ports.canonical import DOCUMENT_TYPES
from include.store.replays import Chosen, ReplayAsked, mark_replay, standing_count
from include.store.streams import read_clock


@dataclass(frozen=True, slots=True)
class Replay:
    """What is tried again, and the night that does it; its sources are none where only entries go on."""

    chosen: Chosen
    night: Night


def plan_replay(wiring: Wiring, asked: ReplayAsked, *, by: str, reason: str) -> Replay | None:
    """Choose the exceptions, write down who had them tried again, and let refused entries go on; None where none stands.

    Done again it finds the same, less what closed meanwhile. Raises UnknownNameError for a legal entity, category or document
    type that there is not, ExceptionWordError without a reason.
    """
    _check(wiring, asked, reason)
    finance = wiring.finance()
    with finance.transaction() as connection:
        now = read_clock(connection)
        chosen = mark_replay(connection, asked, DOCUMENT_TYPES, at=now, by=by, reason=reason.strip())
    if not chosen.exception_count:
        return None
    for reference in chosen.rejected:
        # Whoever was quicker has let it go on.
        with suppress(EntryNotWaitingError):
            requeue(nights.postings(wiring), find_entry(finance, reference), actor=by, reason=reason.strip())
    return Replay(chosen, _night(wiring, chosen, reason))


def replay_outcome(wiring: Wiring, at: datetime, count: int) -> str:
    """How many of the exceptions closed that a replay marked; those that stand say why in `make exceptions`."""
    sort_desk(wiring.finance(), wiring.configuration)
    standing = standing_count(wiring.finance(), at)
    return f"Replayed {count:,} exceptions: {count - standing:,} closed, {standing:,} still stand."


def _night(wiring: Wiring, chosen: Chosen, reason: str) -> Night:
    """Of all legal entities: a document may be booked in another one's books too, and what is accounted is posted."""
    configuration = wiring.configuration
    night = plan_night(
        wiring.finance(),
        NightRequest(reason=f"replay: {reason.strip()}", sources=chosen.sources),
        chosen.at,
        sources=configuration.sources,
        legal_entities=configuration.legal_entities,
    )
    return replace(night, sources=chosen.sources)


def _check(wiring: Wiring, asked: ReplayAsked, reason: str) -> None:
    configuration = wiring.configuration
    if not reason.strip():
        raise ExceptionWordError("A replay takes a reason: what was repaired, in a few words.")
    categories = {rule.category for rule in configuration.exception_rules.values()}
    for kind, given, known in (
        ("legal entity", asked.legal_entities, configuration.legal_entities.keys() | {"UNASSIGNED"}),
        ("category", asked.categories, categories),
        ("document type", [each.partition(":")[0] for each in asked.documents], set(DOCUMENT_TYPES)),
    ):
        if unknown := sorted(set(given) - known):
            raise UnknownNameError(
                f"There is no {kind} {', '.join(unknown)}; known: {', '.join(sorted(known))}."
                + (" Documents are written invoice:ID." if kind == "document type" else "")
            )
