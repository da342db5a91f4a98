"""A posted entry is reversed by a person: on two people's word, by what it booked, and the books go on converging."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from include.commands.explain_tables import print_entry
from include.finance.errors import EntryReversalError, UnknownNameError
from include.pipelines import account as accounting
from include.pipelines import explain_evidence, reclassify_reckoning, reverse_reckoning, worked_out
from include.pipelines import reverse_entry as reversing
from include.pipelines.explain import ExplainDesk, explain_entry
from include.pipelines.explain_names import document_uid
from include.pipelines.rebuild import rebuild_batch
from include.pipelines.reverse_entry import (
    ReversalWanted,
    approve_reversal,
    lift_reversal,
    propose_reversal,
    take_answer,
)
from include.store.entry_reversals import EntryReversal
from tests.accounting.billing import Document, Row, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, written
from tests.accounting.corrected import TAX_ELSEWHERE
from tests.accounting.rates import publish
from tests.accounting.test_reclassify import settled

pytestmark = pytest.mark.long  # `make test` runs those marked core

OUT, ANEW = "out of the books", "booked anew"


@pytest.fixture(autouse=True)
def asked_in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the documents of these tests lie."""
    for module in (reclassify_reckoning, reverse_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T06:00:00+00:00").astimezone(UTC)


def plan(net: int = 36500, **given: Any) -> Row:
    """A ratable line over 2026: a unit a day."""
    return line(net, "ratable", **given)


def taxed(name: str = "INV-1", net: int = 10000, tax: int = 800, day: str = "01-10", **given: Any) -> Document:
    return invoice(name, day, line(net, tax=tax), **given)


def post(company: Company) -> None:
    """The ERP has all that is ready."""
    company.rows("update journal_entry set state = 'verified' where state = 'ready' returning id")


def entry_of(company: Company, category: str = "invoices") -> str:
    """The reference of the newest posted entry of a category."""
    rows = company.rows(
        "select reference from journal_entry where category = %s and state = 'verified' order by batch_no desc, reference limit 1",
        category,
    )
    return str(rows[0]["reference"])


def propose(company: Company, treatment: str, *documents: str, category: str = "invoices") -> EntryReversal:
    """What anna proposes of the newest posted entry of a category."""
    wanted = ReversalWanted(entry_of(company, category), documents, treatment == ANEW, "Billed to nobody")
    return propose_reversal(company.desk, wanted, "anna")


def reverse(company: Company, treatment: str, *documents: str, category: str = "invoices") -> str:
    """Propose and approve; the ledger of the batch, which the ERP has from now on."""
    done = approve_reversal(company.desk, propose(company, treatment, *documents, category=category).sha256, "ben")
    [batch] = company.rows("select id from batch where batch_no = %s", done.batch_no)
    post(company)
    return company.ledger(batch["id"])


def left(company: Company) -> dict[str, int]:
    """What stands on accounts, without those that are empty."""
    return {account: minor for account, minor in company.balances().items() if minor}


def quiet(company: Company, *, is_settled: bool = False) -> None:
    """A night with nothing new, and one that compares every document anew, change nothing."""
    company.nights, before = max(company.nights, 20), company.ledger()
    company.night()
    assert company.ledger() == before
    compare_all(company)
    company.night()
    assert company.ledger() == before
    if is_settled:
        settled(company)


def compare_all(company: Company) -> None:
    """The next night compares every document with what is booked of it, as if an entry of each had been given up."""
    with company.finance.transaction() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into document_retry (document_uid, source_code, document_type, native_id, reason)"
            " select d.document_uid, 'billing', %s, %s, 'superseded' from document_register as d where d.document_uid = %s"
            " on conflict (document_uid) do update set reason = excluded.reason",
            [(kind, name, document_uid("billing", "main", kind, name)) for kind, name in company.billing.documents],
        )


# What is booked


@pytest.mark.core
def test_the_whole_entry_is_reversed_as_it_was_booked(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    post(own_company)
    assert reverse(own_company, OUT) == written(
        """
        2026-01-10 US reversal
          1100 Billing receivables -162.00 USD
          2000 Tax payable 12.00 USD
          4020 Onboarding revenue 150.00 USD
        """
    )
    assert left(own_company) == {}
    quiet(own_company, is_settled=True)


def test_one_bad_document_leaves_a_big_entry(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    post(own_company)
    reverse(own_company, OUT, "invoice:INV-2")
    assert left(own_company) == {"1100": 10800, "2000": -800, "4020": -10000}
    quiet(own_company)


def test_booked_anew_by_the_rules_of_today(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    post(own_company)
    own_company.configuration = TAX_ELSEWHERE
    assert reverse(own_company, ANEW, "invoice:INV-1") == written(
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
    assert left(own_company) == {"1100": 16200, "2000": -400, "2010": -800, "4020": -15000}
    quiet(own_company)


def test_booked_anew_by_the_same_rules_comes_to_the_same(own_company: Company) -> None:
    own_company.night(taxed(), invoice("INV-2", "01-10", plan()))
    post(own_company)
    own_company.recognise(at("2026-02-01"))
    before = left(own_company)
    reverse(own_company, ANEW)
    assert left(own_company) == before
    own_company.recognise(at("2026-02-02"))
    assert left(own_company) == before
    quiet(own_company)


# What comes after


@pytest.mark.parametrize(
    ("later", "stands"),
    [
        (taxed(net=9000), {}),
        (taxed(status="void", voided_date="02-10"), {}),
        (taxed(status="written_off", written_off_date="02-10"), {}),
        (taxed(is_broken=True), {}),
        (taxed(is_deleted=True), {}),
    ],
    ids=["changed", "voided", "written off", "broken", "deleted"],
)
def test_a_document_that_changes_later_is_not_undone_twice(
    own_company: Company, later: Document, stands: dict[str, int]
) -> None:
    own_company.night(taxed())
    post(own_company)
    reverse(own_company, OUT, "invoice:INV-1")
    own_company.night(later, instant=at("2026-02-11"))
    assert left(own_company) == stands
    quiet(own_company)


def test_a_document_booked_anew_is_followed_like_any_other(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    reverse(own_company, ANEW)
    own_company.night(taxed(net=9000))
    assert left(own_company) == {"1100": 9800, "2000": -800, "4020": -9000}
    post(own_company)
    reverse(own_company, ANEW)
    own_company.night(taxed(net=9000, status="void", voided_date="02-10"), instant=at("2026-02-11"))
    assert left(own_company) == {}
    quiet(own_company)


def test_a_document_that_leaves_the_books_says_so_when_it_changes(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    reverse(own_company, OUT)
    came = own_company.night(taxed(net=9000))
    assert own_company.outcomes(came) == {"INV-1": "excluded reversed_by_person"}
    settled(own_company)


def test_a_void_that_is_booked_already_goes_with_its_invoice(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    post(own_company)
    own_company.night(taxed(status="void", voided_date="02-01"))
    [first] = own_company.rows("select reference from journal_entry where posting_date = '2026-01-10'")
    wanted = ReversalWanted(first["reference"], ("invoice:INV-1",), False, "never ours")  # noqa: FBT003
    proposal = propose_reversal(own_company.desk, wanted, "anna")
    assert "Reversed along with it" in proposal.report
    assert "| invoice.voided | 1: `invoice:INV-1` |" in proposal.report
    approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert left(own_company) == {"1100": 5400, "2000": -400, "4020": -5000}
    quiet(own_company)


def test_cash_applied_to_an_invoice_that_leaves_is_unapplied_and_waits(own_company: Company) -> None:
    own_company.night(taxed(), payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")))
    post(own_company)
    proposal = propose(own_company, OUT)
    assert "| payment.applied | 1: `payment:PAY-1` |" in proposal.report
    approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert left(own_company) == {"1200": 10800, "2050": -10800} or "1100" not in left(own_company)
    assert own_company.retries() == {"PAY-1": "waiting_for_invoice"}
    quiet(own_company, is_settled=True)
    own_company.night(payment("PAY-2", "01-22", 500, to("INV-1", 500, "01-23")))
    assert "1100" not in left(own_company)


def test_an_application_alone_leaves_with_its_end(own_company: Company) -> None:
    own_company.night(taxed(), payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")))
    post(own_company)
    reverse(own_company, OUT, category="applications")
    assert left(own_company)["1100"] == 10800
    own_company.night(payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20", undone="02-01")))
    assert left(own_company)["1100"] == 10800
    quiet(own_company)


def test_what_was_recognised_of_it_is_taken_back_by_the_next_run(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()), invoice("INV-2", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    post(own_company)
    reverse(own_company, OUT, "invoice:INV-1")
    own_company.recognise(at("2026-02-02"))
    assert left(own_company) == {"1100": 36500, "2100": -36500 + 3100, "4000": -3100}
    before = own_company.ledger()
    own_company.night()
    own_company.recognise(at("2026-02-03"))
    assert own_company.ledger() == before
    settled(own_company)


def test_a_foreign_document_leaves_at_the_rate_it_was_booked_at(own_company: Company) -> None:
    publish(own_company.finance, "01-10 EUR/USD 1.10")
    own_company.night(taxed(currency="EUR"))
    post(own_company)
    publish(own_company.finance, "01-10 EUR/USD 1.30")
    reverse(own_company, OUT)
    assert {each for each in own_company.worth().values() if each} == set()
    [line_of] = own_company.rows(
        "select l.functional_minor from journal_line as l join journal_entry as e on e.id = l.entry_id"
        " where e.category = 'reversal' and l.account_code = '1100'"
    )
    assert line_of["functional_minor"] == -11880


# Lifted again


def test_a_person_lets_it_be_booked_again(own_company: Company) -> None:
    own_company.night(taxed(), payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")))
    post(own_company)
    before = left(own_company)
    reverse(own_company, OUT)
    with pytest.raises(EntryReversalError, match="Nothing of invoice:INV-7 is out of the books"):
        lift_reversal(own_company.desk, ["invoice:INV-7"], "carla", "the customer exists")
    assert lift_reversal(own_company.desk, ["invoice:INV-1"], "carla", "the customer exists") == 1
    own_company.night()
    own_company.night()
    assert left(own_company) == before
    quiet(own_company)
    post(own_company)
    reverse(own_company, OUT)
    assert "1100" not in left(own_company)
    quiet(own_company)


def test_a_night_that_was_compared_before_it_was_lifted_is_compared_again(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_company.night(taxed())
    post(own_company)
    reverse(own_company, OUT)
    own_company.billing.put(taxed(net=9000))
    landed = own_company.extract()
    real, lifted = accounting.open_commit, []

    def late(*given: Any, **named: Any) -> Any:
        if not lifted:
            lifted.append(lift_reversal(own_company.desk, ["invoice:INV-1"], "carla", "ours after all"))
        return real(*given, **named)

    monkeypatch.setattr(accounting, "open_commit", late)
    own_company.account(landed.attempt_id)
    own_company.night()
    assert left(own_company) == {"1100": 9800, "2000": -800, "4020": -9000}


# Two people


@pytest.mark.core
def test_nobody_approves_their_own(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    proposal, before = propose(own_company, OUT), own_company.ledger()
    for same in ("anna", " Anna "):
        with pytest.raises(EntryReversalError, match="nobody approves their own"):
            approve_reversal(own_company.desk, proposal.sha256, same)
    with pytest.raises(Exception, match="two_people"):
        own_company.rows(
            "update entry_reversal set answer = 'approved', answered_by = 'ANNA', answered_at = now() returning sha256"
        )
    assert own_company.ledger() == before


def test_what_was_refused_is_not_booked_and_may_be_proposed_again(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    proposal = propose(own_company, OUT)
    take_answer(own_company.desk, proposal.reversal_no, "ben", is_approved=False)
    with pytest.raises(EntryReversalError, match="was refused by ben"):
        approve_reversal(own_company.desk, proposal.sha256, "carla")
    with pytest.raises(EntryReversalError, match="is approved by nobody"):
        reversing.book_reversal(own_company.desk, proposal.reversal_no)
    again = propose(own_company, OUT)
    assert again.sha256 == proposal.sha256
    assert approve_reversal(own_company.desk, again.sha256, "ben").batch_no
    assert left(own_company) == {}


def test_two_who_approve_at_once_book_once(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    proposal = propose(own_company, OUT)
    came: list[EntryReversal] = []
    people = [
        threading.Thread(target=lambda by=by: came.append(approve_reversal(own_company.desk, proposal.sha256, by)))
        for by in ("ben", "carla")
    ]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert len({each.batch_no for each in came}) == 1
    assert len(came) == 2
    assert left(own_company) == {}
    assert len(own_company.rows("select from batch where kind = 'reverse_entry'")) == 1


def test_dying_at_any_step_leaves_nothing_and_it_can_be_approved_again(
    own_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_company.night(taxed())
    post(own_company)
    before = own_company.ledger()
    proposal = propose(own_company, OUT)

    class DiedError(Exception):
        """The process is gone."""

    def die(*_: object, **__: object) -> None:
        raise DiedError

    steps = ((worked_out, "store_evidence"), (worked_out, "open_commit"), (reversing, "commit_reversal"))
    for module, step in (*steps, (reversing, "answer_reversal")):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, die)
            with pytest.raises(DiedError):
                approve_reversal(own_company.desk, proposal.sha256, "ben")
        assert own_company.ledger() == before
        assert own_company.rows("select from withdrawn_event") == []
    first = approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert approve_reversal(own_company.desk, proposal.sha256, "carla").batch_no == first.batch_no
    assert left(own_company) == {}


# What cannot be


def test_an_entry_that_is_not_in_the_ledger_is_not_reversed(own_company: Company) -> None:
    own_company.night(taxed())
    [entry] = own_company.rows("select reference from journal_entry")
    wanted = ReversalWanted(entry["reference"], (), False, "why")  # noqa: FBT003
    with pytest.raises(EntryReversalError, match="is ready: what is not in the ledger"):
        propose_reversal(own_company.desk, wanted, "anna")
    with pytest.raises(UnknownNameError, match="No journal entry has the reference"):
        propose_reversal(own_company.desk, ReversalWanted("0123456789ABCDEF", (), False, "why"), "anna")  # noqa: FBT003


def test_words_that_say_nothing_are_refused(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    reference = entry_of(own_company)
    with pytest.raises(EntryReversalError, match="Say why"):
        propose_reversal(own_company.desk, ReversalWanted(reference, (), False, " "), "anna")  # noqa: FBT003
    with pytest.raises(EntryReversalError, match="Say who you are"):
        propose_reversal(own_company.desk, ReversalWanted(reference, (), False, "why"), " ")  # noqa: FBT003
    with pytest.raises(UnknownNameError, match="Nothing of invoice:INV-7 stands in entry"):
        propose(own_company, OUT, "invoice:INV-7")
    with pytest.raises(EntryReversalError, match="at least eight characters"):
        approve_reversal(own_company.desk, "0123456789", "ben")


@pytest.mark.core
def test_a_reversal_and_a_run_s_entry_are_not_reversed(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-01", plan()))
    own_company.recognise(at("2026-02-01"))
    post(own_company)
    with pytest.raises(EntryReversalError, match="is one of recognition"):
        propose(own_company, OUT, category="recognition")
    reverse(own_company, OUT)
    with pytest.raises(EntryReversalError, match="is itself a reversal"):
        propose(own_company, OUT, category="reversal")
    with pytest.raises(EntryReversalError, match="all of it is reversed already"):
        propose(own_company, OUT)


def test_a_preview_that_would_differ_by_now_is_refused(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400))
    post(own_company)
    proposal = propose(own_company, OUT)
    own_company.night(taxed(net=9000))
    before = own_company.ledger()
    with pytest.raises(EntryReversalError, match="have changed since"):
        approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert own_company.ledger() == before


# Periods


def test_what_is_closed_is_reversed_on_the_first_open_day(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    close_period(own_company.finance, "2026-01")
    assert reverse(own_company, ANEW) == written(
        """
        2026-02-01 US late
          1100 Billing receivables 108.00 USD
          2000 Tax payable -8.00 USD
          4020 Onboarding revenue -100.00 USD
        2026-02-01 US reversal
          1100 Billing receivables -108.00 USD
          2000 Tax payable 8.00 USD
          4020 Onboarding revenue 100.00 USD
        """
    )
    quiet(own_company)


def lock(company: Company, name: str) -> None:
    company.rows(
        "insert into accounting_period (legal_entity_code, period_name, state, changed_by, start_date, end_date)"
        " values ('US', %s, 'closed', 'carla', %s, %s) returning state",
        name,
        f"{name}-01",
        f"{name}-28",
    )


def test_a_period_that_we_have_locked_takes_nothing(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    proposal = propose(own_company, OUT)
    lock(own_company, "2026-01")
    with pytest.raises(EntryReversalError, match="have changed since"):
        approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert reverse(own_company, OUT).startswith("2026-02-01 US reversal")
    assert left(own_company) == {}


def test_a_period_locked_during_the_commit_refuses_it(own_company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    own_company.night(taxed())
    post(own_company)
    proposal, before = propose(own_company, OUT), own_company.ledger()
    real: Callable[..., Any] = reversing.commit_reversal

    def late(*given: Any, **named: Any) -> Any:
        if not own_company.rows("select from accounting_period"):
            lock(own_company, "2026-01")
        return real(*given, **named)

    monkeypatch.setattr(reversing, "commit_reversal", late)
    with pytest.raises(EntryReversalError, match="have changed since"):
        approve_reversal(own_company.desk, proposal.sha256, "ben")
    assert own_company.ledger() == before


# Proof


def test_a_reversal_that_is_given_up_before_it_is_posted_is_made_again(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    batch_no = approve_reversal(own_company.desk, propose(own_company, OUT).sha256, "ben").batch_no
    own_company.rows("update journal_entry set state = 'superseded' where batch_no = %s returning id", batch_no)
    own_company.rows(
        "update event_booking set is_superseded = true where batch_no = %s returning document_uid", batch_no
    )
    compare_all(own_company)
    own_company.night()
    assert left(own_company) == {}
    quiet(own_company)


def test_batches_with_reversals_come_out_the_same_from_their_evidence(own_company: Company) -> None:
    own_company.night(taxed(), taxed("INV-2", 5000, 400), payment("PAY-1", "01-20", 10800, to("INV-1", 10800, "01-20")))
    post(own_company)
    reverse(own_company, OUT, "invoice:INV-1")
    own_company.night(taxed(net=9000), taxed("INV-2", 6000, 400))
    post(own_company)
    own_company.configuration = TAX_ELSEWHERE
    reverse(own_company, ANEW)
    lift_reversal(own_company.desk, ["invoice:INV-1"], "carla", "ours after all")
    own_company.night()
    for batch in own_company.rows("select batch_no, kind from batch order by 1"):
        rebuilt = rebuild_batch(own_company.desk, batch["batch_no"])
        assert rebuilt.is_equal, (batch, [str(each) for each in rebuilt.comparisons if not each.is_equal])


def test_explain_names_both_people(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    original = entry_of(own_company)
    reverse(own_company, OUT)
    reversal = entry_of(own_company, "reversal")
    said = {reference: explained(own_company, reference) for reference in (original, reversal)}
    words = "(the whole entry; out of the books), proposed by anna"
    [batch] = own_company.rows("select batch_no from journal_entry where reference = %s", reversal)
    assert f"Batch {batch['batch_no']} reverses entry {original} {words}" in said[reversal]
    # The entry that was reversed says so itself, and names what took it back; its state in the ledger is what it was.
    assert f"Entry {original} is reversed by batch {batch['batch_no']}: {reversal} verified {words}" in said[original]
    assert "is reversed by" not in said[reversal]
    assert all("approved by ben" in text for text in said.values())


def explained(company: Company, reference: str) -> str:
    """What `make explain` says of an entry."""
    told = explain_entry(ExplainDesk(company.finance, company.evidence, SHIPPED), reference)
    out = StringIO()
    print_entry(Console(file=out, width=300, color_system=None), told)
    return out.getvalue()


def test_each_word_stands_in_the_audit_log(own_company: Company) -> None:
    own_company.night(taxed())
    post(own_company)
    reverse(own_company, OUT)
    lift_reversal(own_company.desk, ["invoice:INV-1"], "carla", "ours after all")
    rows = own_company.rows(
        "select subject_type, action from audit_log where subject_type in ('entry_reversal', 'withdrawn_event') order by id"
    )
    assert sorted(f"{row['subject_type']} {row['action']}" for row in rows) == [
        "entry_reversal answered",  # with yes, and again as the batch that it became
        "entry_reversal answered",
        "entry_reversal proposed",
        "withdrawn_event lifted",
        "withdrawn_event reversed_by_person",
    ]
