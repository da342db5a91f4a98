"""The hash of a document tells apart what differs and holds equal what does not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.subledger.workspace import SQL_FOLDER
from tests.accounting.billing import Document, Row, invoice, line, payment, to
from tests.accounting.company import Company
from tests.accounting.evidence import decisions

CONNECTION = duckdb.connect()
CONNECTION.execute(Path(SQL_FOLDER / "macros.sql").read_text(encoding="utf-8"))

texts = st.one_of(st.none(), st.text(alphabet="01:~aé|", max_size=4))


def hashed(fields: list[str | None]) -> str:
    call = " || ".join("hashed_field(?)" for _ in fields)
    [text] = CONNECTION.execute(f"select {call}", fields).fetchone() or ()
    assert isinstance(text, str)
    return text


@given(first=st.lists(texts, min_size=3, max_size=3), second=st.lists(texts, min_size=3, max_size=3))
def test_different_fields_never_give_one_text(first: list[str | None], second: list[str | None]) -> None:
    assert (hashed(first) == hashed(second)) == (first == second)


def test_absent_empty_and_shifted_fields_differ() -> None:
    assert len({hashed(each) for each in (["a", None, "b"], ["a", "b", None], ["a", "", "b"], ["ab", "", ""])}) == 4


def test_rounding_is_half_away_from_zero_in_integers() -> None:
    cases = {(5, 10): 1, (-5, 10): -1, (4, 10): 0, (-4, 10): 0, (15, 10): 2, (-15, 10): -2, (0, 7): 0, (10, 3): 3}
    for (numerator, denominator), expected in cases.items():
        [found] = CONNECTION.execute("select divide_half_up(?, ?)", [numerator, denominator]).fetchone() or ()
        assert (numerator, denominator, found) == (numerator, denominator, expected)


def hash_of(company: Company, document: Document) -> str:
    [row] = [each for each in decisions(company, company.night(document)) if each["native_id"] == document.key[1]]
    return str(row["seen_hash"])


def told(*lines: Row, **given: object) -> Document:
    return invoice("INV-1", "01-15", *lines, **given)  # type: ignore[arg-type]


TWIN = line(100, department="sales")


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        pytest.param(
            told(TWIN, TWIN, number="X", status="paid", updated_at=None), True, id="number-status-paid-and-update"
        ),
        pytest.param(told(TWIN), False, id="a-twin-line-less"),
        pytest.param(told(TWIN, TWIN, TWIN, TWIN), False, id="two-twin-lines-more"),
        pytest.param(told(TWIN, line(100, department="")), False, id="empty-is-not-sales"),
        pytest.param(told(TWIN, line(100, department=None)), False, id="absent-is-not-empty"),
        pytest.param(told(TWIN, line(100, region="sales", department=None)), False, id="a-value-in-the-next-field"),
        pytest.param(told(TWIN, TWIN, status="void", voided_date="01-20"), False, id="a-void"),
    ],
)
def test_what_changes_the_hash_of_an_invoice(company: Company, other: Document, *, is_same: bool) -> None:
    assert (hash_of(company, told(TWIN, TWIN)) == hash_of(company, other)) is is_same


def test_the_order_in_which_lines_and_applications_arrive_is_no_change(company: Company) -> None:
    first = told(line(100), line(200))
    paid = payment("PAY-1", "01-15", 300, to("INV-1", 100, "01-15"), to("INV-1", 200, "01-15"))
    company.night(first, paid)
    first.lines.reverse()
    paid.applications.reverse()
    again = company.night(first, paid)
    assert set(company.outcomes(again).values()) == {"unchanged"}
