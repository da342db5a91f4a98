"""The audit log of a company's nights: what was committed by which rules, what waits for a person, who approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from include.finance.actor import Actor
from include.finance.period import AccountingPeriod, PeriodState
from include.pipelines import explain_evidence, reclassify_reckoning
from include.pipelines.reclassify import approve_reclassification, propose_reclassification
from include.pipelines.reclassify_asked import read_asked
from include.pipelines.verify_audit import verify_audit
from include.ports.erp import ReferenceData
from include.store.erp_reference import replace_reference_data
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company
from tests.accounting.corrected import TAX_ELSEWHERE

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture(autouse=True)
def asked_in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reclassify_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])


def told(company: Company, *subjects: str) -> list[str]:
    """What the log says of some kinds of things, in its order; a person in front of a word of theirs."""
    rows = company.rows(
        "select person, subject_type, action from audit_log where subject_type = any(%s) order by id", list(subjects)
    )
    return [" ".join(filter(None, (row["person"], row["subject_type"], row["action"]))) for row in rows]


def logged(company: Company, subject_type: str, action: str) -> list[dict[str, Any]]:
    return company.rows(
        "select subject_id, correlation_id, before, after, is_witnessed from audit_log where subject_type = %s and action = %s order by id",
        subject_type,
        action,
    )


def test_a_night_a_corrected_rule_and_two_peoples_word_are_told_in_order(own_company: Company) -> None:
    company = own_company
    company.night(invoice("INV-1", "01-10", line(10000, tax=800)))
    company.configuration = TAX_ELSEWHERE
    company.finance = replace(company.finance, actor=Actor("command reclassify", "anna"))
    asked = read_asked("invoice:INV-1", "", "2026-01", "2026-02", "Nevada")
    [proposed] = propose_reclassification(company.desk, asked, "anna")
    assert proposed.proposal
    company.finance = replace(company.finance, actor=Actor("command reclassify", "ben"))
    approve_reclassification(company.desk, proposed.proposal.sha256, "ben")

    assert told(company, "batch", "configuration", "rule_set", "reclassification") == [
        "configuration first used",
        "batch committed",
        "rule_set first used",
        "anna reclassification proposed",
        "ben configuration changed",
        "ben batch committed",
        "ben rule_set first used",
        "ben reclassification approved",
    ]
    [batch, approved_batch] = company.rows("select * from batch order by batch_no")
    [changed] = logged(company, "configuration", "changed")
    assert changed["before"]["rule_set_sha256"] == batch["rule_set_sha256"]
    assert changed["after"]["rule_set_sha256"] == approved_batch["rule_set_sha256"]
    [approved] = logged(company, "reclassification", "approved")
    assert approved["before"] == {"approved_by": None, "approved_at": None, "batch_no": None}
    assert approved["after"]["approved_by"] == "ben"
    files, corrected = (row["after"]["files"] for row in logged(company, "rule_set", "first used"))
    assert files.keys() == corrected.keys()
    assert files != corrected
    entries = {(str(row["id"]), row["reference"]) for row in company.rows("select id, reference from journal_entry")}
    assert {(row["correlation_id"], row["subject_id"]) for row in logged(company, "journal_entry", "ready")} == entries
    assert verify_audit(company.finance, company.evidence).is_whole


@pytest.mark.core
def test_what_needs_a_person_is_logged_when_it_opens_and_when_it_closes(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-10", line(10000), currency="XXX"))
    own_company.night()
    own_company.night(invoice("INV-1", "01-10", line(10000)))
    assert told(own_company, "exception") == ["exception open", "exception closed"]
    [closed] = logged(own_company, "exception", "closed")
    assert (closed["before"], closed["after"]) == ({"state": "open"}, {"state": "closed"})


@pytest.mark.core
def test_a_dry_run_and_an_attempt_given_up_are_told_too(own_company: Company) -> None:
    own_company.night(invoice("INV-1", "01-10", line(10000)), kind="dry_run")
    assert told(own_company, "attempt", "batch") == ["attempt open", "attempt landed"]


@pytest.mark.core
def test_periods_are_logged_when_the_erp_opens_or_closes_them_and_not_every_night(own_company: Company) -> None:
    def read(state: PeriodState, *months: int) -> None:
        periods = [AccountingPeriod(f"2030-{m:02}", "2030", date(2030, m, 1), date(2030, m, 28), state) for m in months]
        reference = ReferenceData((), frozenset({"invoices"}), "USD", 2)
        with own_company.finance.transaction() as connection:
            replace_reference_data(connection, "other", "XX", reference, periods)

    read(PeriodState.OPEN, 1, 2)
    read(PeriodState.OPEN, 1, 2)
    read(PeriodState.CLOSED, 1, 2)
    read(PeriodState.CLOSED, 2)
    rows = own_company.rows(
        "select action, subject_id from audit_log where starts_with(subject_id, 'other XX') order by id"
    )
    assert [(row["action"], row["subject_id"][-7:]) for row in rows] == [
        ("open", "2030-01"),
        ("open", "2030-02"),
        ("closed", "2030-01"),
        ("closed", "2030-02"),
        ("gone", "2030-01"),
    ]
