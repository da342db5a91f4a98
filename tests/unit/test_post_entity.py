"""Posting against an ERP that goes wrong on request: whatever happens, each entry ends in the ledger once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from include.evidence.store import EvidenceStore
from include.finance.errors import (
    EntryNotWaitingError,
    ErpMaintenanceError,
    LeaseHeldError,
    RetryError,
    SystemUnreachableError,
    UnknownEntryError,
)
from include.finance.journal import EntryState
from include.finance.maintenance import MaintenanceWindow
from include.pipelines import posting_desk
from include.pipelines.give_up import GiveUpDesk
from include.pipelines.ledger import read_ledger
from include.pipelines.post import post_entity
from include.pipelines.posting_desk import PostingClock
from include.pipelines.posting_report import PostingReport
from include.pipelines.requeue import account_again, find_entry, requeue
from include.ports.erp import LedgerEntry, LedgerLine, LedgerState
from include.ports.postings import RetriedDocument
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, READ_INSTANT, US, open_exceptions, posting_store, set_row, states, write_entries
from tests.posting.fake_erp import FakeErp, Fault
from tests.posting.passing_time import PassingStore, PassingTime, give_clock

ONE = """
2026-01-31 invoices
  1100  1426.51
  2100 -1080.00
  2000  -346.51
"""
TWO = (
    ONE
    + """
2026-01-31 receipts
  1010  1426.51
  1100 -1426.51
"""
)
BALANCES = {"1100": 142651, "2100": -108000, "2000": -34651}

Post = Callable[[], PostingReport]


@pytest.fixture
def erp() -> FakeErp:
    return FakeErp(US)


@pytest.fixture
def time_passing(postgres: EmbeddedPostgres, finance: FinanceDatabase, erp: FakeErp) -> PassingTime:
    give_clock(postgres, finance)
    return PassingTime(finance, erp)


@pytest.fixture
def post(finance: FinanceDatabase, erp: FakeErp, time_passing: PassingTime) -> Post:
    def run() -> PostingReport:
        clock = time_passing.clock()
        return post_entity(
            erp,
            PassingStore(finance, posting_store(finance).assignments),
            US,
            ERP,
            READ_INSTANT,
            actor="test",
            clock=clock,
        )

    return run


def ledger_is(erp: FakeErp, balances: dict[str, int], entries: int) -> bool:
    """Whether the ERP has these balances in so many entries, and no draft."""
    found = {code: minor for code, minor in erp.balances(US, date.max).items() if minor}
    return found == balances and len(erp.posted()) == entries and not erp.drafts()


def test_entries_are_posted_and_verified(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, TWO)
    report = post()
    assert report.counts == {EntryState.VERIFIED: 2}
    assert {entry.number for entry in report.entries} == {"N1", "N2"}
    assert ledger_is(erp, {"1010": 142651, "2100": -108000, "2000": -34651}, entries=2)


def test_nothing_is_sent_into_a_maintenance_window_and_what_waits_goes_after_it(
    finance: FinanceDatabase, erp: FakeErp, time_passing: PassingTime
) -> None:
    write_entries(finance, US, TWO)
    with finance.transaction() as connection:
        now = connection.execute("select pg_catalog.clock_timestamp() as now").fetchone()
    assert now is not None
    zone = ZoneInfo("UTC")
    began = now["now"].astimezone(zone) - timedelta(minutes=1)
    ends = began + timedelta(hours=1)
    days = frozenset({began.weekday()})
    window = MaintenanceWindow(days, began.time().replace(microsecond=0), ends.time().replace(microsecond=0), zone)

    def post() -> PostingReport:
        store = PassingStore(finance, posting_store(finance).assignments)
        clock = time_passing.clock()
        return post_entity(erp, store, US, ERP, READ_INSTANT, actor="test", clock=clock, maintenance=(window,))

    with pytest.raises(ErpMaintenanceError, match=rf"is in maintenance until {ends:%Y-%m-%d %H:%M} UTC \(erps\.yaml\)"):
        post()
    assert sorted(states(finance).values()) == ["ready", "ready"]
    assert erp.calls == []
    time_passing.pass_seconds(3600)
    assert post().counts == {EntryState.VERIFIED: 2}
    assert ledger_is(erp, {"1010": 142651, "2100": -108000, "2000": -34651}, entries=2)


def test_a_run_that_comes_into_a_maintenance_window_stops_before_the_next_entry(
    finance: FinanceDatabase, erp: FakeErp, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_entries(finance, US, TWO)
    left = [None, None, datetime(2026, 2, 1, 3, tzinfo=UTC)]  # at the start, at the first entry, at the second
    window = MaintenanceWindow(frozenset({0}), time(1), time(2), ZoneInfo("UTC"))
    monkeypatch.setattr(posting_desk, "maintained_until", lambda *_: left.pop(0))
    with pytest.raises(ErpMaintenanceError):
        post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", maintenance=(window,))
    assert sorted(states(finance).values()) == ["posted", "ready"]
    assert post().counts == {EntryState.VERIFIED: 2}
    assert ledger_is(erp, {"1010": 142651, "2100": -108000, "2000": -34651}, entries=2)


def test_the_audit_log_tells_an_entrys_way_to_the_ledger(finance: FinanceDatabase, post: Post) -> None:
    write_entries(finance, US, ONE)
    post()
    with finance.transaction() as connection:
        rows = connection.execute(
            "select l.action, l.subject_id = e.reference as is_named, l.before ->> 'state' as was, l.after ->> 'erp_number' as number,"
            " c.seq is not null as is_linked"
            " from audit_log as l join journal_entry as e on e.id::text = l.correlation_id"
            " left join audit_chain as c on c.log_id = l.id where l.subject_type = 'journal_entry' order by l.id"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("ready", True, None, None, True),
        ("sending", True, "ready", None, True),
        ("created_unreleased", True, "sending", None, True),
        ("posted", True, "created_unreleased", "N1", True),
        ("verified", True, "posted", None, True),
    ]


def test_a_second_run_sends_nothing(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, TWO)
    post()
    erp.calls.clear()
    assert post().entries == ()
    assert erp.calls.count("create") == erp.calls.count("release") == 0


def test_a_night_without_doubt_asks_in_bulk_only(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, TWO)
    post()
    assert erp.calls.count("references") == 2
    assert erp.calls.count("find") == erp.calls.count("read_back") == 0


@pytest.mark.parametrize("method", ["create", "release"])
@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.LATE])
def test_a_lost_answer_is_settled_by_asking(
    finance: FinanceDatabase, erp: FakeErp, post: Post, method: str, fault: Fault
) -> None:
    write_entries(finance, US, ONE)
    erp.fail(method, fault)
    assert post().counts == {EntryState.VERIFIED: 1}
    erp.elapse(3600)
    assert ledger_is(erp, BALANCES, entries=1)


def test_nothing_is_sent_again_before_the_erp_was_asked_twice(
    finance: FinanceDatabase, erp: FakeErp, post: Post, time_passing: PassingTime
) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.LOST_REQUEST)
    post()
    creates = [number for number, call in enumerate(erp.calls) if call == "create"]
    assert erp.calls[creates[0] : creates[1]].count("find") == 2
    assert time_passing.passed >= erp.limits.max_request_seconds


@pytest.mark.parametrize("method", ["reference_data", "references", "create", "release", "read_back_many"])
def test_an_unreachable_erp_ends_the_run_and_the_next_completes_it(
    finance: FinanceDatabase, erp: FakeErp, post: Post, method: str
) -> None:
    write_entries(finance, US, TWO)
    erp.fail(method, Fault.UNREACHABLE)
    with pytest.raises(SystemUnreachableError):
        post()
    post()
    assert ledger_is(erp, {"1010": 142651, "2100": -108000, "2000": -34651}, entries=2)


def test_an_erp_that_never_answers_gets_no_more_entries(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, TWO * 5)
    erp.fail("create", *[Fault.LOST_REQUEST] * 50)
    with pytest.raises(RetryError):
        post()
    assert erp.calls.count("create") == 3
    erp.faults.clear()
    post()
    assert set(states(finance).values()) == {"verified"}
    assert len(erp.posted()) == 10


def test_a_refused_entry_is_rejected_and_the_others_go_on(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    refused, _ = write_entries(finance, US, TWO)
    erp.fail("create", Fault.REFUSED)
    assert post().counts == {EntryState.REJECTED: 1, EntryState.VERIFIED: 1}
    exception = open_exceptions(finance)["entry_refused"]
    assert exception["subject_id"] == refused
    assert exception["amount_minor"] == 142651
    assert "account 1100 is blocked" in exception["message"]


def test_a_rejected_entry_is_posted_after_a_person_set_it_back(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    erp.fail("release", Fault.REFUSED)
    post()
    assert erp.drafts() == []
    entry = find_entry(finance, reference)
    state = requeue(posting_store(finance), entry, actor="ann", reason="account unblocked")
    assert state is EntryState.READY
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}
    assert ledger_is(erp, BALANCES, entries=1)


def test_an_entry_that_the_erp_lost_is_sent_again_only_on_a_persons_word(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    post()
    erp.ledger.clear()
    post()
    assert ledger_is(erp, {}, entries=0)
    state = requeue(posting_store(finance), find_entry(finance, reference), actor="ann", reason="the ERP was restored")
    assert state is EntryState.IN_DOUBT
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}
    assert ledger_is(erp, BALANCES, entries=1)


def test_asking_again_for_an_entry_that_is_in_the_ledger_sends_nothing(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    post()
    erp.calls.clear()
    requeue(posting_store(finance), find_entry(finance, reference), actor="ann", reason="is it there?")
    assert post().counts == {EntryState.VERIFIED: 1}
    assert "create" not in erp.calls
    assert ledger_is(erp, BALANCES, entries=1)


def test_an_entry_that_waits_for_nobody_is_not_requeued(finance: FinanceDatabase) -> None:
    (reference,) = write_entries(finance, US, ONE)
    with pytest.raises(EntryNotWaitingError, match="is ready and waits for nobody's word"):
        requeue(posting_store(finance), find_entry(finance, reference), actor="ann", reason="again")
    with pytest.raises(EntryNotWaitingError, match="There is no journal entry NONE"):
        find_entry(finance, "NONE")
    assert states(finance) == {reference: "ready"}


def test_an_entry_is_given_up_only_while_the_erp_has_nothing_of_it(
    finance: FinanceDatabase, erp: FakeErp, post: Post, tmp_path: Path
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    store, entry = posting_store(finance), find_entry(finance, reference)
    desk = GiveUpDesk(finance, EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch"), erp, US)
    post()
    set_row(finance, reference, "state = 'rejected'")
    with pytest.raises(EntryNotWaitingError, match="stands in the ERP"):
        account_again(desk, store, entry, actor="ann", reason="wrong account")
    erp.ledger.clear()
    account_again(desk, store, entry, actor="ann", reason="wrong account")
    assert states(finance) == {reference: "superseded"}
    with pytest.raises(EntryNotWaitingError, match="only an entry that is ready, held or rejected"):
        account_again(desk, store, entry, actor="ann", reason="wrong account")


def test_a_late_entry_of_a_closed_year_waits_for_its_period_to_be_reopened(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE, held_reason="hold_for_reopen")
    _report_of_account(finance, reference, "hold_for_reopen")
    erp.closed.add("2026-01")
    assert post().counts == {EntryState.HELD: 1}
    assert set(open_exceptions(finance)) == {"hold_for_reopen"}
    erp.closed.clear()
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}


def _report_of_account(finance: FinanceDatabase, reference: str, rule: str) -> None:
    """One document booked into the entry, and what account reported of it."""
    with finance.transaction() as connection:
        connection.execute(
            """
            insert into event_booking (document_uid, event_type, occurrence, booking_no, batch_no, journal_entry_id,
                event_date, posting_date, payload_hash)
            select id, 1, id, 1, batch_no, id, posting_date, posting_date, id from journal_entry where reference = %s
            """,
            (reference,),
        )
        connection.execute(
            """
            insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor,
                subject_type, subject_id, subject_uid, message, suggested_fix)
            select 'document|' || id || '|' || %s, 'period', 'high', 'controller', 'US', 'USD', 1, 'invoice', 'in_1', id,
                '', '' from journal_entry where reference = %s
            """,
            (rule, reference),
        )


@pytest.mark.parametrize("method", ["create", "release"])
def test_a_period_closed_meanwhile_holds_the_entry_and_leaves_no_draft(
    finance: FinanceDatabase, erp: FakeErp, post: Post, method: str
) -> None:
    write_entries(finance, US, ONE)
    erp.fail(method, Fault.CLOSED)
    assert post().counts == {EntryState.HELD: 1}
    assert erp.drafts() == []
    assert open_exceptions(finance)["period_closed_in_erp"]["owner"] == "Controller US"
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}


def test_a_closed_period_holds_the_entry_until_it_is_open_again(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    erp.closed.add("2026-01")
    assert post().counts == {EntryState.HELD: 1}
    assert "create" not in erp.calls
    erp.closed.clear()
    assert post().counts == {EntryState.VERIFIED: 1}


def test_a_period_that_we_closed_ourselves_holds_the_entry(finance: FinanceDatabase, post: Post) -> None:
    write_entries(finance, US, ONE)
    with finance.transaction() as connection:
        connection.execute("insert into accounting_period values ('US', '2026-01', 'closed', now(), 'ann')")
    assert post().counts == {EntryState.HELD: 1}
    assert "is closed here" in open_exceptions(finance)["period_closed_in_erp"]["message"]


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"is_active": False}, "uses account 2100, which takes no entries"),
        ({"is_party_required": True}, "uses account 2100, which needs a party"),
        ({}, "uses account 2100, which the ERP does not have"),
    ],
)
def test_preflight_holds_what_the_erp_would_refuse(
    finance: FinanceDatabase, erp: FakeErp, post: Post, change: dict[str, bool], fact: str
) -> None:
    write_entries(finance, US, TWO)
    whole = erp.accounts.pop("2100")
    if change:
        erp.accounts["2100"] = replace(whole, **change)  # type: ignore[arg-type]
    assert post().counts == {EntryState.HELD: 1, EntryState.VERIFIED: 1}
    assert fact in open_exceptions(finance)["account_unusable_in_erp"]["message"]
    erp.accounts["2100"] = whole
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}


def test_an_entry_with_a_future_date_waits_for_its_day(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE.replace("01-31", "02-02"), held_reason="future_date")
    write_entries(finance, US, ONE.replace("01-31", "02-01"), held_reason="future_date")
    assert post().counts == {EntryState.HELD: 1, EntryState.VERIFIED: 1}


def test_an_entry_posted_twice_is_stopped(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.TWICE)
    post_both(erp)
    assert post().counts == {EntryState.DUPLICATED: 1}
    assert open_exceptions(finance)["duplicate_in_erp"]["severity"] == "critical"


def test_a_duplicate_that_a_person_removed_is_verified(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.TWICE)
    post_both(erp)
    post()
    erp.ledger.pop(erp.posted()[0].header.erp_id)
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=1)


def test_a_duplicate_that_a_person_reversed_under_its_reference_is_verified(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.TWICE)
    post_both(erp)
    post()
    reverse(erp, erp.posted()[1])
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=3)
    assert open_exceptions(finance) == {}


def test_other_content_under_our_reference_is_reversed_there_and_ours_is_sent(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    [reference] = write_entries(finance, US, ONE)
    erp.fail("release", Fault.LOST_ANSWER)
    edit_ledger(erp, "find")
    post()
    reverse(erp, erp.posted()[0])
    requeue(posting_store(finance), find_entry(finance, reference), actor="ann", reason="the other one was reversed")
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=3)


def reverse(erp: FakeErp, entry: LedgerEntry) -> None:
    """Let a person reverse a posted entry in the ERP, under the same reference."""
    lines = tuple(replace(line, amount_minor=-line.amount_minor) for line in entry.lines)
    erp.put(replace(entry, lines=lines))


def post_both(erp: FakeErp) -> None:
    """Let the ERP release every draft of a reference when one is released."""
    release = erp._release

    def release_all(draft: object) -> object:
        for each in erp.drafts():
            last = release(each.header)
        return last

    erp._release = release_all  # type: ignore[method-assign, assignment]


def test_two_drafts_end_as_one_entry(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.TWICE)
    with pytest.raises(RetryError):
        post()  # posted, with a draft beside it: the next run takes that away
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=1)


def test_a_draft_of_other_content_is_deleted_and_made_anew(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE)
    erp.fail("create", Fault.LOST_ANSWER)
    edit_ledger(erp, "find")
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=1)
    assert erp.calls.count("create") == 2


def edit_ledger(erp: FakeErp, before: str) -> None:
    """Let somebody change all entries of the ERP by hand, before the first call of a method."""
    original = getattr(erp, before)

    def edited(*arguments: object) -> object:
        if before not in erp.calls:
            for erp_id, entry in erp.ledger.items():
                lines = (LedgerLine("1100", 1, ""), LedgerLine("2100", -1, ""))
                erp.ledger[erp_id] = replace(entry, lines=lines)
        return original(*arguments)

    setattr(erp, before, edited)


def test_our_reference_with_other_content_is_never_taken_for_ours(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    erp.fail("release", Fault.LOST_ANSWER)
    edit_ledger(erp, "find")
    assert post().counts == {EntryState.REJECTED: 1}
    assert (
        "account 1100 0.01 USD instead of 1426.51 USD" in open_exceptions(finance)["foreign_content_in_erp"]["message"]
    )


def test_an_entry_that_the_erp_dated_otherwise_is_rejected_by_name(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    original = erp.read_back_many

    def moved(*arguments: object) -> object:
        entries = original(*arguments)  # type: ignore[arg-type]
        return [
            replace(each, period_name="2026-02", header=replace(each.header, posting_date=date(2026, 2, 28)))
            for each in entries
        ]

    erp.read_back_many = moved  # type: ignore[method-assign, assignment]
    assert post().counts == {EntryState.REJECTED: 1}
    message = open_exceptions(finance)["read_back_differs"]["message"]
    assert "date 2026-02-28 instead of 2026-01-31" in message
    assert "period 2026-02 instead of 2026-01" in message


def test_a_restored_finance_database_posts_nothing_again(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    references = write_entries(finance, US, TWO)
    post()
    for reference in references:
        set_row(finance, reference, "state = 'ready', erp_id = null, erp_number = null, last_sent_at = null")
    erp.calls.clear()
    assert post().counts == {EntryState.VERIFIED: 2}
    assert "create" not in erp.calls
    assert len(erp.posted()) == 2


def test_a_restored_entry_of_a_period_closed_since_is_recognised_too(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    post()
    set_row(finance, reference, "state = 'ready', erp_id = null, erp_number = null, last_sent_at = null")
    erp.closed.add("2026-01")
    assert post().counts == {EntryState.VERIFIED: 1}


def test_an_entry_of_the_erp_that_we_do_not_know_is_reported_until_it_is_gone(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    post()
    ours = erp.posted()[0]
    stranger = erp.put(replace(ours, header=replace(ours.header, reference="A" * 16, posting_date=date(2026, 2, 1))))
    post()
    exception = open_exceptions(finance)["unknown_entry_in_erp"]
    assert (exception["subject_id"], exception["severity"]) == ("A" * 16, "critical")
    del erp.ledger[stranger.header.erp_id]
    post()
    assert open_exceptions(finance) == {}


def test_nothing_is_sent_beside_entries_of_the_erp_that_we_do_not_know(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE.replace("01-31", "02-01"))
    post()
    ours = erp.posted()[0]
    stranger = erp.put(replace(ours, header=replace(ours.header, reference="A" * 16)))
    (waiting,) = write_entries(finance, US, ONE, night="2")
    with pytest.raises(UnknownEntryError, match="first AAAAAAAAAAAAAAAA, so the 1 ready ones were not sent"):
        post()
    assert states(finance)[waiting] == "ready"
    assert set(open_exceptions(finance)) == {"unknown_entry_in_erp"}
    del erp.ledger[stranger.header.erp_id]
    assert post().counts == {EntryState.VERIFIED: 1}
    assert open_exceptions(finance) == {}


def test_a_verified_entry_that_the_erp_lost_is_reported_and_not_sent_again(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE.replace("01-31", "02-01"))
    post()
    lost = erp.ledger.copy()
    erp.ledger.clear()
    post()
    assert open_exceptions(finance)["entry_missing_in_erp"]["severity"] == "critical"
    assert erp.posted() == []
    erp.ledger.update(lost)
    post()
    assert open_exceptions(finance) == {}


def test_only_one_process_posts_an_entity(finance: FinanceDatabase, post: Post) -> None:
    store = posting_store(finance)
    with store.locked(ERP, "US"), pytest.raises(LeaseHeldError, match="Another worker"):
        post()
    assert post().entries == ()


def test_a_worker_that_was_stopped_before_its_send_does_not_send(
    finance: FinanceDatabase, erp: FakeErp, time_passing: PassingTime
) -> None:
    write_entries(finance, US, ONE)
    instants = iter(range(0, 10_000, 20))
    late = PostingClock(sleep=time_passing.pass_seconds, monotonic=lambda: float(next(instants)))
    with pytest.raises(LeaseHeldError, match="delayed"):
        post_entity(erp, posting_store(finance), US, ERP, READ_INSTANT, actor="test", clock=late)
    assert "create" not in erp.calls


def test_a_successor_waits_until_the_worker_before_it_cannot_send_any_more(
    finance: FinanceDatabase, erp: FakeErp, post: Post, time_passing: PassingTime
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    lease = "state = 'sending', lease_owner = gen_random_uuid(), lease_until = now() + interval '35 s'"
    set_row(finance, reference, lease + ", last_sent_at = now()")
    assert post().counts == {EntryState.VERIFIED: 1}
    # lease 35 s; the last send can begin at 10 s, and is through at 30 s; the margin is 10 s
    assert time_passing.passed >= 40
    assert ledger_is(erp, BALANCES, entries=1)


def test_a_connection_lost_after_the_commit_does_not_repeat_the_change(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    write_entries(finance, US, ONE)
    original = erp.create

    def cut(*arguments: object) -> object:
        created = original(*arguments)  # type: ignore[arg-type]
        with finance.transaction() as connection:
            connection.execute(
                """select pg_terminate_backend(pid) from pg_stat_activity
                where pid <> pg_backend_pid() and datname = current_database() and usename = current_user"""
            )
        return created

    erp.create = cut  # type: ignore[method-assign, assignment]
    assert post().counts == {EntryState.VERIFIED: 1}
    assert ledger_is(erp, BALANCES, entries=1)
    with finance.transaction() as connection:
        steps = [row["to_state"] for row in connection.execute("select to_state from posting_transition order by at")]
    assert steps == ["sending", "created_unreleased", "posted", "verified"]


def test_superseding_gives_the_documents_back_and_is_refused_for_what_is_posted(
    finance: FinanceDatabase, erp: FakeErp, post: Post
) -> None:
    (reference,) = write_entries(finance, US, ONE)
    store = posting_store(finance)
    erp.closed.add("2026-01")
    post()
    with store.locked(ERP, "US") as journal:
        (due,) = journal.due_entries()
        document = RetriedDocument(due.entry.id, "billing", "invoice", "in_1")
        journal.supersede([due.entry.id], [document], "the period stays closed", "ann")
        with pytest.raises(LeaseHeldError, match="cannot be superseded"):
            journal.supersede([due.entry.id], [], "again", "ann")
    assert states(finance) == {reference: "superseded"}
    assert open_exceptions(finance) == {}
    with finance.transaction() as connection:
        retry = connection.execute("select * from document_retry").fetchone()
    assert retry is not None
    assert (retry["native_id"], retry["reason"]) == ("in_1", "superseded")


def test_the_ledger_reads_as_it_was_posted(finance: FinanceDatabase, erp: FakeErp, post: Post) -> None:
    write_entries(finance, US, ONE)
    post()
    ledger = read_ledger(erp, US, date(2026, 1, 31))
    assert dict(ledger.balances) == BALANCES
    assert [entry.header.number for entry in ledger.entries] == ["N1"]
    assert ledger.entries[0].header.state is LedgerState.POSTED
