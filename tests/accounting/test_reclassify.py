"""A corrected rule reaches what is booked already: on two people's word, by what differs, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from include.commands.explain_tables import print_entry
from include.config.configuration import Configuration
from include.finance.errors import LeaseHeldError, ReclassificationError, UnknownNameError
from include.finance.tie_out import TieOutStatus
from include.pipelines import explain_evidence, reclassify_reckoning, worked_out
from include.pipelines import reclassify as reclassifying
from include.pipelines.explain import ExplainDesk, explain_entry
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.pipelines.recompute import recompute_totals
from include.pipelines.rollforward import deferred_rollforward
from include.pipelines.tie_out_desk import SourceDesk, open_batch
from include.pipelines.tie_out_source import journal_lines
from include.store import tie_out_facts as facts
from include.store.postings import PostingStore
from include.store.reclassifications import Proposal
from tests.accounting.billing import Document, Row, credit_memo, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, written
from tests.accounting.corrected import (
    DEFERRED_AT_ONCE,
    DEFERRED_ELSEWHERE,
    REVENUE_ELSEWHERE,
    TAX_ELSEWHERE,
    TAXED_AS_REVENUE,
)
from tests.accounting.rates import publish

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture(autouse=True)
def asked_in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the documents of these tests lie."""
    for module in (reclassify_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])


def plan(net: int = 36500, **given: Any) -> Row:
    """A ratable line over 2026: a unit a day."""
    return line(net, "ratable", **given)


def under(company: Company, configuration: Configuration) -> Company:
    """From here on the company works by this configuration."""
    company.configuration = configuration
    return company


def propose(
    company: Company, documents: str = "", where: str = "", span: str = "2026-01 2026-02", reason: str = "Wrong account"
) -> Proposal:
    """What anna proposes for the source."""
    first, last = span.split()
    [proposed] = propose_reclassification(company.desk, read_asked(documents, where, first, last, reason), "anna")
    assert proposed.proposal, proposed.report
    return proposed.proposal


def report_of(company: Company, documents: str, span: str = "2026-01 2026-02") -> str:
    """What anna is told where nothing is to be proposed."""
    first, last = span.split()
    [proposed] = propose_reclassification(company.desk, read_asked(documents, "", first, last, "why"), "anna")
    assert proposed.proposal is None
    return proposed.report


def reclassify(company: Company, *words: str, **given: str) -> str:
    """Propose and approve; the ledger of the batch."""
    proposal = approve_reclassification(company.desk, propose(company, *words, **given).sha256, "ben")
    [batch] = company.rows("select id from batch where batch_no = %s", proposal.batch_no)
    return company.ledger(batch["id"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T06:00:00+00:00").astimezone(UTC)


def settled(company: Company) -> None:
    """Every journal line is the sum of its subledger entries, and so are the running totals."""
    desk = SourceDesk(company.finance, company.evidence, SHIPPED, company.source_code, lambda: None)  # type: ignore[arg-type,return-value]
    for batch in facts.batches_to_tie(company.finance, company.source_code):
        rows = journal_lines(desk, open_batch(desk, batch))
        assert {row.status for row in rows} == {TieOutStatus.EQUAL}, rows
    assert recompute_totals(company.finance, company.evidence, is_repaired=False) == []


def taxed(name: str = "INV-1", net: int = 10000, tax: int = 800, day: str = "01-10") -> Document:
    return invoice(name, day, line(net, tax=tax))


# Events


@pytest.mark.core
def test_tax_on_the_wrong_account_moves_and_nothing_else(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400), payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")))
    assert reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1") == written(
        """
        2026-01-10 US invoices
          1100 Billing receivables 108.00 USD
          2010 Tax payable new -8.00 USD
          4020 Onboarding revenue -100.00 USD
        2026-01-10 US reversal
          1100 Billing receivables -108.00 USD
          2000 Tax payable 8.00 USD
          4020 Onboarding revenue 100.00 USD
        """
    )
    assert own_company.balances()["2010"] == -800
    assert own_company.balances()["2000"] == -400  # INV-2 was not asked for
    settled(own_company)


def test_a_rule_that_books_other_amounts_is_followed_too(own_company: Company) -> None:
    own_company.night(taxed())
    reclassify(under(own_company, TAXED_AS_REVENUE), where="type=invoice entity=US")
    assert {account: minor for account, minor in own_company.balances().items() if minor} == {
        "1100": 10800,
        "4020": -10800,
    }


def test_the_second_person_sees_the_money_with_the_documents_behind_it(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    proposal = propose(under(own_company, TAX_ELSEWHERE), where="type=invoice")
    assert "| US | 2026-01 | 2000 | 12.00 USD | 2: `invoice:INV-1`, `invoice:INV-2` |" in proposal.report
    assert "| US | 2026-01 | 2010 | -12.00 USD | 2: `invoice:INV-1`, `invoice:INV-2` |" in proposal.report
    assert "1100" not in proposal.report
    assert (proposal.document_count, proposal.entry_count) == (2, 2)


def test_proposing_books_nothing_and_says_the_same_again(own_company: Company) -> None:
    own_company.night(taxed())
    before = own_company.ledger()
    under(own_company, TAX_ELSEWHERE)
    assert propose(own_company, "invoice:INV-1").sha256 == propose(own_company, "invoice:INV-1").sha256
    assert own_company.ledger() == before
    assert len(own_company.rows("select from reclassification")) == 1


def test_a_filter_takes_only_what_fits_it(own_company: Company) -> None:
    own_company.night(taxed(), credit_memo("CM-1", "01-12", line(1000, tax=80)), taxed("INV-2", day="02-01"))
    proposal = propose(under(own_company, TAX_ELSEWHERE), where="type=invoice", span="2026-01 2026-01")
    assert "`invoice:INV-1`" in proposal.report
    assert "INV-2" not in proposal.report
    assert "CM-1" not in proposal.report


def test_under_the_rules_it_was_booked_by_nothing_changes(own_company: Company) -> None:
    own_company.night(taxed(), invoice("INV-2", "01-10", plan()))
    own_company.recognise(at("2026-02-01"))
    assert "**Nothing would change.**" in report_of(own_company, "invoice:INV-1 invoice:INV-2")


def test_back_and_forth_comes_to_the_rules_in_force_each_time(own_company: Company) -> None:
    own_company.night(taxed(), invoice("INV-2", "01-10", plan()))
    own_company.recognise(at("2026-02-01"))
    before = own_company.balances()
    both = "invoice:INV-1 invoice:INV-2"
    for configuration in (DEFERRED_ELSEWHERE, SHIPPED, DEFERRED_ELSEWHERE):
        proposal = propose(under(own_company, configuration), both)
        approve_reclassification(own_company.desk, proposal.sha256, "ben")
        settled(own_company)
    assert own_company.balances()["2110"] == before["2100"]
    assert own_company.balances()["2100"] == 0


def test_a_document_that_changes_later_is_reversed_as_it_stands_now(own_company: Company) -> None:
    own_company.night(taxed())
    reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    own_company.night(taxed(net=9000))
    assert {account: minor for account, minor in own_company.balances().items() if minor} == {
        "1100": 9800,
        "2010": -800,
        "4020": -9000,
    }


def test_a_document_that_changes_afterwards_does_not_touch_what_was_reclassified_beside_it(
    own_company: Company,
) -> None:
    own_company.night(taxed(), payment("PAY-1", "01-20", 10800))
    reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    came = own_company.night(payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-21")))
    assert "2010" not in own_company.ledger(came.batch_id)


# Two people


@pytest.mark.core
def test_nobody_approves_their_own_proposal(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    for same in ("anna", " Anna "):
        with pytest.raises(ReclassificationError, match="was made by anna, and nobody approves their own"):
            approve_reclassification(own_company.desk, proposal.sha256, same)
    assert own_company.balances()["2000"] == -800


def test_the_database_refuses_one_person_for_both(own_company: Company) -> None:
    own_company.night(taxed())
    propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    with pytest.raises(Exception, match="two_people"):
        own_company.rows(
            "update reclassification set approved_by = 'ANNA', approved_at = now(), batch_no = 1 returning sha256"
        )


def test_who_approved_stands_in_the_database(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1", reason="Nevada")
    approve_reclassification(own_company.desk, proposal.sha256[:12], "ben")
    [row] = own_company.rows(
        "select r.*, b.kind from reclassification as r join batch as b on b.batch_no = r.batch_no where approved_at is not null"
    )
    assert (row["proposed_by"], row["approved_by"], row["reason"], row["kind"]) == (
        "anna",
        "ben",
        "Nevada",
        "reclassify",
    )


def test_explain_shows_who_proposed_and_who_approved(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1", reason="Nevada")
    batch_no = approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no
    [entry] = own_company.rows(
        "select reference from journal_entry where batch_no = %s and category = 'reversal'", batch_no
    )
    told = explain_entry(ExplainDesk(own_company.finance, own_company.evidence, TAX_ELSEWHERE), entry["reference"])
    out = StringIO()
    print_entry(Console(file=out, width=300, color_system=None), told)
    text = out.getvalue()
    assert f"Batch {batch_no} is a reclassification, proposed by anna" in text
    assert "approved by ben" in text
    assert "Nevada" in text
    assert [each.native_id for each in told.documents] == ["INV-1"]


# What has changed since


@pytest.mark.core
def test_approving_twice_books_once(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    first = approve_reclassification(own_company.desk, proposal.sha256, "ben")
    ledger = own_company.ledger()
    assert approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no == first.batch_no
    assert own_company.ledger() == ledger


@pytest.mark.parametrize("changed", ["document", "rules", "period"])
def test_a_preview_that_would_differ_by_now_is_refused(own_company: Company, changed: str) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    if changed == "document":
        own_company.configuration = SHIPPED
        own_company.night(taxed(net=9000))
        own_company.configuration = TAX_ELSEWHERE
    elif changed == "rules":
        own_company.configuration = TAXED_AS_REVENUE
    else:
        close_period(own_company.finance, "2026-01")
    before = own_company.ledger()
    cause = "the one in force is" if changed == "rules" else "documents or periods have changed since"
    with pytest.raises(ReclassificationError, match=cause):
        approve_reclassification(own_company.desk, proposal.sha256, "ben")
    assert own_company.ledger() == before


def test_a_night_that_leaves_the_documents_alone_does_not_spoil_a_proposal(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    own_company.night(taxed("INV-9"))
    own_company.recognise(at("2026-02-03"))
    assert approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no


def test_an_unknown_or_too_short_hash_is_refused(own_company: Company) -> None:
    for name in ("0123456789", ""):
        with pytest.raises(ReclassificationError, match="at least eight characters"):
            approve_reclassification(own_company.desk, name, "ben")


@pytest.mark.parametrize(
    ("documents", "where", "reason", "message"),
    [
        ("", "", "why", "Say which documents"),
        ("invoice:A", "type=invoice", "why", "Say which documents"),
        ("", "tax=8", "why", "understands source="),
        ("invoice:A", "", " ", "Say why"),
    ],
)
def test_words_that_say_nothing_are_refused(documents: str, where: str, reason: str, message: str) -> None:
    with pytest.raises(ReclassificationError, match=message):
        read_asked(documents, where, "2026-01", "2026-01", reason)


def test_documents_that_nobody_read_are_named(own_company: Company) -> None:
    own_company.night(taxed())
    with pytest.raises(UnknownNameError, match="No document invoice:INV-7 was ever read"):
        propose(own_company, "invoice:INV-1 invoice:INV-7")


def test_what_does_not_stand_in_the_books_is_left_out_and_said(own_company: Company) -> None:
    own_company.night(taxed(), invoice("INV-2", "01-10", line(100, tax=10), status="draft"))
    report = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1 invoice:INV-2").report
    assert "Left out, and not booked anew:" in report
    assert "| US | draft | 1.10 USD | 1: `invoice:INV-2` |" in report
    own_company.billing.delete_for_good(("invoice", "INV-1"))
    own_company.night()
    gone = report_of(own_company, "invoice:INV-1 invoice:INV-2")
    assert "1 of the documents were deleted in billing: what is booked of them stays as it is." in gone


# Death and company


def test_dying_at_any_step_leaves_nothing_and_it_can_be_approved_again(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_company.night(taxed())
    before = own_company.ledger()
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")

    class DiedError(Exception):
        """The process is gone."""

    def die(*_: object, **__: object) -> None:
        raise DiedError

    for module, step in (
        (worked_out, "store_evidence"),
        (worked_out, "open_commit"),
        (reclassifying, "commit_reclassification"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, die)
            with pytest.raises(DiedError):
                approve_reclassification(own_company.desk, proposal.sha256, "ben")
        assert own_company.ledger() == before
    assert approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no
    assert own_company.balances()["2010"] == -800
    settled(own_company)


def test_two_who_approve_at_once_book_once(own_company: Company) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    came: list[Proposal] = []
    people = [
        threading.Thread(
            target=lambda by=by: came.append(approve_reclassification(own_company.desk, proposal.sha256, by))
        )
        for by in ("ben", "carla")
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert {each.batch_no for each in came} == {came[0].batch_no}
    assert len(came) == 2
    assert own_company.balances()["2010"] == -800


def test_a_night_that_was_compared_before_is_compared_again(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The night has read what stood in the books; before it commits, the books move."""
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    own_company.billing.put(taxed(net=9000))
    attempt = own_company.extract().attempt_id
    from include.pipelines import account  # noqa: PLC0415 (only here)

    real: Callable[..., Any] = account.open_commit
    done: list[Proposal] = []

    def late(*given: Any, **named: Any) -> Any:
        if not done:
            done.append(approve_reclassification(own_company.desk, proposal.sha256, "ben"))
        return real(*given, **named)

    monkeypatch.setattr(account, "open_commit", late)
    own_company.account(attempt)
    assert {account: minor for account, minor in own_company.balances().items() if minor} == {
        "1100": 9800,
        "2010": -800,
        "4020": -9000,
    }
    settled(own_company)


def test_a_commit_that_comes_too_late_is_worked_out_again(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_company.night(taxed())
    proposal = propose(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    real, nights = worked_out.open_commit, []

    def late(*given: Any, **named: Any) -> Any:
        if not nights:
            nights.append(own_company.night(taxed("INV-9")))
        return real(*given, **named)

    monkeypatch.setattr(worked_out, "open_commit", late)
    assert approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no
    assert own_company.balances()["2010"] == -1600
    settled(own_company)


# Periods


def test_what_a_closed_period_booked_moves_on_the_first_open_day(own_company: Company) -> None:
    own_company.night(taxed())
    close_period(own_company.finance, "2026-01")
    assert reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1", span="2026-01 2026-01") == written(
        """
        2026-02-01 US late
          1100 Billing receivables 108.00 USD
          2010 Tax payable new -8.00 USD
          4020 Onboarding revenue -100.00 USD
        2026-02-01 US reversal
          1100 Billing receivables -108.00 USD
          2000 Tax payable 8.00 USD
          4020 Onboarding revenue 100.00 USD
        """
    )


def test_across_a_year_end_it_waits_for_a_person(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "2025-12-10", line(10000, tax=800)), instant=at("2025-12-12"))
    close_period(own_company.finance, *(f"2025-{month:02}" for month in range(1, 13)))
    under(own_company, TAX_ELSEWHERE)
    proposal = propose(own_company, "invoice:INV-1", span="2025-12 2025-12")
    assert "| US | 2025-12 (hold for reopen) | 2010 |" in proposal.report
    approve_reclassification(own_company.desk, proposal.sha256, "ben")
    states = own_company.rows("select distinct state, held_reason from journal_entry where batch_no = 2")
    assert [(row["state"], row["held_reason"]) for row in states] == [("held", "hold_for_reopen")]
    assert own_company.exceptions() == {"INV-1": ["hold_for_reopen"]}


def test_entries_of_a_reclassification_are_not_given_up_in_parts(own_company: Company) -> None:
    own_company.night(taxed())
    reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    [entry] = own_company.rows("select id from journal_entry where batch_no = 2 and category = 'reversal'")
    with (
        PostingStore(own_company.finance, SHIPPED.assignments()).locked("tryton", "US") as journal,
        pytest.raises(LeaseHeldError, match="was approved as a whole"),
    ):
        journal.supersede([entry["id"]], [], "period closed", "test")


# Recognition


@pytest.mark.core
def test_revenue_on_the_wrong_account_moves_month_by_month(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()), invoice("INV-2", "01-01", plan(73000)))
    own_company.recognise(at("2026-03-01"))
    assert reclassify(under(own_company, REVENUE_ELSEWHERE), "invoice:INV-1") == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 31.00 USD
          4005 Platform revenue -31.00 USD
        2026-01-31 US reversal
          2100 Deferred revenue -31.00 USD
          4000 Subscription revenue 31.00 USD
        2026-02-28 US recognition
          2100 Deferred revenue 28.00 USD
          4005 Platform revenue -28.00 USD
        2026-02-28 US reversal
          2100 Deferred revenue -28.00 USD
          4000 Subscription revenue 28.00 USD
        """
    )
    own_company.recognise(at("2026-04-01"))
    assert own_company.balances()["4005"] == -5900 - 9300  # March of both goes there by itself
    assert own_company.balances()["4000"] == -11800  # INV-2 was not asked for
    settled(own_company)


def test_deferred_revenue_moves_with_what_was_recognised_of_it(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan(tax=3000)))
    own_company.recognise(at("2026-03-01"))
    under(own_company, DEFERRED_ELSEWHERE)
    reclassify(own_company, "invoice:INV-1")
    own_company.recognise(at("2026-04-01"))
    assert {account: minor for account, minor in own_company.balances().items() if minor} == {
        "1100": 39500,
        "2000": -3000,
        "2110": -36500 + 9000,
        "4000": -9000,
    }
    settled(own_company)
    [row] = deferred_rollforward(own_company.finance, own_company.evidence, DEFERRED_ELSEWHERE, "2026-03")
    assert row.difference_minor == 0


def test_a_rule_that_defers_no_more_takes_back_what_was_recognised(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-03-01"))
    under(own_company, DEFERRED_AT_ONCE)
    reclassify(own_company, "invoice:INV-1")
    own_company.recognise(at("2026-03-02"))
    assert {account: minor for account, minor in own_company.balances().items() if minor} == {
        "1100": 36500,
        "4020": -36500,
    }
    settled(own_company)


def test_recognition_in_closed_periods_moves_on_the_first_open_day(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    close_period(own_company.finance, "2026-01")
    assert reclassify(under(own_company, REVENUE_ELSEWHERE), "invoice:INV-1") == written(
        """
        2026-02-01 US late
          2100 Deferred revenue 31.00 USD
          4005 Platform revenue -31.00 USD
        2026-02-01 US reversal
          2100 Deferred revenue -31.00 USD
          4000 Subscription revenue 31.00 USD
        """
    )


def test_a_void_after_the_move_takes_back_what_stands(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    reclassify(under(own_company, REVENUE_ELSEWHERE), "invoice:INV-1")
    own_company.night(invoice("INV-1", "01-01", plan(), status="void", voided_date="02-10"), instant=at("2026-02-11"))
    own_company.recognise(at("2026-02-11"))
    assert set(own_company.balances().values()) == {0}


def test_an_entry_of_recognition_that_was_moved_is_not_given_up(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    [entry] = own_company.rows("select id from journal_entry where category = 'recognition'")
    reclassify(under(own_company, REVENUE_ELSEWHERE), "invoice:INV-1")
    with (
        PostingStore(own_company.finance, SHIPPED.assignments()).locked("tryton", "US") as journal,
        pytest.raises(LeaseHeldError, match="a reclassification, moves what it recognises"),
    ):
        journal.supersede([entry["id"]], [], "period closed", "test")


def test_a_recognition_run_that_commits_meanwhile_is_seen(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    under(own_company, REVENUE_ELSEWHERE)
    proposal = propose(own_company, "invoice:INV-1", span="2026-01 2026-01")
    real, runs = worked_out.open_commit, []

    def late(*given: Any, **named: Any) -> Any:
        if not runs:
            runs.append(own_company.recognise(at("2026-03-01")))
        return real(*given, **named)

    monkeypatch.setattr(worked_out, "open_commit", late)
    assert approve_reclassification(own_company.desk, proposal.sha256, "ben").batch_no
    assert own_company.balances()["4005"] == -5900
    assert own_company.balances()["4000"] == 0
    settled(own_company)


def test_entries_stay_within_the_erp_s_line_limit(own_company: Company) -> None:
    own_company.line_limit = 8
    documents = [
        invoice(f"INV-{n}", "01-01", line(36500, "ratable", product_line=f"product {n}"), line(100, tax=8))
        for n in range(9)
    ]
    own_company.night(*documents)
    own_company.recognise(at("2026-02-01"))
    reclassify(under(own_company, DEFERRED_ELSEWHERE), where="type=invoice")
    [longest] = own_company.rows(
        "select max(n) as n from (select count(*) as n from journal_line group by entry_id) as each"
    )
    assert longest["n"] <= 8
    assert own_company.balances()["2100"] == 0
    settled(own_company)


def test_a_foreign_document_moves_at_the_rate_it_was_booked_at(own_company: Company) -> None:
    publish(own_company.finance, "01-10 EUR/USD 1.10")
    own_company.night(invoice("INV-1", "01-10", line(10000, tax=800), currency="EUR"))
    publish(own_company.finance, "01-10 EUR/USD 1.30")
    reclassify(under(own_company, TAX_ELSEWHERE), "invoice:INV-1")
    assert own_company.worth() == {"1100": 11880, "2000": 0, "2010": -880, "4020": -11000}


def test_a_later_configuration_does_not_touch_it_by_itself(own_company: Company) -> None:
    own_company.night(taxed())
    under(own_company, TAX_ELSEWHERE)
    own_company.night(taxed("INV-2"))
    assert own_company.balances()["2000"] == -800
    assert replace(own_company.desk).configuration is TAX_ELSEWHERE
