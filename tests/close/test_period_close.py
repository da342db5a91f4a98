"""A period is closed by two people on figures that stand still, and by nothing else."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from include.config.fiscal_calendars import calendar_from_plain
from include.finance.actor import Actor
from include.finance.close_calendar import CloseStep
from include.finance.errors import EntryRefusedError, PeriodCloseError, UnknownNameError
from include.finance.period_close import CloseSettings, ErpPeriods, PersonRole
from include.pipelines import explain_evidence, period_close, period_reopen, reclassify_reckoning, reverse_reckoning
from include.pipelines.reverse_entry import ReversalWanted, approve_reversal, propose_reversal
from include.store import period_closes
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import Company
from tests.close.closing import AFTER, ENTITY, NEXT, PERIOD, Closing, closing_company


@pytest.fixture
def closing(own_company: Company) -> Closing:
    """January is posted, tied out, and nothing waits; anna and ben may approve."""
    one = closing_company(own_company)
    own_company.night(
        invoice("INV-1", "01-15", line(50000)),
        payment("PAY-1", "01-20", 50000, to("INV-1", 50000, "01-20")),
        instant=AFTER,
    )
    one.post()
    one.grant("anna")
    one.grant("ben")
    return one


def entries_of(closing: Closing, period: str) -> list[dict[str, object]]:
    return closing.company.rows(
        "select reference, state, held_reason from journal_entry where legal_entity_code = 'US' and period_name = %s",
        period,
    )


def test_a_period_is_closed_by_a_second_person_here_and_in_the_erp(closing: Closing) -> None:
    offered = closing.propose()
    assert offered.blockers == ()
    assert closing.state() == "soft_closed"
    assert PERIOD in closing.ledger.closed
    closing.answer(offered, comment="looks right")
    closed = period_close.lock(closing, offered.close.close_no)
    assert (closed.state, closing.state()) == ("closed", "closed")
    assert period_close.lock(closing, offered.close.close_no) == closed  # again: nothing happens
    package = period_close.publish(closing, offered.close.close_no)
    page = Path(package.page_location).read_text(encoding="utf-8")
    assert "ben" in page
    assert str(offered.close.close_hash) in page
    assert package.trial_balance_hash == offered.close.trial_balance_hash
    assert PERIOD in closing.ledger.closed
    assert not closing.periods.locked


def test_where_so_configured_the_erp_is_left_alone_or_locked_for_good(closing: Closing) -> None:
    closing.configuration = replace(closing.configuration, closing={ENTITY: CloseSettings(ErpPeriods.LEAVE)})
    offered = closing.propose()
    assert closing.periods.calls == []
    period_close.release(closing, ENTITY, PERIOD, offered.close.run_id, "tried")
    closing.configuration = replace(closing.configuration, closing={ENTITY: CloseSettings(ErpPeriods.LOCK)})
    offered = closing.propose()
    assert closing.periods.locked == set()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    assert closing.periods.locked == {PERIOD}


@pytest.mark.parametrize(
    ("by", "fact"),
    [
        ("anna", "anna started .* and cannot approve it"),
        (" ANNA ", "cannot approve it: a second person"),
        ("carla", "carla is no controller of legal entity US"),
        ("dora", "dora is no controller"),
        ("emil", "emil is no controller"),
        ("fred", "fred is no controller"),
    ],
)
def test_who_may_not_approve_does_not(closing: Closing, by: str, fact: str) -> None:
    closing.grant("dora", PersonRole.AUDITOR)
    closing.grant("emil", entity="UK")
    closing.grant("fred", until=date(2026, 2, 1))
    offered = closing.propose()
    with pytest.raises(PeriodCloseError, match=fact):
        closing.answer(offered, by)
    with pytest.raises(PeriodCloseError, match="Nobody approved"):
        period_close.lock(closing, offered.close.close_no)
    assert closing.state() == "soft_closed"


def test_a_right_that_was_taken_back_before_the_lock_counts_no_more(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    with closing.finance().transaction() as connection:
        connection.execute("update person_role set valid_until = current_date - 2 where person = 'ben'")
    with pytest.raises(PeriodCloseError, match="ben is no controller"):
        period_close.lock(closing, offered.close.close_no)
    assert closing.state() == "soft_closed"


def test_who_prepared_an_override_does_not_approve_it(closing: Closing) -> None:
    offered = closing.propose()
    with closing.finance().transaction() as connection:
        connection.execute(
            """
            insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, subject_type, subject_id,
                message, suggested_fix, word, word_by, word_at, word_reason)
            values ('x|no_rate', 'document', 'low', 'o', 'US', 'USD', 1, 'invoice', 'x', 'm', 's', 'waived', 'Ben', now(), 'small')
            """
        )
    with pytest.raises(PeriodCloseError, match=r"ben prepared something in this period \(the waiver of exceptions"):
        closing.answer(offered)


def test_the_database_itself_keeps_no_close_without_a_second_person(closing: Closing) -> None:
    offered = closing.propose()
    for change in (
        "state = 'closed'",
        "state = 'closed', decision = 'approved', decided_by = 'Anna', decided_at = now()",
    ):
        with pytest.raises(psycopg.errors.CheckViolation), closing.finance().transaction() as connection:
            connection.execute(f"update period_close set {change} where close_no = {offered.close.close_no}")


def test_refused_it_stays_open_and_says_so(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered, decision="refused", comment="the bonus is missing")
    with pytest.raises(PeriodCloseError, match=r"ben refused .*the bonus is missing"):
        period_close.lock(closing, offered.close.close_no)
    ended = period_close.release(closing, ENTITY, PERIOD, offered.close.run_id, "ben refused it")
    assert ended is not None
    assert (ended.state, ended.ended_because, closing.state()) == ("ended", "ben refused it", "open")
    assert PERIOD not in closing.ledger.closed
    with pytest.raises(PeriodCloseError, match="ended: ben refused it"):
        period_close.lock(closing, offered.close.close_no)
    with pytest.raises(PeriodCloseError, match="Start a new run"):
        closing.begin(run_id=offered.close.run_id)


def test_what_somebody_posts_in_the_erp_after_the_approval_voids_it_and_is_named(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    with (
        closing.in_erp_by_hand(("4000", -100), ("1100", 100)),
        pytest.raises(PeriodCloseError, match=r"is void: the ERP .* posted since: N-BY-HAND .* by carla in the ERP"),
    ):
        period_close.lock(closing, offered.close.close_no)
    assert closing.state() == "soft_closed"


def test_an_entry_that_vanishes_from_the_erp_is_named_too(closing: Closing) -> None:
    with closing.in_erp_by_hand(("1010", -100), ("7000", 100)) as by_hand:
        offered = closing.propose()
        closing.answer(offered, waivers="".join(f"{item.code}: known\n" for item in offered.blockers))
        del closing.ledger.ledger[by_hand.header.erp_id]
    with pytest.raises(PeriodCloseError, match="gone since: N-BY-HAND"):
        period_close.lock(closing, offered.close.close_no)


def test_figures_made_again_forget_the_answer_that_was_given_on_others(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    with closing.in_erp_by_hand(("1010", -100), ("7000", 100)):
        again = period_close.propose(closing, offered.close.close_no)
    assert again.close.close_hash != offered.close.close_hash
    assert again.close.decision is None
    with pytest.raises(PeriodCloseError, match="it does not count"):
        closing.answer_what_was_shown(offered)
    _, _, people = period_close.ask(closing, offered.close.close_no)
    assert people == ["ben"]
    [row] = closing.company.rows("select answer_fault from period_close")
    assert "does not count" in row["answer_fault"]
    with pytest.raises(PeriodCloseError, match="Nobody approved"):
        period_close.lock(closing, offered.close.close_no)


def test_made_again_unchanged_the_answer_stands(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    assert period_close.propose(closing, offered.close.close_no).close.decision == "approved"


def test_what_blocks_needs_a_waiver_each_and_some_takes_none(closing: Closing) -> None:
    closing.company.rows("select 1")
    with closing.finance().transaction() as connection:
        connection.execute(
            """
            insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, subject_type, subject_id,
                message, suggested_fix)
            values ('x|line_without_tax', 'document', 'high', 'AR', 'US', 'USD', 700, 'invoice', 'x', 'no tax', 'add it')
            """
        )
    offered = closing.propose()
    [item] = offered.blockers
    assert (item.code.split(":")[0], item.owner, item.can_waive) == ("exception", "AR", True)
    assert item.link == "http://localhost:8080/dags/replay_exceptions"
    assert "7.00 USD at risk" in item.fact
    with pytest.raises(PeriodCloseError, match="1 blocking items without a waiver"):
        closing.answer(offered)
    with pytest.raises(PeriodCloseError, match="cannot be read"):
        closing.answer(offered, waivers="it is fine")
    closing.answer(offered, waivers=f"{item.code}: the customer corrects it in February")
    assert period_close.lock(closing, offered.close.close_no).waivers == {
        item.code: "the customer corrects it in February"
    }
    page = Path(period_close.publish(closing, offered.close.close_no).page_location).read_text(encoding="utf-8")
    assert "the customer corrects it in February" in page


def test_a_period_that_has_not_ended_or_follows_an_open_one_is_not_closed(closing: Closing) -> None:
    now = AFTER - timedelta(days=5)
    with closing.finance().transaction() as connection:
        from include.pipelines.close_checklist import read_checklist  # noqa: PLC0415 (only here)

        early = read_checklist(connection, closing.configuration, ENTITY, PERIOD, now)
        later = read_checklist(connection, closing.configuration, ENTITY, NEXT, AFTER + timedelta(days=60))
    assert "period_ended" in {item.code for item in early.obstacles}
    assert "earlier_periods" in {item.code for item in later.obstacles}
    with pytest.raises(UnknownNameError, match="2026-13"):
        closing.begin(period="2026-13")


def test_entries_on_their_way_are_waited_for(closing: Closing) -> None:
    closing.company.night(invoice("INV-2", "01-16", line(100)), instant=AFTER + timedelta(hours=1))
    close = closing.begin()
    with pytest.raises(PeriodCloseError, match=r"still on their way \(1 ready\)"):
        period_close.soft_lock(closing, close.close_no)
    assert closing.state() == "open"
    closing.post()
    period_close.soft_lock(closing, close.close_no)
    assert closing.state() == "soft_closed"


def test_what_comes_late_goes_into_the_next_period(closing: Closing) -> None:
    offered = closing.propose()
    closing.company.night(invoice("INV-2", "01-16", line(100)), instant=AFTER + timedelta(hours=1))
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    closing.company.night(invoice("INV-3", "01-17", line(300)), instant=AFTER + timedelta(hours=2))
    closing.post()
    assert len(entries_of(closing, NEXT)) == 2
    assert {entry["state"] for entry in entries_of(closing, NEXT)} == {"verified"}


def test_a_night_that_was_read_before_the_lock_is_accounted_again_after_it(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.pipelines import account  # noqa: PLC0415 (only here)

    close = closing.begin()
    real, done = account.open_commit, []

    def lock_first(*given: object, **more: object) -> object:
        if not done:
            done.append(period_close.soft_lock(closing, close.close_no))
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(account, "open_commit", lock_first)
    closing.company.night(invoice("INV-2", "01-16", line(100)), instant=AFTER + timedelta(hours=1))
    assert done
    assert [entry["state"] for entry in entries_of(closing, NEXT)] == ["ready"]


def test_an_entry_that_was_ready_when_the_period_was_locked_is_held_not_sent(closing: Closing) -> None:
    closing.company.night(invoice("INV-2", "01-16", line(100)), instant=AFTER + timedelta(hours=1))
    with closing.finance().transaction() as connection:
        connection.execute(
            "insert into accounting_period (legal_entity_code, period_name, state, changed_by, start_date, end_date)"
            " values ('US', '2026-01', 'closed', 'somebody', '2026-01-01', '2026-01-31')"
        )
    before = len(closing.ledger.ledger)
    closing.post()
    assert len(closing.ledger.ledger) == before
    assert {"held"} == {entry["state"] for entry in entries_of(closing, PERIOD) if entry["state"] != "verified"}


_COPY = """
insert into journal_entry
select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'reference', 'COPY', 'state', %s::text, 'erp_id', null))).*
from journal_entry as e where period_name = '2026-01' limit 1
"""
_COPY_LINES = """
insert into journal_line
select (jsonb_populate_record(l, jsonb_build_object('entry_id', n.id))).*
from journal_entry as n
join journal_line as l on l.entry_id = (select id from journal_entry where reference <> 'COPY' and period_name = '2026-01' limit 1)
where n.reference = 'COPY'
"""


@pytest.mark.parametrize(
    "change",
    [
        "update journal_entry set posting_date = '2026-02-01' where period_name = '2026-01'",
        "update journal_entry set period_name = '2026-02' where period_name = '2026-01'",
        "update journal_entry set state = 'superseded' where period_name = '2026-01'",
        "insert into journal_line select (jsonb_populate_record(l, '{\"line_no\": 91}')).* from journal_line as l limit 1",
        _COPY.replace("%s", "'ready'"),
        _COPY.replace("%s", "'verified'"),
    ],
)
def test_no_writer_gets_past_the_lock(closing: Closing, change: LiteralString) -> None:
    offered = closing.propose()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    with (
        closing.finance().connection() as connection,
        pytest.raises(psycopg.DatabaseError, match="period 2026-01 is locked") as refused,
    ):
        connection.execute(change)
    assert refused.value.sqlstate == "TO001"


def test_an_entry_that_only_waits_may_stand_in_a_locked_period(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    with closing.finance().transaction() as connection:
        connection.execute(
            _COPY.replace("'erp_id', null", "'erp_id', null, 'held_reason', 'hold_for_reopen'"), ("held",)
        )
        connection.execute(_COPY_LINES)
    with closing.finance().connection() as connection:
        for state in ("sending", "verified"):
            with pytest.raises(psycopg.DatabaseError, match="period 2026-01 is locked"):
                connection.execute(
                    "update journal_entry set state = %s, held_reason = null where reference = 'COPY'", (state,)
                )


def test_a_writer_of_another_isolation_level_is_refused(closing: Closing) -> None:
    with closing.finance().connection() as connection:
        connection.execute("set default_transaction_isolation to 'repeatable read'")
        with pytest.raises(psycopg.DatabaseError, match="read committed only"):
            connection.execute("update journal_entry set state = 'superseded'")


def test_a_lock_waits_for_who_is_booking_and_then_sees_it(closing: Closing) -> None:
    """The writer has booked and not committed; the lock must not be taken on figures without that."""
    close = closing.begin()
    errors: list[BaseException] = []

    def try_lock() -> None:
        try:
            period_close.soft_lock(closing, close.close_no)
        except PeriodCloseError as error:
            errors.append(error)

    with closing.finance().transaction() as connection:
        connection.execute(_COPY, ("ready",))
        thread = threading.Thread(target=try_lock)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        connection.execute(_COPY_LINES)
    thread.join()
    assert len(errors) == 1
    assert "1 ready" in str(errors[0])


def test_listed_people_and_categories_book_into_a_softly_closed_period(closing: Closing) -> None:
    settings = CloseSettings(ErpPeriods.LEAVE, open_to_people=("carla",), open_to_categories=("recognition",))
    closing.configuration = replace(closing.configuration, closing={ENTITY: settings})
    close = closing.begin()
    period_close.soft_lock(closing, close.close_no)
    asked = "select takes_entries('US', '2026-01', %s) as takes"
    assert [closing.company.rows(asked, category)[0]["takes"] for category in ("recognition", "invoices")] == [
        True,
        False,
    ]
    as_carla = replace(closing.finance(), actor=replace(closing.finance().actor, person="Carla"))
    with as_carla.transaction() as connection:
        row = connection.execute(asked, ("invoices",)).fetchone()
    assert row == {"takes": True}
    with closing.finance().transaction() as connection:
        period_closes.set_period(
            connection,
            close,
            period_closes.place_of(connection, ENTITY, PERIOD),
            "closed",
            "x",
            settings,  # type: ignore[arg-type]
        )
    assert closing.company.rows(asked, "recognition") == [{"takes": False}]


def test_two_closes_at_once_are_one(closing: Closing) -> None:
    first = closing.begin(run_id="one")
    assert closing.begin(run_id="one").close_no == first.close_no
    with pytest.raises(PeriodCloseError, match=r"being closed already \(close .*, run one, started by anna\)"):
        closing.begin(run_id="two")
    ended = period_close.end_close(closing, ENTITY, PERIOD, by="otto", reason="its worker is gone")
    assert ended.ended_because == "ended by otto: its worker is gone"
    assert closing.begin(run_id="two").close_no != first.close_no


def test_an_erp_that_refuses_to_close_is_quoted_and_the_release_opens_the_period(closing: Closing) -> None:
    closing.periods.refuses = 'Period 2026-01: to close it you must post the moves "(25)".'
    close = closing.begin()
    with pytest.raises(EntryRefusedError, match="you must post the moves"):
        period_close.soft_lock(closing, close.close_no)
    closing.periods.refuses = ""
    period_close.release(closing, ENTITY, PERIOD, close.run_id, "the ERP refused")
    assert closing.state() == "open"


def test_killed_after_any_step_the_close_goes_on_and_locks_once(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    class DiedError(Exception):
        """The process is gone."""

    def dies_in(target: object, name: str) -> None:
        real = getattr(target, name)

        def once(*given: object, **more: object) -> object:
            monkeypatch.setattr(target, name, real)
            raise DiedError

        monkeypatch.setattr(target, name, once)

    close = closing.begin(run_id="run")
    dies_in(closing.periods, "close_period")
    with pytest.raises(DiedError):
        period_close.soft_lock(closing, close.close_no)
    period_close.soft_lock(closing, close.close_no)
    closing.post()
    for target, name in ((period_close, "build_close_package"), (period_closes, "propose")):
        dies_in(target, name)
        with pytest.raises(DiedError):
            period_close.propose(closing, close.close_no)
    offered = period_close.propose(closing, close.close_no)
    closing.answer(offered)
    for target, name in ((period_close, "read_erp"), (period_closes, "set_period"), (period_closes, "mark_closed")):
        dies_in(target, name)
        with pytest.raises(DiedError):
            period_close.lock(closing, close.close_no)
        assert closing.state() == "soft_closed"
    period_close.lock(closing, close.close_no)
    assert closing.state() == "closed"
    assert period_close.release(closing, ENTITY, PERIOD, "run", "too late") is not None
    assert closing.state() == "closed"


def test_reopened_by_two_people_and_closed_again_it_says_what_was_booked_in_between(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    asked = period_reopen.ask_reopening(closing, ENTITY, PERIOD, run_id="r", by="anna", reason="a bonus is missing")
    for by, fact in (("Anna", "cannot approve it"), ("carla", "carla is no controller")):
        with pytest.raises(PeriodCloseError, match=fact):
            period_reopen.answer_reopening(
                closing, asked.reopening.reopening_no, is_approved=True, by=by, at=datetime.now(UTC)
            )
    with pytest.raises(PeriodCloseError, match="nobody approved it"):
        period_reopen.reopen_in_erp(closing, asked.reopening.reopening_no)
    assert closing.state() == "closed"
    at = datetime.now(UTC)
    period_reopen.answer_reopening(closing, asked.reopening.reopening_no, is_approved=True, by="ben", at=at)
    period_reopen.answer_reopening(closing, asked.reopening.reopening_no, is_approved=True, by="ben", at=at)
    period_reopen.reopen_in_erp(closing, asked.reopening.reopening_no)
    assert closing.state() == "open"
    assert PERIOD not in closing.ledger.closed
    closing.post()  # the finance database learns what the ERP has open
    closing.company.night(invoice("INV-2", "01-16", line(100)), instant=AFTER + timedelta(hours=1))
    closing.post()
    again = closing.propose()
    assert again.close.trial_balance_hash != offered.close.trial_balance_hash
    closing.answer(again)
    period_close.lock(closing, again.close.close_no)
    page = Path(period_close.publish(closing, again.close.close_no).page_location).read_text(encoding="utf-8")
    assert "opened the period again, asked for by anna" in page
    assert "1 entries were booked in between" in page
    [row] = closing.company.rows("select state, before_hash, after_hash from period_reopening")
    assert row == {
        "state": "closed_again",
        "before_hash": offered.close.trial_balance_hash,
        "after_hash": again.close.trial_balance_hash,
    }


def test_only_the_latest_closed_period_is_opened_again(closing: Closing) -> None:
    offered = closing.propose()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    closing.company.night(invoice("INV-2", "02-16", line(100)), instant=AFTER + timedelta(days=30))
    closing.post(AFTER + timedelta(days=30))
    later = closing.propose(period=NEXT)
    closing.answer(later)
    period_close.lock(closing, later.close.close_no)
    with pytest.raises(PeriodCloseError, match="cannot be opened before 2026-02"):
        period_reopen.ask_reopening(closing, ENTITY, PERIOD, run_id="r", by="anna", reason="x")
    with pytest.raises(PeriodCloseError, match=r"was not closed here \(open\)"):
        period_reopen.ask_reopening(closing, ENTITY, "2026-03", run_id="r", by="anna", reason="x")
    assert period_reopen.ask_reopening(closing, ENTITY, NEXT, run_id="r", by="anna", reason="x").late == ()


def test_the_outcome_of_a_run_that_closed_nothing_says_how_the_period_stands(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A period that another run has closed, or is closing, is not told to be open."""
    from airflow.sdk.exceptions import AirflowFailException  # noqa: PLC0415 (only here)

    from include.orchestration import period_close as tasks  # noqa: PLC0415

    monkeypatch.setattr(tasks, "_app", lambda: closing)
    plan = {"periods": {ENTITY: PERIOD}, "dry_run": False}

    def outcome(run_id: str) -> None:
        tasks.outcome_run(ENTITY, plan, run_id, {"close.soft_lock": "failed"})

    with pytest.raises(AirflowFailException, match=r"is OPEN, .*tasks not done: close.soft_lock"):
        outcome("another")
    offered = closing.propose()
    with pytest.raises(AirflowFailException, match="is soft_closed, by another close"):
        outcome("another")
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    with pytest.raises(AirflowFailException, match="is closed, by another close"):
        outcome("another")
    outcome(offered.close.run_id)
    assert closing.state() == "closed"


def test_what_the_calendar_closes_is_planned_by_the_name_in_the_erp_and_started_by_nobody(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.orchestration import period_close as tasks  # noqa: PLC0415 (only here)

    america = closing.configuration.close_calendars["america"]
    begin = CloseStep("begin", 2, time(8), is_close=True)
    configuration = replace(
        closing.configuration, close_calendars={"america": replace(america, steps=(*america.steps, begin))}
    )
    calendared = replace(closing, configuration=configuration)
    monkeypatch.setattr(tasks, "_app", lambda: calendared)
    due, form = (
        datetime(2026, 2, 3, 13, tzinfo=UTC),
        {"period": "", "legal_entities": [], "dry_run": True, "reason": ""},
    )
    plan = tasks.plan_close_run(form, due, "scheduled")
    assert plan["periods"] == {ENTITY: PERIOD}
    assert plan["dry_run"] is False
    assert plan["reason"] == "close calendar america, BD+2 08:00 begin, FY2026 P01"
    # Nobody has triggered it: every controller may approve. A person's run is that person's, whatever the plan says.
    monkeypatch.setattr(tasks, "acting", lambda: Actor("period_close.soft_lock", "", "scheduled__x"))
    number = tasks.soft_lock_run(ENTITY, plan, "scheduled__x", "scheduled")
    [close] = closing.company.rows("select started_by from period_close where close_no = %s", number)
    assert close["started_by"] == "close calendar america"
    with pytest.raises(PeriodCloseError, match="Nobody is named who starts this close"):
        tasks.soft_lock_run(ENTITY, plan, "manual__x", "manual")
    offered = period_close.propose(closing, number)
    closing.answer(offered)
    period_close.lock(closing, number)
    assert closing.state() == "closed"
    # Due once more, it is closed already: nothing is to be done, and nothing is wrong.
    assert tasks.plan_close_run(form, due, "scheduled")["periods"] == {}
    with pytest.raises(PeriodCloseError, match="Say in `period` which one is closed"):
        tasks.plan_close_run(form, due, "manual")
    with pytest.raises(PeriodCloseError, match="not started as a backfill run"):
        tasks.plan_close_run(form, due, "backfill")


def test_a_period_that_the_erp_does_not_have_fails_the_preflight_of_its_legal_entity(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    from include.orchestration import period_close as tasks  # noqa: PLC0415 (only here)

    america = closing.configuration.close_calendars["america"]
    years = [{"year": 2026, "starts": "2026-01-01", "period_ends": ["2026-01-30", "2026-12-31"]}]
    odd = calendar_from_plain({"name": "odd", "kind": "listed", "adjustment_period": False, "years": years})
    begin = CloseStep("begin", 2, time(8), is_close=True)
    changed = replace(america, steps=(begin,), fiscal_calendar=odd)
    calendared = replace(closing, configuration=replace(closing.configuration, close_calendars={"america": changed}))
    monkeypatch.setattr(tasks, "_app", lambda: calendared)
    form = {"period": "", "legal_entities": [], "dry_run": True, "reason": ""}
    plan = tasks.plan_close_run(form, datetime(2026, 2, 3, 13, tzinfo=UTC), "scheduled")
    assert plan["periods"] == {ENTITY: "FY2026 P01"}
    with pytest.raises(UnknownNameError, match="has no period FY2026 P01 in its ERP"):
        tasks.preflight_run(ENTITY, plan)


def test_a_late_document_is_moved_into_its_period_again_only_when_chosen(
    closing: Closing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ruling 58: what went into the next period stays there after a reopening, unless two people have it booked anew."""
    for module in (reclassify_reckoning, reverse_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])
    offered = closing.propose()
    closing.answer(offered)
    period_close.lock(closing, offered.close.close_no)
    later = AFTER + timedelta(days=3)
    closing.company.night(invoice("INV-LATE", "01-28", line(7700)), instant=later)
    closing.post(later)
    late = "select period_name, posting_date::text as day, state from journal_entry where period_name = '2026-02' order by reference"
    assert closing.company.rows(late) == [{"period_name": NEXT, "day": "2026-02-01", "state": "verified"}]
    asked = period_reopen.ask_reopening(closing, ENTITY, PERIOD, run_id="r", by="anna", reason="the auditor asks")
    assert {(row["document_count"], row["posted_period"]) for row in asked.late} == {(1, NEXT)}
    at = datetime.now(UTC)
    period_reopen.answer_reopening(closing, asked.reopening.reopening_no, is_approved=True, by="ben", at=at)
    period_reopen.reopen_in_erp(closing, asked.reopening.reopening_no)
    # A night by itself moves nothing.
    closing.company.night(invoice("INV-3", "02-03", line(100)), instant=later + timedelta(days=1))
    closing.post(later + timedelta(days=1))
    assert net_of(closing, "4%") == {PERIOD: -50000, NEXT: -7800}
    [entry] = closing.company.rows("select reference from journal_entry where category = 'late' and state = 'verified'")
    wanted = ReversalWanted(entry["reference"], ("invoice:INV-LATE",), is_rebooked=True, reason="January is open again")
    proposed = propose_reversal(closing.accounting_desk(), wanted, "anna")
    approve_reversal(closing.accounting_desk(), proposed.sha256, "ben")
    closing.post(later + timedelta(days=1))
    assert net_of(closing, "4%") == {PERIOD: -57700, NEXT: -100}
    # It is booked once, and the next night leaves it where it is.
    closing.company.night(invoice("INV-4", "02-04", line(1)), instant=later + timedelta(days=2))
    closing.post(later + timedelta(days=2))
    assert net_of(closing, "4%") == {PERIOD: -57700, NEXT: -101}


def test_two_invoices_that_billing_has_open_otherwise_stand_in_the_way_though_they_cancel_out(closing: Closing) -> None:
    one, other = (invoice(f"INV-{n}", "01-20", line(1000), open_minor=1000 + off) for n, off in ((7, 50), (8, -50)))
    closing.company.night(one, other, instant=AFTER + timedelta(hours=1))
    closing.post(AFTER + timedelta(hours=1))
    facts = [item.fact for item in closing.propose().blockers if item.code.startswith("check:")]
    assert len(facts) == 1
    assert "that nothing explains" in facts[0]


def net_of(closing: Closing, account: str) -> dict[str, int]:
    """Net minor units of accounts by period, of what is in the ERP."""
    rows = closing.company.rows(
        """
        select e.period_name, sum(l.amount_minor)::bigint as net from journal_entry as e join journal_line as l on l.entry_id = e.id
        where l.account_code like %s and e.state = 'verified' group by e.period_name
        """,
        account,
    )
    return {row["period_name"]: row["net"] for row in rows}
