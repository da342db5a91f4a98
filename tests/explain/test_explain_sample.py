"""Every journal line and the documents of the sample company's two nights can be explained, to the cent."""

from __future__ import annotations

import json
from collections import defaultdict
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from include.commands.explain import explained_json
from include.commands.explain_tables import print_document, print_entry
from include.pipelines.explain import ExplainDesk, explain_document, explain_entry
from include.pipelines.explained import EntryExplained
from tests.accounting.company import SHIPPED
from tests.accounting.corrected import REVENUE_ELSEWHERE
from tests.accounting.sample_books import SampleBooks

_LINES = "select reference, line_no, amount_minor from journal_entry join journal_line on entry_id = id"
# All that changed, and every tenth of the others: entries list every document anyway.
_DOCUMENTS = """
select document_uid, count(*) as n, count(reverses_no) as reversals
from event_booking
group by document_uid
having count(reverses_no) > 0 or right(document_uid::text, 1) = '0'
"""


def rows(books: SampleBooks, query: str) -> list[dict[str, Any]]:
    with books.finance.transaction() as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload, no-any-return]


@pytest.fixture(scope="module")
def entries(books: SampleBooks, desk: ExplainDesk) -> list[EntryExplained]:
    """Every journal entry explained, with all its documents."""
    return [explain_entry(desk, row["reference"], None) for row in rows(books, "select reference from journal_entry")]


def test_every_journal_line_explodes_to_subledger_entries_that_sum_to_it(
    books: SampleBooks, entries: list[EntryExplained]
) -> None:
    stored = {(row["reference"], row["line_no"]): row["amount_minor"] for row in rows(books, _LINES)}
    totals = {(told.entry.reference, line.line_no): line.entries_minor for told in entries for line in told.lines}
    assert totals == stored
    assert all(line.is_explained for told in entries for line in told.lines)
    listed: dict[tuple[str, int | None], int] = defaultdict(int)
    for told in entries:
        for line in (line for doc in told.documents for booking in doc.bookings for line in booking.lines):
            listed[told.entry.reference, line.journal_line_no] += line.amount_minor
    assert listed == stored


def test_every_document_behind_an_entry_comes_with_its_rows_in_billing_and_the_rules_that_chose_its_accounts(
    entries: list[EntryExplained],
) -> None:
    for told in entries:
        assert (len(told.documents), told.unlisted_count) == (told.document_count, 0)
        used = {line.rule_id for doc in told.documents for booking in doc.bookings for line in booking.lines}
        assert {rule.rule_id for rule in told.rules if rule.text} == used
        for document in told.documents:
            rows_of = {(each.dataset, each.fields["native_id"]) for each in document.rows}
            assert ("documents", document.native_id) in rows_of
            assert all(booking.version_no for booking in document.bookings)


def test_the_first_documents_are_listed_and_the_others_counted(
    desk: ExplainDesk, entries: list[EntryExplained]
) -> None:
    large = max((told for told in entries if told.batch.kind == "night"), key=lambda told: told.document_count)
    told = explain_entry(desk, large.entry.reference, limit=3)
    assert (len(told.documents), told.unlisted_count) == (3, large.entry.document_count - 3)
    assert told.lines == large.lines
    line = min(large.lines, key=lambda each: each.document_count)
    of_line = explain_entry(desk, f"{large.entry.reference}:{line.line_no}", None)
    assert len(of_line.documents) == of_line.document_count == line.document_count


def test_booked_documents_lead_to_journal_lines_that_sum_to_their_entries(
    books: SampleBooks, desk: ExplainDesk, entries: list[EntryExplained]
) -> None:
    lines = {(told.entry.reference, line.line_no): line for told in entries for line in told.lines}
    found = rows(books, _DOCUMENTS)
    assert sum(row["reversals"] for row in found) > 0
    for row in found:
        told = explain_document(desk, str(row["document_uid"]))
        assert sum(booking.event != "revenue.recognized" for booking in told.bookings) == row["n"]
        for booking in told.bookings:
            assert sum(line.amount_minor for line in booking.lines) == 0
            assert {line.account_code for line in booking.lines} == {
                lines[booking.reference, line.journal_line_no].account_code for line in booking.lines
            }


def test_a_changed_document_shows_what_was_undone_and_what_stands(books: SampleBooks, desk: ExplainDesk) -> None:
    for row in rows(books, _DOCUMENTS):
        bookings = explain_document(desk, str(row["document_uid"])).bookings if row["reversals"] else ()
        by_no = {(each.event, each.occurrence, each.booking_no): each for each in bookings}
        for booking in (each for each in bookings if each.reverses_no is not None):
            undone = by_no[booking.event, booking.occurrence, booking.reverses_no]  # type: ignore[index]
            assert sorted((line.account_code, -line.amount_minor) for line in booking.lines) == sorted(
                (line.account_code, line.amount_minor) for line in undone.lines
            )
            assert booking.batch_no > undone.batch_no


def test_a_document_is_found_by_type_and_id_and_by_its_number(books: SampleBooks, desk: ExplainDesk) -> None:
    [row] = rows(books, "select document_uid from document_version where version_no = 2 order by 1 limit 1")
    told = explain_document(desk, str(row["document_uid"]))
    assert [version.version_no for version in told.versions] == [1, 2]
    assert explain_document(desk, f"{told.document_type}:{told.native_id}") == told
    [invoice] = rows(books, "select document_uid from event_booking where event_type = 1 order by 1 limit 1")
    told = explain_document(desk, str(invoice["document_uid"]))
    assert told.number
    assert explain_document(desk, told.number) == told


@pytest.mark.long
def test_a_rule_is_quoted_as_it_stood_although_the_configuration_has_changed(
    desk: ExplainDesk, entries: list[EntryExplained]
) -> None:
    changed = ExplainDesk(desk.database, desk.evidence, REVENUE_ELSEWHERE)
    told = explain_entry(changed, entries[0].entry.reference)
    for rule in told.rules:
        assert rule.rule_set_sha256 == SHIPPED.sha256
        file, _, number = (rule.where or "").partition(":")
        assert SHIPPED.files[file].splitlines()[int(number) - 1] == f"- rule: {rule.rule_id}"
        assert rule.text
        assert rule.text in SHIPPED.files[file]


# As a person reads it, and as a program does


@pytest.fixture(scope="module")
def told(books: SampleBooks, desk: ExplainDesk) -> EntryExplained:
    """The entry of a night with the most documents, the first two of them listed."""
    with books.finance.transaction() as connection:
        row = connection.execute(
            "select reference from journal_entry where category <> 'recognition' order by document_count desc, 1 limit 1"
        ).fetchone()
    assert row
    return explain_entry(desk, row["reference"], limit=2)


def shown(told: EntryExplained) -> str:
    out = StringIO()
    print_entry(Console(file=out, width=200, color_system=None), told)
    return out.getvalue()


def test_the_console_says_how_many_documents_it_leaves_out(told: EntryExplained) -> None:
    assert f"... and {told.entry.document_count - 2:,} documents more: ALL=1 lists them." in shown(told)
    assert "does not sum up" not in shown(told)


def test_the_console_names_rule_batch_code_version_and_billing_s_row(told: EntryExplained) -> None:
    text = shown(told)
    document = told.documents[0]
    assert all(
        each in text
        for each in (
            told.rules[0].where or "no file",
            f"batch {told.batch.batch_no} of source",
            f"code {told.batch.code_version}",
            f"{document.document_type}:{document.native_id}",
            f"native_id={document.native_id}",
        )
    )


def test_a_document_on_the_console_shows_the_entry_and_line_of_each_amount(
    told: EntryExplained, desk: ExplainDesk
) -> None:
    document, out = told.documents[0], StringIO()
    print_document(
        Console(file=out, width=200, color_system=None),
        explain_document(desk, f"{document.document_type}:{document.native_id}"),
    )
    assert told.entry.reference in out.getvalue()
    assert "Version 1: new" in out.getvalue()


def test_json_has_amounts_as_integers_and_counts_what_is_not_listed(told: EntryExplained) -> None:
    content = json.loads(explained_json(told))
    assert content["unlisted_count"] == told.entry.document_count - 2
    assert [line["amount_minor"] for line in content["lines"]] == [line.amount_minor for line in told.lines]
