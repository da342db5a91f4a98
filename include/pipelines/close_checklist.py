"""What stands in the way of closing a period: asked of the finance database, item by item, in the order of a close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from include.config.configuration import Configuration
from include.config.currencies import CURRENCIES
from include.finance.errors import UnknownNameError
from include.finance.money import Money
from include.finance.period_close import Checklist, CloseItem
from include.finance.revaluation import Revaluer
from include.finance.tie_out import TieOutStatus
from include.store.close_facts import close_query
from include.store.database import Connection, FinanceDatabase
from include.store.people import controllers
from include.store.period_closes import PeriodPlace, our_state, place_of
from include.store.tie_outs import current_tie_outs

SHOWN = 3
# Which DAG mends what an item finds.
_MENDED_BY = {
    "nights": "nightly_posting",
    "recognition": "nightly_posting",
    "revaluation": "nightly_posting",
    "entries": "nightly_posting",
    "tie_out": "nightly_posting",
    "exception": "replay_exceptions",
    "rates": "replay_exceptions",
    "earlier_periods": "period_close",
    "erp_period": "period_reopen",
}
_OF_ALL = ("UNASSIGNED", "*")
# Categories of exceptions that have an item of their own.
_RATES, _TIE_OUT = "exchange_rates", "tie_out"


@dataclass(frozen=True, slots=True)
class _Asked:
    connection: Connection
    configuration: Configuration
    entity: str
    period: str
    place: PeriodPlace
    today: date

    def rows(self, name: str, **more: object) -> list[dict[str, Any]]:
        about = {"entity": self.entity, "period": self.period}
        days = {"start": self.place.start_date, "end": self.place.end_date, "year": self.place.fiscal_year}
        return close_query(self.connection, name, **(about | days | more))

    def owner(self, responsibility: str) -> str:
        return self.configuration.entity_settings[self.entity].owners[responsibility]


def close_checklist(
    database: FinanceDatabase, configuration: Configuration, legal_entity_code: str, period_name: str, now: datetime
) -> Checklist:
    """Everything that is looked at before a period is closed, whether it blocks or not; `now` says which day it is.

    Raises UnknownNameError for a legal entity or period that is not known.
    """
    with database.transaction() as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        return read_checklist(connection, configuration, legal_entity_code, period_name, now)


def read_checklist(
    connection: Connection, configuration: Configuration, legal_entity_code: str, period_name: str, now: datetime
) -> Checklist:
    """As `close_checklist`, in the caller's transaction."""
    place = require_place(connection, configuration, legal_entity_code, period_name)
    today = configuration.legal_entities[legal_entity_code].local_date(now)
    asked = _Asked(connection, configuration, legal_entity_code, period_name, place, today)
    return Checklist(legal_entity_code, period_name, tuple(_linked(item, configuration) for item in _items(asked)))


def next_to_close(
    connection: Connection, configuration: Configuration, legal_entity_code: str, now: datetime
) -> str | None:
    """The period that a legal entity closes next; None where its ERP has none, as far as the finance database knows."""
    day = configuration.legal_entities[legal_entity_code].local_date(now)
    [*found] = close_query(connection, "next_to_close", entity=legal_entity_code, day=day)
    return str(found[0]["period_name"]) if found else None


def require_place(
    connection: Connection, configuration: Configuration, legal_entity_code: str, period_name: str
) -> PeriodPlace:
    """Where a period lies. Raises UnknownNameError for a legal entity or period that is not known."""
    if legal_entity_code not in configuration.legal_entities:
        known = ", ".join(sorted(configuration.legal_entities))
        raise UnknownNameError(
            f"There is no legal entity {legal_entity_code} in legal_entities.yaml; there are {known}."
        )
    place = place_of(connection, legal_entity_code, period_name)
    if place is None:
        raise UnknownNameError(
            f"Legal entity {legal_entity_code} has no period {period_name} in its ERP, as far as the finance database knows; write it as the "
            "ERP does, for instance 2026-01. A night's first step reads the periods from the ERP."
        )
    return place


def _linked(item: CloseItem, configuration: Configuration) -> CloseItem:
    """One that blocks leads to the DAG that mends it, where one does."""
    dag, url = _MENDED_BY.get(item.code.partition(":")[0]), configuration.notices.airflow_url
    return replace(item, link=f"{url}/dags/{dag}") if item.is_blocking and dag and url else item


def _items(asked: _Asked) -> Iterator[CloseItem]:
    yield _ended(asked)
    yield _earlier(asked)
    yield _controllers(asked)
    yield _nights(asked)
    yield from _exceptions(asked)
    yield _rates(asked)
    yield _recognised(asked)
    yield _revalued(asked)
    yield from _entries(asked)
    yield _erp_period(asked)
    yield _tied_out(asked)


def _ended(asked: _Asked) -> CloseItem:
    end = asked.place.end_date
    if asked.today > end:
        return CloseItem("period_ended", "The period has ended", f"it ended on {end}")
    return CloseItem.blocking(
        "period_ended",
        "The period has ended",
        f"it ends on {end}, and in {asked.entity} it is {asked.today}",
        owner=asked.owner("controller"),
        cure="Wait for its last day to be over.",
        can_waive=False,
    )


def _earlier(asked: _Asked) -> CloseItem:
    names = [row["period_name"] for row in asked.rows("check_earlier")]
    if not names:
        return CloseItem("earlier_periods", "Earlier periods are closed", "none with entries is open")
    return CloseItem.blocking(
        "earlier_periods",
        "Earlier periods are closed",
        f"open, with entries: {_listed(names)}",
        owner=asked.owner("controller"),
        cure=f"Close {names[0]} first: figures that this period opens with could still move.",
        can_waive=False,
    )


def _controllers(asked: _Asked) -> CloseItem:
    people = controllers(asked.connection, asked.entity, asked.today)
    if people:
        return CloseItem("controllers", "Somebody may approve", f"controllers: {', '.join(people)}")
    return CloseItem.blocking(
        "controllers",
        "Somebody may approve",
        f"nobody has the role controller for {asked.entity} today",
        owner=asked.owner("controller"),
        cure=f"`make grant PERSON=... ROLE=controller ENTITY={asked.entity} BY=...`; two people are needed: who starts a close cannot approve it.",
        can_waive=False,
    )


def _nights(asked: _Asked) -> CloseItem:
    zone = str(asked.configuration.legal_entities[asked.entity].time_zone)
    rows = asked.rows("check_nights", sources=sorted(asked.configuration.sources), zone=zone)
    late = [row for row in rows if not row["is_past"]]
    title = "Every source was read past the period's end"
    if not late:
        read = ", ".join(f"{row['source_code']} up to {row['read_instant'].isoformat()}" for row in rows)
        return CloseItem("nights", title, read)
    told = ", ".join(
        f"{row['source_code']} {'up to ' + row['read_instant'].isoformat() if row['read_instant'] else 'never'}"
        for row in late
    )
    cure = "Run the nightly: `nightly_posting` in Airflow, or `make nightly AS_OF=...` with an instant after the period's end."
    return CloseItem.blocking(
        "nights", title, f"read: {told}", owner=asked.owner("finance_systems"), cure=cure, can_waive=False
    )


def _exceptions(asked: _Asked) -> Iterator[CloseItem]:
    title = "No exception waits for anybody"
    rows = [row for row in asked.rows("check_exceptions") if row["category"] not in (_RATES, _TIE_OUT)]
    if not rows:
        yield CloseItem("exceptions", title, "none stands, or what stands is waived")
    for row in rows:
        risk = _money(row["at_risk_minor"], row["currency"])
        risk = risk if row["currency_count"] == 1 else "in several currencies"
        fact = f"{row['exception_count']} x {row['rule']}, {row['severity']}, {risk} at risk: {row['detail']}"
        cure = f"{row['suggested_fix']} (`make exceptions GROUP={row['group_code']}`)"
        yield CloseItem.blocking(f"exception:{row['group_code']}", title, fact, owner=row["owner"], cure=cure)


def _rates(asked: _Asked) -> CloseItem:
    title = "Exchange rates are there"
    missing = [row for row in asked.rows("check_exceptions") if row["category"] == _RATES]
    if not missing:
        return CloseItem("rates", title, "no document and no open item lacks one")
    told = _listed([f"{row['exception_count']} x {row['rule']}: {row['detail']}" for row in missing])
    return CloseItem.blocking(
        "rates", title, told, owner=missing[0]["owner"], cure="Load them: `make fx-load FILE=rates.csv`."
    )


def _recognised(asked: _Asked) -> CloseItem:
    title = "Revenue is recognised to the period's end"
    rows = asked.rows("check_recognised")
    late = [row for row in rows if not row["is_through"]]
    if not late:
        through = ", ".join(f"{row['source_code']} to {row['through_date']}" for row in rows)
        return CloseItem("recognition", title, through or "nothing was ever deferred")
    told = ", ".join(f"{row['source_code']} to {row['through_date']}" for row in late)
    cure = f"`make recognise PERIOD={asked.period}`, or run the nightly."
    return CloseItem.blocking(
        "recognition", title, f"not, or a night waits for it: {told}", owner=asked.owner("finance_systems"), cure=cure
    )


def _revalued(asked: _Asked) -> CloseItem:
    title = "Foreign open items are revalued"
    settings = asked.configuration.entity_settings[asked.entity]
    if Revaluer.TIEOUT not in settings.revaluation.values():
        return CloseItem("revaluation", title, "the legal entity does not have it done here")
    [row] = asked.rows("check_revalued")
    if not row["has_foreign"] or row["is_revalued"]:
        return CloseItem("revaluation", title, "done" if row["is_revalued"] else "nothing is in a foreign currency")
    fact = f"no revaluation is dated {asked.place.end_date}, and there are entries in foreign currency"
    cure = f"`make revalue PERIOD={asked.period}`; where nothing is open in a foreign currency, waive this."
    return CloseItem.blocking("revaluation", title, fact, owner=asked.owner("controller"), cure=cure)


def _entries(asked: _Asked) -> Iterator[CloseItem]:
    title = "Every entry is in the ERP and was read back"
    rows = asked.rows("check_entries")
    if not rows:
        yield CloseItem("entries", title, "nothing of the period waits")
    for row in rows:
        amount = _money(row["debit_minor"], row["currency"]) if row["currency_count"] == 1 else "in several currencies"
        fact = f"{row['entry_count']} {row['state']}, debits {amount}, first {row['reference']}"
        cure = (
            "Let posting go on: run the nightly; what is in doubt is asked for then."
            if row["is_moving"]
            else f"`make explain REF={row['reference']}` says why; `make requeue REFERENCE={row['reference']}` lets it go on."
        )
        yield CloseItem.blocking(
            f"entries:{row['state']}",
            title,
            fact,
            owner=asked.owner("accounts_receivable"),
            cure=cure,
            can_waive=not row["is_moving"],
        )


def _erp_period(asked: _Asked) -> CloseItem:
    title = "The ERP's period, and the next one"
    ours = our_state(asked.connection, asked.entity, asked.period)
    if ours is not None and ours["state"] == "closed":
        cure = "Nothing is left to do; to change it, reopen it (DAG period_reopen)."
        return CloseItem.blocking(
            "erp_period", title, "it is closed here", owner=asked.owner("controller"), cure=cure, can_waive=False
        )
    following = [row["period_name"] for row in asked.rows("check_next")]
    is_soft = ours is not None and ours["state"] == "soft_closed"
    state = f"{asked.place.erp_state} in the ERP" + (", closed softly here" if is_soft else "")
    if not following:
        fact = f"it is {state}; no later period of fiscal year {asked.place.fiscal_year} is open in the ERP"
        cure = "Open the next period in the ERP; else late documents wait for this one to be reopened."
        return CloseItem.blocking("erp_period", title, fact, owner=asked.owner("controller"), cure=cure)
    return CloseItem("erp_period", title, f"it is {state}; what is late goes into {following[0]}")


def _tied_out(asked: _Asked) -> CloseItem:
    title = "The legal entity is tied out"
    owner, cure = asked.owner("finance_systems"), "Run the nightly, or `make tie-out AS_OF=...` after a repair."
    [newest] = asked.rows("tie_out")
    [changed] = asked.rows("changed", until=asked.place.end_date)
    if newest["read_instant"] is None:
        return CloseItem.blocking("tie_out", title, "it was never tied out", owner=owner, cure=cure)
    tied = [
        each
        for each in current_tie_outs(asked.connection, newest["read_instant"])
        if each.row.legal_entity_code in (asked.entity, *_OF_ALL)
    ]
    unequal = [each for each in tied if each.row.status in (TieOutStatus.DIFFERENT, TieOutStatus.PENDING)]
    if unequal:
        told = _listed([f"hop {each.row.hop} {each.row.check_name}: {each.row.explanation}" for each in unequal])
        return CloseItem.blocking(
            "tie_out", title, f"{len(unequal)} checks are not equal: {told}", owner=owner, cure=cure
        )
    tied_at = max(each.tied_at for each in tied)
    if changed["changed_at"] is not None and changed["changed_at"] > tied_at:
        fact = (
            f"entries changed at {changed['changed_at'].isoformat()}, after the last tie-out at {tied_at.isoformat()}"
        )
        return CloseItem.blocking("tie_out", title, fact, owner=owner, cure=cure)
    return CloseItem("tie_out", title, f"{len(tied)} checks are equal, at {tied_at.isoformat(timespec='seconds')}")


def _money(minor: str, currency: str) -> str:
    """An amount as people write it; of a currency that nobody knows, in its minor units."""
    known = CURRENCIES.get(currency)
    return str(Money(int(minor), known)) if known else f"{minor} minor units of {currency}"


def _listed(texts: list[str]) -> str:
    more = len(texts) - SHOWN
    return "; ".join(texts[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
