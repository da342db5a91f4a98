"""Telling people: the facts of now, one message for each channel, each said once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from include.config.configuration import Configuration
from include.finance.close_calendar import CloseCalendar
from include.finance.errors import TieoutError
from include.finance.notice import Channel, Message, Notice, NoticeKind, message_of, one_line
from include.pipelines.close_checklist import next_to_close
from include.store.database import Connection, FinanceDatabase
from include.store.notifications import (
    keep_waiting,
    last_told,
    no_longer_waiting,
    note_told,
    notice_rows,
    waiting_notices,
)
from include.store.period_closes import clock

_DAY = timedelta(days=1)
_LONGEST_BACK = 60  # periods: who has not closed for longer knows it


class NoticeWiring(Protocol):
    """What telling people needs of the outside world."""

    @property
    def configuration(self) -> Configuration:
        """What finance has set."""
        ...

    def finance(self) -> FinanceDatabase:
        """The finance database."""
        ...

    def send(self, channel: Channel, message: Message) -> str:
        """Send a message through a channel, or raise a TieoutError; a remark where not everybody has it."""
        ...


def standing_notices(wiring: NoticeWiring) -> list[Notice]:
    """What people should know of as it stands: entries in doubt, differences, late exceptions, steps of a close that are late."""
    with wiring.finance().transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return [
            *_in_doubt(connection),
            *_differences(connection),
            *_late_exceptions(connection),
            *_late_closes(connection, wiring.configuration),
        ]


def tell(
    wiring: NoticeWiring,
    subject: str,
    notices: Collection[Notice],
    links: Sequence[tuple[str, str]] = (),
    *,
    are_events: bool = False,
) -> list[str]:
    """Send each channel one message of what is for it, unless that is what it was told last. Returns what a log should say.

    A channel that fails keeps no other and raises nothing. What stands is told again after the next night; of `are_events` (something
    happened, and nothing of it stands) the facts are kept, and told with `tell_waiting`.
    """
    settings = wiring.configuration.notices
    if not settings.channels:
        return ["Nobody is told: notifications.yaml has no channel."] if notices else []
    said = []
    for channel in settings.channels:
        message = message_of(subject, (each for each in notices if channel.takes(each)), links)
        sha256 = message.sha256 if message else ""
        last = _last_told(wiring, channel, subject)
        if sha256 == (last or ""):
            continue
        try:
            remark = wiring.send(channel, message) if message else ""
        except TieoutError as error:
            said.append(f"Channel {channel.name} was not told: {error}")
            if are_events:
                said += _keep_waiting(wiring, channel, notices)
            continue
        if message:
            said.append(f"Channel {channel.name} was told: {message.subject}{f' {remark}' if remark else ''}")
        try:
            note_told(wiring.finance(), channel.name, one_line(subject), sha256)
        except TieoutError as error:
            said.append(f"Channel {channel.name} may be told the same again: {error}")
    return said


def tell_waiting(wiring: NoticeWiring, links: Sequence[tuple[str, str]] = ()) -> list[str]:
    """Tell each channel what it could not be told when it happened; what fails again goes on waiting. Returns what a log should say."""
    said = []
    for channel in wiring.configuration.notices.channels:
        try:
            waiting = waiting_notices(wiring.finance(), channel.name)
            message = message_of("Tieout: what could not be told before", (notice for _, notice in waiting), links)
            if message:
                wiring.send(channel, message)
                said.append(f"Channel {channel.name} was told late of {len(waiting)} notices")
                # Whoever dies before this tells it twice, and never not at all.
                no_longer_waiting(wiring.finance(), [number for number, _ in waiting])
        except TieoutError as error:
            said.append(f"Channel {channel.name} was not told: {error}")
    return said


def _keep_waiting(wiring: NoticeWiring, channel: Channel, notices: Collection[Notice]) -> list[str]:
    try:
        keep_waiting(wiring.finance(), channel.name, [each for each in notices if channel.takes(each)])
    except TieoutError as error:
        return [f"Channel {channel.name} will not be told later either: {error}"]
    return []


def _last_told(wiring: NoticeWiring, channel: Channel, subject: str) -> str | None:
    """What was told last. Without the finance database nobody knows: people are told, and perhaps twice."""
    try:
        return last_told(wiring.finance(), channel.name, one_line(subject))
    except TieoutError:
        return None


def _in_doubt(connection: Connection) -> Iterator[Notice]:
    for row in notice_rows(connection, "in_doubt"):
        text = f"{row['entry_count']} entries since {row['since']:%Y-%m-%d %H:%M} UTC, first {row['reference']}; the next run asks the ERP"
        yield Notice(NoticeKind.IN_DOUBT, row["legal_entity_code"], text)


def _differences(connection: Connection) -> Iterator[Notice]:
    for row in notice_rows(connection, "differences"):
        text = f"hop {row['hop']} {row['check_name']}, {row['cell_count']} cells: {row['explanation']}"
        yield Notice(NoticeKind.TIE_OUT_DIFFERENCE, row["legal_entity_code"], text)


def _late_exceptions(connection: Connection) -> Iterator[Notice]:
    for row in notice_rows(connection, "late_exceptions"):
        text = (
            f"{row['exception_count']} x {row['rule']}, {row['severity']}, due {row['due_on']}, {row['at_risk_minor']} minor units of "
            f"{row['at_risk_currency']} at risk, for {row['owner']} (make exceptions GROUP={row['group_code']})"
        )
        yield Notice(NoticeKind.EXCEPTION_DUE, row["legal_entity_code"], text)


def _late_closes(connection: Connection, configuration: Configuration) -> Iterator[Notice]:
    """The last step of the close calendar is over, and the period is not closed."""
    now = clock(connection)
    for code in sorted(configuration.legal_entities):
        calendar, name = configuration.close_calendar_of(code), next_to_close(connection, configuration, code, now)
        due = _last_step(calendar, name, now) if calendar and name else None
        if due is not None and due < now:
            text = f"period {name} was to be closed by {due.astimezone(UTC):%Y-%m-%d %H:%M} UTC; make close-check ENTITY={code} says what is in the way"
            yield Notice(NoticeKind.CLOSE_LATE, code, text)


def _last_step(calendar: CloseCalendar, period_name: str, now: datetime) -> datetime | None:
    """When the last step of a period's close is due; None where the calendar has none, or no period of that end."""
    period = calendar.fiscal_calendar.find_period(now.astimezone(calendar.time_zone).date())
    for _ in range(_LONGEST_BACK):
        if period is None:
            return None
        if period_name in (period.name, f"{period.end_date:%Y-%m}"):
            return max((dated.instant for dated in calendar.steps_of(period)), default=None)
        period = calendar.fiscal_calendar.find_period(period.start_date - _DAY)
    return None
