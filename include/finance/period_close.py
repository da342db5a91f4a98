"""The close of a period: how a legal entity closes, what stands in the way, and what an approval is given on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from include.finance.errors import PeriodCloseError
from include.finance.exception_desk import is_same_person

FORMAT = 1  # of what is hashed
_WAIVER = re.compile(r"\s*([a-z_]+(?::[\w.-]+)?)\s*:\s+(.*\S)\s*")


class PersonRole(StrEnum):
    """What a person may do in a close."""

    PREPARER = "preparer"
    CONTROLLER = "controller"
    AUDITOR = "auditor"
    ENGINEER = "engineer"


class ErpPeriods(StrEnum):
    """What becomes of the ERP's own period: nothing; it is closed with our soft lock; at the hard lock it is also locked for good."""

    LEAVE = "leave"
    CLOSE = "close"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class CloseSettings:
    """How a legal entity closes. While a period is closed softly, `open_to_people` and `open_to_categories` still book into it."""

    erp_periods: ErpPeriods = ErpPeriods.LEAVE
    open_to_people: tuple[str, ...] = ()
    open_to_categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleSpan:
    """A right that a person has for one legal entity or for all (`*`); both days inclusive."""

    person: str
    role: PersonRole
    legal_entity_code: str
    valid_from: date
    valid_until: date | None

    def counts(self, role: PersonRole, legal_entity_code: str, day: date) -> bool:
        """Whether it gives this role for this legal entity on a day."""
        return (
            self.role is role
            and self.legal_entity_code in ("*", legal_entity_code)
            and self.valid_from <= day <= (self.valid_until or date.max)
        )


def has_role(spans: Iterable[RoleSpan], person: str, role: PersonRole, legal_entity_code: str, day: date) -> bool:
    """Whether a person has a role for a legal entity on a day."""
    return any(is_same_person(span.person, person) and span.counts(role, legal_entity_code, day) for span in spans)


@dataclass(frozen=True, slots=True)
class CloseItem:
    """A line of the close checklist. `fact` says what was found; where it blocks, `owner` acts, `cure` says how, and `link` leads to where.

    `code` names it in a waiver; nothing is waived where `can_waive` is false.
    """

    code: str
    title: str
    fact: str
    is_blocking: bool = False
    owner: str = ""
    cure: str = ""
    can_waive: bool = True
    link: str = ""

    @classmethod
    def blocking(cls, code: str, title: str, fact: str, *, owner: str, cure: str, can_waive: bool = True) -> CloseItem:
        """One that stands in the way."""
        return cls(code, title, fact, is_blocking=True, owner=owner, cure=cure, can_waive=can_waive)

    def __str__(self) -> str:
        told = f"{self.title}: {self.fact}"
        return f"{self.code}: {told}. {self.owner}: {self.cure} {self.link}".rstrip() if self.is_blocking else told

    def to_plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Checklist:
    """What was looked at before the close of a period, in the order in which a close goes."""

    legal_entity_code: str
    period_name: str
    items: tuple[CloseItem, ...]

    @property
    def blockers(self) -> tuple[CloseItem, ...]:
        """What stands in the way."""
        return tuple(item for item in self.items if item.is_blocking)

    @property
    def obstacles(self) -> tuple[CloseItem, ...]:
        """What stands in the way and nobody can waive."""
        return tuple(item for item in self.blockers if not item.can_waive)


@dataclass(frozen=True, slots=True)
class ErpEntry:
    """An entry of the ERP in a period, whoever made it; net debit per account in minor units."""

    erp_id: str
    reference: str
    number: str
    posting_date: str
    entered_by: str
    net_minor: Mapping[str, int]

    def __str__(self) -> str:
        amounts = ", ".join(f"{account} {minor:+}" for account, minor in sorted(self.net_minor.items()))
        return f"{self.number or self.erp_id} of {self.posting_date} by {self.entered_by or 'an unknown user'} ({amounts} in minor units)"


@dataclass(frozen=True, slots=True)
class ErpFigures:
    """What everybody's posted entries moved in the ERP in a period: debit and credit per account in minor units, and the entries."""

    legal_entity_code: str
    period_name: str
    turnover: Mapping[str, tuple[int, int]]
    entries: tuple[ErpEntry, ...] = field(default=(), compare=False)

    @property
    def hash(self) -> str:
        """SHA-256 over the turnover of each account that moved."""
        moved = {account: list(sides) for account, sides in self.turnover.items() if any(sides)}
        return _sha256([self.legal_entity_code, self.period_name, moved])

    def to_json(self) -> bytes:
        """As it lies under evidence."""
        plain = {
            "format": FORMAT,
            "legal_entity_code": self.legal_entity_code,
            "period_name": self.period_name,
            "turnover": {account: list(sides) for account, sides in self.turnover.items()},
            "entries": [
                {**{name: getattr(entry, name) for name in entry.__slots__}, "net_minor": dict(entry.net_minor)}
                for entry in self.entries
            ],
        }
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> ErpFigures:
        """What `to_json` gave."""
        plain = json.loads(content)
        return cls(
            plain["legal_entity_code"],
            plain["period_name"],
            {account: (debit, credit) for account, (debit, credit) in plain["turnover"].items()},
            tuple(ErpEntry(**entry) for entry in plain["entries"]),
        )


def erp_differences(before: ErpFigures, now: ErpFigures) -> list[str]:
    """A sentence for each entry that came, went or changed between two readings of the ERP, and for accounts that no entry explains."""
    earlier, later = ({entry.erp_id: entry for entry in each.entries} for each in (before, now))
    said = [f"posted since: {later[key]}" for key in sorted(later.keys() - earlier.keys())]
    said += [f"gone since: {earlier[key]}" for key in sorted(earlier.keys() - later.keys())]
    said += [
        f"changed since: {later[key]}"
        for key in sorted(later.keys() & earlier.keys())
        if later[key].net_minor != earlier[key].net_minor
    ]
    if said:
        return said
    accounts = sorted(before.turnover.keys() | now.turnover.keys())
    return [
        f"account {code} moved {now.turnover.get(code, (0, 0))} where it had moved {before.turnover.get(code, (0, 0))} (debit, credit)"
        for code in accounts
        if now.turnover.get(code, (0, 0)) != before.turnover.get(code, (0, 0))
    ]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a controller is asked to approve: the figures and files by their hashes, and what blocks."""

    trial_balance_hash: str
    erp_hash: str
    page_sha256: str
    workbook_sha256: str
    blockers: tuple[str, ...]

    @property
    def close_hash(self) -> str:
        """SHA-256 over all of it: what the approval is given on."""
        return _sha256([getattr(self, name) for name in self.__slots__])


def read_waivers(text: str) -> dict[str, str]:
    """Waivers as a controller writes them, one line each, `code: reason`. Raises PeriodCloseError for a line that is none."""
    waivers: dict[str, str] = {}
    for line in filter(str.strip, text.splitlines()):
        found = _WAIVER.fullmatch(line)
        if found is None:
            raise PeriodCloseError(
                f"The waiver {line.strip()!r} cannot be read: write one line for each, the blocking item's code, a colon and the reason."
            )
        waivers[found[1]] = found[2]
    return waivers


def unwaived(blockers: Collection[CloseItem], waivers: Mapping[str, str]) -> list[CloseItem]:
    """The blocking items that no waiver covers, or that none can."""
    return [item for item in blockers if not item.can_waive or not waivers.get(item.code)]


def _sha256(of: object) -> str:
    canonical = json.dumps({"format": FORMAT, "of": of}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
