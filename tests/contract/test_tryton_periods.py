"""Periods of a real Tryton closed, opened and locked by the login for that; entries are refused and taken accordingly."""

from __future__ import annotations

import pytest

from include.adapters.erp.tryton_periods import TrytonPeriods
from include.finance.errors import CredentialsRefusedError, EntryRefusedError, PeriodClosedError
from include.finance.period import PeriodState
from include.sample.tryton import PERIOD_ADMIN, POSTER, TrytonServer
from tests.contract.erp_contract import journal_entry
from tests.posting.books import DE, US
from tests.posting.tryton_company import COMPANIES, tryton_erp


def periods(server: TrytonServer, database: str, login: str = PERIOD_ADMIN) -> TrytonPeriods:
    return TrytonPeriods(server.url, database, login, server.password(login), companies=COMPANIES)


def test_a_period_is_closed_opened_and_closed_again(tryton: TrytonServer, erp_database: str) -> None:
    admin, erp = periods(tryton, erp_database), tryton_erp(tryton, erp_database)
    entry = journal_entry(US, ("1100", 5), ("2100", -5))
    name = f"{entry.posting_date:%Y-%m}"
    erp.release(US, erp.create(US, entry))  # the journal-period is there, and has to be opened too

    def state() -> PeriodState:
        return next(each.state for each in erp.periods(US) if each.name == name)

    for _ in range(2):  # each twice: done already, it changes nothing
        admin.close_period(US, name)
    assert state() is PeriodState.CLOSED
    erp.reference_data(US)
    with pytest.raises(PeriodClosedError):
        erp.create(US, journal_entry(US, ("1100", 7), ("2100", -7)))
    for _ in range(2):
        admin.reopen_period(US, name)
    assert state() is PeriodState.OPEN
    erp.reference_data(US)
    assert erp.release(US, erp.create(US, journal_entry(US, ("1100", 9), ("2100", -9)))).number
    assert all(each.state is PeriodState.OPEN for each in erp.periods(DE) if each.name == name)


def test_a_period_with_a_draft_in_it_is_not_closed_and_tryton_names_the_draft(
    tryton: TrytonServer, erp_database: str
) -> None:
    erp = tryton_erp(tryton, erp_database)
    draft = erp.create(US, journal_entry(US, ("1100", 5), ("2100", -5)))
    assert draft.posting_date is not None
    with pytest.raises(EntryRefusedError, match="must post the moves"):
        periods(tryton, erp_database).close_period(US, f"{draft.posting_date:%Y-%m}")


def test_what_is_locked_for_good_stays_so(tryton: TrytonServer, erp_database: str) -> None:
    admin = periods(tryton, erp_database)
    for _ in range(2):
        admin.lock_period(US, "2026-06")
    with pytest.raises(EntryRefusedError, match="locked in Tryton for good"):
        admin.reopen_period(US, "2026-06")


def test_who_posts_cannot_close(tryton: TrytonServer, erp_database: str) -> None:
    with pytest.raises((EntryRefusedError, CredentialsRefusedError), match="not allowed"):
        periods(tryton, erp_database, POSTER).close_period(US, "2026-07")
    with pytest.raises(PeriodClosedError, match="0 periods 2036-01 of legal entity US"):
        periods(tryton, erp_database).close_period(US, "2036-01")
