"""A close as an Excel workbook: real numbers in major units, and formulas that add up and compare once more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from xlsxwriter.utility import xl_col_to_name

from include.finance.close_package import ClosePackage, JournalLine
from include.finance.flux import all_causes, by_cause
from include.finance.money import Currency
from include.finance.rollforward import EXCHANGE, KINDS, LATE, OTHER
from include.finance.tie_out import HOPS
from include.report.sheet import SHEET_ROWS, Amount, Book, Column, Formula, LongSheet, Running, Sheet
from include.report.words import exponent_of, plain

_TITLES = {kind.name: kind.title for kind in KINDS}
_WORDS, _NAME, _MONEY, _SHORT = 60, 30, 16, 11
_COLUMNS = (*dict.fromkeys(column for kind in KINDS for column in kind.columns), EXCHANGE, LATE, OTHER)
_CHECK = (
    Column("Check", 46), Column("One", 24), Column("Other", 24), Column("Currency", 9), Column("One", _MONEY, is_number=True),
    Column("Other", _MONEY, is_number=True), Column("Difference", _MONEY, is_number=True), Column("Result", _SHORT),
)  # fmt: skip


class _Journals(NamedTuple):
    """Name and last row of each sheet of journals, and what all of them come to."""

    sheets: tuple[tuple[str, int], ...]
    debit_minor: int
    credit_minor: int


class CloseWorkbook:
    """The sheets of a close. Sums and checks are formulas; beside each stands what comes of it."""

    def __init__(self, path: Path, package: ClosePackage, sheet_rows: int = SHEET_ROWS) -> None:
        """Begin a workbook at `path`; journals go on in another sheet after `sheet_rows` rows."""
        self._package, self._sheet_rows = package, sheet_rows
        self._book = Book(path, f"Close of {package.legal_entity_code}, {package.period_name}")
        self._exponent = package.currency.exponent
        self._in = f" {package.currency.code}"

    def write(self, lines: Iterable[JournalLine]) -> None:
        """Write all sheets, the journals row by row as they come, and close the file."""
        package = self._package
        title = f"Close of {package.legal_entity_code} {package.legal_entity_name}, {package.period_name}"
        summary = self._book.sheet(
            "Summary", Column(title, _CHECK[0].width), *(Column("", each.width) for each in _CHECK[1:])
        )
        total = self._trial_balance()
        self._foreign_balances()
        journals = self._journals(lines)
        self._tie_out()
        self._rollforwards()
        self._flux()
        self._exceptions()
        self._approvals()
        self._summary(summary, total, journals)
        self._book.close()

    def _amount(self, minor: int) -> Amount:
        return Amount(minor, self._exponent)

    def _sum(self, column: int, first: int, last: int, minor: int) -> Formula:
        name = xl_col_to_name(column)
        return Formula(f"=ROUND(SUM({name}{first}:{name}{last}),{self._exponent})", self._amount(minor))

    def _trial_balance(self) -> int:
        """The number of the row of totals."""
        columns = [_number(title + self._in) for title in ("Opening", "Debits", "Credits", "Closing")]
        sheet = self._book.sheet(
            "Trial balance", Column("Account", _SHORT), Column("Name", _NAME), Column("Type", _SHORT), *columns
        )
        rows = self._package.trial_balance.rows
        for row in rows:
            account = self._package.accounts.get(row.account_code)
            at = sheet.row + 1
            sheet.put(
                row.account_code,
                self._package.name_of(row.account_code),
                account.type.value if account else "not in the chart",
                self._amount(row.opening_minor),
                self._amount(row.debit_minor),
                self._amount(row.credit_minor),
                Formula(f"=ROUND(D{at}+E{at}-F{at},{self._exponent})", self._amount(row.closing_minor)),
            )
        sheet.filter()
        last = sheet.row
        sums = (
            sum(row.opening_minor for row in rows),
            sum(row.debit_minor for row in rows),
            sum(row.credit_minor for row in rows),
            sum(row.closing_minor for row in rows),
        )
        totals = (self._sum(column, 2, last, minor) for column, minor in enumerate(sums, start=3))
        return sheet.put("Total", "", "", *totals, is_total=True) if rows else 0

    def _foreign_balances(self) -> None:
        foreign = [(row.account_code, each) for row in self._package.trial_balance.rows for each in row.foreign]
        if not foreign:
            return
        columns = [_number(title) for title in ("Opening", "Debits", "Credits", "Closing")]
        sheet = self._book.sheet(
            "Foreign balances", Column("Account", _SHORT), Column("Name", _NAME), Column("Currency", 9), *columns
        )
        for code, each in foreign:
            at, exponent = sheet.row + 1, each.exponent
            figures = (Amount(minor, exponent) for minor in (each.opening_minor, each.debit_minor, each.credit_minor))
            closing = Formula(f"=ROUND(D{at}+E{at}-F{at},{exponent})", Amount(each.closing_minor, exponent))
            sheet.put(code, self._package.name_of(code), each.currency, *figures, closing)
        sheet.filter()

    def _journals(self, lines: Iterable[JournalLine]) -> _Journals:
        columns = (
            Column("Date", _SHORT), Column("Reference", 20), Column("ERP number", 14), Column("Category", 14), Column("State", _SHORT),
            _number("Line", 6), Column("Account", _SHORT), Column("Name", _NAME), Column("Text", _WORDS), Column("Currency", 9),
            _number("Amount"), _number("Debit" + self._in), _number("Credit" + self._in), _number("Documents", _SHORT),
        )  # fmt: skip
        sheet = LongSheet(self._book, "Journals", columns, self._sheet_rows)
        debits = credits_ = 0
        for line in lines:
            debit, credit = line.sides
            debits, credits_ = debits + debit, credits_ + credit
            sheet.put(
                line.posting_date, line.reference, line.erp_number, line.category, line.state, line.line_no, line.account_code,
                self._package.name_of(line.account_code), line.text, line.currency, Amount(line.amount_minor, line.exponent),
                self._amount(debit), self._amount(credit), line.document_count,
            )  # fmt: skip
        sheet.end()
        return _Journals(tuple((each.name, each.row) for each in sheet.sheets), debits, credits_)

    def _tie_out(self) -> None:
        columns = (
            Column("Hop", 6), Column("Must agree", 44), Column("Check", 20), Column("Of", 26), Column("Period", _SHORT), Column("Currency", 9),
            _number("Left net"), _number("Right net"), _number("Difference"), _number("Left count", _SHORT), _number("Right count", _SHORT), Column("Status", 15),
            Column("Explanation", _WORDS),
        )  # fmt: skip
        sheet = LongSheet(self._book, "Tie-out", columns, self._sheet_rows)
        for row in self._package.tie_out:
            at, exponent = sheet.next_row, exponent_of(row.currency)
            left, right = (each.debit_minor - each.credit_minor for each in (row.left, row.right))
            sheet.put(
                row.hop, HOPS[row.hop], plain(row.check_name), plain(row.subject), row.period_name, row.currency,
                Amount(left, exponent), Amount(right, exponent),
                Formula(f"=ROUND(G{at}-H{at},{exponent or 0})", Amount(row.difference_minor, exponent)),
                row.left.count, row.right.count, plain(row.status), row.explanation,
            )  # fmt: skip
        sheet.end()

    def _rollforwards(self) -> None:
        lines = self._package.rollforwards
        used = {name for line in lines for name, minor in line.movements if minor}
        columns = [name for name in _COLUMNS if name in used]
        amounts = [_number(name.capitalize(), 14) for name in ("opening", *columns)]
        sheet = self._book.sheet(
            "Roll-forwards",
            Column("Schedule", 26), Column("Account", _SHORT), Column("Name", _NAME), Column("Region", _SHORT), Column("Documents in", _SHORT),
            Column("Amounts in", _SHORT), *amounts, _number("Comes to"), _number("Closing by the journals"), _number("Difference"), Column("Result", _SHORT),
        )  # fmt: skip
        first, last = (xl_col_to_name(column) for column in (6, 6 + len(columns)))
        comes, closing, difference = (xl_col_to_name(7 + len(columns) + more) for more in range(3))
        for line in lines:
            at, exponent, moved = sheet.row + 1, line.currency.exponent, dict(line.movements)
            sheet.put(
                _TITLES[line.kind], line.account_code, self._package.name_of(line.account_code), line.key, line.document_currency,
                line.currency.code, Amount(line.opening_minor, exponent),
                *(Amount(moved[name], exponent) if name in moved else None for name in columns),
                Formula(f"=ROUND(SUM({first}{at}:{last}{at}),{exponent})", Amount(line.opening_minor + line.moved_minor, exponent)),
                Amount(line.closing_minor, exponent),
                Formula(f"=ROUND({comes}{at}-{closing}{at},{exponent})", Amount(line.difference_minor, exponent)),
                _verdict(f"{difference}{at}", line.difference_minor),
            )  # fmt: skip
        sheet.filter()

    def _flux(self) -> None:
        package = self._package
        causes = all_causes(package.flux)
        sheet = self._book.sheet(
            "Flux",
            Column("Account", _SHORT), Column("Name", _NAME), Column("Figure", 20), _number(f"{package.before_name or 'Before'}{self._in}"),
            _number(f"{package.period_name}{self._in}"), _number("Change"), *(_number(cause.capitalize(), 14) for cause in causes),
            _number("Unexplained"),
        )  # fmt: skip
        first, last = (xl_col_to_name(column) for column in (6, 5 + len(causes)))
        for row in package.flux:
            at, parts = sheet.row + 1, by_cause(row)
            sheet.put(
                row.account_code, package.name_of(row.account_code),
                "booked in the period" if row.is_of_statement else "balance", self._amount(row.before_minor), self._amount(row.now_minor),
                Formula(f"=ROUND(E{at}-D{at},{self._exponent})", self._amount(row.change_minor)),
                *(self._amount(parts[cause]) if cause in parts else None for cause in causes),
                Formula(f"=ROUND(F{at}-SUM({first}{at}:{last}{at}),{self._exponent})", self._amount(row.unexplained_minor)),
            )  # fmt: skip
        sheet.filter()

    def _exceptions(self) -> None:
        columns = (
            Column("Severity", _SHORT), Column("Category", 18), Column("Who acts", 22), Column("Currency", 9), _number("At risk"),
            Column("Of", 28), Column("What is wrong", _WORDS), Column("What to do", _WORDS), Column("Open since (UTC)", 18),
        )  # fmt: skip
        sheet = LongSheet(self._book, "Exceptions", columns, self._sheet_rows)
        for each in self._package.exceptions:
            at_risk = Amount(each.at_risk_minor, exponent_of(each.currency))
            opened = _instant(each.opened_at)
            sheet.put(each.severity, plain(each.category), each.owner, each.currency, at_risk, each.subject, each.message,
                      each.suggested_fix, opened)  # fmt: skip
        sheet.end()

    def _approvals(self) -> None:
        sheet = self._book.sheet(
            "Approvals", Column("When (UTC)", 18), Column("Who", 24), Column("What", _WORDS), Column("Why", _WORDS)
        )
        for each in self._package.approvals:
            sheet.put(_instant(each.at), each.person, each.what, each.reason)
        sheet.put("", "", f"Trial balance that is to be approved: {self._package.trial_balance.hash}", "")

    def _summary(self, sheet: Sheet, total: int, journals: _Journals) -> None:
        self._about(sheet)
        sheet.put_head(*_CHECK)
        for check in self._package.checks:
            what = check.what, check.one, check.other
            _put_check(sheet, what, check.currency, (check.one_minor, check.other_minor))
        rows = self._package.trial_balance.rows
        for side, column, cell, balanced, booked in (
            ("debits", "L", f"E{total}", sum(row.debit_minor for row in rows), journals.debit_minor),
            ("credits", "M", f"F{total}", sum(row.credit_minor for row in rows), journals.credit_minor),
        ):
            added = "+".join(f"SUM('{name}'!{column}2:{column}{max(2, last)})" for name, last in journals.sheets)
            formulas = f"=ROUND({added},{self._exponent})", f"='Trial balance'!{cell}" if total else "=0"
            what = f"Journals, {side}", "sheets Journals", "sheet Trial balance"
            _put_check(sheet, what, self._package.currency, (booked, balanced), formulas)

    def _about(self, sheet: Sheet) -> None:
        package = self._package
        unposted = sum(each.entry_count for each in package.unposted)
        for what, told in (
            ("Days", f"{package.start_date} to {package.end_date}"),
            ("Hash of the trial balance (SHA-256)", package.trial_balance.hash),
            ("Entries last changed (UTC)", _instant(package.changed_at) if package.changed_at else "never"),
            ("Tied out (UTC)", _instant(package.tied_at) if package.tied_at else "never"),
            ("Entries that are not posted", f"{unposted:,}"),
            ("Open exceptions", f"{len(package.exceptions):,}"),
        ):
            sheet.put(what, Running(told))
        sheet.put()


def _put_check(
    sheet: Sheet,
    what: tuple[str, str, str],
    currency: Currency,
    minors: tuple[int, int],
    formulas: tuple[str, str] | None = None,
) -> None:
    at, exponent = sheet.row + 1, currency.exponent
    amounts = [Amount(minor, exponent) for minor in minors]
    figures = map(Formula, formulas, amounts) if formulas else amounts
    difference = Amount(minors[0] - minors[1], exponent)
    formula = Formula(f"=ROUND(E{at}-F{at},{exponent})", difference)
    sheet.put(*what, currency.code, *figures, formula, _verdict(f"G{at}", difference.minor))


def _number(title: str, width: int = _MONEY) -> Column:
    return Column(title, width, is_number=True)


def _verdict(cell: str, difference_minor: int) -> Formula:
    return Formula(f'=IF({cell}=0,"agrees","differs")', "differs" if difference_minor else "agrees")


def _instant(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M}"
