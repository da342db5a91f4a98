"""The running totals stay what evidence and the register say, whatever is changed, deleted or given up."""

from __future__ import annotations

import pytest

from include.finance.errors import NightUnfinishedError
from include.pipelines.recompute import recompute_totals
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, US, posting_store, write_entries
from tests.tie_out.tied_night import TiedNight, different


def test_a_document_that_changes_moves_from_cell_to_cell(night: TiedNight) -> None:
    night.run()
    night.world.change(
        "update billing.invoices set issue_date = '2026-01-20', total_minor = 6000, subtotal_minor = 6000 where id = uid('INV-2');"
        "update billing.refunds set deleted_at = now() where id = uid('REF-1');"
        "delete from billing.processor_fees where id = uid('FEE-1')"
    )
    night.keep_totals()
    night.run()
    assert different(night.tie_out()) == {}
    assert recompute_totals(night.finance, night.evidence, is_repaired=False) == []
    found = night.ask(
        "select document_type, document_date::text as day, document_count, total_minor::bigint as total_minor from document_total"
        " where document_type in (1, 4, 6) and document_count <> 0 order by 1, 2"
    )
    assert [tuple(row.values()) for row in found] == [
        (1, "2026-01-10", 1, 10888),
        (1, "2026-01-20", 1, 6000),
        (4, "2026-01-14", 1, 300),
    ]


def test_a_total_that_somebody_changed_is_named_and_set_right(night: TiedNight) -> None:
    night.run()
    with night.finance.transaction() as connection:
        connection.execute("update control_balance set credit_minor = credit_minor + 7 where account_code = '2000'")
        connection.execute("update document_total set document_count = 5 where document_type = 3 and currency = 'JPY'")
    with pytest.raises(NightUnfinishedError, match="2 running totals") as caught:
        recompute_totals(night.finance, night.evidence, is_repaired=False)
    assert "account 2000 2026-01 USD: kept 0 debit, 895 credit; evidence says 0 and 888" in str(caught.value)
    assert "document type 3 2026-02-01 JPY: kept 5 documents of 500; the register says 1 of 500" in str(caught.value)
    assert len(recompute_totals(night.finance, night.evidence, is_repaired=True)) == 2
    assert recompute_totals(night.finance, night.evidence, is_repaired=True) == []


def test_an_entry_that_is_given_up_is_taken_off(finance: FinanceDatabase) -> None:
    write_entries(finance, US, "2026-01-31 invoices\n  1100  5.00\n  2100 -5.00", night="1")
    [given_up] = write_entries(finance, US, "2026-01-31 invoices\n  1100  3.00\n  2100 -3.00", night="2")
    with finance.transaction() as connection:
        rows = connection.execute("select id from journal_entry where reference = %s", (given_up,)).fetchall()
    with posting_store(finance).locked(ERP, "US") as journal:
        journal.supersede([rows[0]["id"]], [], "test", "test")
    with finance.transaction() as connection:
        kept = connection.execute(
            "select account_code, debit_minor::bigint as debit, credit_minor::bigint as credit from control_balance order by 1"
        ).fetchall()
    assert [tuple(row.values()) for row in kept] == [("1100", 500, 0), ("2100", 0, 500)]
