"""The data-quality scores of a night, worked out by hand, from a real finance database and real evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from include.commands import scores as command
from include.evidence.store import EvidenceStore
from include.finance.quality_score import QualityScore, Score, ScoreSettings, Share
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines import night as nights
from include.pipelines.plan import Night
from include.pipelines.quality_scores import score_lines, score_night
from include.report.console import report_lines
from include.report.read import read_report
from include.store.database import FinanceDatabase
from include.store.quality_scores import read_scores
from include.store.tie_outs import TieOutScope, write_tie_out
from tests.accounting.billing import day, dispute, fee, invoice, line, moved, payment, payout, refund
from tests.accounting.company import SHIPPED, Company
from tests.accounting.conftest import put_in_one_bucket
from tests.accounting.conversions import settled
from tests.accounting.corrected import banked
from tests.accounting.rates import publish
from tests.report.reading import as_json, as_page

pytestmark = pytest.mark.long  # `make test` runs those marked core

# 11 February in Tokyo, the 10th elsewhere: ten days are over for what came from 2 to 31 January, in Tokyo a day later.
SETTINGS = ScoreSettings(timeliness_days=3, below_mean_bp=1_000, clearing_days=10, window_days=30)
NIGHT = datetime(2026, 2, 10, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def company(module_books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Three nights, in which each legal entity has something of its own to tell."""
    books = banked("[CHASE]")
    company = Company(module_books, tmp_path_factory.mktemp("scores"), configuration=books)
    publish(module_books, "01-10 EUR/USD 1.10", "01-15 EUR/USD 1.05", "01-20 EUR/USD 1.08")
    with pytest.MonkeyPatch.context() as patch:
        put_in_one_bucket(patch)
        _first_batch(company)
        _january(company)
        _last_night(company)
        yield company


def _first_batch(company: Company) -> None:
    """History, which says nothing of punctuality; a payout of JP that does not say what it is made of, and one that does."""
    company.night(
        invoice("OLD", "01-01", line(1), entity="JP"),
        payment("UNTOLD", "01-03", 1_000, entity="JP"),
        payout("OUT-JP-1", "01-04", 1_000, ("payment", 1_000), entity="JP"),
        payment("TOLD", "01-05", 30, entity="JP"),
        payout("OUT-JP-2", "01-06", 30, ("payment", 30, "TOLD"), entity="JP"),
        instant=datetime(2026, 1, 2, 12, tzinfo=UTC),
    )


def _january(company: Company) -> None:
    first = company.night(
        *(
            invoice(name, date, line(1), entity="JP")
            for name, date in (("A", "01-10"), ("B", "01-10"), ("C", "01-07"), ("Z", "01-06"))
        ),
        payment("GIVEN-UP", "01-10", 1_000, entity="DE"),
        payout("OUT-DE", "01-12", 1_000, ("payment", 1_000, "GIVEN-UP"), entity="DE"),
        instant=datetime(2026, 1, 10, 12, tzinfo=UTC),
    )
    assert company.supersede(first, "receipts") == {"GIVEN-UP"}


def _last_night(company: Company) -> None:
    chase = {"bank_account_ref": "CHASE", "entity": "UK"}
    company.billing.put(payment("GIVEN-UP", "01-10", 1_500, entity="DE"))
    company.night(
        invoice("A", "01-10", line(2), entity="JP"),  # seen before
        invoice("E", "02-09", line(1), entity="JP"),
        invoice("F", "02-07", line(1), entity="JP"),
        payment("EUR-KEPT", "01-10", 1_000, currency="EUR"),
        payment("CONVERTED", "01-10", 1_000, currency="EUR", **settled("USD", 1_075, day("01-15"))),
        payout("OUT-US", "01-20", 1_075, ("payment", 1_075, "CONVERTED")),
        payment("IN-TIME", "01-10", 10_000, entity="UK"),
        payment("TOO-LATE", "01-12", 5_000, entity="UK"),
        payment("NEVER", "01-14", 2_000, entity="UK"),
        payment("FAILED-OUT", "01-05", 700, entity="UK"),
        payment("BOUNCED", "01-06", 300, entity="UK", status="reversed", reversed_date="01-09"),
        payment("SHORT", "01-11", 1_000, entity="UK"),
        payment("TOO-NEW", "02-01", 90_000, entity="UK"),
        payment("BEFORE", "01-01", 80_000, entity="UK"),
        payment("BY-WIRE", "01-12", 70_000, entity="UK", processor=None, method="bank_transfer"),
        refund("BACK", "01-13", 400, entity="UK"),
        fee("FEE", "01-10", 290, entity="UK"),
        dispute("LOST", "01-20", 600, moved("withdrawn", 600, "01-20"), entity="UK"),
        payout(
            "ONE", "01-08", 700, ("payment", 700, "FAILED-OUT"), entity="UK", status="failed", failed_date=day("01-12")
        ),
        payout(
            "TWO",
            "01-20",
            9_909,
            ("payment", 10_000, "IN-TIME"),
            ("payment", 999, "SHORT"),
            ("refund", -400, "BACK"),
            ("fee", -290, "FEE"),
            ("dispute", -600, "LOST"),
            ("reserve", 200),
            entity="UK",
        ),
        payout("THREE", "01-30", 5_000, ("payment", 5_000, "TOO-LATE"), entity="UK"),
        payout("ARRIVED", "01-12", 60, ("adjustment", 60), status="paid", arrival_date="01-14", **chase),
        payout("UNDER-WAY", "01-12", 5, ("adjustment", 5), **chase),
        instant=NIGHT,
    )


@dataclass(frozen=True)
class Scored:
    """The scores of the night by legal entity and name."""

    found: dict[tuple[str, str], QualityScore]

    def __getitem__(self, place: tuple[str, str]) -> QualityScore:
        return self.found[place]


def scored(company: Company, instant: datetime = NIGHT, settings: ScoreSettings = SETTINGS) -> Scored:
    configuration = replace(company.configuration, scores=dict.fromkeys(SHIPPED.legal_entities, settings))
    found = score_night(company.finance, company.evidence, configuration, instant, "test")
    assert len(found) == len(SHIPPED.legal_entities) * len(Score)
    return Scored({(each.legal_entity_code, each.score.value): each for each in found})


@pytest.fixture(scope="module")
def night(company: Company) -> Scored:
    return scored(company)


@pytest.mark.core
def test_money_is_cleared_when_what_brought_it_was_paid_out_within_its_days(night: Scored) -> None:
    found = night["UK", "clearing"]
    # In minor units: what came, and of it what had left again within ten days.
    #   IN-TIME 10000 10000    BOUNCED 300 300    BACK 400 400    FEE 290 290    LOST 600 600    ARRIVED 60 60
    #   TOO-LATE 5000 0        NEVER 2000 0       FAILED-OUT 700 0    SHORT 1000 999    UNDER-WAY 5 0
    assert found.share == Share(12_649, 20_355)
    assert (found.share.basis_points, found.unit, found.days, found.is_below) == (6_214, "GBP", 10, True)
    assert found.explanation == (
        "what came from 2026-01-02 to 2026-01-31; payouts_in_transit: 1 with something open; processor_clearing: 4 with something open; "
        "not in it: cash_receipts_clearing (the ERP's bank reconciliation empties it)"
    )


def test_what_was_given_up_and_booked_anew_or_changed_came_once(night: Scored) -> None:
    assert night["DE", "clearing"].share == Share(1_000, 1_500)
    assert "payouts_in_transit (the ERP's bank reconciliation empties it)" in night["DE", "clearing"].explanation


def test_what_came_before_payouts_said_what_they_are_made_of_is_not_judged(night: Scored) -> None:
    assert night["JP", "clearing"].share == Share(30, 30)


def test_what_a_processor_converts_is_worth_what_it_was_when_it_came(night: Scored) -> None:
    # EUR-KEPT 1100 0; CONVERTED in EUR 1100 1100, in USD 1075 1075, exchange clearing in the books' own 1100 1100
    found = night["US", "clearing"]
    assert (found.share, found.unit) == (Share(3_275, 4_375), "USD")


def test_documents_are_in_time_by_the_day_where_the_books_are_kept_and_beside_the_mean(night: Scored) -> None:
    # In January A, B and C came within three days, and Z did not. Tonight E was in time, and F, of the 7th, came on the 11th in Tokyo.
    found = night["JP", "timeliness"]
    assert (found.share, found.mean, found.days) == (Share(1, 2), Share(3, 4), 3)
    assert (found.floor_bp, found.is_below) == (6_500, True)


def test_the_first_batch_of_a_source_is_history_and_a_night_without_new_documents_is_not_measured(
    company: Company,
) -> None:
    history = scored(company, datetime(2026, 1, 2, 12, tzinfo=UTC))["JP", "timeliness"]
    assert (history.share, history.share.basis_points, history.is_below) == (Share(), None, False)
    assert "first batch" in history.explanation


def cell(check: str, subject: str, counted: int | None, ours: int, **given: Any) -> TieOutRow:
    hop = 2 if check == "documents_decided" else 1
    status = TieOutStatus.EQUAL if counted == ours else TieOutStatus.DIFFERENT
    parts: dict[str, Any] = {"subject_type": "document_type", "status": status, "entity": "US"} | given
    return TieOutRow(
        hop,
        check,
        parts["entity"],
        "USD",
        parts["subject_type"],
        subject,
        Side(counted),
        Side(ours),
        parts["status"],
        parts.get("explanation", ""),
        parts.get("period", ""),
        1,
    )


@pytest.mark.core
def test_complete_is_what_billing_counts_and_has_an_outcome_cell_by_cell(company: Company, night: Scored) -> None:
    unknown = night["US", "completeness"]
    assert (unknown.share, unknown.explanation) == (Share(), "source billing was not tied out")
    rows = [
        cell("kept_totals", "invoice", 100, 98, period="2026-01"),
        cell("kept_totals", "invoice", 40, 43, period="2026-02"),  # what is too many makes up for nothing
        cell("kept_totals", "invoice", 1_000, 0, entity="UK", period="2026-01"),
        cell("kept_totals", "payout", None, 9, status=TieOutStatus.SAME_PATH_ONLY),  # billing keeps no totals of them
        cell("window_counts", "invoice", 7, 7),
        cell("window_counts", "payout", 10, 9),
        cell("window_counts", "lines of invoice", 500, 400, subject_type="dataset"),
        cell("documents_decided", "payout", 9, 8),
    ]
    write_tie_out(company.finance, TieOutScope(NIGHT, "billing"), rows, "test", SHIPPED.assignments())
    found = scored(company)["US", "completeness"]
    assert found.share == Share(98 + 40 + 8, 100 + 40 + 10)
    assert (found.share.basis_points, found.is_below) == (9_733, True)
    assert found.explanation == "without an outcome, invoice USD 2026-01: 2; without an outcome, payout USD: 2"
    whole = {"subject_type": "dataset", "status": TieOutStatus.PENDING, "explanation": "another run is at it"}
    rows.append(cell("kept_totals", "*", 0, 0, **whole))
    write_tie_out(company.finance, TieOutScope(NIGHT, "billing"), rows, "test", SHIPPED.assignments())
    unknown = scored(company)["US", "completeness"]
    assert (unknown.share, unknown.explanation) == (Share(), "billing: another run is at it")


@pytest.mark.core
def test_scored_again_a_night_adds_only_what_came_out_otherwise_and_nothing_is_changed(company: Company) -> None:
    count = "select count(*)::int as n from quality_score"
    scored(company)
    [before] = company.rows(count)
    scored(company)
    assert company.rows(count) == [before]
    again = scored(company, settings=replace(SETTINGS, completeness_floor_bp=9_000))
    assert company.rows(count) == [{"n": before["n"] + 4}]
    with company.finance.transaction() as connection:
        stored = {each.score.value: each for each in read_scores(connection, "US", 9) if each.read_instant == NIGHT}
    assert stored == {name: again["US", name] for name in stored}
    assert len(stored) == len(Score)
    for statement in ("update quality_score set floor_bp = 0", "delete from quality_score"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            company.rows(statement)


def test_the_report_and_the_series_show_the_night_beside_the_one_before(
    company: Company, night: Scored, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = NIGHT + timedelta(days=1)  # TOO-NEW is judged as well
    scored(company)
    after = scored(company, tomorrow)
    assert score_lines([night["UK", "clearing"], night["DE", "completeness"]])[0].startswith(
        "UK: clearing is 62.14 %, below its floor of 95.00 % (what came"
    )
    assert after["UK", "clearing"].share == Share(12_649, 110_355)
    report = read_report(company.finance, SHIPPED, tomorrow)
    place = ("UK", "clearing")
    [told] = [each for each in as_json(report)["scores"] if (each["legal_entity_code"], each["score"]) == place]
    assert told == told | {"share_bp": 1_146, "before_bp": 6_214, "mean_bp": None, "floor_bp": 9_500, "is_below": True}
    [row] = [row for row in as_page(report).table("quality-scores") if row[:2] == ["UK", "Clearing within 10 days"]]
    assert row[2:7] == ["11.46 %", "126.49 of 1,103.55 GBP", "62.14 %", "", "95.00 %"]
    assert row[7].startswith("✗ below what came from 2026-01-03 to 2026-02-01; ")
    [printed] = [each for each in report_lines(report) if "UK " in each and "clearing within" in each]
    assert (
        " ".join(printed.split()) == "UK clearing within 10 days 11.46 % 126.49 of 1,103.55 GBP 62.14 % 95.00 % BELOW"
    )
    app = SimpleNamespace(configuration=SHIPPED, finance=lambda: company.finance)
    monkeypatch.setattr(command, "running_app", lambda: app)
    with command.console.capture() as shown:
        command.scores("UK", 30)
    assert "11.46 % ▼*" in shown.get()
    assert "clearing within 10 days: floor 95.00 %, BELOW; what came from 2026-01-03" in shown.get()


@pytest.mark.core
def test_evidence_that_is_lost_is_said_and_leaves_the_night_without_scores(company: Company, tmp_path: Path) -> None:
    empty = EvidenceStore(str(tmp_path / "evidence"), tmp_path / "scratch")
    instant = NIGHT + timedelta(hours=1)
    wiring: Any = SimpleNamespace(
        configuration=company.configuration, finance=lambda: company.finance, evidence=lambda: empty
    )
    [told] = nights.score(wiring, Night(instant, False, False, ("billing",), ("US",)), "test")  # noqa: FBT003
    assert told.startswith("The night has no data-quality scores: Evidence of source billing cannot be read")
    assert company.rows("select from quality_score where read_instant = %s", instant) == []
