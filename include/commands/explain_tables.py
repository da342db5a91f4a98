"""An explanation on the console. What is not listed is counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.pipelines.explained import (
    BookingExplained,
    DocumentExplained,
    EntryExplained,
    LineExplained,
    RuleTold,
    SourceRow,
)
from include.report.words import decimal_text, exponent_of, instant_words, plain
from include.store.entry_reversals import EntryReversal, ReversedBy
from include.store.explain_facts import BatchFacts, EntryFacts, TransitionFacts
from include.store.reclassifications import Proposal


def print_entry(console: Console, told: EntryExplained) -> None:
    """A journal entry: its totals first, then the first of its documents."""
    entry = told.entry
    _say(console, f"Journal entry {entry.reference} of legal entity {entry.legal_entity_code}", style="bold")
    _say(console, f"  {_where(entry)}")
    _say(
        console,
        f"  {plain(entry.category)} of {entry.posting_date}, period {entry.period_name}, book {entry.book}, "
        f"{_amount(entry.total_debit_minor, entry)} {entry.currency} each side, {entry.document_count:,} documents"
        + (f", part {entry.part_no} of {entry.part_count}" if entry.part_count > 1 else ""),
    )
    _print_batch(console, told.batch)
    _print_approvals(console, told.approvals)
    _print_reversals(console, told.reversals)
    _print_reversed_by(console, told.reversed_by)
    _print_transitions(console, told.transitions)
    _print_lines(console, entry, told.lines)
    _print_rules(console, told.rules)
    listed, of = len(told.documents), f" of line {told.line_no}" if told.line_no else ""
    _say(console, f"Documents{of}: {listed:,} of {told.document_count:,}", style="bold")
    for document in told.documents:
        _say(console, f"{document.document_type}:{document.native_id}  (uid {document.document_uid})", style="bold")
        _print_bookings(console, document.bookings)
        _print_rows(console, document.rows)
    if told.unlisted_count:
        _say(console, f"... and {told.unlisted_count:,} documents more{of}: ALL=1 lists them.", style="yellow")


def print_document(console: Console, told: DocumentExplained) -> None:
    """A document: versions, bookings with their journal lines, entries, and what waits for a person."""
    number = f", number {told.number}" if told.number else ""
    _say(console, f"{told.document_type}:{told.native_id}{number}, source {told.source_code}", style="bold")
    _say(console, f"  uid {told.document_uid}")
    for version in told.versions:
        reason = f" ({version.reason})" if version.reason else ""
        _say(console, f"Version {version.version_no}: {version.outcome}{reason}", style="bold")
        _print_batch(console, version.batch)
        _print_rows(console, version.rows)
    if not told.bookings:
        _say(console, "Nothing of it was ever booked.", style="yellow")
    _print_bookings(console, told.bookings)
    _print_entries(console, told.entries)
    _print_approvals(console, told.approvals)
    _print_reversals(console, told.reversals)
    _print_reversed_by(console, told.reversed_by)
    _print_rules(console, told.rules)
    for each in told.exceptions:
        _say(console, f"Open exception since {instant_words(each.opened_at)}, for {each.owner}:", style="red")
        _say(console, f"  {each.message} {each.suggested_fix}")


def _print_batch(console: Console, batch: BatchFacts) -> None:
    _say(
        console,
        f"  batch {batch.batch_no} of source {batch.source_code}, read {instant_words(batch.read_instant)}, committed "
        f"{instant_words(batch.committed_at)}",
    )
    _say(
        console,
        f"  attempt {batch.attempt_id}, code {batch.code_version}, configuration {batch.rule_set_sha256[:12]}, "
        f"evidence {batch.evidence_path}",
    )


def _print_transitions(console: Console, transitions: Sequence[TransitionFacts]) -> None:
    table = _table("State", "at", "from", "to", "attempt", "by", "detail")
    for each in transitions:
        detail = " ".join(filter(None, (each.detail, each.response)))
        _add(
            table,
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            each.from_state or "",
            each.to_state,
            each.attempt_no,
            each.actor,
            detail,
        )
    console.print(table)


def _print_lines(console: Console, entry: EntryFacts, lines: Sequence[LineExplained]) -> None:
    table = _table(
        f"Lines, and the subledger entries behind them ({entry.currency})",
        *("line", "account", "dimensions", "amount", "entries", "event", "rule"),
        right=("amount", "entries"),
    )
    for line in lines:
        where = " ".join(filter(None, (line.party_key, line.department, line.region, line.product_line)))
        count = sum(origin.entry_count for origin in line.origins)
        _add(
            table,
            line.line_no or "none",
            line.account_code,
            where,
            _both(line.amount_minor, line.functional_minor, entry),
            f"{count:,}",
            "",
            "",
        )
        for origin in line.origins:
            event = f"{origin.event} reversed" if origin.is_reversal else origin.event
            amount = _both(origin.amount_minor, origin.functional_minor, entry)
            _add(table, "", "", "", amount, f"{origin.entry_count:,}", event, origin.rule_id)
        if not line.is_explained:
            table.add_row("", "", Text("does not sum up", style="red"), _amount(line.entries_minor, entry), "", "", "")
    console.print(table)


def _print_bookings(console: Console, bookings: Iterable[BookingExplained]) -> None:
    table = _table(
        "",
        *("event", "no", "dates", "version", "account", "role", "amount", "rule", "entry", "line", "ERP"),
        right=("amount",),
    )
    for booking in bookings:
        head = (_event(booking), _numbering(booking), _dates(booking), booking.version_no or "")
        for line in booking.lines:
            extra = " ".join(f"{name}={value}" for name, value in line.further.items())
            _add(
                table,
                *head,
                line.account_code,
                f"{line.role} {extra}".strip(),
                f"{decimal_text(line.amount_minor, exponent_of(line.currency))} {line.currency}",
                line.rule_id,
                booking.reference,
                line.journal_line_no or "",
                booking.erp_number or booking.entry_state,
            )
            head = ("", "", "", "")
    if table.row_count:
        console.print(table)


def _print_entries(console: Console, entries: Iterable[EntryFacts]) -> None:
    for entry in entries:
        _say(
            console,
            f"Journal entry {entry.reference}: {plain(entry.category)} of {entry.posting_date}, {_where(entry)}",
        )


def _print_rules(console: Console, rules: Iterable[RuleTold]) -> None:
    for rule in rules:
        where = rule.where or "its text is not at hand: it is older than the keeping of rule sets"
        _say(console, f"Rule {rule.rule_id} of configuration {rule.rule_set_sha256[:12]}: {where}")
        for line in (rule.text or "").splitlines():
            _say(console, f"    {line}", style="dim")


def _print_approvals(console: Console, approvals: Iterable[Proposal]) -> None:
    for each in approvals:
        proposed = f"proposed by {each.proposed_by}" + (
            f" {each.proposed_at:%Y-%m-%d %H:%M}" if each.proposed_at else ""
        )
        approved = f"approved by {each.approved_by}" + (
            f" {each.approved_at:%Y-%m-%d %H:%M}" if each.approved_at else ""
        )
        _say(
            console, f"Batch {each.batch_no} is a reclassification, {proposed}, {approved}: {each.reason}", style="bold"
        )
        _say(
            console,
            f"  proposal {each.sha256[:16]}, {each.document_count:,} documents, {each.entry_count:,} journal entries",
        )


def _print_reversals(console: Console, reversals: Iterable[EntryReversal]) -> None:
    for each in reversals:
        _say(console, f"Batch {each.batch_no} reverses entry {each.reference} {_words(each)}", style="bold")


def _print_reversed_by(console: Console, reversals: Iterable[ReversedBy]) -> None:
    for each in reversals:
        booked = ", ".join(f"{reference} {state}" for reference, state in each.entries) or "no entry of its own"
        one = each.reversal
        _say(console, f"Entry {one.reference} is reversed by batch {one.batch_no}: {booked} {_words(one)}", style="red")


def _words(reversal: EntryReversal) -> str:
    what = "booked anew" if reversal.is_rebooked else "out of the books"
    scope = ", ".join(reversal.documents) or "the whole entry"
    proposed = f"proposed by {reversal.proposed_by} {reversal.proposed_at:%Y-%m-%d %H:%M}"
    approved = f"approved by {reversal.answered_by} {reversal.answered_at:%Y-%m-%d %H:%M}"
    return f"({scope}; {what}), {proposed}, {approved}: {reversal.reason}"


def _print_rows(console: Console, rows: Iterable[SourceRow]) -> None:
    for row in rows:
        fields = " ".join(f"{name}={value}" for name, value in row.fields.items())
        _say(console, f"  billing {plain(row.dataset)}: {fields}", style="dim")


def _event(booking: BookingExplained) -> str:
    words = booking.event if booking.reverses_no is None else f"{booking.event} reversed"
    return f"{words} {booking.occurrence}" if booking.occurrence else words


def _numbering(booking: BookingExplained) -> str:
    return f"{booking.booking_no}" + (f" undoes {booking.reverses_no}" if booking.reverses_no else "")


def _dates(booking: BookingExplained) -> str:
    posted = f", posted {booking.posting_date}" if booking.posting_date != booking.event_date else ""
    return f"{booking.event_date}{posted}" + (" (given up)" if booking.is_superseded else "")


def _where(entry: EntryFacts) -> str:
    number = f"number {entry.erp_number} (id {entry.erp_id})" if entry.erp_number else "not in the ledger"
    why = "".join(f", {word}" for word in (entry.held_reason, entry.cause) if word)
    return f"{number} of {entry.erp_code}, {entry.state}{why}"


def _amount(minor: int, entry: EntryFacts) -> str:
    return decimal_text(minor, entry.exponent)


def _both(minor: int, functional_minor: int, entry: EntryFacts) -> str:
    """An amount, and what it is in the entity's own currency where that is another."""
    if entry.functional_currency == entry.currency:
        return _amount(minor, entry)
    functional = f"{decimal_text(functional_minor, entry.functional_exponent)} {entry.functional_currency}"
    return f"{_amount(minor, entry)} = {functional}"


def _table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def _add(table: Table, *cells: object) -> None:
    # As Text: billing's own words hold no markup.
    table.add_row(*(Text(str(cell)) for cell in cells))


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)
