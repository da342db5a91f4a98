"""A document is repaired in billing and replayed through a real Airflow into a real ERP."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg
import pytest

from include.finance.journal import EntryState
from include.ports.erp import LedgerState
from tests.dags.airflow_company import NIGHT_ONE, AirflowCompany
from tests.dags.test_period_close import ClosingCompany

_REASON = "the date was missing in billing"
# Every entry that a document is booked in, whatever for.
_ENTRIES = """
select distinct e.id, e.reference, e.state, e.legal_entity_code
from event_booking as b
join journal_entry as e on e.id = b.journal_entry_id
where b.document_uid = %s and not b.is_superseded
order by e.reference
"""
_WITHOUT_DATE = """
select subject_id from exception
where rule = 'missing_document_date' and legal_entity_code = 'JP' and subject_type = 'invoice' and state = 'open'
"""
# Billing's own control totals have a place for it only now.
_GIVE_DATE = """
with repaired as (
    update billing.invoices set issue_date = %(day)s where id = %(id)s and issue_date is null
    returning total_minor, open_minor, currency)
update billing.control_totals as t
set document_count = t.document_count + 1, total_minor = t.total_minor + r.total_minor, open_minor = t.open_minor + r.open_minor
from repaired as r
where t.legal_entity_code = 'JP' and t.document_type = 'invoice' and t.document_date = %(day)s and t.currency = r.currency
"""
_EXCEPTION = """
select subject_id, subject_uid, state, is_standing, replay_by, replay_reason
from exception_desk
where legal_entity_code = 'JP' and subject_type = 'invoice' and subject_id = %s
"""


def give_date(company: AirflowCompany, invoice: str) -> None:
    """Repair an invoice in billing that has no date."""
    with psycopg.connect(company.office.postgres.dsn("billing_owner", company.billing)) as billing:
        assert billing.execute(_GIVE_DATE, {"day": date(2026, 1, 15), "id": invoice}).rowcount == 1


@pytest.mark.chaos
def test_a_repaired_document_is_replayed_by_a_person_and_stands_once_in_the_erp(sample: AirflowCompany) -> None:
    assert sample.run(NIGHT_ONE).state == "success"
    people = ClosingCompany(sample)
    [waiting] = people.rows(_WITHOUT_DATE)
    give_date(sample, waiting["subject_id"])
    [before] = people.rows(_EXCEPTION, waiting["subject_id"])
    assert (before["state"], before["replay_by"]) == ("open", None)
    form = {"legal_entities": ["JP"], "categories": [], "documents": [f"invoice:{waiting['subject_id']}"]}

    run = people.start("replay_exceptions", reason=_REASON, **form)
    assert people.end(run) == "success", {name: task["state"] for name, task in people.tasks(run).items()}
    assert "Replayed 1 exceptions: 1 closed, 0 still stand." in people.log(run, "outcome")
    [after] = people.rows(_EXCEPTION, waiting["subject_id"])
    assert after == before | {
        "state": "replayed",
        "is_standing": False,
        "replay_by": "preparer",
        "replay_reason": _REASON,
    }
    entries = people.rows(_ENTRIES, after["subject_uid"])
    assert entries
    assert {(each["state"], each["legal_entity_code"]) for each in entries} == {(EntryState.VERIFIED, "JP")}
    assert [stands(sample, each["reference"]) for each in entries] == [[LedgerState.POSTED]] * len(entries)
    for each in entries:
        assert life(people, run, "post[JP]", str(each["id"])) == [
            "ready -> sending",
            "sending -> created_unreleased",
            "created_unreleased -> posted",
            "posted -> verified",
        ]

    # Once more, nothing stands that could be tried: nothing is read or posted, and nothing is different.
    in_erp, in_books = sample.in_erp(), sample.entries()
    again = people.start("replay_exceptions", reason=_REASON, **form)
    assert people.end(again) == "success"
    ran = {name.split("[")[0] for name, task in people.tasks(again).items() if task["state"] != "skipped"}
    assert ran.isdisjoint({"extract", "validate", "account", "post", "tie_out"})
    assert (sample.in_erp(), sample.entries()) == (in_erp, in_books)
    assert people.rows(_EXCEPTION, waiting["subject_id"]) == [after]
    assert people.rows(_ENTRIES, after["subject_uid"]) == entries


def stands(company: AirflowCompany, reference: str) -> list[LedgerState]:
    """What the ERP has under a reference."""
    entity = company.app.configuration.legal_entities["JP"]
    return [each.state for each in company.app.erp(entity.erp_code).find(entity, reference)]


def life(people: ClosingCompany, run: str, name: str, entry_id: str) -> list[str]:
    """The changes of state of one entry, found in the log of a task by nothing but its id."""
    task = people.tasks(run)[name]
    path = (
        f"{run}/taskInstances/{task['task_id']}/logs/{task['try_number']}"
        f"?map_index={task['map_index']}&full_content=true"
    )
    lines: list[dict[str, Any]] = people.api.get(path)["content"]
    mine = [line for line in lines if line.get("journal_entry_id") == entry_id]
    assert mine, json.dumps(lines)[:2000]
    return [f"{line['was']} -> {line['state']}" for line in mine if "was" in line]
