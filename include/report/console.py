"""A report on the console, and as plain lines for a task's log: the same tables."""

from __future__ import annotations

from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from include.finance.quality_score import percent_text, score_title
from include.finance.tie_out import TieOutStatus
from include.report.judge import counted, sentence
from include.report.model import OUTCOMES, CauseGroup, NightReport
from include.report.words import (
    amount_in,
    amount_text,
    amounts_text,
    decimal_text,
    duration_text,
    instant_words,
    part_text,
    plain,
)

_MISSING = 20
_ENTRIES = 40
_EXCEPTIONS = 5  # of one cause
_OPEN_CHECKS = 10  # of one hop
_LOG_WIDTH = 160


def report_lines(report: NightReport) -> list[str]:
    """The report as plain text, for the task log."""
    out = StringIO()
    print_report(Console(file=out, width=_LOG_WIDTH, color_system=None, highlight=False), report)
    return out.getvalue().rstrip().splitlines()


def print_report(console: Console, report: NightReport) -> None:
    """The report as tables. What is left out is counted; all of it is in the JSON."""
    console.print(Text(f"Night of {instant_words(report.read_instant)}", style="bold"))
    console.print(Text(sentence(report), style="green" if report.is_complete else "red"), soft_wrap=True)
    for missing in report.missing[:_MISSING]:
        console.print(Text(f"  missing: {missing.fact} ({missing.owner})"), soft_wrap=True)
    _print_left_out(console, len(report.missing) - _MISSING, "thing")
    _print_equation(console, report)
    _print_hops(console, report)
    _print_scores(console, report)
    _print_exceptions(console, report)
    _print_entries(console, report)
    _print_closing(console, report)
    _print_stages(console, report)
    _print_nights(console, report)


def _table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def _add(table: Table, *cells: object) -> None:
    # As Text: billing's own words hold no markup.
    table.add_row(*(Text(str(cell)) for cell in cells))


def _print_equation(console: Console, report: NightReport) -> None:
    numbers = ("read", *OUTCOMES, "total")
    table = _table("What became of every document", "entity", "currency", "document type", *numbers, right=numbers)
    for cell in report.equation:
        for row in cell.document_types:
            counts = (f"{row.outcomes[outcome].count:,}" for outcome in OUTCOMES)
            total = decimal_text(row.all.minor, cell.exponent)
            _add(
                table,
                cell.legal_entity_code,
                cell.currency,
                plain(row.document_type),
                f"{row.all.count:,}",
                *counts,
                total,
            )
    console.print(table if report.equation else Text("No document was read.\n"))


def _print_hops(console: Console, report: NightReport) -> None:
    if not any(hop.check_count for hop in report.hops):
        console.print(Text("Tie-out: nothing was checked.\n"))
        return
    statuses = [status.value for status in TieOutStatus]
    table = _table("Tie-out", "hop", "must agree", *map(plain, statuses), right=tuple(map(plain, statuses)))
    for hop in report.hops:
        _add(table, hop.number, hop.what, *(f"{hop.count(status):,}" for status in TieOutStatus))
    console.print(table)
    for hop in report.hops:
        for row in hop.open_rows[:_OPEN_CHECKS]:
            by = amount_text(amount_in(row.currency, row.at_risk_minor))
            text = f"  {row.title}: {plain(row.status)}, by {by}. {row.explanation}"
            console.print(Text(text), soft_wrap=True)
        _print_left_out(console, len(hop.open_rows) - _OPEN_CHECKS, "check")


def _print_scores(console: Console, report: NightReport) -> None:
    if not report.scores:
        return
    numbers = ("share", "of", "the night before", "mean", "floor")
    table = _table("Data quality", "entity", "score", *numbers, "", right=numbers)
    for found in report.scores:
        each = found.of
        _add(
            table,
            each.legal_entity_code,
            score_title(each),
            percent_text(each.share.basis_points),
            part_text(each),
            percent_text(found.before_bp) if found.before_bp is not None else "-",
            percent_text(each.mean.basis_points) if each.mean else "",
            percent_text(each.floor_bp) if each.floor_bp is not None else "none",
            "BELOW" if each.is_below else "",
        )
    console.print(table)
    for found in report.scores:
        if found.of.explanation and (found.of.is_below or not found.of.share.denominator):
            text = f"  {found.of.legal_entity_code} {found.of.score}: {found.of.explanation}"
            console.print(Text(text), soft_wrap=True)


def _print_exceptions(console: Console, report: NightReport) -> None:
    console.print(Text(f"Open exceptions: {report.exception_count:,}, most money at risk first", style="italic"))
    for group in report.exceptions:
        console.print(Text(_cause_line(group), style="yellow"), soft_wrap=True)
        for each in group.listed[:_EXCEPTIONS]:
            age = counted(each.age_nights, "night")
            text = f"    {amount_text(each.at_risk)}  {each.message}  ({each.owner}, {age})"
            console.print(Text(text), soft_wrap=True)
        _print_left_out(console, group.count - _EXCEPTIONS, "exception")
    console.print()


def _cause_line(group: CauseGroup) -> str:
    head = f"  {group.severity}  {plain(group.category)}, {plain(group.rule)}: {group.count:,}, {amounts_text(group.at_risk)}"
    return f"{head}. {group.suggested_fix}"


def _print_entries(console: Console, report: NightReport) -> None:
    if not report.entries:
        console.print(Text("Journal entries: nothing new to post.\n"))
        return
    columns = ("entity", "date", "category", "total", "in the books", "documents", "reference", "ERP number", "state")
    table = _table(f"Journal entries: {len(report.entries):,}", *columns, right=("total", "in the books", "documents"))
    # What is short of the ledger is always shown first.
    for entry in sorted(report.entries, key=lambda each: not each.is_short)[:_ENTRIES]:
        state = plain(entry.state) + (f", {plain(entry.held_reason)}" if entry.held_reason else "")
        _add(
            table,
            entry.legal_entity_code,
            entry.posting_date,
            entry.category,
            amount_text(entry.total),
            amount_text(entry.functional_total or entry.total),
            f"{entry.document_count:,}",
            entry.reference,
            entry.erp_number or "-",
            state,
        )
    console.print(table)
    _print_left_out(console, len(report.entries) - _ENTRIES, "entry")


def _print_closing(console: Console, report: NightReport) -> None:
    if not report.closing:
        return
    table = _table("If we closed now", "entity", "period", "what is in the way", "found", "who")
    for found in report.closing:
        for item in found.blockers[:_MISSING]:
            _add(table, found.legal_entity_code, found.period_name, item.title, item.fact, item.owner)
        if not found.blockers:
            _add(table, found.legal_entity_code, found.period_name, "nothing", "", "")
        elif len(found.blockers) > _MISSING:
            _add(
                table, found.legal_entity_code, found.period_name, f"and {len(found.blockers) - _MISSING} more", "", ""
            )
    console.print(table)


def _print_stages(console: Console, report: NightReport) -> None:
    table = _table("Stages", "stage", "of", "took", "rows", "tries", "ended", right=("took", "rows", "tries"))
    for stage in report.stages:
        rows = "-" if stage.row_count is None else f"{stage.row_count:,}"
        _add(
            table,
            plain(stage.stage),
            stage.subject or "all",
            duration_text(stage.milliseconds),
            rows,
            stage.try_count,
            stage.outcome,
        )
    if report.stages:
        console.print(table)


def _print_nights(console: Console, report: NightReport) -> None:
    numbers = ("documents", "quarantined or held", "entries", "not in the ledger", "work")
    table = _table("The last nights", "night", *numbers, "money quarantined or held", right=numbers)
    for night in report.nights:
        _add(
            table,
            instant_words(night.read_instant),
            f"{night.document_count:,}",
            f"{night.broken_count:,}",
            f"{night.entry_count:,}",
            f"{night.short_count:,}",
            duration_text(night.milliseconds),
            amounts_text(night.at_risk),
        )
    console.print(table)


def _print_left_out(console: Console, number: int, noun: str) -> None:
    if number > 0:
        console.print(Text(f"    and {counted(number, noun)} more: see the page or the JSON"))
