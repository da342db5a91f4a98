"""Both nights of the sample company, from its billing database to journal entries, come to what its answer says."""

from __future__ import annotations

from dataclasses import astuple, replace
from pathlib import Path
from uuid import uuid4

from include.adapters.billing.postgres import PostgresBilling
from include.evidence.store import EvidenceStore
from include.pipelines.account import Accounted, AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.pipelines.recognise import recognise_source
from include.sample import company
from include.sample.company import Night, NightAnswer
from include.sample.company.calendar import CLOSED_YEARS
from include.sample.exchange_rates import load_sample_rates
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.migrate import migrate
from tests.accounting.company import SHIPPED, close_period, open_periods

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
    mark = uuid4().hex[:12]
    owner, finance_owner = (quiet.dsn(f"{name}_owner", f"{name}_{mark}") for name in ("billing", "finance"))
    for name in ("billing", "finance"):
        quiet.create_database(f"{name}_{mark}", f"{name}_owner")
    company.create_billing_schema(owner)
    migrate(finance_owner)
    finance = FinanceDatabase(quiet.dsn("finance_writer", f"finance_{mark}"))
    source = PostgresBilling(quiet.dsn("billing_reader", f"billing_{mark}"), "billing_db")
    evidence = EvidenceStore(str(tmp_path / "evidence"), tmp_path)
    desk = AccountingDesk(finance, evidence, SHIPPED, "test", tmp_path, 1000)
    [source_code] = SHIPPED.sources
    tenant = SHIPPED.sources[source_code].tenant
    closed = tuple(f"{year}-{month:02}" for year in CLOSED_YEARS for month in range(1, 13))
    open_periods(finance, closed=closed)
    load_sample_rates(finance)

    def run(night: Night) -> Accounted:
        landed = extract_source(source, source_code, tenant, night.as_of, "night", finance, evidence)
        assert isinstance(landed, Extracted)
        done = account_attempt(desk, landed.attempt_id)
        recognised = recognise_source(desk, source_code, night.as_of)
        return replace(done, entry_count=done.entry_count + recognised.entry_count)

    first, second = company.NIGHTS
    told = company.answer().nights
    company.fill_night_one(owner)
    with company.hold_late_transaction(owner):
        done = run(first)
    check(done, told[0], finance)
    company.apply_night_two(owner)
    for entity, period in company.CLOSED_BEFORE_NIGHT_TWO:
        close_period(finance, period, entities=(entity,))
    check(run(second), told[1], finance)
    for name in ("billing", "finance"):
        quiet.drop_database(f"{name}_{mark}")


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
