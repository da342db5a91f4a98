"""Hops 4 and 5: whatever is missing, strange or changed in the ERP fails exactly the hop that can see it, and is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from include.config.load import load_configuration
from include.finance.errors import LeaseHeldError, NightUnfinishedError
from include.finance.tie_out import TieOutRow, TieOutStatus
from include.pipelines.post import post_entity
from include.pipelines.tie_out_desk import EntityDesk, require_tied
from include.pipelines.tie_out_entity import tie_out_entity
from include.ports.erp import LedgerEntry, LedgerLine, LedgerState, PostedEntry
from include.store.database import FinanceDatabase
from include.store.entity_lock import hold_lock, lock_name
from include.store.tie_outs import read_tie_outs
from tests.posting.books import (
    ERP,
    READ_INSTANT,
    US,
    open_exceptions,
    posting_store,
    set_row,
    write_entries,
)
from tests.posting.fake_erp import FakeErp
from tests.tie_out.tied_night import different

LEDGER = """
2026-01-31 invoices
  1100  1426.51
  2100 -1080.00
  2000  -346.51
2026-01-31 receipts
  1010  100.00
  2050 -100.00
"""
ENTRIES, ACCOUNTS, FOREIGN = (4, "entries"), (5, "accounts"), (5, "foreign_entries")
TieOut = Callable[[], list[TieOutRow]]


@pytest.fixture
def erp() -> FakeErp:
    return FakeErp(US)


@pytest.fixture
def references(finance: FinanceDatabase, erp: FakeErp) -> list[str]:
    """Two entries of ours, posted and verified."""
    written = write_entries(finance, US, LEDGER)
    post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test")
    return written


@pytest.fixture
def tie_out(finance: FinanceDatabase, erp: FakeErp, references: list[str]) -> TieOut:
    configuration = load_configuration()
    desk = EntityDesk(finance, erp, US, configuration.chart_of("US"), configuration.assignments())
    return lambda: tie_out_entity(desk, READ_INSTANT, "test")


def ours(erp: FakeErp, reference: str) -> LedgerEntry:
    [entry] = [each for each in erp.posted() if each.header.reference == reference]
    return entry


def put(erp: FakeErp, *legs: tuple[str, int], reference: str = "a remark", day: date = date(2026, 1, 15)) -> str:
    """Somebody posts an entry in the ERP; its number."""
    number = f"M{len(erp.ledger)}"
    header = PostedEntry("", reference, LedgerState.POSTED, number, day)
    lines = tuple(LedgerLine(account, minor, "by hand") for account, minor in legs)
    erp.put(LedgerEntry(header, day.strftime("%Y-%m"), lines, entered_by="anna"))
    return number


def test_posted_entries_tie_out(finance: FinanceDatabase, tie_out: TieOut) -> None:
    rows = tie_out()
    assert {row.status for row in rows} == {TieOutStatus.EQUAL}
    [entries] = [row for row in rows if row.check_name == "entries"]
    assert (entries.left, entries.left.count, entries.left.debit_minor) == (entries.right, 2, 152651)
    accounts = {row.subject: (row.period_name, row.left) for row in rows if row.hop == 5}
    assert accounts["1100"][0] == "2026-01"
    assert (accounts["1100"][1].debit_minor, accounts["2100"][1].credit_minor) == (142651, 108000)
    assert [each.row for each in read_tie_outs(finance, READ_INSTANT)] == rows
    assert require_tied("Legal entity US", rows) == f"Legal entity US ties out: {len(rows)} cells equal."


def test_nothing_posted_and_nothing_there_ties_out(finance: FinanceDatabase, erp: FakeErp) -> None:
    configuration = load_configuration()
    write_entries(finance, US, LEDGER, held_reason="future_date")
    desk = EntityDesk(finance, erp, US, configuration.chart_of("US"), configuration.assignments())
    rows = tie_out_entity(desk, READ_INSTANT, "test")
    assert {(row.hop, row.status) for row in rows} == {(hop, TieOutStatus.EQUAL) for hop in (4, 5, 6)}


def test_an_entry_deleted_in_the_erp_is_missing_in_both_hops(
    erp: FakeErp, references: list[str], tie_out: TieOut, finance: FinanceDatabase
) -> None:
    kept = erp.ledger.pop(ours(erp, references[0]).header.erp_id)
    found = different(tie_out())
    assert found[ENTRIES][0].explanation == f"1 missing in the ERP: {references[0]}"
    assert {row.subject for row in found[ACCOUNTS]} == {"1100", "2000", "2100"}
    with pytest.raises(NightUnfinishedError, match=references[0]):
        require_tied("Legal entity US", tie_out())
    exceptions = open_exceptions(finance)
    assert exceptions["ledger_differs_from_journal"]["owner"] == "Controller US"
    assert exceptions["account_differs_in_erp"]["severity"] == "critical"
    erp.ledger[kept.header.erp_id] = kept
    tie_out()
    assert open_exceptions(finance) == {}


def test_an_entry_of_others_in_negative_amounts_counts_where_it_stands(erp: FakeErp, tie_out: TieOut) -> None:
    """As the ERP's own button makes it: 25.00 less debited on 2000, 25.00 less credited on 1010."""
    put(erp, ("2000", -2500), ("1010", 2500))
    [negative] = [each for each in erp.posted() if each.entered_by == "anna"]
    lines = tuple(replace(line, is_negative=True) for line in negative.lines)
    erp.ledger[negative.header.erp_id] = replace(negative, lines=lines)
    rows = tie_out()
    assert different(rows) == {}
    accounts = {row.subject: row for row in rows if row.check_name == "accounts"}
    assert (accounts["2000"].right.debit_minor, accounts["2000"].right.credit_minor) == (-2500, 34651)
    assert (accounts["1010"].right.debit_minor, accounts["1010"].right.credit_minor) == (10000, -2500)
    assert "1 foreign entries" in accounts["1010"].explanation


@pytest.mark.parametrize("change", ["day", "draft beside"])
def test_an_entry_that_changed_without_moving_a_balance_fails_hop_four_alone(
    erp: FakeErp, references: list[str], tie_out: TieOut, change: str
) -> None:
    entry = ours(erp, references[1])
    if change == "day":
        moved = replace(entry, header=replace(entry.header, posting_date=date(2026, 1, 30)))
        erp.ledger[entry.header.erp_id] = moved
    else:
        erp.put(replace(entry, header=replace(entry.header, state=LedgerState.DRAFT, number=None)))
    found = different(tie_out())
    assert {hop for hop, _ in found} == {4}
    assert references[1] in found[ENTRIES][0].explanation


def test_other_amounts_fail_both_hops(erp: FakeErp, references: list[str], tie_out: TieOut) -> None:
    entry = ours(erp, references[1])
    lines = (LedgerLine("1010", 9900, ""), LedgerLine("2050", -9900, ""))
    erp.ledger[entry.header.erp_id] = replace(entry, lines=lines)
    found = different(tie_out())
    assert "with other amounts" in found[ENTRIES][0].explanation
    assert {row.subject for row in found[ACCOUNTS]} == {"1010", "2050"}


def test_an_unknown_entry_under_a_reference_of_our_making_is_a_stranger_until_it_is_reversed_under_it(
    erp: FakeErp, tie_out: TieOut
) -> None:
    number = put(erp, ("1010", 500), ("4000", -500), reference="ABCDEFGHIJKLMNOP")
    found = different(tie_out())
    assert {hop for hop, _ in found} == {4}  # on shared accounts it is listed, no more
    assert f"1 not known here: ABCDEFGHIJKLMNOP ({number} of 2026-01-15)" in found[ENTRIES][0].explanation
    put(erp, ("1010", -500), ("4000", 500), reference="ABCDEFGHIJKLMNOP", day=date(2026, 2, 1))
    assert different(tie_out()) == {}


def test_an_entry_posted_twice_is_named(erp: FakeErp, references: list[str], tie_out: TieOut) -> None:
    erp.put(ours(erp, references[1]))
    assert f"1 2 times in the ERP: {references[1]}" in different(tie_out())[ENTRIES][0].explanation


def test_an_entry_of_others_on_a_shared_account_is_listed(erp: FakeErp, tie_out: TieOut) -> None:
    number = put(erp, ("1010", -2500), ("6000", 2500))
    rows = tie_out()
    assert different(rows) == {}
    [row] = [row for row in rows if row.hop == 5 and row.subject == "1010"]
    assert row.left == row.right
    assert row.explanation == f"1 foreign entries, -25.00 USD: {number} of 2026-01-15 by anna (-25.00 USD)"


def test_an_entry_of_others_on_an_exclusive_account_fails_hop_five_until_it_is_reversed(
    erp: FakeErp, tie_out: TieOut, finance: FinanceDatabase
) -> None:
    number = put(erp, ("1100", 2500), ("1010", -2500))
    found = different(tie_out())
    assert list(found) == [FOREIGN]
    [row] = found[FOREIGN]
    assert (row.subject, row.right.count, row.right.debit_minor) == ("1100", 1, 2500)
    assert f"{number} of 2026-01-15 by anna (25.00 USD)" in row.explanation
    assert open_exceptions(finance)["foreign_entry_on_exclusive_account"]["amount_minor"] == 2500
    put(erp, ("1100", -2500), ("1010", 2500), day=date(2026, 2, 2))
    assert different(tie_out()) == {}
    assert open_exceptions(finance) == {}


def test_two_foreign_entries_that_only_add_up_to_nothing_stay_named(erp: FakeErp, tie_out: TieOut) -> None:
    for minor in (300, -200, -100):
        put(erp, ("1100", minor), ("1010", -minor))
    assert different(tie_out())[FOREIGN][0].right.count == 3


def test_a_balance_that_is_not_what_was_accounted_fails_hop_five_alone(
    finance: FinanceDatabase, tie_out: TieOut
) -> None:
    with finance.transaction() as connection:
        connection.execute(
            "update control_balance set functional_debit_minor = functional_debit_minor + 1 where account_code = '1100'"
        )
    found = different(tie_out())
    assert list(found) == [ACCOUNTS]
    assert found[ACCOUNTS][0].difference_minor == 1


def test_while_another_run_posts_the_result_is_pending_and_exceptions_stay_as_they_are(
    erp: FakeErp, references: list[str], tie_out: TieOut, finance: FinanceDatabase
) -> None:
    kept = erp.ledger.pop(ours(erp, references[0]).header.erp_id)
    tie_out()
    before = open_exceptions(finance).keys()
    erp.ledger[kept.header.erp_id] = kept
    with hold_lock(finance, lock_name(ERP, "US")):
        rows = tie_out()
    assert {(row.hop, row.status) for row in rows} == {(4, TieOutStatus.PENDING), (5, TieOutStatus.PENDING)}
    with pytest.raises(LeaseHeldError, match="another worker holds the lock"):
        require_tied("Legal entity US", rows)
    assert open_exceptions(finance).keys() == before != set()


def test_what_is_in_doubt_is_pending_and_not_a_difference(
    references: list[str], tie_out: TieOut, finance: FinanceDatabase
) -> None:
    set_row(finance, references[1], "state = 'in_doubt'")
    rows = tie_out()
    assert different(rows) == {}
    assert {row.check_name for row in rows if row.status is TieOutStatus.PENDING} == {
        "entries",
        "entry_lines",
        "accounts",
    }
    [entries] = [row for row in rows if row.check_name == "entries"]
    assert references[1] in entries.explanation


def test_what_was_given_up_and_stands_in_the_erp_all_the_same_is_named(
    references: list[str], tie_out: TieOut, finance: FinanceDatabase
) -> None:
    set_row(finance, references[1], "state = 'superseded'")
    assert f"1 not known here: {references[1]}" in different(tie_out())[ENTRIES][0].explanation
