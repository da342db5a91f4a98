"""Both nights of the sample company, from its billing database to journal entries, come to what its answer says."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

from include.pipelines.account import Accounted
from include.sample import company
from include.sample.company import NightAnswer
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from tests.accounting.sample_books import open_sample_books

# What the ERP would show: all but what waits for a later day or for a period.
_LEDGER = """
select e.legal_entity_code, l.account_code, e.period_name, e.functional_currency, sum(l.functional_minor)::bigint as net_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.state = 'ready' or (e.held_reason = 'future_date' and e.posting_date <= %s::timestamptz::date)
group by 1, 2, 3, 4
having sum(l.functional_minor) <> 0
"""


def test_both_sample_nights_come_to_the_answer(quiet: EmbeddedPostgres, tmp_path: Path) -> None:
    first, second = company.answer().nights
    with open_sample_books(quiet, tmp_path) as books:
        check(books.first_night(), first, books.finance)
        check(books.second_night(), second, books.finance)


def check(done: Accounted, told: NightAnswer, finance: FinanceDatabase) -> None:
    outcomes = {
        (each.document_type, each.legal_entity_code, each.currency, each.outcome, each.reason): (
            each.document_count,
            each.total_minor,
        )
        for each in done.outcomes
    }
    assert outcomes == {astuple(each)[:5]: astuple(each)[5:] for each in told.outcomes}
    with finance.transaction() as connection:
        rows = connection.execute(_LEDGER, (told.as_of,)).fetchall()
        broken = connection.execute(
            "select subject_type, subject_id, split_part(cause, '|', 3) as rule from exception where state = 'open'"
        ).fetchall()
    assert {tuple(row.values()) for row in rows} == {astuple(each) for each in told.ledger}
    assert sorted(tuple(row.values()) for row in broken) == sorted(astuple(each) for each in told.exceptions)
    assert done.entry_count <= told.entries_at_most
