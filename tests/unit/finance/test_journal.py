"""A journal entry that does not balance cannot be built, and no state of an entry is a dead end."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.finance.errors import UnbalancedEntryError
from include.finance.journal import (
    TRANSITIONS,
    EntryState,
    JournalCategory,
    JournalEntry,
    JournalLine,
    reference_of,
)
from include.finance.money import Currency, Money

USD, EUR = Currency("USD", 2), Currency("EUR", 2)
FINAL = {EntryState.SUPERSEDED, EntryState.REVERSED}
NAMESPACE = UUID(int=0)


def entry(*lines: tuple[str, int], currency: Currency = USD) -> JournalEntry:
    """An entry with lines of (account, minor units)."""
    return JournalEntry(
        id=NAMESPACE,
        reference="TESTREFERENCE000",
        legal_entity_code="US",
        category=JournalCategory.INVOICES,
        posting_date=date(2026, 1, 15),
        period_name="2026-01",
        currency=currency,
        description="TESTREFERENCE000",
        lines=tuple(JournalLine(account, Money(minor, USD), "invoices") for account, minor in lines),
        content_sha256=b"",
    )


def test_a_balanced_entry_tells_its_net_by_account() -> None:
    booked = entry(
        ("1100", 142651), ("2100", -108000), ("4020", -15000), ("4010", -8735), ("2000", -10000), ("2000", -916)
    )
    assert booked.net_by_account() == {"1100": 142651, "2100": -108000, "4020": -15000, "4010": -8735, "2000": -10916}


def test_an_entry_in_a_foreign_currency_balances_in_both() -> None:
    def lines(*worth: int) -> tuple[JournalLine, ...]:
        minor = (10000, -10000, 0)
        return tuple(
            JournalLine(str(n), Money(amount, EUR), "invoices", functional=Money(own, USD))
            for n, (amount, own) in enumerate(zip(minor, worth, strict=True))
        )

    booked = replace(entry(("1100", 1), ("2100", -1)), currency=EUR, lines=lines(10865, -10900, 35))
    assert booked.net_by_account() == {"0": 10865, "1": -10900, "2": 35}
    assert str(booked.functional_debit) == "109.00 USD"
    with pytest.raises(UnbalancedEntryError, match=r"out of balance by 0.01 USD; check the rates"):
        replace(booked, lines=lines(10865, -10900, 36))


@given(amounts=st.lists(st.integers(min_value=-(10**15), max_value=10**15), min_size=1), off=st.integers(-5, 5))
def test_an_entry_can_be_built_only_when_debits_equal_credits(amounts: list[int], off: int) -> None:
    lines = [*(("1100", amount) for amount in amounts), ("2100", off - sum(amounts))]
    if off == 0:
        assert sum(entry(*lines).net_by_account().values()) == 0
    else:
        with pytest.raises(UnbalancedEntryError, match="out of balance by"):
            entry(*lines)


def test_the_message_names_entry_company_and_difference() -> None:
    with pytest.raises(UnbalancedEntryError, match=r"TESTREFERENCE000 of legal entity US .* by 0\.01 USD"):
        entry(("1100", 101), ("2100", -100))


@pytest.mark.parametrize("lines", [(), (("1100", 0),)])
def test_an_entry_has_at_least_two_lines(lines: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(UnbalancedEntryError, match="fewer than two lines"):
        entry(*lines)


def test_an_entry_has_one_currency() -> None:
    with pytest.raises(UnbalancedEntryError, match="mixes currencies"):
        entry(("1100", 100), ("2100", -100), currency=EUR)


def test_the_transitions_name_every_state() -> None:
    assert TRANSITIONS.keys() == set(EntryState)
    assert {state for after in TRANSITIONS.values() for state in after} == set(EntryState)


def reachable(state: EntryState) -> set[EntryState]:
    """All states that may follow a state, directly or later."""
    found: set[EntryState] = set()
    ahead = [state]
    while ahead:
        for after in TRANSITIONS[ahead.pop()] - found:
            found.add(after)
            ahead.append(after)
    return found


@pytest.mark.parametrize("state", EntryState)
def test_only_a_final_state_is_the_end_and_every_state_can_come_from_ready(state: EntryState) -> None:
    assert (not TRANSITIONS[state]) == (state in FINAL)
    assert state in reachable(EntryState.READY)
    assert state not in TRANSITIONS[state]


@pytest.mark.parametrize("state", [state for state in EntryState if state not in FINAL])
def test_from_every_other_state_the_entry_can_still_reach_the_ledger(state: EntryState) -> None:
    assert EntryState.VERIFIED in reachable(state)


def test_what_may_stand_in_the_erp_is_never_sent_again_without_asking() -> None:
    for state in (EntryState.SENDING, EntryState.CREATED_UNRELEASED, EntryState.POSTED, EntryState.VERIFIED):
        assert EntryState.READY not in TRANSITIONS[state]
        assert EntryState.SUPERSEDED not in TRANSITIONS[state]


@given(name=st.text())
def test_a_reference_is_16_capitals_and_digits_and_follows_from_the_id(name: str) -> None:
    reference = reference_of(uuid5(NAMESPACE, name))
    assert re.fullmatch(r"[A-Z2-7]{16}", reference)
    assert reference == reference_of(uuid5(NAMESPACE, name))
