"""The close package: a page and a workbook that say the same as the books, read back as others will read them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from include.evidence.store import EvidenceStore
from include.finance.close_package import Approval, Check, ClosePackage, JournalLine, OpenException, UnpostedEntries
from include.finance.errors import EvidenceError, UnknownNameError
from include.finance.rollforward import KINDS
from include.finance.tie_out import Side, TieOutRow, TieOutStatus
from include.pipelines.close_figures import close_figures
from include.pipelines.close_package import StoredClosePackage, build_close_package
from include.pipelines.trial_balance import trial_balance
from include.report.close_page import close_html
from include.report.close_workbook import CloseWorkbook
from include.store.close_facts import journal_lines
from tests.accounting.company import Company
from tests.accounting.test_recognition_proof import Forged, one_cent_more
from tests.close.world import figures, schedule

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
SHEETS = [
    "Summary", "Trial balance", "Foreign balances", "Journals", "Tie-out", "Roll-forwards", "Flux", "Exceptions", "Approvals",
]  # fmt: skip


@pytest.fixture(scope="module")
def kept(lived: Company) -> StoredClosePackage:
    return build(lived)


@pytest.fixture(scope="module")
def book(kept: StoredClosePackage) -> Workbook:
    return load_workbook(kept.workbook_location)


def build(company: Company, evidence: EvidenceStore | None = None) -> StoredClosePackage:
    place = evidence or company.evidence
    return build_close_package(company.finance, place, company.configuration, "US", "2026-02")


def read(company: Company) -> tuple[ClosePackage, list[JournalLine]]:
    with company.finance.transaction() as connection:
        package = close_figures(
            company.finance, company.evidence, company.configuration, connection, "US", "2026-02",
            [Approval(NOON, "Anna", "approved the hash", "=SUM(A1)")],
        )  # fmt: skip
        return package, list(journal_lines(connection, "US", "2026-02"))


def rows(sheet: Worksheet) -> list[dict[str, Any]]:
    head, *others = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in others]


def minor(value: object) -> int:
    """A number of the workbook in US cents, exactly."""
    assert isinstance(value, int | float), value
    return int(Decimal(repr(value)).scaleb(2).to_integral_exact())


def test_every_schedule_closes_and_ties_to_its_account(lived: Company) -> None:
    for period in ("2026-01", "2026-02", "2026-03"):
        package = figures(lived, period)
        assert package.differing == ()
        assert {each.kind for each in package.rollforwards} == {kind.name for kind in KINDS}
        assert all(each.unexplained_minor == 0 for each in package.flux)


def test_receivables_roll_forward_by_what_happened(lived: Company) -> None:
    january, february = figures(lived, "2026-01"), figures(lived, "2026-02")
    assert schedule(january, "receivables", "1100") == {
        "opening": 0,
        "invoiced": 152165,
        "applied": -30000,
        "closing": 122165,
    }
    assert schedule(february, "receivables", "1100", "EUR", "EUR") == {
        "opening": 59500, "invoiced": 83300, "applied": -59500, "closing": 83300,
    }  # fmt: skip
    in_books = schedule(february, "receivables", "1100", "EUR")
    assert in_books["closing"] == 83300 * 5 // 4
    assert sum(in_books.values()) == 2 * in_books["closing"]
    assert schedule(january, "tax", "2000") == {"opening": 0, "invoiced": 165, "closing": 165}


def test_a_cent_that_evidence_has_and_the_journals_have_not_is_shown(lived: Company) -> None:
    forged = Forged(lived, "subledger_entries", one_cent_more("amount_minor"))
    package = figures(lived, "2026-01", forged)
    assert package.differing
    assert any("receivable" in check.what for check in package.differing)


def test_who_and_when_must_be_known(lived: Company) -> None:
    with pytest.raises(UnknownNameError, match="no legal entity XX"), lived.finance.transaction() as connection:
        close_figures(lived.finance, lived.evidence, lived.configuration, connection, "XX", "2026-01")
    with pytest.raises(UnknownNameError, match="2036-13"):
        figures(lived, "2036-13")
    assert figures(lived, "2025-01").before_name is None


def test_built_again_it_is_the_same_and_nothing_is_written_twice(lived: Company, kept: StoredClosePackage) -> None:
    folder = Path(kept.page_location).parent
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert build(lived) == kept
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    for location, sha256 in (
        (kept.page_location, kept.page_sha256),
        (kept.workbook_location, kept.workbook_sha256),
    ):
        assert hashlib.sha256(Path(location).read_bytes()).hexdigest() == sha256
    assert kept.trial_balance_hash == trial_balance(lived.finance, "US", "2026-02").hash


def test_a_build_that_died_between_its_files_is_completed(lived: Company, kept: StoredClosePackage) -> None:
    page = Path(kept.page_location)
    content = page.read_bytes()
    page.chmod(0o644)
    page.unlink()
    assert build(lived) == kept
    assert page.read_bytes() == content


def test_a_kept_file_that_was_altered_is_named(lived: Company, kept: StoredClosePackage) -> None:
    workbook = Path(kept.workbook_location)
    content = workbook.read_bytes()
    workbook.chmod(0o644)
    workbook.write_bytes(content + b" ")
    with pytest.raises(EvidenceError, match=rf"{workbook.name} was altered"):
        build(lived)
    workbook.write_bytes(content)
    assert build(lived) == kept


def test_the_workbook_has_the_trial_balance_in_numbers_that_add_up(lived: Company, book: Workbook) -> None:
    assert book.sheetnames == SHEETS
    balance = trial_balance(lived.finance, "US", "2026-02")
    *accounts, total = rows(book["Trial balance"])
    figures = {
        row["Account"]: [minor(row[f"{name} USD"]) for name in ("Opening", "Debits", "Credits")] for row in accounts
    }
    assert figures == {row.account_code: [row.opening_minor, row.debit_minor, row.credit_minor] for row in balance.rows}
    assert accounts[0]["Closing USD"] == "=ROUND(D2+E2-F2,2)"
    assert total["Debits USD"] == f"=ROUND(SUM(E2:E{len(accounts) + 1}),2)"


def test_the_workbook_has_every_journal_line(lived: Company, book: Workbook) -> None:
    _, lines = read(lived)
    found = rows(book["Journals"])
    assert len(found) == len(lines) > 20
    assert [(row["Reference"], row["Line"], row["Account"]) for row in found] == [
        (line.reference, line.line_no, line.account_code) for line in lines
    ]
    assert sum(minor(row["Debit USD"]) for row in found) == sum(max(line.functional_minor, 0) for line in lines)
    assert {type(row["Date"]) for row in found} == {datetime}
    assert found[0]["Date"].date() == date(2026, 2, 1)


def test_headers_stay_in_sight_and_amounts_show_the_decimals_of_their_currency(book: Workbook) -> None:
    assert {sheet.freeze_panes for sheet in book} == {"A2"}
    assert book["Trial balance"]["D2"].number_format.startswith("#,##0.00;")
    assert all(sheet.column_dimensions["A"].width > 5 for sheet in book)


def test_what_stands_beside_a_formula_is_what_comes_of_it(kept: StoredClosePackage, book: Workbook) -> None:
    """Reckons every formula anew: sums of ranges and cells, differences, rounding, and the words of checks."""
    shown = load_workbook(kept.workbook_location, data_only=True)
    reckoned = 0
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if isinstance(cell.value, str) and cell.data_type == "f":
                assert shown[sheet.title][cell.coordinate].value == reckon(shown, sheet.title, cell.value), cell
                reckoned += 1
    assert reckoned > 60
    assert {row[7].value for row in list(shown["Summary"].iter_rows())[10:]} == {"agrees"}


def reckon(book: Workbook, title: str, formula: str) -> object:
    """What a formula comes to, by the shown values."""
    if words := re.fullmatch(r'=IF\((\w+)=0,"(\w+)","(\w+)"\)', formula):
        return words[2] if not book[title][words[1]].value else words[3]

    def added(match: re.Match[str]) -> str:
        sheet = book[match["sheet"]] if match["sheet"] else book[title]
        cells = sheet[match["range"]]
        if not isinstance(cells, tuple):
            cells = ((cells,),)
        return str(sum(Decimal(repr(cell.value or 0)) for row in cells for cell in row))

    text = re.sub(r"SUM\(((?P<name>'(?P<sheet>[^']+)'!)?(?P<range>[A-Z]+\d+:[A-Z]+\d+))\)", added, formula[1:])
    text = re.sub(r"(?P<name>'(?P<sheet>[^']+)'!)?\b(?P<range>[A-Z]+\d+)\b", added, text)
    inner = re.fullmatch(r"ROUND\((.*),\d\)", text)
    terms = re.findall(r"[+-]?\s*-?\d+(?:\.\d+)?(?:E[+-]?\d+)?", inner[1] if inner else text)
    return float(sum(Decimal(term.replace("--", "").replace("+-", "-").replace("+", "")) for term in terms))


def test_words_of_others_are_never_formulas_and_long_journals_go_on_in_another_sheet(
    lived: Company, tmp_path: Path
) -> None:
    package, lines = read(lived)
    lines[0] = replace(lines[0], text='=HYPERLINK("http://evil.example")')
    CloseWorkbook(tmp_path / "small.xlsx", package, sheet_rows=11).write(lines)
    book = load_workbook(tmp_path / "small.xlsx")
    journals = [name for name in book.sheetnames if name.startswith("Journals")]
    assert journals == ["Journals", *(f"Journals {n}" for n in range(2, -(-len(lines) // 10) + 1))]
    assert sum(len(rows(book[name])) for name in journals) == len(lines)
    assert max(book[name].max_row for name in journals) == 11
    assert book["Journals"]["I2"].data_type == "s"
    assert book["Approvals"]["D2"].data_type == "s"
    debits = next(row for row in book["Summary"].iter_rows() if row[0].value == "Journals, debits")
    assert all(f"'{name}'!" in str(debits[4].value) for name in journals)


def test_the_same_rows_give_the_same_bytes_whenever_they_are_written(lived: Company, tmp_path: Path) -> None:
    package, lines = read(lived)
    for name in ("one", "other"):
        CloseWorkbook(tmp_path / f"{name}.xlsx", package).write(lines)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "other.xlsx").read_bytes()
    with ZipFile(tmp_path / "one.xlsx") as parts:
        assert {part.date_time[0] for part in parts.infolist()} == {1980}
        assert b"1980-01-01T00:00:00Z" in parts.read("docProps/core.xml")
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.xlsx", "other.xlsx"]


class Outside(HTMLParser):
    """Whatever a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe", "object", "embed", "base", "form"):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name, value in attrs if name.startswith("on")]
        self.found += [
            str(value) for name, value in attrs if name in ("src", "href", "action") and not str(value).startswith("#")
        ]


def test_the_page_is_whole_by_itself_and_shows_words_of_others_as_words(lived: Company) -> None:
    package, _ = read(lived)
    evil = "<script>alert(1)</script>"
    page = close_html(
        replace(package, approvals=(Approval(NOON, evil, evil, "because"),)), "close/US/2026-02/x.xlsx", "0" * 64
    ).decode()
    outside = Outside()
    outside.feed(page)
    assert outside.found == []
    assert not re.search(r"url\(|@import|https?://", page)
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_says_what_stands_in_the_way(lived: Company, kept: StoredClosePackage) -> None:
    package, _ = read(lived)
    page = Path(kept.page_location).read_text(encoding="utf-8")
    assert "Not ready to sign" in page
    assert "Nothing was tied out yet" in page
    assert package.trial_balance.hash in page
    assert kept.workbook_sha256 in page
    assert kept.obstacles == ("nothing was tied out yet",)
    broken = Check("Tax payable", "roll-forward", "trial balance", package.currency, 101, 100)
    worse = close_html(replace(package, checks=(broken,)), "x.xlsx", "0" * 64).decode()
    assert "Tax payable: roll-forward and trial balance differ by 0.01 USD" in worse
    assert "✗ differs" in worse


def test_where_all_is_tied_out_it_is_ready_to_sign(lived: Company) -> None:
    package, _ = read(lived)
    rows = [
        TieOutRow(5, "accounts", "US", "USD", "account", "1100", Side(None, 5), Side(None, 5), status)
        for status in (TieOutStatus.EQUAL, TieOutStatus.SAME_PATH_ONLY)
    ]
    tied = replace(package, tie_out=tuple(rows), tied_at=NOON, changed_at=NOON)
    assert tied.obstacles == ()
    assert "Ready to sign" in close_html(tied, "x.xlsx", "0" * 64).decode()
    assert replace(tied, changed_at=NOON + timedelta(seconds=1)).obstacles == (
        "entries changed after the last tie-out",
    )
    pending = replace(rows[0], status=TieOutStatus.PENDING)
    waiting = UnpostedEntries("ready", "invoices", 3, 500)
    refused = OpenException("high", "mapping", "Controller", "USD", 1, "invoice X", "why", "what", NOON)
    worse = replace(tied, tie_out=(pending,), unposted=(waiting,), exceptions=(refused,))
    assert worse.obstacles == (
        "entries of the period that are not posted: 3",
        "checks of the tie-out that are not equal: 1",
        "open exceptions: 1",
    )


def test_a_text_longer_than_a_cell_is_cut_and_not_lost(lived: Company, tmp_path: Path) -> None:
    package, _ = read(lived)
    long = OpenException("high", "mapping", "Controller", "unknown", 7, "invoice X", "why " * 10_000, "what", NOON)
    CloseWorkbook(tmp_path / "long.xlsx", replace(package, exceptions=(long,) * 3), sheet_rows=3).write(())
    book = load_workbook(tmp_path / "long.xlsx")
    assert [name for name in book.sheetnames if name.startswith("Exceptions")] == ["Exceptions", "Exceptions 2"]
    message = book["Exceptions"]["G2"].value
    assert isinstance(message, str)
    assert message.startswith("why why")
    assert message.endswith("…")
