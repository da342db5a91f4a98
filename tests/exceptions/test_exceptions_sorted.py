"""The desk sorts what stands: severity, owner, period at risk, due date, groups; and says once what is late."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from include.commands.exceptions import write_csv
from include.finance.exception_desk import DeskRule, DeskSettings, PeriodStage
from include.finance.exception_rule import Severity
from include.pipelines.exceptions_desk import Word, escalation_lines, sort_desk
from include.store.exceptions_desk import Asked, read_exceptions, read_groups
from tests.exceptions.conftest import SHIPPED, Desk

# Thursday 15 January, 18:00 in New York: business days of the close calendar of US skip Monday the 19th, a holiday.
FOUND = datetime(2026, 1, 15, 23, tzinfo=UTC)


def opened(desk: Desk, at: datetime = FOUND) -> None:
    desk.change("update exception set opened_at = %s where state = 'open'", at)


def with_rules(*rules: DeskRule) -> DeskSettings:
    return replace(SHIPPED.desk, rules=rules)


def sorted_by(desk: Desk, *rules: DeskRule, at: datetime = FOUND) -> None:
    sort_desk(desk.finance, replace(SHIPPED, desk=with_rules(*rules)), at)


def test_without_a_rule_it_is_as_grave_as_exceptions_yaml_says_and_due_in_business_days(desk: Desk) -> None:
    desk.found()
    opened(desk)
    sorted_by(desk)
    # medium: five business days after Thursday the 15th, Monday the 19th is a holiday
    assert [desk.the(field) for field in ("severity", "owner", "due_on")] == [
        "medium",
        "Billing operations",
        date(2026, 1, 23),
    ]


def test_the_day_it_was_found_is_that_of_its_company(desk: Desk) -> None:
    desk.found(severity="critical")
    opened(desk, datetime(2026, 1, 14, 3, tzinfo=UTC))  # still the 13th in New York
    sorted_by(desk)
    assert desk.the("due_on") == date(2026, 1, 14)


def test_the_first_rule_that_fits_decides_severity_and_owner_each(desk: Desk) -> None:
    desk.found(minor=50_000)
    desk.found("no_posting_rule", category="posting_rules", minor=49_999)
    opened(desk)
    sorted_by(
        desk,
        DeskRule(at_least_minor={"USD": 50_000}, severity=Severity.CRITICAL),
        DeskRule(categories=("exchange_rates",), severity=Severity.LOW, owner="controller"),
        DeskRule(exceptions=("no_posting_rule",), legal_entities=("DE",), severity=Severity.LOW),
        DeskRule(exceptions=("no_posting_rule",), sources=("billing",), owner="finance_systems"),
    )
    assert (desk.the("severity"), desk.the("owner")) == ("critical", "Controller US")
    other = [desk.the(field, "no_posting_rule") for field in ("severity", "owner")]
    assert other == ["medium", "Finance systems"]


def test_money_in_a_currency_that_a_rule_does_not_name_does_not_meet_it(desk: Desk) -> None:
    desk.found(minor=10**9, currency="CHF", risk_minor=None)
    sorted_by(desk, DeskRule(at_least_minor={"USD": 1}, severity=Severity.LOW))
    assert desk.the("severity") == "medium"


def test_a_period_that_has_ended_and_is_not_locked_is_closing(desk: Desk) -> None:
    desk.found()
    rule = DeskRule(period=PeriodStage.CLOSING, severity=Severity.HIGH)
    sorted_by(desk, rule, at=datetime(2026, 2, 2, 12, tzinfo=UTC))
    assert [desk.the(field) for field in ("period_name", "period_stage", "severity")] == ["2026-01", "closing", "high"]
    desk.change("insert into accounting_period values ('US', '2026-01', 'closed', now(), 'ann')")
    sorted_by(desk, rule, at=datetime(2026, 2, 2, 12, tzinfo=UTC))
    assert [desk.the(field) for field in ("period_name", "period_stage", "severity")] == ["2026-02", "open", "medium"]


def test_an_entry_puts_its_own_period_at_risk(desk: Desk, rejected: str) -> None:
    sorted_by(desk, at=datetime(2026, 1, 25, 12, tzinfo=UTC))
    assert desk.the("subject_id", "entry_refused") == rejected
    assert (desk.the("period_name", "entry_refused"), desk.the("period_stage", "entry_refused")) == ("2026-01", "open")


def test_one_missing_rate_behind_many_documents_is_one_line_with_count_and_money(desk: Desk) -> None:
    desk.found(count=5000, minor=200)
    desk.found("no_posting_rule", detail="no rule")
    desk.found("unmapped_account", entity="DE", detail="no account")
    (rate,) = read_groups(desk.finance, Asked(group_code=desk.the("group_code")))
    assert (rate["exception_count"], rate["at_risk_minor"], rate["at_risk_currency"]) == (5000, 1_000_000, "USD")
    assert len(read_groups(desk.finance, Asked())) == 3
    assert [row["rule"] for row in read_groups(desk.finance, Asked(legal_entity_code="DE"))] == ["unmapped_account"]


def test_a_group_is_opened_whole_as_csv_and_text_of_billing_is_no_formula(desk: Desk, tmp_path: Path) -> None:
    desk.found(count=1200)
    desk.change("update exception set subject_id = '=cmd|x' where subject_id = 'no_fx_rate-1'")
    path = tmp_path / "group.csv"
    assert write_csv(path, read_exceptions(desk.finance, Asked())) == 1200
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == 1200
    assert "'=cmd|x" in {row["subject_id"] for row in rows}


def test_what_is_late_is_said_once_by_cause_and_shown_first(desk: Desk) -> None:
    desk.found(count=3, category="period")  # medium whatever its period
    desk.found("no_posting_rule", severity="critical", detail="no rule")
    opened(desk)
    desk.change("update exception set opened_at = %s where rule = 'no_posting_rule'", datetime(2026, 1, 26, tzinfo=UTC))
    in_time = sort_desk(desk.finance, SHIPPED, datetime(2026, 1, 24, 4, tzinfo=UTC))  # the 23rd in New York
    assert in_time.escalated == ()
    late = sort_desk(desk.finance, SHIPPED, datetime(2026, 1, 24, 6, tzinfo=UTC))
    (group,) = late.escalated
    assert (group.exception_count, group.at_risk_minor, group.due_on) == (3, 3000, date(2026, 1, 23))
    assert "3 x no_fx_rate of legal entity US" in escalation_lines(late.escalated)[0]
    assert sort_desk(desk.finance, SHIPPED, datetime(2026, 1, 24, 6, tzinfo=UTC)).escalated == ()
    assert [row["rule"] for row in read_groups(desk.finance, Asked())] == ["no_fx_rate", "no_posting_rule"]
    desk.gone()
    desk.found()
    assert desk.rows("select escalated_at from exception where subject_id = 'no_fx_rate-1'") == [{"escalated_at": None}]


def test_what_is_waived_is_not_late_and_stands_apart(desk: Desk) -> None:
    desk.found()
    opened(desk)
    desk.say(Word.WAIVE, "anna")
    assert sort_desk(desk.finance, SHIPPED, FOUND + timedelta(days=30)).escalated == ()
    assert read_groups(desk.finance, Asked()) == []
    assert [row["state"] for row in read_groups(desk.finance, Asked(states=("waived",)))] == ["waived"]


def test_sorting_again_changes_nothing(desk: Desk) -> None:
    desk.found(count=20)
    assert sort_desk(desk.finance, SHIPPED, FOUND).changed_count == 20
    before = desk.rows("select count(*) as n from audit_log")
    assert sort_desk(desk.finance, SHIPPED, FOUND).changed_count == 0
    assert desk.rows("select count(*) as n from audit_log") == before


def test_a_sort_that_dies_leaves_nothing_and_the_next_does_all(desk: Desk) -> None:
    desk.found(count=5)
    opened(desk)
    late = FOUND + timedelta(days=30)
    broken = replace(SHIPPED, desk=replace(SHIPPED.desk, rules=(DeskRule(at_least_minor={"USD": "x"}),)))  # type: ignore[dict-item]
    try:
        sort_desk(desk.finance, broken, late)
    except Exception as error:  # noqa: BLE001 - whatever kills it
        assert "numeric" in str(error)  # noqa: PT017
    else:
        raise AssertionError
    assert desk.rows("select count(*) as n from exception where due_on is not null or escalated_at is not null") == [
        {"n": 0}
    ]
    (group,) = sort_desk(desk.finance, SHIPPED, late).escalated
    assert group.exception_count == 5


def test_ten_thousand_are_sorted_acknowledged_and_escalated_by_statements_not_one_by_one(desk: Desk) -> None:
    started = time.monotonic()
    desk.found(count=10_000)
    opened(desk)
    assert sort_desk(desk.finance, SHIPPED, FOUND).changed_count == 10_000
    assert desk.say(Word.ACKNOWLEDGE, "anna").exception_count == 10_000
    (group,) = sort_desk(desk.finance, SHIPPED, FOUND + timedelta(days=30)).escalated
    assert group.exception_count == 10_000
    assert time.monotonic() - started < 60  # row by row, or with loops in loops, it takes minutes
