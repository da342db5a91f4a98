"""A sheet of an Excel workbook that is written from top to bottom, to disk: what a cell holds decides how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_576  # of Excel, the header included
_MADE = datetime(1980, 1, 1)  # noqa: DTZ001  (Excel knows no time zones)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,  # billing's words are shown, never obeyed
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST = 32_767  # characters in a cell of Excel: it would show none of a longer text
_A4 = 9
_HEAD_HEIGHT = 30  # of two lines, in points


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in minor units, shown in major ones; without an exponent its currency is unknown, and it is shown as it is."""

    minor: int
    exponent: int | None


@dataclass(frozen=True, slots=True)
class Formula:
    """What Excel computes, and what comes of it: programs that compute nothing show that."""

    text: str
    result: Amount | str


@dataclass(frozen=True, slots=True)
class Running:
    """A text on one line, over the empty cells beside it."""

    text: str


class Column(NamedTuple):
    """A column of a sheet; the title of numbers stands over their right end."""

    title: str
    width: int
    is_number: bool = False


Cell = str | int | date | Amount | Formula | Running | None


class Book:
    """A workbook whose rows go to disk as they are written. The same cells give the same bytes, whenever they are written."""

    def __init__(self, path: Path, title: str) -> None:
        """Begin an empty workbook; its drafts lie beside it until it is closed."""
        self.workbook = Workbook(str(path), _OPTIONS | {"tmpdir": str(path.parent)})
        self.workbook.set_properties({"title": title, "author": "Tieout", "created": _MADE})
        head = {"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#E3E8EF", "bottom": 1}
        self._heads = {
            is_number: self._format(align="right" if is_number else "left", **head) for is_number in (False, True)
        }
        self._formats: dict[tuple[str, bool], Format] = {}

    def sheet(self, name: str, *columns: Column) -> Sheet:
        """A new sheet with a frozen header."""
        return Sheet(self, name, columns)

    def close(self) -> None:
        """Write the file."""
        self.workbook.close()

    def head_of(self, column: Column) -> Format:
        """How the title of a column looks."""
        return self._heads[column.is_number]

    def form_of(self, cell: Cell, *, is_total: bool) -> Format:
        """How a cell looks."""
        shown = cell.result if isinstance(cell, Formula) else cell
        kind = f"amount {shown.exponent or 0}" if isinstance(shown, Amount) else type(shown).__name__
        if isinstance(cell, Formula) and isinstance(shown, str):
            kind = "result"
        if (kind, is_total) not in self._formats:
            bold = {"bold": True, "top": 1} if is_total else {}
            self._formats[kind, is_total] = self._format(valign="top", **_look(kind), **bold)
        return self._formats[kind, is_total]

    def _format(self, **properties: object) -> Format:
        return self.workbook.add_format({"font_name": "Calibri", "font_size": 10} | properties)


class Sheet:
    """Rows below a frozen header, written once and in order."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column]) -> None:
        """Begin below the header."""
        self.name, self.row = name, 0
        self._book, self._columns = book, len(columns)
        self._sheet: Worksheet = book.workbook.add_worksheet(name)
        for number, column in enumerate(columns):
            self._sheet.set_column(number, number, column.width)
        self.put_head(*columns)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0)
        self._sheet.set_footer("&L&F, &A&RPage &P of &N")

    def put(self, *cells: Cell, is_total: bool = False) -> int:
        """Write the next row; its number as Excel counts."""
        for column, cell in enumerate(cells):
            self._write(column, cell, self._book.form_of(cell, is_total=is_total))
        self.row += 1
        return self.row

    def put_head(self, *columns: Column) -> None:
        """Write the header of what follows."""
        self._sheet.set_row(self.row, _HEAD_HEIGHT)
        for number, column in enumerate(columns):
            self._sheet.write_string(self.row, number, column.title, self._book.head_of(column))
        self.row += 1

    def filter(self) -> None:
        """Let a person filter the rows so far."""
        if self.row > 1:
            self._sheet.autofilter(0, 0, self.row - 1, self._columns - 1)

    def _write(self, column: int, cell: Cell, form: Format) -> None:
        sheet, row = self._sheet, self.row
        match cell:
            case None:
                sheet.write_blank(row, column, None, form)
            case Amount():
                sheet.write_number(row, column, _major(cell), form)
            case Formula(text, result):
                sheet.write_formula(row, column, text, form, _major(result) if isinstance(result, Amount) else result)
            case Running(text):
                sheet.write_string(row, column, text, form)
            case int():
                sheet.write_number(row, column, cell, form)
            case str():
                shown = cell if len(cell) <= _LONGEST else f"{cell[: _LONGEST - 1]}…"
                sheet.write_string(row, column, shown, form)
            case _:
                sheet.write_datetime(row, column, cell, form)


class LongSheet:
    """Rows of which there may be more than a sheet holds: they go on in the next one, under the same header."""

    def __init__(self, book: Book, name: str, columns: Sequence[Column], sheet_rows: int) -> None:
        """Begin with one sheet; each takes `sheet_rows` rows, the header included."""
        self._book, self._name, self._columns, self._sheet_rows = book, name, columns, sheet_rows
        self.sheets = [book.sheet(name, *columns)]

    def put(self, *cells: Cell) -> None:
        """Write the next row."""
        if self.sheets[-1].row >= self._sheet_rows:
            self.sheets[-1].filter()
            self.sheets.append(self._book.sheet(f"{self._name} {len(self.sheets) + 1}", *self._columns))
        self.sheets[-1].put(*cells)

    @property
    def next_row(self) -> int:
        """The number, as Excel counts, of the row that is written next."""
        row = self.sheets[-1].row
        return 2 if row >= self._sheet_rows else row + 1

    def end(self) -> None:
        """No row follows."""
        self.sheets[-1].filter()


def _look(kind: str) -> dict[str, object]:
    if kind.startswith("amount"):
        decimals = int(kind.split()[1])
        number = "#,##0" + (f".{'0' * decimals}" if decimals else "")
        return {"num_format": f'{number};[Red]-{number};"–"', "align": "right"}
    looks: dict[str, dict[str, object]] = {
        "date": {"num_format": "yyyy-mm-dd", "align": "left"},
        "int": {"num_format": "#,##0", "align": "right"},
        "str": {"text_wrap": True},
        "result": {"align": "center"},
    }
    return looks.get(kind, {})


def _major(amount: Amount) -> Decimal:
    return Decimal(amount.minor).scaleb(-(amount.exponent or 0))
