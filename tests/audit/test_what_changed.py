"""What a run changed, told by the audit log."""

from __future__ import annotations

from dataclasses import replace

from include.finance.actor import Actor
from include.pipelines.verdict import what_changed
from include.store import audit_log
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company
from tests.accounting.conftest import one_bucket, own_company  # noqa: F401  (fixtures)

NOTHING = "This run changed nothing in the books."


def test_a_run_tells_what_it_changed_itself_and_since_it_was_planned_last(own_company: Company) -> None:  # noqa: F811
    finance = replace(own_company.finance, actor=Actor("nightly_posting.account", "ann", "run-1"))
    one = replace(own_company, finance=finance)
    assert what_changed(finance, "run-1") == NOTHING
    one.night(invoice("INV-1", "01-15", line(50000)), invoice("INV-2", "01-15", line(100), currency="ZZZ"))
    told = what_changed(finance, "run-1")
    assert told == "This run changed: 1 batches committed, 1 journal entries made, 1 exceptions opened."
    assert what_changed(finance, "run-2") == NOTHING
    # Planned again, as a backfill does with a run that is over, it has changed nothing yet.
    with finance.transaction() as connection:
        audit_log.note(connection, "planned", "night", "2026-02-01T06:00:00+00:00", {})
    assert what_changed(finance, "run-1") == NOTHING
