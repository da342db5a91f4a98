"""What people are told without asking: facts grouped into one message for each channel and occasion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

LINE_LENGTH = 240  # so that all lines of a kind fit into one block of Slack
SHOWN = 10  # lines of one kind in a message; the others are counted


class NoticeKind(StrEnum):
    """What a notice is about."""

    RUN_FAILED = "run_failed"
    IN_DOUBT = "in_doubt"
    TIE_OUT_DIFFERENCE = "tie_out_difference"
    EXCEPTION_DUE = "exception_due"
    DEADLINE_MISSED = "deadline_missed"
    CLOSE_LATE = "close_late"


TITLES = {
    NoticeKind.RUN_FAILED: "A run failed",
    NoticeKind.IN_DOUBT: "Entries in doubt: nobody knows yet whether the ERP has them",
    NoticeKind.TIE_OUT_DIFFERENCE: "Tie-out: two places do not agree",
    NoticeKind.EXCEPTION_DUE: "Exceptions that are late",
    NoticeKind.DEADLINE_MISSED: "A deadline was missed",
    NoticeKind.CLOSE_LATE: "A step of the close is late",
}


class ChannelKind(StrEnum):
    """How a message travels."""

    MAIL = "mail"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Channel:
    """Where messages go: through a connection, for some legal entities and kinds of notices; empty means all."""

    name: str
    kind: ChannelKind
    connection: str
    sender: str = ""
    to: tuple[str, ...] = ()
    legal_entities: tuple[str, ...] = ()
    kinds: tuple[NoticeKind, ...] = ()

    def takes(self, notice: Notice) -> bool:
        """Whether a notice is for this channel. What belongs to no legal entity is for every one."""
        is_of_entity = not self.legal_entities or notice.legal_entity_code in ("", *self.legal_entities)
        return is_of_entity and (not self.kinds or notice.kind in self.kinds)


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Which channels there are, where Airflow's pages are, and by which local time a night is to be tied out."""

    channels: tuple[Channel, ...] = ()
    airflow_url: str = ""
    tied_out_by: time = time(6)


@dataclass(frozen=True, slots=True)
class Notice:
    """One fact, or one cause of many, for people."""

    kind: NoticeKind
    legal_entity_code: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """The notices of one kind in a message; `more` are not shown."""

    title: str
    lines: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Message:
    """All that one channel is told on one occasion, in the order of `NoticeKind`, with links (title, address)."""

    subject: str
    sections: tuple[Section, ...]
    links: tuple[tuple[str, str], ...] = ()
    sha256: str = ""  # of all that there is to say, also of what is only counted: the same is not said twice in a row

    @property
    def text(self) -> str:
        """As plain text, for a mail."""
        parts = []
        for section in self.sections:
            lines = [f"- {line}" for line in section.lines]
            parts.append("\n".join([section.title, *lines, *([f"- and {section.more} more"] if section.more else [])]))
        if self.links:
            parts.append("\n".join(f"{title}: {address}" for title, address in self.links))
        return "\n\n".join(parts) + "\n"


def message_of(subject: str, notices: Iterable[Notice], links: Sequence[tuple[str, str]] = ()) -> Message | None:
    """One message of all these notices; None where there is none."""
    given = list(notices)
    sections = []
    for kind in NoticeKind:
        lines = [_line(each) for each in given if each.kind is kind]
        if lines:
            sections.append(Section(TITLES[kind], tuple(lines[:SHOWN]), max(len(lines) - SHOWN, 0)))
    # A header has one line.
    told = json.dumps([[each.kind, _line(each)] for each in given], ensure_ascii=False)
    sha256 = hashlib.sha256(told.encode()).hexdigest()
    return Message(one_line(subject), tuple(sections), tuple(links), sha256) if sections else None


def one_line(subject: str) -> str:
    """A subject as a header takes it."""
    return " ".join(subject.split())[:200]


def _line(notice: Notice) -> str:
    entity = f"{notice.legal_entity_code}: " if notice.legal_entity_code else ""
    text = entity + " ".join(notice.text.split())
    return text if len(text) <= LINE_LENGTH else f"{text[: LINE_LENGTH - 1]}…"
