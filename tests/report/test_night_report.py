"""Reports of nights as they come: empty, failed early, one source of two, hostile words, many exceptions, many nights."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from include.evidence.store import EvidenceStore
from include.finance.errors import EvidenceError, NightUnfinishedError, SourceUnreadableError
from include.pipelines.report import store_report
from include.pipelines.verdict import require_complete
from include.report.console import report_lines
from include.report.judge import sentence
from include.report.model import Amount, NightReport, SourceState
from include.report.read import NIGHTS, read_report
from include.report.words import amount_text, duration_text
from include.store.database import FinanceDatabase
from include.store.tie_outs import TieOutScope, write_tie_out
from include.store.timings import timed_stage
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import FIRST_NIGHT, SHIPPED, Company
from tests.accounting.rates import publish
from tests.report.reading import as_json, as_page

ENTITIES = sorted(SHIPPED.legal_entities)


def report_of(finance: FinanceDatabase, instant: datetime = FIRST_NIGHT) -> NightReport:
    """A report that is shown everywhere, whatever else a test asks of it."""
    report = read_report(finance, SHIPPED, instant)
    as_json(report)
    as_page(report)
    assert report_lines(report)
    return report


def post_everything(finance: FinanceDatabase, instant: datetime = FIRST_NIGHT) -> None:
    """As if the ERP had taken every entry, and everything had been tied out."""
    execute(
        finance,
        "update journal_entry set state = 'verified', held_reason = null, erp_number = 'N' || left(reference, 4)",
    )
    scopes = [TieOutScope(instant, source_code=code) for code in SHIPPED.sources]
    scopes += [TieOutScope(instant, legal_entity_code=code) for code in ENTITIES]
    for scope in scopes:
        stage, code = (
            ("tie_out_source", scope.source_code) if scope.source_code else ("tie_out", scope.legal_entity_code)
        )
        with timed_stage(finance, instant, "night", stage, code or ""):
            write_tie_out(finance, scope, [], "test", SHIPPED.assignments())


def execute(finance: FinanceDatabase, query: str, *parameters: Any) -> None:
    with finance.transaction() as connection:
        connection.execute(query, parameters or None)  # type: ignore[call-overload]


def test_a_night_of_which_nothing_is_known_is_reported_as_not_read(finance: FinanceDatabase) -> None:
    report = report_of(finance)
    [source] = report.sources
    assert (source.state, source.read_until, source.batches) == (SourceState.NOT_READ, None, ())
    assert sentence(report).startswith("Not complete: source billing was not read; ")
    page = as_page(report)
    assert "No document was read." in page.section("documents")
    assert "Nothing new to post." in page.section("entries")
    assert "No stage of this night has begun." in page.section("stages")
    assert as_json(report)["nights"][-1]["document_count"] == 0


def test_a_source_that_failed_is_the_first_thing_missing_with_its_error(finance: FinanceDatabase) -> None:
    with (
        pytest.raises(SourceUnreadableError),
        timed_stage(finance, FIRST_NIGHT, "night", "extract", "billing"),
    ):
        raise SourceUnreadableError("Source billing has no table invoices. Restore it, then run the night again.")
    report = report_of(finance)
    assert report.sources[0].state is SourceState.FAILED
    assert (
        report.missing[0].fact
        == "source billing failed: SourceUnreadableError: Source billing has no table invoices. Restore it, then run the night again"
    )
    assert report.missing[0].owner == "Finance systems"
    assert "Source billing has no table invoices." in as_page(report).section("stages")


@pytest.mark.long
def test_one_source_of_two_leaves_the_other_one_s_documents_on_the_report(own_company: Company) -> None:
    own_company.night(invoice("A", "01-10", line(100)))
    [billing] = SHIPPED.sources.values()
    two = replace(SHIPPED, sources={"billing": billing, "shop": replace(billing, code="shop")})
    report = read_report(own_company.finance, two, FIRST_NIGHT)
    assert [(source.code, source.state) for source in report.sources] == [
        ("billing", SourceState.ACCOUNTED),
        ("shop", SourceState.NOT_READ),
    ]
    assert report.document_count == 1
    assert "source shop was not read" in as_page(report).section("verdict")


@pytest.mark.parametrize("is_posted", [False, True])
def test_the_report_says_complete_exactly_when_the_verdict_does(own_company: Company, is_posted: bool) -> None:  # noqa: FBT001
    own_company.night(invoice("A", "01-10", line(100)))
    if is_posted:
        post_everything(own_company.finance)
    report = report_of(own_company.finance)
    not_tied_out = [] if is_posted else ENTITIES
    try:
        require_complete(own_company.finance, FIRST_NIGHT, SHIPPED.sources, SHIPPED.legal_entities, not_tied_out)
    except NightUnfinishedError:
        assert not report.is_complete
        assert not is_posted
    else:
        assert report.is_complete
        assert "✓ Complete" in as_page(report).section("verdict")
        assert sentence(report) == (
            "Complete: 1 document accounted for, 1 journal entry in the ledger; nobody needs to act."
        )


def test_an_entry_that_was_given_up_is_not_told_as_posted(own_company: Company) -> None:
    own_company.night(invoice("A", "01-10", line(100)))
    post_everything(own_company.finance)
    execute(own_company.finance, "update journal_entry set state = 'superseded'")
    report = report_of(own_company.finance)
    assert sentence(report).startswith("Complete: 1 document accounted for, 0 journal entries in the ledger")
    assert "✓" not in as_page(report).section("entries")


@pytest.mark.long
def test_a_night_that_a_later_one_covers_says_so(own_company: Company) -> None:
    own_company.extract(instant=FIRST_NIGHT)
    own_company.night(invoice("A", "01-10", line(100)), instant=FIRST_NIGHT + timedelta(days=1))
    report = report_of(own_company.finance)
    assert report.sources[0].state is SourceState.COVERED
    assert report.sources[0].read_until == FIRST_NIGHT + timedelta(days=1)


def test_an_entry_in_another_currency_is_shown_in_it_and_as_it_stands_in_the_books(own_company: Company) -> None:
    """The debits of an application are 1,080.00 USD of customer credits and a loss of 20.00 that has no amount in EUR."""
    publish(own_company.finance, "01-10 EUR/USD 1.1", "01-15 EUR/USD 1.08", "01-15 JPY/USD 0.0066666667")
    own_company.night(
        invoice("A", "01-10", line(100000), currency="EUR"),
        payment("P", "01-15", 100000, to("A", 100000, "01-15"), currency="EUR"),
        invoice("B", "01-15", line(11000), currency="JPY"),
        invoice("C", "01-15", line(5000)),
    )
    report = report_of(own_company.finance)
    written = {
        (each.category, amount_text(each.total), each.functional_total and amount_text(each.functional_total))
        for each in report.entries
    }
    assert written == {
        ("invoices", "1,000.00 EUR", "1,100.00 USD"),
        ("receipts", "1,000.00 EUR", "1,080.00 USD"),
        ("applications", "1,000.00 EUR", "1,100.00 USD"),
        ("invoices", "11,000 JPY", "73.33 USD"),
        ("invoices", "50.00 USD", None),
    }
    of_json = {
        (each["total"]["currency"], each["total"]["minor"]): each["functional_total"]
        for each in as_json(report)["entries"]
    }
    assert of_json["JPY", 11000] == {"minor": 7333, "currency": "USD", "exponent": 2}
    assert of_json["USD", 5000] is None
    section, console = as_page(report).section("entries"), "\n".join(report_lines(report))
    for shown in ("11,000 JPY 73.33 USD", "50.00 USD 50.00 USD"):
        assert shown in section
        assert shown in " ".join(console.split())


@pytest.mark.long
def test_an_entry_of_an_earlier_night_that_is_stuck_stays_on_the_report(own_company: Company) -> None:
    own_company.night(invoice("A", "01-10", line(100)))
    own_company.night(invoice("B", "01-10", line(200)))
    report = report_of(own_company.finance, FIRST_NIGHT + timedelta(days=1))
    assert [(entry.total.minor, entry.is_of_night) for entry in report.entries] == [(100, False), (200, True)]
    execute(own_company.finance, "update journal_entry set state = 'verified' where total_debit_minor = 100")
    report = report_of(own_company.finance, FIRST_NIGHT + timedelta(days=1))
    assert [entry.total.minor for entry in report.entries] == [200]


@pytest.mark.long
def test_words_of_billing_are_shown_and_never_obeyed(own_company: Company) -> None:
    hostile = "<script>alert('x')</script>[red]&\"{{ 7 * 7 }}"
    own_company.night(invoice(hostile, None, line(100)))
    report = report_of(own_company.finance)
    [group] = report.exceptions
    assert group.listed[0].subject_id == hostile
    page = as_page(report)
    assert hostile in page.section("exceptions")
    tags = {element.tag for element in page.root.iter()}
    assert tags.isdisjoint({"script", "iframe", "img", "link", "object", "svg"})
    assert not [name for element in page.root.iter() for name in element.attrib if name.startswith("on")]
    assert "http" not in page.text.replace("http-equiv", "")
    assert hostile in "\n".join(report_lines(report))


def test_amounts_have_the_decimals_of_their_currency(own_company: Company) -> None:
    own_company.night(
        invoice("YEN", None, line(1234567), entity="JP"),
        invoice("DINAR", None, line(1234567), entity="US", currency="KWD"),
        invoice("CENT", None, line(5), entity="US"),
    )
    report = report_of(own_company.finance)
    amounts = {
        (each["at_risk"]["currency"], each["at_risk"]["exponent"], each["at_risk"]["minor"])
        for group in as_json(report)["exceptions"]
        for each in group["listed"]
    }
    assert amounts >= {("JPY", 0, 1234567), ("USD", 2, 5)}
    text = as_page(report).section("documents") + as_page(report).section("exceptions")
    assert "1,234,567 JPY" in text
    assert "1,234.567" in text
    assert "0.05 USD" in text
    assert report.exceptions[0].listed[0].at_risk == Amount(1234567, "JPY", 0)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Amount(-5, "USD", 2), "-0.05 USD"),
        (Amount(123456789012, "JPY", 0), "123,456,789,012 JPY"),
        (Amount(1234567, "BHD", 3), "1,234.567 BHD"),
        (Amount(12345, "unknown", None), "12,345 minor units, unknown"),
    ],
)
def test_an_amount_is_written_to_the_last_minor_unit(amount: Amount, text: str) -> None:
    assert amount_text(amount) == text


def test_thousands_of_exceptions_are_counted_and_folded(finance: FinanceDatabase) -> None:
    execute(
        finance,
        "insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, subject_type,"
        " subject_id, message, suggested_fix)"
        " select 'document|' || n || '|lines_do_not_sum', 'document', 'high', 'Billing operations', 'US', 'USD', n, 'invoice',"
        " 'INV-' || n, 'Invoice INV-' || n || ' is wrong.', 'Correct it.' from generate_series(1, 4000) as n",
    )
    report = read_report(finance, SHIPPED, FIRST_NIGHT, listed=1000)
    [group] = report.exceptions
    assert (group.count, len(group.listed)) == (4000, 1000)
    assert [amount_text(each) for each in group.at_risk] == ["80,020.00 USD"]
    assert group.listed[0].subject_id == "INV-4000"
    content = as_json(report)["exceptions"][0]
    assert (content["count"], content["listed_count"], len(content["listed"])) == (4000, 1000, 1000)
    page = as_page(report)
    text = page.section("exceptions")
    assert "3,997 exceptions more of this cause" in text
    assert "And 975 exceptions more" in text
    assert "4,000 in all; the JSON lists 1,000, the others are in table tieout.exception" in text
    assert len(page.text) < 100_000
    assert len(report_lines(report)) < 60


def test_causes_stand_in_the_order_of_their_money(finance: FinanceDatabase) -> None:
    for rule, minor, currency in (("small", 900, "USD"), ("large", 500_000, "JPY"), ("middle", 99_900, "USD")):
        execute(
            finance,
            "insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, subject_type,"
            " subject_id, message, suggested_fix) values (%s, 'document', 'low', 'Somebody', 'US', %s, %s, 'invoice', 'I', 'M', 'F')",
            f"document|1|{rule}",
            currency,
            minor,
        )
    report = report_of(finance)
    assert [group.rule for group in report.exceptions] == ["large", "middle", "small"]
    assert [heading.split(":")[0] for heading in as_page(report).causes()] == ["Large", "Middle", "Small"]


def test_money_at_risk_is_told_in_functional_currency_where_that_can_be_said(finance: FinanceDatabase) -> None:
    for number, (risk, currency) in enumerate(((None, None), (11_000, "EUR"))):
        execute(
            finance,
            "insert into exception (cause, category, severity, owner, legal_entity_code, currency, amount_minor, risk_minor,"
            " risk_currency, subject_type, subject_id, message, suggested_fix)"
            " values (%s, 'document', 'low', 'Somebody', 'DE', 'USD', 10000, %s, %s, 'invoice', 'I', 'M', 'F')",
            f"document|{number}|lines_do_not_sum",
            risk,
            currency,
        )
    [group] = report_of(finance).exceptions
    assert [each.at_risk for each in group.listed] == [Amount(11_000, "EUR", 2), Amount(10_000, "USD", 2)]
    assert group.at_risk == (Amount(11_000, "EUR", 2), Amount(10_000, "USD", 2))


@pytest.mark.long
def test_an_exception_ages_by_the_nights_committed_after_it_was_found(own_company: Company) -> None:
    own_company.night(invoice("BAD", None, line(100)))
    assert report_of(own_company.finance).exceptions[0].listed[0].age_nights == 1
    own_company.night(invoice("A", "01-10", line(100)))
    own_company.night(invoice("B", "01-10", line(100)))
    report = report_of(own_company.finance, FIRST_NIGHT + timedelta(days=2))
    assert report.exceptions[0].listed[0].age_nights == 3


@pytest.mark.long
def test_the_series_holds_the_last_nights_up_to_this_one(own_company: Company) -> None:
    own_company.night(invoice("BAD", None, line(100)))
    for number in range(1, NIGHTS + 2):
        with timed_stage(own_company.finance, FIRST_NIGHT + timedelta(days=number), "night", "plan"):
            pass
    first = report_of(own_company.finance)
    assert [night.read_instant for night in first.nights] == [FIRST_NIGHT]
    assert (first.nights[0].document_count, first.nights[0].broken_count) == (1, 1)
    assert first.nights[0].at_risk == (Amount(100, "USD", 2),)
    last = report_of(own_company.finance, FIRST_NIGHT + timedelta(days=NIGHTS + 1))
    assert [night.read_instant for night in last.nights] == [
        FIRST_NIGHT + timedelta(days=number) for number in range(2, NIGHTS + 2)
    ]


def test_stages_beside_each_other_count_once_and_tries_add_up(finance: FinanceDatabase) -> None:
    begin = datetime(2026, 2, 1, 6, 30, tzinfo=UTC)
    for subject, start, seconds, error in (
        ("DE", 0, 60, None),
        ("US", 30, 60, "LeaseHeldError: wait"),
        ("US", 100, 20, None),
    ):
        execute(
            finance,
            "insert into stage_timing values (%s, %s, 'night', 'post', %s, %s, %s, 7, %s, %s)",
            uuid4(),
            FIRST_NIGHT,
            subject,
            begin + timedelta(seconds=start),
            begin + timedelta(seconds=start + seconds),
            "failed" if error else "done",
            error,
        )
    report = report_of(finance)
    assert [(each.subject, each.milliseconds, each.try_count, each.outcome) for each in report.stages] == [
        ("DE", 60_000, 1, "done"),
        ("US", 80_000, 2, "done"),
    ]
    assert report.nights[-1].milliseconds == 110_000
    assert duration_text(110_000) == "1 min 50 s"


def test_a_dry_run_leaves_no_trace_on_a_night_s_report(finance: FinanceDatabase) -> None:
    with timed_stage(finance, FIRST_NIGHT, "dry_run", "extract", "billing"):
        pass
    report = report_of(finance)
    assert report.stages == ()
    assert report.nights[-1].milliseconds == 0


def test_a_difference_of_the_tie_out_is_missing_and_shown_with_its_explanation(finance: FinanceDatabase) -> None:
    run = uuid4()
    execute(
        finance,
        "insert into tie_out_run (id, read_instant, legal_entity_code, actor) values (%s, %s, 'US', 'test')",
        run,
        FIRST_NIGHT,
    )
    for number, (status, right) in enumerate((("equal", 100), ("different", 40))):
        execute(
            finance,
            "insert into tie_out (run_id, row_no, hop, check_name, legal_entity_code, currency, subject_type, subject,"
            " left_count, right_count, left_debit_minor, right_debit_minor, status, explanation)"
            " values (%s, %s, 4, 'entries_in_erp', 'US', 'USD', 'entries', 'invoices', 1, 1, 100, %s, %s, '<b>JE-1</b> is gone')",
            run,
            number,
            right,
            status,
        )
    report = report_of(finance)
    hop = report.hops[3]
    assert (hop.check_count, len(hop.open_rows), hop.open_rows[0].difference_minor) == (2, 1, 60)
    fact = "hop 4 entries_in_erp US invoices USD differs"
    assert [each.owner for each in report.missing if each.fact == fact] == ["Controller US"]
    section = as_page(report).section("tie-out")
    assert "✗ differs" in section
    assert "<b>JE-1</b> is gone" in section


def test_a_report_is_written_once_beside_the_evidence_and_the_next_one_beside_it(
    finance: FinanceDatabase, tmp_path: Path
) -> None:
    evidence = EvidenceStore(str(tmp_path / "evidence"), tmp_path)
    report = report_of(finance)
    stored = store_report(report, evidence)
    folder = tmp_path / "evidence" / "reports" / "20260201T060000Z"
    assert Path(stored.json_location).parent == Path(stored.html_location).parent == folder
    assert json.loads(Path(stored.json_location).read_text(encoding="utf-8")) == as_json(report)
    assert stored.json_location in Path(stored.html_location).read_text(encoding="utf-8")
    with pytest.raises(EvidenceError, match="written once"):
        store_report(report, evidence)
    store_report(report_of(finance), evidence)
    assert len(list(folder.glob("*.json"))) == len(list(folder.glob("*.html"))) == 2
    assert min(folder.iterdir()).name == Path(stored.html_location).name
