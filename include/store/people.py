"""Who may do what in a close: rights of people for legal entities, from a day up to and with another."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.finance.exception_desk import is_same_person
from include.finance.period_close import PersonRole, RoleSpan
from include.store.database import Connection, Row

_SPANS = "select person, role, legal_entity_code, valid_from, valid_until from person_role order by granted_at, id"
_GRANT = """
insert into person_role (person, role, legal_entity_code, valid_from, valid_until, granted_by)
select %(person)s, %(role)s, %(entity)s, %(since)s, %(until)s, %(by)s
where not exists (
    select from person_role
    where lower(btrim(person)) = lower(btrim(%(person)s)) and role = %(role)s and legal_entity_code = %(entity)s
        and valid_from <= %(since)s and coalesce(valid_until, 'infinity') >= coalesce(%(until)s::date, 'infinity'))
"""
# From the day after: what was approved today stays approved by somebody who could.
_END = """
update person_role set valid_until = greatest(valid_from - 1, %(last)s::date), ended_by = %(by)s, ended_at = clock_timestamp()
where lower(btrim(person)) = lower(btrim(%(person)s)) and role = %(role)s and legal_entity_code = %(entity)s
    and coalesce(valid_until, 'infinity') > %(last)s::date
"""
# one row per right: who gave it, and when its person last acted in a close
_REVIEW = """
select r.person, r.role, r.legal_entity_code, r.valid_from, r.valid_until, r.granted_by, r.granted_at, r.ended_by,
    (select max(u.at) from (
        select c.started_at as at from period_close as c where lower(btrim(c.started_by)) = lower(btrim(r.person))
        union all select c.decided_at from period_close as c where lower(btrim(c.decided_by)) = lower(btrim(r.person))
        union all select o.decided_at from period_reopening as o where lower(btrim(o.decided_by)) = lower(btrim(r.person))
        union all select o.asked_at from period_reopening as o where lower(btrim(o.asked_by)) = lower(btrim(r.person))) as u) as last_used_at
from person_role as r
order by lower(btrim(r.person)), r.role, r.legal_entity_code, r.valid_from
"""


def role_spans(connection: Connection) -> list[RoleSpan]:
    """All rights that anybody has or had."""
    rows = connection.execute(_SPANS).fetchall()
    return [RoleSpan(**{**row, "role": PersonRole(row["role"])}) for row in rows]


def controllers(connection: Connection, legal_entity_code: str, day: date, *, but: str = "") -> list[str]:
    """The controllers of a legal entity on a day, but for one person."""
    spans = role_spans(connection)
    found = {span.person for span in spans if span.counts(PersonRole.CONTROLLER, legal_entity_code, day)}
    return sorted(name for name in found if not is_same_person(name, but))


def grant_role(connection: Connection, span: RoleSpan, by: str) -> bool:
    """Give a right; whether it is new: a span that another covers adds nothing."""
    given = _asked(span) | {"since": span.valid_from, "until": span.valid_until, "by": by}
    return connection.execute(_GRANT, given).rowcount > 0


def end_role(connection: Connection, span: RoleSpan, last: date, by: str) -> int:
    """Let rights end with a day; how many did."""
    return connection.execute(_END, _asked(span) | {"last": last, "by": by}).rowcount


def access_review(connection: Connection) -> list[Row]:
    """Each right with who gave it and when it was last used."""
    return connection.execute(_REVIEW).fetchall()


def _asked(span: RoleSpan) -> dict[str, Any]:
    return {"person": span.person.strip(), "role": span.role.value, "entity": span.legal_entity_code}
