"""Hops 1 to 3: a row that is lost or changed anywhere between billing and the journal fails exactly the hop that meets there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from include.finance.tie_out import TieOutStatus
from include.store.tie_outs import read_tie_outs
from tests.integration.billing_world import uid
from tests.tie_out.tied_night import Losing, TiedNight, different

pytestmark = pytest.mark.long  # `make test` runs those marked core

KEPT, WINDOW = (1, "kept_totals"), (1, "window_counts")


@pytest.mark.core
def test_a_night_ties_out_and_says_what_it_could_not_check(night: TiedNight) -> None:
    night.run()
    rows = night.tie_out()
    assert different(rows) == {}
    assert {row.hop for row in rows} == {1, 2, 3}
    alone = {row.subject for row in rows if row.status is TieOutStatus.SAME_PATH_ONLY}
    assert alone == {"dispute", "processor_fee", "payout"}
    kept = {(row.subject, row.legal_entity_code): row.left for row in rows if row.check_name == "kept_totals"}
    assert (kept["invoice", "US"].count, kept["invoice", "US"].debit_minor) == (2, 15888)
    stored = [each.row for each in read_tie_outs(night.finance, night.instant)]
    assert sorted(map(str, stored)) == sorted(map(str, rows))


def test_a_night_with_nothing_new_is_tied_out_and_tying_out_again_keeps_the_history(night: TiedNight) -> None:
    night.run()
    night.tie_out()
    night.run()
    rows = night.tie_out()
    assert different(rows) == {}
    assert {row.hop for row in rows} == {1, 2, 3}
    assert night.tie_out() == rows
    assert len(read_tie_outs(night.finance, night.instant)) == len(rows)
    [history] = night.ask(
        "select count(*) as runs, count(superseded_at) as old from tie_out_run where read_instant = %s", night.instant
    )
    assert history == {"runs": 2, "old": 1}


@pytest.mark.core
def test_a_document_lost_by_the_reader_is_missing_in_hop_one_and_named(night: TiedNight) -> None:
    night.run(Losing(night.source, lambda dataset, row: row["native_id"] != uid("INV-2")))
    found = different(night.tie_out())
    assert {hop for hop, _ in found} == {1}
    for check in (KEPT, WINDOW):
        assert re.search(rf"\(1 missing[^:]*: {uid('INV-2')}\)", found[check][0].explanation)


def test_a_document_that_billings_tables_hide_is_missing_in_hop_one(night: TiedNight) -> None:
    night.world.change(
        "alter table billing.payments rename to all_payments;"
        "create view billing.payments as select * from billing.all_payments where amount_minor <> 500;"
        "grant select on billing.payments to billing_reader"
    )
    night.run()
    found = different(night.tie_out())
    assert list(found) == [KEPT]
    [row] = found[KEPT]
    assert (row.subject, row.legal_entity_code, row.left.count, row.right.count) == ("payment", "JP", 1, 0)
    assert "look in billing for what hides" in row.explanation


def test_a_document_that_went_past_the_deletion_log_is_surplus_and_named(night: TiedNight) -> None:
    night.run()
    night.world.change(
        "alter table billing.refunds disable trigger user; delete from billing.refunds where id = uid('REF-2');"
        "alter table billing.refunds enable trigger user"
    )
    night.keep_totals()
    night.run()
    found = different(night.tie_out())
    assert list(found) == [KEPT]
    assert f"1 surplus: {uid('REF-2')}" in found[KEPT][0].explanation


def test_without_totals_of_billings_own_only_the_same_path_is_left(night: TiedNight) -> None:
    night.world.change("drop table billing.control_totals")
    night.run()
    rows = night.tie_out()
    assert different(rows) == {}
    assert {row.status for row in rows if row.check_name == "kept_totals"} == {TieOutStatus.SAME_PATH_ONLY}


WITHOUT = "from stored where native_id <> '{INV-2}'"
DOUBLE = "select * replace (case native_id when '{INV-2}' then 2 * {amount} else {amount} end as {amount}) from stored"


def test_a_changed_file_of_evidence_fails_the_hops_that_meet_there(night: TiedNight) -> None:
    night.run()
    expected = {
        ("documents", WITHOUT): {1, 2},  # where both hops meet
        ("lines", WITHOUT): {1},
        ("decisions", WITHOUT): {2},
        ("decisions", DOUBLE.replace("{amount}", "total_minor")): {2},
        ("bookings", "from stored where event_type <> 22"): {3},
        ("subledger_entries", "from stored where role <> 'tax_payable'"): {3},
        (
            "subledger_entries",
            DOUBLE.replace("native_id when '{INV-2}'", "role when 'tax_payable'").replace("{amount}", "amount_minor"),
        ): {3},
    }
    found = {}
    for dataset, query in expected:
        with night.rewritten(dataset, query.replace("{INV-2}", uid("INV-2")), is_forged=True):
            found[dataset, query] = {hop for hop, _ in different(night.tie_out())}
    assert found == expected
    # Without the manifest changed as well, the digest tells before a row is counted.
    with night.rewritten("decisions", WITHOUT.replace("{INV-2}", uid("INV-2")), is_forged=False):
        [(check, [row])] = different(night.tie_out()).items()
    assert check == (2, "documents_decided")
    assert "was altered" in row.explanation
    assert different(night.tie_out()) == {}


def test_a_changed_row_of_the_finance_database_fails_its_hop(night: TiedNight) -> None:
    night.run()
    lines = "amount_minor = {} * amount_minor where entry_id in (select id from tieout.journal_entry where category = 'refunds')"
    for change, back, hop in (
        (
            "batch_outcome set document_count = 1 where document_type = 'refund'",
            "batch_outcome set document_count = 2 where document_type = 'refund'",
            2,
        ),
        (
            "batch_outcome set outcome = 'changed' where document_type = 'refund'",
            "batch_outcome set outcome = 'new' where document_type = 'refund'",
            2,
        ),
        (
            "document_total set document_count = 0 where document_type = 4",
            "document_total set document_count = 1 where document_type = 4",
            1,
        ),
        ("journal_line set " + lines.format(-1), "journal_line set " + lines.format(-1), 3),
    ):
        night.as_owner(f"update tieout.{change}")
        assert {found for found, _ in different(night.tie_out())} == {hop}
        night.as_owner(f"update tieout.{back}")
        assert different(night.tie_out()) == {}


@pytest.mark.core
def test_a_difference_is_an_exception_that_closes_by_itself(night: TiedNight) -> None:
    night.run(Losing(night.source, lambda dataset, row: row["native_id"] != uid("INV-2")))
    night.tie_out()
    [window, kept] = exceptions(night)
    assert (kept["owner"], kept["severity"], kept["amount_minor"]) == ("Billing operations", "critical", 5000)
    assert uid("INV-2") in kept["message"]
    assert kept["cause"].startswith("tie_out|source|billing|1|")
    assert uid("INV-2") in window["message"]
    night.run(is_full=True)
    assert different(night.tie_out()) == {}
    assert exceptions(night) == []


def exceptions(night: TiedNight) -> list[dict[str, Any]]:
    return night.ask(
        "select * from exception where subject_type = 'tie_out' and state = 'open' and subject_id not like '%%lines%%' order by cause desc"
    )
