"""What people say of exceptions: who may, what it does, and when it lapses."""

from __future__ import annotations

import psycopg
import pytest

from include.finance.errors import ExceptionWordError
from include.finance.exception_desk import DeskState
from include.pipelines.exceptions_desk import Said, Word
from include.store.exceptions_desk import read_history
from tests.exceptions.conftest import Desk


def test_a_person_acknowledges_a_whole_cause_and_saying_it_twice_changes_nothing(desk: Desk) -> None:
    desk.found(count=3)
    assert desk.say(Word.ACKNOWLEDGE, "anna") == Said(DeskState.ACKNOWLEDGED, 3)
    assert desk.say(Word.ACKNOWLEDGE, "ben").exception_count == 0
    assert (desk.the("state"), desk.the("word_by")) == ("acknowledged", "anna")


def test_a_word_stays_when_the_next_night_finds_the_same_again(desk: Desk) -> None:
    desk.found()
    desk.say(Word.ACKNOWLEDGE, "anna")
    desk.found()
    assert desk.the("state") == "acknowledged"


def test_one_word_is_on_one_exception_where_its_id_is_named(desk: Desk) -> None:
    desk.found(count=2)
    first, second = desk.rows()
    desk.say(Word.ACKNOWLEDGE, "anna", of=str(first["id"]))
    assert [row["state"] for row in desk.rows()] == ["acknowledged", "open"]
    assert first["group_code"] == second["group_code"]


def test_a_small_cause_is_waived_by_one_person_with_a_reason(desk: Desk) -> None:
    desk.found(minor=5000)
    with pytest.raises(ExceptionWordError, match="takes a reason"):
        desk.say(Word.WAIVE, "anna", reason=" ")
    assert desk.say(Word.WAIVE, "anna") == Said(DeskState.WAIVED, 1)
    assert desk.the("is_standing")


def test_above_the_limit_a_second_person_approves_and_never_the_same(desk: Desk) -> None:
    desk.found(minor=5001)
    assert desk.say(Word.WAIVE, "anna") == Said(DeskState.WAIVE_ASKED, 1)
    for same in ("anna", " Anna ", "ANNA"):
        with pytest.raises(ExceptionWordError, match="a second person"):
            desk.say(Word.APPROVE, same)
    assert desk.the("state") == "waive_asked"
    assert desk.say(Word.APPROVE, "ben") == Said(DeskState.WAIVED, 1)
    assert desk.say(Word.APPROVE, "ben").exception_count == 0
    assert (desk.the("word_by"), desk.the("approved_by")) == ("anna", "ben")


def test_the_database_itself_refuses_one_person_as_two(desk: Desk) -> None:
    desk.found(minor=5001)
    desk.say(Word.WAIVE, "anna")
    with pytest.raises(psycopg.errors.CheckViolation):
        desk.change("update exception set word = 'waived', approved_by = 'Anna ', approved_at = now()")


def test_the_limit_is_not_got_round_in_small_parts(desk: Desk) -> None:
    desk.found(count=3, minor=2500)
    ids = [str(row["id"]) for row in desk.rows()]
    states = [desk.say(Word.WAIVE, "anna", of=each).state for each in ids]
    assert states == [DeskState.WAIVED, DeskState.WAIVED, DeskState.WAIVE_ASKED]


def test_a_currency_without_a_limit_takes_a_second_person(desk: Desk) -> None:
    desk.found(minor=1, currency="CHF", risk_minor=None)
    assert desk.say(Word.WAIVE, "anna").state is DeskState.WAIVE_ASKED


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_waiver_covers_no_more_money_than_it_was_given_for(desk: Desk, *, is_approved: bool) -> None:
    desk.found(minor=6000)
    desk.say(Word.WAIVE, "anna")
    if is_approved:
        desk.say(Word.APPROVE, "ben")
    desk.found(minor=6000)
    assert desk.the("state") == ("waived" if is_approved else "waive_asked")
    desk.found(minor=6001)
    assert (desk.the("state"), desk.the("approved_by")) == ("open", None)
    with pytest.raises(ExceptionWordError, match="No waiver waits"):
        desk.say(Word.APPROVE, "ben")


def test_what_is_resolved_comes_back_when_the_next_night_finds_it_still_wrong(desk: Desk) -> None:
    desk.found()
    desk.say(Word.RESOLVE, "anna", reason="corrected in billing")
    assert (desk.the("state"), desk.the("is_standing")) == ("resolved", False)
    desk.found()
    assert (desk.the("state"), desk.the("word_by")) == ("open", None)


def test_an_entry_that_waits_is_not_called_resolved(desk: Desk, rejected: str) -> None:
    with pytest.raises(ExceptionWordError, match=f"make requeue REFERENCE={rejected}"):
        desk.say(Word.RESOLVE, "anna", rule="entry_refused")
    assert desk.the("state", "entry_refused") == "open"


def test_what_is_closed_or_unknown_takes_no_word(desk: Desk) -> None:
    desk.found()
    group = desk.the("group_code")
    desk.gone()
    for name in (group, "nothing", ""):
        with pytest.raises(ExceptionWordError, match="No exception stands"):
            desk.say(Word.ACKNOWLEDGE, "anna", of=name or "-")
    with pytest.raises(ExceptionWordError, match="Nobody is named"):
        desk.say(Word.ACKNOWLEDGE, "  ", of=group)


def test_its_history_tells_who_what_when_and_why_and_cannot_be_changed(desk: Desk) -> None:
    desk.found(minor=5001)
    desk.say(Word.WAIVE, "anna", reason="customer is insolvent")
    desk.say(Word.APPROVE, "ben")
    desk.gone()
    (row,) = desk.rows()
    history = read_history(desk.finance, str(row["id"]))
    assert [each["after"].get("word", each["action"]) for each in history] == [None, "waive_asked", "waived", "closed"]
    assert [each["who"] for each in history[1:3]] == ["anna", "ben"]
    assert history[1]["after"]["word_reason"] == "customer is insolvent"
    assert history[2]["after"]["approved_by"] == "ben"
    assert row["state"] == "resolved"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        desk.change("delete from audit_log")
