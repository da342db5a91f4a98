"""How much late documents may change a closed period before they wait for its reopening. Debit is positive, credit negative."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.config.configuration import Configuration
from include.config.kept import load_kept
from include.pipelines.rebuild import rebuild_batch
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company, close_period, open_periods, written
from tests.accounting.corrected import ENTITIES
from tests.accounting.rates import publish
from tests.unit.config.refusal import refusal

pytestmark = pytest.mark.long  # `make test` runs those marked core


def limited(*told: str) -> Configuration:
    """The shipped configuration with limits in US; each is a span."""
    text = "\n".join(["  materiality:", *(f"    - {{{each}}}" for each in told)])
    entities = SHIPPED.files[ENTITIES].replace("  chart: default\n", f"  chart: default\n{text}\n", 1)
    return load_kept({**SHIPPED.files, ENTITIES: entities})


ALONE = "effective_from: 2026-01-01, per_document_minor: {revenue: 50000, tax: 4000}"
TOGETHER = "effective_from: 2026-01-01, per_period_minor: {revenue: 100000}"


@pytest.fixture
def company(finance: FinanceDatabase, tmp_path: Path, one_bucket: None) -> Company:
    """A company whose January is closed."""
    open_periods(finance, closed=("2026-01",))
    return Company(finance, tmp_path)


def late(number: int, net: int, tax: int = 0, day: str = "01-20") -> Document:
    return invoice(f"INV-{number:03}", day, line(net, tax=tax))


def log(company: Company) -> list[tuple[object, ...]]:
    """The out-of-period log of January."""
    rows = company.rows("select * from out_of_period_log order by state, posted_period, measure")
    assert {(row["legal_entity_code"], row["own_period"], row["functional_currency"]) for row in rows} <= {
        ("US", "2026-01", "USD")
    }
    names = ("measure", "state", "posted_period", "document_count", "amount_minor", "cumulative_minor")
    return [tuple(row[name] for name in names) for row in rows]


def why(company: Company) -> dict[str, str]:
    rows = company.rows(
        "select subject_id, message from exception where state = 'open' and cause like '%hold_for_reopen'"
    )
    return {row["subject_id"]: row["message"] for row in rows}


def test_as_shipped_every_late_document_goes_on_and_is_logged(company: Company) -> None:
    company.night(late(1, 900_000_00, 100), late(2, 5000))
    assert company.exceptions() == {}
    assert log(company) == [
        ("receivables", "out_of_period", "2026-02", 2, 90005100, 90005100),
        ("revenue", "out_of_period", "2026-02", 2, -90005000, -90005000),
        ("tax", "out_of_period", "2026-02", 1, -100, -100),
    ]


@pytest.mark.core
def test_a_late_document_above_the_limit_waits_for_its_period_and_goes_there_when_it_is_reopened(
    company: Company,
) -> None:
    company.configuration = limited(ALONE)
    night = company.night(late(1, 50_000), late(2, 50_001), late(3, 100, tax=4001), late(4, 60_000, day="02-01"))
    assert company.outcomes(night) == {
        "INV-001": "new",
        "INV-002": "held hold_for_reopen",
        "INV-003": "held hold_for_reopen",
        "INV-004": "new",
    }
    assert company.ledger() == written("""
        2026-01-20 US invoices (held: hold_for_reopen)
          1100 Billing receivables     541.02 USD
          2000 Tax payable             -40.01 USD
          4020 Onboarding revenue     -501.01 USD
        2026-02-01 US invoices
          1100 Billing receivables     600.00 USD
          4020 Onboarding revenue     -600.00 USD
        2026-02-01 US late
          1100 Billing receivables     500.00 USD
          4020 Onboarding revenue     -500.00 USD
    """)
    told = why(company)
    assert "revenue of 2026-01 changes by -500.01 USD, more than 500.00 per document" in told["INV-002"]
    assert "tax of 2026-01 changes by -40.01 USD, more than 40.00 per document" in told["INV-003"]
    assert [row for row in log(company) if row[0] == "revenue"] == [
        ("revenue", "held", "2026-01", 2, -50101, -50101),
        ("revenue", "out_of_period", "2026-02", 1, -50000, -50000),
    ]


def test_many_small_ones_are_seen_and_what_exceeds_waits_night_after_night(company: Company) -> None:
    company.configuration = limited(TOGETHER)
    first = company.night(*(late(number, 3000, day=f"01-{number:02}") for number in range(1, 31)))
    assert set(company.outcomes(first).values()) == {"new"}  # 900.00
    second = company.night(*(late(number, 3000, day="01-31") for number in range(31, 40)))
    waiting = {name for name, outcome in company.outcomes(second).items() if outcome == "held hold_for_reopen"}
    assert len(waiting) == 9 - 3  # up to 1,000.00
    assert all("may" in text and "more than 1000.00" in text for text in why(company).values())
    third = company.night(late(50, 1001), late(51, 1000))
    assert sorted(company.outcomes(third).values()) == ["held hold_for_reopen", "new"] or sorted(
        company.outcomes(third).values()
    ) == ["held hold_for_reopen", "held hold_for_reopen"]
    [revenue] = [row for row in log(company) if row[:2] == ("revenue", "out_of_period")]
    assert -100_000 <= revenue[5] <= -99_000  # type: ignore[operator]


def test_what_recognition_catches_up_is_logged_and_counts(company: Company) -> None:
    company.configuration = limited(TOGETHER)
    year = line(365_000, "ratable")  # 10.00 a day
    company.night(invoice("INV-001", "01-10", year))
    company.recognise(datetime(2026, 2, 3, 6, tzinfo=UTC))
    assert [row for row in log(company) if row[0] == "revenue"] == [
        ("revenue", "out_of_period", "2026-02", 1, -31_000, -31_000)
    ]
    assert company.outcomes(company.night(late(2, 69_001))) == {"INV-002": "held hold_for_reopen"}
    assert company.outcomes(company.night(late(3, 69_000))) == {"INV-003": "new"}


def test_what_is_taken_back_makes_room_again(company: Company) -> None:
    company.configuration = limited(TOGETHER)
    company.night(late(1, 90_000))
    company.night(invoice("INV-001", "01-20", line(10_000)))  # 800.00 less, in February as well
    assert company.outcomes(company.night(late(2, 80_000))) == {"INV-002": "new"}
    [revenue] = [row for row in log(company) if row[0] == "revenue"]
    assert revenue[5] == -90_000


def test_only_the_difference_of_a_changed_document_counts(company: Company) -> None:
    close_period(company.finance, "2026-01", state="open")
    company.configuration = limited(ALONE)
    company.night(late(1, 9_000_000), late(2, 9_000_000))
    close_period(company.finance, "2026-01")
    night = company.night(late(1, 9_050_000), late(2, 9_050_001))
    assert company.outcomes(night) == {"INV-001": "changed", "INV-002": "held hold_for_reopen"}
    # Held: the books keep the old version until a person reopens the period.
    assert company.ledger(night.batch_id) == written("""
        2026-01-20 US invoices (held: hold_for_reopen)
          1100 Billing receivables   90500.01 USD
          4020 Onboarding revenue   -90500.01 USD
        2026-01-20 US reversal (held: hold_for_reopen)
          1100 Billing receivables  -90000.00 USD
          4020 Onboarding revenue    90000.00 USD
        2026-02-01 US late
          1100 Billing receivables   90500.00 USD
          4020 Onboarding revenue   -90500.00 USD
        2026-02-01 US reversal
          1100 Billing receivables  -90000.00 USD
          4020 Onboarding revenue    90000.00 USD
    """)


def test_a_change_to_what_waits_waits_with_it_however_small(company: Company) -> None:
    company.configuration = limited(ALONE)
    company.night(late(1, 60_000))
    company.configuration = SHIPPED  # even where nothing is limited any more
    night = company.night(late(1, 60_001))
    assert company.outcomes(night) == {"INV-001": "held hold_for_reopen"}
    states = company.rows("select distinct held_reason from journal_entry")
    assert [row["held_reason"] for row in states] == ["hold_for_reopen"]
    assert company.balances() == {"1100": 60_001, "4020": -60_001}


def test_both_legs_across_legal_entities_wait_together(company: Company) -> None:
    company.configuration = limited("effective_from: 2026-01-01, per_document_minor: {receivables: 100}")
    close_period(company.finance, "2026-01", state="open")
    company.night(invoice("INV-1", "01-10", line(20_000)))
    close_period(company.finance, "2026-01")
    publish(company.finance, "01-10 USD/GBP 0.8")
    night = company.night(
        payment("PAY-1", "02-01", 20_000, to("INV-1", 20_000, "01-20"), currency="USD", entity="US"),
    )
    assert company.outcomes(night)["PAY-1"] == "held hold_for_reopen"
    assert company.ledger(night.batch_id) == written("""
        2026-01-20 US applications (held: hold_for_reopen)
          1100 Billing receivables  -200.00 USD
          2050 Customer credits      200.00 USD
        2026-02-01 US receipts
          1050 Processor clearing    200.00 USD
          2050 Customer credits     -200.00 USD
    """)


def test_a_night_with_limits_is_rebuilt_as_it_was(company: Company) -> None:
    company.configuration = limited(TOGETHER)
    company.night(late(1, 90_000))
    second = company.night(late(2, 8_000, day="01-02"), late(3, 8_000, day="01-03"))
    company.night(late(4, 1_000))
    assert company.outcomes(second) == {"INV-002": "new", "INV-003": "held hold_for_reopen"}
    [batch] = company.rows("select batch_no from batch where id = %s", second.batch_id)
    assert rebuild_batch(company.desk, batch["batch_no"]).is_equal


def test_limits_begin_on_their_day_and_change_on_another(company: Company) -> None:
    low, high = ("per_document_minor: {revenue: 100}", "per_document_minor: {revenue: 100000}")
    company.configuration = limited(f"effective_from: 2026-01-10, {low}", f"effective_from: 2026-01-20, {high}")
    night = company.night(late(1, 200, day="01-09"), late(2, 200, day="01-19"), late(3, 200, day="01-20"))
    assert company.outcomes(night) == {"INV-001": "new", "INV-002": "held hold_for_reopen", "INV-003": "new"}


@pytest.mark.core
@pytest.mark.parametrize(
    ("told", "fact_and_cure"),
    [
        ("{effective_from: 2026-01-01}", "the span from 2026-01-01 limits nothing; give `per_document_minor` or"),
        (
            "{effective_from: 2026-01-01, per_document_minor: {tax: 1}}\n    - {effective_from: 2026-01-01, per_document_minor: {tax: 2}}",
            "`effective_from` 2026-01-01 is not after the one before it",
        ),
        (
            "{effective_from: 2026-01-01, per_document_minor: {taxes: 1}}",
            "the key `taxes` is unknown; did you mean `tax`?",
        ),
        ("{effective_from: 2026-01-01, per_period_minor: {tax: -1}}", "`tax` is -1"),
    ],
)
def test_limits_that_say_nothing_or_twice_are_refused(tmp_path: Path, told: str, fact_and_cure: str) -> None:
    for name, text in SHIPPED.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        old, new = "  chart: default\n", f"  chart: default\n  materiality:\n    - {told}\n"
        (tmp_path / name).write_text(text.replace(old, new, 1) if name == ENTITIES else text, encoding="utf-8")
    found = refusal(tmp_path)
    assert any(one.startswith(ENTITIES) and fact_and_cure in one for one in found), found
