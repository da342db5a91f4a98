"""The exceptions desk: sort what stands, escalate what is late, and take people's words. Each is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from include.config.configuration import UNASSIGNED, Configuration
from include.finance.business_days import BusinessDays
from include.finance.errors import ExceptionWordError
from include.finance.exception_desk import DeskSettings, DeskState, is_same_person
from include.finance.exception_rule import Severity
from include.store import exceptions_desk as store
from include.store.database import Connection, FinanceDatabase, Row
from include.store.exceptions_desk import DueGroup
from include.store.streams import read_clock

_WEEKEND = frozenset({5, 6})


class Word(StrEnum):
    """What a person can say of an exception."""

    ACKNOWLEDGE = "acknowledge"
    WAIVE = "waive"
    APPROVE = "approve"
    RESOLVE = "resolve"


class _NoHolidays:
    def is_holiday(self, day: date) -> bool:  # noqa: ARG002 - the port asks for it
        return False


@dataclass(frozen=True, slots=True)
class DeskSorted:
    """How many exceptions changed, and what is late since now: whoever notifies people takes `escalated`."""

    changed_count: int
    escalated: tuple[DueGroup, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a word came to: the state, and of how many exceptions."""

    state: DeskState
    exception_count: int


def sort_desk(database: FinanceDatabase, configuration: Configuration, at: datetime | None = None) -> DeskSorted:
    """Give each standing exception severity, owner, period at risk and due date, and mark what is late, each once.

    `at` is the instant by which periods have ended and exceptions are late; None: now, by the database's clock.
    """
    zones = {code: str(_zone(configuration, code)) for code in (*configuration.legal_entities, UNASSIGNED)}
    with database.transaction() as connection:
        store.hold_desk(connection)
        at = at or read_clock(connection)
        changed = store.sort_exceptions(
            connection,
            at=at,
            zones=zones,
            rules=list(_rules(configuration.desk)),
            owners=configuration.owners_by_entity(),
            due=list(_due(configuration, store.opened_days(connection, zones))),
        )
        return DeskSorted(changed, tuple(store.escalate(connection, at=at, zones=zones)))


def escalation_lines(escalated: tuple[DueGroup, ...]) -> list[str]:
    """A line for each cause that is late since now."""
    return [
        f"Late since {each.due_on}, {each.severity}, {each.owner}: {each.exception_count} x {each.rule} of legal entity "
        f"{each.legal_entity_code}, {each.at_risk_minor} minor units of {each.currency} at risk: {each.detail} (group {each.group_code})"
        for each in escalated
    ]


def speak(database: FinanceDatabase, desk: DeskSettings, word: Word, name: str, *, by: str, reason: str = "") -> Said:
    """Take a person's word on one exception (its id) or on all that stand of a cause (its group).

    Said twice, it changes nothing. Raises ExceptionWordError where nothing stands under that name, the reason is missing,
    or the word is not this person's to say.
    """
    by, reason = " ".join(by.split()), reason.strip()
    if not by:
        raise ExceptionWordError("Nobody is named; say who decides, with BY=.")
    if not reason and word in (Word.WAIVE, Word.RESOLVE):
        raise ExceptionWordError(f"To {word} an exception takes a reason; say it with REASON=.")
    with database.transaction() as connection:
        store.hold_desk(connection)
        rows = store.asked_exceptions(connection, name.strip().lower())
        if not rows:
            raise ExceptionWordError(
                f"No exception stands under {name!r}. `make exceptions` lists groups, and with GROUP=<group> their ids; one that "
                "is closed takes no more words."
            )
        if word is Word.APPROVE:
            return _approve(connection, rows, by)
        if word is Word.WAIVE:
            return _waive(connection, desk, rows, by, reason)
        if word is Word.RESOLVE:
            _require_checked_again(rows)
            return Said(DeskState.RESOLVED, store.say(connection, rows, "resolved", by, reason))
        fresh = [row for row in rows if row["word"] is None]
        return Said(DeskState.ACKNOWLEDGED, store.say(connection, fresh, "acknowledged", by, reason))


def _waive(connection: Connection, desk: DeskSettings, rows: list[Row], by: str, reason: str) -> Said:
    asked = [row for row in rows if row["word"] not in ("waive_asked", "waived")]
    weight = store.weigh(connection, asked)
    is_alone = all(minor <= desk.waive_alone_minor.get(currency, -1) for currency, minor in weight.items())
    state = DeskState.WAIVED if is_alone else DeskState.WAIVE_ASKED
    return Said(state, store.say(connection, asked, state.value, by, reason))


def _approve(connection: Connection, rows: list[Row], by: str) -> Said:
    asked = [row for row in rows if row["word"] == "waive_asked"]
    if not asked and not any(row["word"] == "waived" for row in rows):
        raise ExceptionWordError(
            "No waiver waits for approval there: either nobody asked for one, or what is at risk grew since and it lapsed."
        )
    for row in asked:
        if is_same_person(row["word_by"], by):
            raise ExceptionWordError(
                f"{by} asked for this waiver and cannot approve it; a second person does, or resolves what is wrong."
            )
    return Said(DeskState.WAIVED, store.approve(connection, asked, by))


def _require_checked_again(rows: list[Row]) -> None:
    """A document or a tie-out is looked at again and comes back when it is wrong still; an entry that waits is not."""
    for row in rows:
        if row["is_entry_waiting"]:
            raise ExceptionWordError(
                f"Journal entry {row['subject_id']} of legal entity {row['legal_entity_code']} still waits, so its exception cannot be "
                f"called resolved. `make requeue REFERENCE={row['subject_id']}` lets it go on; its exception then closes by itself."
            )


def _rules(desk: DeskSettings) -> Iterator[dict[str, object]]:
    for place, rule in enumerate(desk.rules):
        yield {
            "place": place,
            "categories": rule.categories,
            "exceptions": rule.exceptions,
            "legal_entities": rule.legal_entities,
            "sources": rule.sources,
            "period": rule.period,
            "at_least_minor": dict(rule.at_least_minor),
            "severity": rule.severity,
            "owner": rule.owner,
        }


def _due(configuration: Configuration, opened: list[tuple[str, date]]) -> Iterator[dict[str, object]]:
    for code, day in opened:
        business_days = _business_days(configuration, code)
        for severity in Severity:
            due_on = configuration.desk.due_on(severity, day, business_days)
            yield {"legal_entity_code": code, "opened_on": day, "severity": severity, "due_on": due_on}


def _zone(configuration: Configuration, code: str) -> ZoneInfo:
    calendar = configuration.close_calendar_of(code)
    if calendar is not None:
        return calendar.time_zone
    entity = configuration.legal_entities.get(code)
    return entity.time_zone if entity else ZoneInfo("UTC")


def _business_days(configuration: Configuration, code: str) -> BusinessDays:
    calendar = configuration.close_calendar_of(code)
    return calendar.business_days if calendar else BusinessDays(_WEEKEND, _NoHolidays())
