"""The exceptions desk in the finance database: sorting, escalating, listing, and people's words. All of it is set-based."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from include.store.database import Connection, FinanceDatabase, Row

_SQL = Path(__file__).with_name("sql")
# Of two that sort at once, or sort and speak, the second waits.
_LOCK = "select pg_advisory_xact_lock(hashtextextended('tieout exceptions desk', 0))"
# A night may just have opened a hundred thousand: what the planner knows of the table is older, and loops in loops would take hours.
_JOIN_BY_HASH = "select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)"
_OPENED = """
select distinct x.legal_entity_code, (x.opened_at at time zone coalesce(z.zone, 'UTC'))::date as opened_on
from exception as x
left join jsonb_to_recordset(%(zones)s::jsonb) as z (legal_entity_code text, zone text) on z.legal_entity_code = x.legal_entity_code
where x.state = 'open'
"""
_ASKED = """
select x.id, x.group_code, x.word, x.word_by, x.subject_type, x.subject_id, x.legal_entity_code, x.state,
    exists (
        select from journal_entry as e
        where x.subject_type = 'journal_entry' and e.id = x.subject_uid and e.state not in ('verified', 'superseded', 'reversed')
    ) as is_entry_waiting
from exception as x
where x.state = 'open' and (x.group_code = %(name)s or x.id::text = %(name)s)
order by x.id
for update of x
"""
# All that stands of the same causes, also what is waived already: a limit is not got round by waiving in small parts.
_WEIGHED = """
select case when risk_minor is null then currency else risk_currency end as currency, sum(coalesce(risk_minor, amount_minor)) as minor
from exception
where state = 'open' and group_code = any(%(groups)s)
    and (id = any(%(ids)s) or word in ('waived', 'waive_asked'))
group by 1
"""
_SAY = """
update exception
set word = %(word)s, word_by = %(by)s, word_at = clock_timestamp(), word_reason = %(reason)s, approved_by = null, approved_at = null,
    word_minor = case when %(word)s in ('waive_asked', 'waived') then coalesce(risk_minor, amount_minor) end,
    word_currency = case when %(word)s in ('waive_asked', 'waived') then case when risk_minor is null then currency else risk_currency end end,
    state = case when %(word)s = 'resolved' then 'closed' else state end,
    closed_at = case when %(word)s = 'resolved' then now() else closed_at end
where id = any(%(ids)s)
"""
_APPROVE = """
update exception set word = 'waived', approved_by = %(by)s, approved_at = clock_timestamp() where id = any(%(ids)s)
"""
_HISTORY = """
select l.at, l.action, coalesce(nullif(l.person, ''), l.actor) as who, l.actor, l.before, l.after
from audit_log as l
join exception as x on l.subject_type = 'exception' and l.subject_id = x.cause
where x.id::text = %s
order by l.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which exceptions to show: by legal entity, category, group and state; states None: what stands and is not waived."""

    legal_entity_code: str | None = None
    category: str | None = None
    group_code: str | None = None
    states: tuple[str, ...] | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """As the queries take them."""
        return {
            "entity": self.legal_entity_code,
            "category": self.category,
            "group": self.group_code,
            "states": list(self.states) if self.states is not None else None,
        }


@dataclass(frozen=True, slots=True)
class DueGroup:
    """Exceptions of one cause that are late for the first time: what a notice says, once for all of them."""

    group_code: str
    rule: str
    category: str
    legal_entity_code: str
    detail: str
    severity: str
    owner: str
    currency: str
    at_risk_minor: int
    exception_count: int
    due_on: date
    suggested_fix: str


def opened_days(connection: Connection, zones: Mapping[str, str]) -> list[tuple[str, date]]:
    """On which days standing exceptions of each legal entity were opened, by its own clock."""
    rows = connection.execute(_OPENED, {"zones": _zones(zones)}).fetchall()
    return [(row["legal_entity_code"], row["opened_on"]) for row in rows]


def sort_exceptions(
    connection: Connection,
    *,
    at: datetime,
    zones: Mapping[str, str],
    rules: Iterable[Mapping[str, object]],
    owners: Mapping[str, Mapping[str, str]],
    due: Iterable[Mapping[str, object]],
) -> int:
    """Set severity, owner, period at risk and due date of what stands; how many changed."""
    people = [
        {"legal_entity_code": code, "responsibility": responsibility, "person": person}
        for code, by_responsibility in owners.items()
        for responsibility, person in by_responsibility.items()
    ]
    given = {"rules": _json(rules), "owners": _json(people), "due": _json(due), "zones": _zones(zones), "at": at}
    connection.execute(_JOIN_BY_HASH)
    return connection.execute(_query("desk_sorted"), given).rowcount


def escalate(connection: Connection, *, at: datetime, zones: Mapping[str, str]) -> list[DueGroup]:
    """Mark what is late now and was not marked yet."""
    rows = connection.execute(_query("desk_escalated"), {"zones": _zones(zones), "at": at}).fetchall()
    return [DueGroup(**{**row, "at_risk_minor": int(row["at_risk_minor"])}) for row in rows]


def hold_desk(connection: Connection) -> None:
    """Wait until nobody else sorts or speaks; until the end of the transaction."""
    connection.execute(_LOCK)


def read_groups(database: FinanceDatabase, asked: Asked) -> list[Row]:
    """Exceptions by cause, late and grave ones first."""
    with database.transaction() as connection:
        return connection.execute(_query("desk_groups"), asked.parameters).fetchall()


def read_exceptions(database: FinanceDatabase, asked: Asked) -> Iterator[Row]:
    """One by one, late and grave ones first, without holding all of them."""
    with database.transaction() as connection, connection.cursor(name="exceptions") as cursor:
        cursor.execute(_query("desk_exceptions"), asked.parameters)
        yield from cursor


def read_history(database: FinanceDatabase, exception_id: str) -> list[Row]:
    """Everything that ever became of an exception, from the audit log."""
    with database.transaction() as connection:
        return connection.execute(_HISTORY, (exception_id,)).fetchall()


def asked_exceptions(connection: Connection, name: str) -> list[Row]:
    """The standing exceptions of a group, or the one of an id, locked."""
    return connection.execute(_ASKED, {"name": name}).fetchall()


def weigh(connection: Connection, rows: Collection[Row]) -> dict[str, int]:
    """Money at risk by currency: of these, and of what is waived of the same causes."""
    given = {"groups": list({row["group_code"] for row in rows}), "ids": [row["id"] for row in rows]}
    return {row["currency"]: int(row["minor"]) for row in connection.execute(_WEIGHED, given)}


def say(connection: Connection, rows: Iterable[Row], word: str, by: str, reason: str) -> int:
    """Write a person's word down on exceptions."""
    given = {"ids": [row["id"] for row in rows], "word": word, "by": by, "reason": reason}
    return connection.execute(_SAY, given).rowcount


def approve(connection: Connection, rows: Iterable[Row], by: str) -> int:
    """A second person's word on waivers that were asked for."""
    return connection.execute(_APPROVE, {"ids": [row["id"] for row in rows], "by": by}).rowcount


def _zones(zones: Mapping[str, str]) -> str:
    return _json([{"legal_entity_code": code, "zone": zone} for code, zone in zones.items()])


def _json(rows: Iterable[Mapping[str, object]]) -> str:
    return json.dumps(list(rows), default=str)


def _query(name: str) -> Any:
    return (_SQL / f"{name}.sql").read_bytes()
