"""Revenue is recognised as service is delivered: to the cent, once, and whatever changed on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from include.finance.errors import UnknownNameError
from include.finance.journal import EntryState
from include.pipelines import recognise
from include.pipelines.recognise import Recognised
from include.store.recognitions import RunHeader
from tests.accounting.billing import Row, behind, credit_memo, dispute, invoice, line, moved
from tests.accounting.company import Company, close_period, written

pytestmark = pytest.mark.long  # `make test` runs those marked core


def plan(net: int = 120000, start: str = "2026-01-15", end: str = "2027-01-14", **given: object) -> Row:
    """A ratable line with its service dates."""
    days = {"service_start": date.fromisoformat(start), "service_end": date.fromisoformat(end)}
    return line(net, "ratable", **(days | given))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T06:00:00+00:00").astimezone(UTC)


def night(company: Company, on: str, *documents: object) -> Recognised:
    """A night of extracting, accounting and recognising."""
    company.night(*documents, instant=at(on))  # type: ignore[arg-type]
    return company.recognise(at(on))


def recognised(company: Company) -> str:
    """What recognition wrote into the ledger, without what the documents themselves did."""
    return company.ledger(kind="recognition")


def test_s1_january_takes_seventeen_days_of_the_plan(company: Company) -> None:
    lines = plan(discount=12000, tax=9585), line(15000, tax=1331), line(8735, "usage")
    came = night(company, "2026-02-01", invoice("INV-1", "01-15", *lines))
    assert (came.line_count, came.entry_count) == (2, 1)  # its terms, and January
    assert recognised(company) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 50.30 USD
          4000 Subscription revenue -50.30 USD
        """
    )


def test_s1_thirteen_months_add_up_to_the_plan(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan(discount=12000)))
    taken = [company.balances()["4000"]]
    for month in range(3, 15):
        company.recognise(at(f"{2026 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-01"))
        taken.append(company.balances()["4000"] - sum(taken))
    assert [-minor for minor in taken] == [
        5030, 8285, 9173, 8876, 9173, 8877, 9172, 9173, 8877, 9172, 8877, 9173, 4142,
    ]  # fmt: skip
    assert company.balances()["2100"] == 0


def test_months_that_ended_since_the_last_run_are_posted_each_in_its_own(company: Company) -> None:
    night(company, "2026-01-20", invoice("INV-1", "01-15", plan(discount=12000)))
    company.recognise(at("2026-03-02"))
    assert recognised(company) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 50.30 USD
          4000 Subscription revenue -50.30 USD
        2026-02-28 US recognition
          2100 Deferred revenue 82.85 USD
          4000 Subscription revenue -82.85 USD
        """
    )


@pytest.mark.core
def test_s12_a_late_invoice_catches_up_on_the_first_open_day_and_february_takes_its_own(own_company: Company) -> None:
    close_period(own_company.finance, "2026-01")
    night(own_company, "2026-02-06", invoice("INV-1", "01-28", plan()))
    own_company.recognise(at("2026-03-01"))
    assert own_company.ledger(kind="night") == written(
        """
        2026-02-01 US late
          1100 Billing receivables 1200.00 USD
          2100 Deferred revenue -1200.00 USD
        """
    )
    assert recognised(own_company) == written(
        """
        2026-02-01 US late
          2100 Deferred revenue 55.89 USD
          4000 Subscription revenue -55.89 USD
        2026-02-28 US recognition
          2100 Deferred revenue 92.06 USD
          4000 Subscription revenue -92.06 USD
        """
    )


def test_s12_while_january_is_open_nothing_is_late(company: Company) -> None:
    night(company, "2026-02-03", invoice("INV-1", "01-28", plan()))
    assert recognised(company).splitlines()[0] == "2026-01-31 US recognition"


@pytest.mark.core
def test_s15_a_void_takes_back_all_that_was_recognised_on_the_day_of_the_void(company: Company) -> None:
    lines = plan(discount=12000, tax=9585), line(15000, tax=1331), line(8735, "usage")
    night(company, "2026-02-01", invoice("INV-1", "01-15", *lines))
    night(company, "2026-02-11", invoice("INV-1", "01-15", *lines, status="void", voided_date="02-10"))
    company.recognise(at("2026-03-01"))
    assert recognised(company) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue 50.30 USD
          4000 Subscription revenue -50.30 USD
        2026-02-10 US recognition
          2100 Deferred revenue -50.30 USD
          4000 Subscription revenue 50.30 USD
        """
    )
    assert {account: minor for account, minor in company.balances().items() if minor} == {}


def test_a_void_that_was_never_seen_before_is_recognised_up_to_it_and_taken_back(company: Company) -> None:
    night(company, "2026-02-11", invoice("INV-1", "01-15", plan(discount=12000), status="void", voided_date="02-10"))
    assert company.balances() == {"1100": 0, "2100": 0, "4000": 0}
    assert recognised(company).count("50.30") == 4


def test_a_changed_line_takes_only_the_difference_in_the_month_that_is_open(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    came = night(company, "2026-02-03", invoice("INV-1", "01-15", plan(discount=12000)))
    assert company.ledger(came.batch_id) == written(
        """
        2026-01-31 US recognition
          2100 Deferred revenue -5.59 USD
          4000 Subscription revenue 5.59 USD
        """
    )


def test_a_changed_line_of_a_closed_month_catches_up_in_the_open_one(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    close_period(own_company.finance, "2026-01")
    night(own_company, "2026-02-07", invoice("INV-1", "01-15", plan(end="2026-07-14")))
    assert (
        recognised(own_company).splitlines()[3:]
        == written(
            """
        2026-02-01 US late
          2100 Deferred revenue 56.82 USD
          4000 Subscription revenue -56.82 USD
        """
        ).splitlines()
    )


def test_two_open_months_each_get_their_own_difference(company: Company) -> None:
    night(company, "2026-03-01", invoice("INV-1", "01-15", plan(31000, "2026-01-15", "2026-03-14")))
    before = company.balances()["4000"]
    night(company, "2026-03-02", invoice("INV-1", "01-15", plan(59000, "2026-01-15", "2026-03-14")))
    sums = company.rows(
        "select e.posting_date, sum(l.amount_minor)::bigint as minor from journal_entry as e join journal_line as l on"
        " l.entry_id = e.id join batch as b on b.batch_no = e.batch_no where l.account_code = '4000' and b.source_code = %s"
        " group by 1 order by 1",
        company.source_code,
    )
    assert {str(row["posting_date"]): -row["minor"] for row in sums} == {"2026-01-31": 17000, "2026-02-28": 28000}
    assert before == -23644


def credited(amount: int, effect: str, **given: object) -> Row:
    """A credit memo line that takes back part of the plan of a year from 1 January at 1,200.00 by months."""
    year = {"credited_service_start": date(2026, 1, 1), "credited_service_end": date(2026, 12, 31)}
    facts = {"credited_net_minor": 120000, "recognition_method": "monthly", "revenue_effect": effect}
    return line(amount, "ratable", **(facts | year | given))


def test_s6_a_plan_terminated_after_three_months_stands_still(company: Company) -> None:
    year = plan(120000, "2026-01-01", "2026-12-31", recognition_method="monthly")
    ended = credited(90000, "termination", effective_date=date(2026, 3, 31))
    night(company, "2026-04-01", invoice("INV-1", "01-01", year), credit_memo("CN-1", "03-31", ended))
    company.recognise(at("2027-01-01"))
    assert (company.balances()["2100"], company.balances()["4000"]) == (0, -30000)
    assert recognised(company).count("recognition") == 3


def test_a_price_reduction_lowers_every_month_that_is_left(company: Company) -> None:
    year = plan(120000, "2026-01-01", "2026-12-31", recognition_method="monthly")
    lower = credited(36000, "price_reduction")
    night(company, "2026-04-01", invoice("INV-1", "01-01", year), credit_memo("CN-1", "03-31", lower))
    before = company.balances()["4000"]
    company.recognise(at("2026-05-01"))
    assert (before, company.balances()["4000"] - before) == (-30000, -7000)


def test_what_a_lost_dispute_took_out_of_deferred_revenue_is_not_recognised(company: Company) -> None:
    year = plan(36500, "2026-01-01", "2026-12-31")
    served = behind(36500, "ratable", service_start=date(2026, 1, 1), service_end=date(2026, 12, 31))
    lost = dispute(
        "DIS-1", "01-20", 36500, moved("withdrawn", 36500, "01-20"), served, status="lost", closed_date="01-31"
    )
    night(company, "2026-02-01", invoice("INV-1", "01-01", year), lost)
    company.recognise(at("2026-03-01"))
    assert (company.balances()["2100"], company.balances()["4000"]) == (0, -3100)


def test_a_line_that_is_gone_gives_back_what_it_had(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan(), line(100)))
    night(company, "2026-02-03", invoice("INV-1", "01-15", line(120000), line(100)))
    assert company.balances()["4000"] == company.balances()["2100"] == 0


def test_a_line_that_moves_to_another_product_line_is_taken_back_there_and_recognised_here(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    night(company, "2026-02-03", invoice("INV-1", "01-15", plan(product_line="other")))
    sums = {each["product_line"]: 0 for each in company.lines()}
    for each in company.lines():
        if each["account_code"] == "4000":
            sums[each["product_line"]] += each["amount_minor"]
    assert sums == {"platform": 0, "other": -5589}


def test_a_run_again_changes_nothing(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    before = company.ledger()
    assert company.recognise(at("2026-02-01")) == Recognised(None)
    assert company.recognise(at("2026-02-02")) == Recognised(None)
    assert company.ledger() == before


def test_two_runs_at_once_recognise_once(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, other = recognise.commit_run, []

    def after_another(database: object, header: RunHeader, rows: Callable[[str], object]) -> None:
        if not other:
            other.append(header)
            company.recognise(at("2026-02-01"))
        commit(database, header, rows)  # type: ignore[arg-type]

    company.night(invoice("INV-1", "01-15", plan()), instant=at("2026-02-01"))
    monkeypatch.setattr(recognise, "commit_run", after_another)
    assert company.recognise(at("2026-02-01")) == Recognised(None)
    assert company.balances()["4000"] == -5589


@pytest.mark.core
def test_a_run_that_dies_before_its_commit_left_nothing_behind(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.night(invoice("INV-1", "01-15", plan()), instant=at("2026-02-01"))
    with monkeypatch.context() as patched:
        patched.setattr(recognise, "commit_run", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            company.recognise(at("2026-02-01"))
    assert company.balances()["2100"] == -120000
    company.recognise(at("2026-02-01"))
    assert company.balances()["2100"] == -120000 + 5589


@pytest.mark.core
def test_an_entry_given_up_before_it_was_posted_is_recognised_anew(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    with own_company.finance.transaction() as connection:
        connection.execute(
            "update journal_entry set state = %s where category = 'recognition'", (EntryState.SUPERSEDED.value,)
        )
    close_period(own_company.finance, "2026-01")
    own_company.recognise(at("2026-02-05"))
    assert own_company.recognise(at("2026-02-05")) == Recognised(None)
    assert recognised(own_company) == written(
        """
        2026-02-01 US late
          2100 Deferred revenue 55.89 USD
          4000 Subscription revenue -55.89 USD
        """
    )


def test_an_open_period_that_has_begun_can_be_recognised_before_it_ends(company: Company) -> None:
    night(company, "2026-01-20", invoice("INV-1", "01-15", plan()))
    company.recognise(at("2026-01-30"), ["2026-01"])
    assert recognised(company).splitlines()[0] == "2026-01-31 US recognition (held: future_date)"
    night(company, "2026-02-01", invoice("INV-2", "01-31", plan(31000, "2026-01-31", "2026-01-31")))
    assert company.balances()["4000"] == -5589 - 31000


def test_a_period_that_is_closed_or_has_not_begun_is_refused_by_name(own_company: Company) -> None:
    night(own_company, "2026-02-01", invoice("INV-1", "01-15", plan()))
    close_period(own_company.finance, "2026-01")
    for name in ("2026-01", "2026-07", "2036-01"):
        with pytest.raises(UnknownNameError, match=name):
            own_company.recognise(at("2026-02-05"), [name])


def test_reopening_a_month_after_the_catch_up_does_not_recognise_it_twice(own_company: Company) -> None:
    close_period(own_company.finance, "2026-01")
    night(own_company, "2026-02-06", invoice("INV-1", "01-28", plan()))
    close_period(own_company.finance, "2026-01", state="open")
    night(own_company, "2026-02-08", invoice("INV-2", "01-28", plan()))
    own_company.recognise(at("2026-03-01"))
    assert own_company.balances()["4000"] == -2 * (5589 + 9206)


def test_entities_do_not_mix(company: Company) -> None:
    night(company, "2026-02-01", invoice("INV-1", "01-15", plan()), invoice("INV-2", "01-15", plan(), entity="JP"))
    assert recognised(company) == written(
        """
        2026-01-31 JP recognition
          2100 Deferred revenue 5589 JPY
          4000 Subscription revenue -5589 JPY
        2026-01-31 US recognition
          2100 Deferred revenue 55.89 USD
          4000 Subscription revenue -55.89 USD
        """
    )
