"""What is open in another currency at a period's end: at the closing rate that day, and back to what it was worth the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest

from include.finance.entity import LegalEntity
from include.finance.errors import UnknownNameError
from include.finance.fx import RatePurpose
from include.finance.period import AccountingPeriod, PeriodState
from include.finance.revaluation import Revaluer
from include.pipelines.post import post_entity
from include.pipelines.recompute import recompute_totals
from include.pipelines.redate import redate_closed
from include.pipelines.revalue import Revalued
from include.pipelines.tie_out_desk import SourceDesk, open_batch
from include.pipelines.tie_out_source import journal_lines
from include.ports.erp import ErpAccount
from include.store.postings import PostingStore
from include.store.revaluations import read_standing
from include.store.tie_out_facts import batches_to_tie
from tests.accounting.billing import credit_memo, invoice, line, payment, refund, to
from tests.accounting.company import SHIPPED, Company, close_period, written
from tests.accounting.plain_books import PlainBooks
from tests.accounting.rates import publish
from tests.accounting.test_recognition import at
from tests.posting.fake_erp import FakeErp

pytestmark = pytest.mark.long  # `make test` runs those marked core

MONEY = dict.fromkeys(("accounts_receivable", "customer_credits", "processor_clearing"), Revaluer.TIEOUT)
US = SHIPPED.legal_entities["US"]


def with_revaluation(company: Company, roles: Mapping[str, Revaluer]) -> Company:
    """The company whose US entity has these roles revalued."""
    settings = dict(company.configuration.entity_settings)
    settings["US"] = replace(settings["US"], revaluation=roles)
    company.configuration = replace(company.configuration, entity_settings=settings)
    return company


@pytest.fixture
def company(own_company: Company) -> Company:
    """A company that revalues receivables, credits and what processors hold, with rates on file."""
    company = with_revaluation(own_company, MONEY)
    publish(
        company.finance,
        "2025-12-15 EUR/USD 1.05", "01-10 EUR/USD 1.1", "01-20 EUR/USD 1.1", "02-10 EUR/USD 1.08", "03-10 EUR/USD 1.2",
    )  # fmt: skip
    closing(company, "2025-12-31 EUR/USD 1.07", "01-31 EUR/USD 1.09", "02-28 EUR/USD 1.15", "03-31 EUR/USD 1.0")
    return company


def closing(company: Company, *rates: str) -> None:
    publish(company.finance, *rates, purpose=RatePurpose.CLOSING)


def revalued(company: Company, came: Revalued | None = None) -> str:
    return company.ledger(came.batch_id if came else None, kind="revaluation")


class TwoYears(FakeErp):
    """An ERP that has December 2025 beside the months of 2026."""

    def periods(self, entity: LegalEntity) -> Sequence[AccountingPeriod]:
        december = AccountingPeriod("2025-12", "2025", date(2025, 12, 1), date(2025, 12, 31), PeriodState.OPEN)
        return [december, *super().periods(entity)]


class Ledger:
    """An ERP with the chart of the US entity, to which the company posts."""

    def __init__(self, company: Company) -> None:
        self.company, self.erp = company, TwoYears(US)
        self.erp.accounts = {
            code: ErpAccount(code, code, is_active=True, is_party_required=False)
            for code in SHIPPED.chart_of("US").accounts
        }
        self.store = PostingStore(company.finance, SHIPPED.assignments())

    def post(self, on: str) -> None:
        post_entity(self.erp, self.store, US, "tryton", at(on), actor="test")

    def balance(self, account: str, on: str) -> int:
        return self.erp.balances(US, date.fromisoformat(on)).get(account, 0)


@pytest.mark.core
def test_s10_a_receivable_in_euros_is_worth_the_closing_rate_on_the_last_day_alone(company: Company) -> None:
    company.night(invoice("INV-1", "01-20", line(100000, "ratable"), currency="EUR"), instant=at("2026-02-01"))
    came = company.revalue(at("2026-02-01"))
    assert came.entry_count == 2
    assert revalued(company) == written("""
        2026-01-31 US revaluation
          1100 Billing receivables               0.00 EUR -10.00 USD
          7010 Unrealised exchange differences   0.00 EUR  10.00 USD
        2026-02-01 US revaluation (held: awaits_entry)
          1100 Billing receivables               0.00 EUR  10.00 USD
          7010 Unrealised exchange differences   0.00 EUR -10.00 USD
    """)


def test_deferred_revenue_and_what_is_settled_are_not_revalued(company: Company) -> None:
    """Of 1000.00 EUR 400.00 are paid: 600.00 at 1.09 are 6.00 less. The money at the processor, 400.00 at 1.10, is 4.00 less."""
    company.night(
        invoice("INV-1", "01-20", line(100000, "ratable"), currency="EUR"),
        payment("PAY-1", "01-20", 40000, to("INV-1", 40000, "01-20"), currency="EUR"),
        invoice("INV-2", "01-20", line(100000)),
        instant=at("2026-02-01"),
    )
    company.revalue(at("2026-02-01"))
    assert revalued(company).split("2026-02-01")[0].strip() == written("""
        2026-01-31 US revaluation
          1050 Processor clearing                0.00 EUR  -4.00 USD
          1100 Billing receivables               0.00 EUR  -6.00 USD
          7010 Unrealised exchange differences   0.00 EUR  10.00 USD
    """)


def test_what_customers_have_with_us_is_revalued_by_payment_and_credit_memo(company: Company) -> None:
    """A payment of 1000.00, of which 300.00 are refunded, and a credit memo of 100.00: 800.00 at 1.09 instead of 1.10."""
    company.night(
        payment("PAY-1", "01-20", 100000, currency="EUR"),
        refund("REF-1", "01-20", 30000, payment_id="PAY-1", unapplied=100000, currency="EUR"),
        credit_memo("CN-1", "01-20", line(10000), kind="on_account", currency="EUR"),
        instant=at("2026-02-01"),
    )
    company.revalue(at("2026-02-01"))
    assert "2050 Customer credits 0.00 EUR 8.00 USD" in revalued(company)
    items = company.rows("select document_count from journal_line where account_code = '2050' and amount_minor = 0")
    assert [each["document_count"] for each in items] == [2, 2]


def test_evidence_has_each_open_item_by_its_own_name_whatever_settled_it(company: Company) -> None:
    """An application that is turned to another invoice of the same day and amount opens the one and settles the other."""
    items = [invoice(name, "01-20", line(10000), currency="EUR") for name in ("INV-1", "INV-2")]
    company.night(*items, payment("PAY-1", "01-20", 10000, to("INV-1", 10000, "01-20"), currency="EUR"))
    assert open_receivables(company) == {"INV-2": (10000, 11000)}
    turned = payment("PAY-1", "01-20", 10000, to("INV-2", 10000, "01-20"), currency="EUR")
    turned.applications[0]["application_id"] = "PAY-1>INV-1#1"
    company.night(turned)
    assert open_receivables(company) == {"INV-1": (10000, 11000)}
    company.billing.change("PAY-1", status="reversed", reversed_date="01-28")
    company.night()
    assert open_receivables(company) == {"INV-1": (10000, 11000), "INV-2": (10000, 11000)}


def open_receivables(company: Company) -> dict[str, tuple[int, int]]:
    """What is open by invoice, in euros and in dollars, as evidence adds it up."""
    files = read_standing(company.finance, company.source_code).open_items
    names = PlainBooks(company.source_code)
    known = {names.uid(key): key[1] for key in company.billing.documents}
    sums: dict[str, tuple[int, int]] = {}
    for row in (row for path in company.evidence.fetch(files) for row in pq.read_table(path).to_pylist()):
        if row["role"] == "accounts_receivable":
            name = known[str(row["item_uid"])]
            amount, worth = sums.get(name, (0, 0))
            sums[name] = amount + row["amount_minor"], worth + row["functional_minor"]
    return {name: both for name, both in sums.items() if any(both)}


def test_three_months_and_a_year_end_with_part_payments(company: Company) -> None:
    """1000.00 EUR of December at 1.05; 400.00 paid in January at 1.10, 100.00 in February at 1.08, the rest in March at 1.20."""
    with_revaluation(company, {"accounts_receivable": Revaluer.TIEOUT})
    ledger = Ledger(company)
    parts = (("2026-01-10", 40000), ("2026-02-10", 10000), ("2026-03-10", 50000))
    company.night(invoice("INV-1", "2025-12-15", line(100000), currency="EUR"), instant=at("2026-01-01"))
    company.revalue(at("2026-01-01"))
    ledger.post("2026-01-01")
    assert ledger.balance("1100", "2025-12-31") == 107000
    worth = {}
    for number, (on, amount) in enumerate(parts, start=1):
        first = f"2026-0{number + 1}-01"
        paid = payment(f"PAY-{number}", on, amount, to("INV-1", amount, on), currency="EUR")
        company.night(paid, instant=at(first))
        ledger.post(first)
        company.revalue(at(first))
        ledger.post(first)
        ledger.post(first)  # what takes it back is sent once the revaluation is verified
        worth[on[:7]] = ledger.balance("1100", f"2026-0{number}-{(31, 28, 31)[number - 1]}")
    assert worth == {"2026-01": 60000 * 109 // 100, "2026-02": 50000 * 115 // 100, "2026-03": 0}
    # At the end nothing is open, and of the unrealised differences nothing is left.
    assert {code: minor for code, minor in company.worth().items() if code in ("1100", "7010") and minor} == {}
    months = company.rows(
        "select e.period_name, sum(l.functional_minor)::bigint as minor from journal_entry as e join journal_line as l on l.entry_id = e.id"
        " where l.account_code = '7010' group by 1 order by 1"
    )
    assert {each["period_name"]: each["minor"] for each in months} == {
        "2025-12": -2000, "2026-01": 2000 - 2400, "2026-02": 2400 - 5000, "2026-03": 5000,
    }  # fmt: skip


@pytest.mark.core
def test_running_it_twice_changes_nothing(company: Company) -> None:
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    before = company.ledger()
    assert company.revalue(at("2026-02-01")) == Revalued()
    assert company.revalue(at("2026-02-02"), "2026-01") == Revalued()
    assert company.ledger() == before


@pytest.mark.core
def test_a_late_document_replaces_the_pair(company: Company) -> None:
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    company.night(invoice("INV-2", "01-10", line(50000), currency="EUR"), instant=at("2026-02-02"))
    again = company.revalue(at("2026-02-02"))
    assert revalued(company, again) == written("""
        2026-01-31 US revaluation
          1100 Billing receivables               0.00 EUR -15.00 USD
          7010 Unrealised exchange differences   0.00 EUR  15.00 USD
        2026-01-31 US reversal
          1100 Billing receivables               0.00 EUR  10.00 USD
          7010 Unrealised exchange differences   0.00 EUR -10.00 USD
        2026-02-01 US revaluation (held: awaits_entry)
          1100 Billing receivables               0.00 EUR  15.00 USD
          7010 Unrealised exchange differences   0.00 EUR -15.00 USD
        2026-02-01 US reversal (held: awaits_entry)
          1100 Billing receivables               0.00 EUR -10.00 USD
          7010 Unrealised exchange differences   0.00 EUR  10.00 USD
    """)
    followed = company.rows(
        "select f.category, f.posting_date::text as day from journal_entry as e join journal_entry as f on f.id = e.follows"
        " join batch as b on b.batch_no = e.batch_no where b.id = %s",
        again.batch_id,
    )
    assert followed == [{"category": "revaluation", "day": "2026-01-31"}] * 2
    assert company.revalue(at("2026-02-03")) == Revalued()


def test_an_item_that_is_gone_takes_its_pair_with_it(company: Company) -> None:
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    company.billing.change("INV-1", status="void", voided_date="01-25")
    company.night(instant=at("2026-02-02"))
    company.revalue(at("2026-02-02"))
    assert {code: minor for code, minor in company.worth().items() if minor} == {}


def test_a_closed_period_is_left_alone_and_reopened_it_is_valued_anew(company: Company) -> None:
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    close_period(company.finance, "2026-01")
    closing(company, "01-31 EUR/USD 1.11")
    assert company.revalue(at("2026-02-02")) == Revalued()
    with pytest.raises(UnknownNameError, match="2026-01"):
        company.revalue(at("2026-02-02"), "2026-01")
    close_period(company.finance, "2026-01", state="open")
    company.revalue(at("2026-02-03"))
    assert company.rows(
        "select sum(l.functional_minor)::bigint as minor from journal_entry as e join journal_line as l on l.entry_id = e.id"
        " where l.account_code = '7010' and e.period_name = '2026-01'"
    ) == [{"minor": -1000}]


def test_without_a_closing_rate_it_is_an_exception_and_the_rest_goes_on(company: Company) -> None:
    publish(company.finance, "01-20 GBP/USD 1.3")
    company.night(
        invoice("INV-1", "01-20", line(100000), currency="EUR"),
        invoice("INV-2", "01-20", line(10000), currency="GBP"),
        instant=at("2026-02-01"),
    )
    came = company.revalue(at("2026-02-01"))
    assert (came.entry_count, [each.currency for each in came.missing]) == (2, ["GBP"])
    query = "select message, risk_minor, owner, state from exception where subject_type = 'revaluation'"
    [told] = company.rows(query)
    assert told["message"] == (
        "Legal entity US: source treasury has no closing rate of GBP for 2026-01-31 or the 5 days before; its open items of "
        "period 2026-01 are not revalued."
    )
    assert (told["risk_minor"], told["owner"], told["state"]) == (13000, "Finance systems", "open")
    closing(company, "01-25 GBP/USD 1.3")  # too old
    assert company.revalue(at("2026-02-01")).batch_id is None
    assert company.exceptions() == {"US GBP 2026-01": ["no_closing_rate"]}
    closing(company, "01-30 GBP/USD 1.4")
    assert (company.revalue(at("2026-02-02")).entry_count, company.rows(query)[0]["state"]) == (2, "closed")


def test_what_takes_it_back_is_sent_after_it_and_waits_for_its_period(company: Company) -> None:
    ledger = Ledger(company)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    ledger.erp.closed = {f"2026-{month:02}" for month in range(2, 13)}
    ledger.post("2026-02-01")
    company.revalue(at("2026-02-01"))
    states = "select state, held_reason, posting_date::text as day from journal_entry where category = 'revaluation' order by 3"
    first = {"state": "verified", "held_reason": None, "day": "2026-01-31"}
    waits = {"state": "held", "held_reason": "hold_for_reopen", "day": "2026-02-01"}
    for _ in range(2):
        ledger.post("2026-02-01")
        assert company.rows(states) == [first, waits]
    ledger.erp.closed = set()
    ledger.post("2026-02-02")
    assert [each["state"] for each in company.rows(states)] == ["verified", "verified"]
    assert ledger.balance("1100", "2026-01-31") == 109000
    assert ledger.balance("1100", "2026-02-01") == 110000


def test_the_next_revaluation_waits_until_the_one_before_is_verified(company: Company) -> None:
    ledger = Ledger(company)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    waits = company.revalue(at("2026-03-01"))
    assert (waits.batch_id, "not verified yet" in waits.waiting["US"]) == (None, True)
    ledger.post("2026-03-01")
    assert company.revalue(at("2026-03-01")).batch_id is None  # what takes it back is still on its way
    ledger.post("2026-03-01")
    assert company.revalue(at("2026-03-01")).entry_count == 2


def test_a_revaluation_given_up_takes_its_reversal_with_it(company: Company) -> None:
    """January closes before it was posted: neither half reaches the ledger."""
    ledger = Ledger(company)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    ledger.post("2026-02-01")
    company.revalue(at("2026-02-01"))
    with company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = 'held', held_reason = 'period_closed' where state = 'ready'"
        )
    close_period(company.finance, "2026-01")
    redate_closed(ledger.store, company.evidence, ledger.erp, "tryton", US, "test")
    states = company.rows("select state from journal_entry where category = 'revaluation'")
    assert [each["state"] for each in states] == ["superseded", "superseded"]
    assert company.revalue(at("2026-02-03")) == Revalued()
    assert recompute_totals(company.finance, company.evidence, is_repaired=False) == []


def test_given_up_it_takes_with_it_also_what_waits_for_a_period(company: Company) -> None:
    ledger = Ledger(company)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    ledger.erp.closed = {f"2026-{month:02}" for month in range(2, 13)}
    ledger.post("2026-02-01")
    company.revalue(at("2026-02-01"))
    with company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = 'held', held_reason = 'period_closed' where state = 'ready'"
        )
    close_period(company.finance, "2026-01")
    close_period(company.finance, "2026-03", state="open")
    redate_closed(ledger.store, company.evidence, ledger.erp, "tryton", US, "test")
    states = company.rows("select state from journal_entry where category = 'revaluation'")
    assert [each["state"] for each in states] == ["superseded", "superseded"]


def test_what_takes_it_back_and_missed_its_period_is_dated_anew(company: Company) -> None:
    """January stands in the ledger; February closes before it was taken back. March takes it back."""
    ledger = Ledger(company)
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    company.revalue(at("2026-02-01"))
    ledger.post("2026-02-01")
    ledger.erp.closed = {"2026-01", "2026-02"}
    close_period(company.finance, "2026-01", "2026-02")
    redate_closed(ledger.store, company.evidence, ledger.erp, "tryton", US, "test")
    again = company.revalue(at("2026-03-02"))
    assert revalued(company, again) == written("""
        2026-03-01 US revaluation (held: awaits_entry)
          1100 Billing receivables               0.00 EUR  10.00 USD
          7010 Unrealised exchange differences   0.00 EUR -10.00 USD
    """)
    ledger.post("2026-03-02")
    assert ledger.balance("1100", "2026-03-01") == 110000
    assert recompute_totals(company.finance, company.evidence, is_repaired=False) == []


def test_the_lines_of_its_entries_are_what_evidence_says_item_by_item(company: Company) -> None:
    company.night(
        invoice("INV-1", "01-20", line(100000), currency="EUR"),
        invoice("INV-2", "2025-12-15", line(100000), currency="EUR"),
        instant=at("2026-02-01"),
    )
    company.revalue(at("2026-02-01"))
    desk = SourceDesk(company.finance, company.evidence, SHIPPED, company.source_code, lambda: company.billing)
    batches = [each for each in batches_to_tie(company.finance, company.source_code) if each.kind == "revaluation"]
    rows = [row for batch in batches for row in journal_lines(desk, open_batch(desk, batch))]
    gained = [(row.left.debit_minor, row.left.credit_minor) for row in rows if row.subject == "1100 revaluation"]
    assert {row.status for row in rows} == {"equal"}
    assert (5000, 5000) in gained  # 40.00 up and 10.00 down, and back
    assert recompute_totals(company.finance, company.evidence, is_repaired=False) == []


@pytest.mark.parametrize("revaluer", [Revaluer.ERP, Revaluer.NONE])
def test_what_the_erp_revalues_or_nobody_is_left_alone(company: Company, revaluer: Revaluer) -> None:
    with_revaluation(company, {"accounts_receivable": revaluer, "customer_credits": Revaluer.TIEOUT})
    company.night(invoice("INV-1", "01-20", line(100000), currency="EUR"), instant=at("2026-02-01"))
    assert company.revalue(at("2026-02-01")) == Revalued()
