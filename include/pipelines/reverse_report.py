"""What a reversal would book, as Markdown for the person who approves it."""

from __future__ import annotations

from collections.abc import Iterator

from include.pipelines.reverse_reckoning import ReversalAsked, ReversalReckoning
from include.pipelines.whatif_report import left_out_lines, money, named
from include.report.words import plain


def reversal_markdown(asked: ReversalAsked, found: ReversalReckoning) -> str:
    """The report, whole: what is reversed and booked anew on every account, what goes along, and what is left out."""
    return "\n".join(_lines(asked, found)) + "\n"


def _lines(asked: ReversalAsked, found: ReversalReckoning) -> Iterator[str]:
    entry = asked.entry
    scope = ", ".join(f"`{name}`" for name in sorted(asked.documents)) or "the whole entry"
    yield f"## Reversal of entry {entry.reference} of {entry.legal_entity_code}, posted {entry.posting_date}"
    yield ""
    yield f"Scope: {scope}. Reason: {asked.reason}"
    yield ""
    after = (
        "and booked anew by the rules in force."
        if asked.is_rebooked
        else "and stays out of the books: no night books it again until a person lifts that."
    )
    yield (
        f"{found.scope.num_rows:,} events of {found.document_count:,} documents: what stands of them is reversed as it was booked, in "
        f"{found.found.entry_count:,} journal entries, {after} Debit is positive, credit negative; a period is the one in which it is posted."
    )
    if found.cells:
        yield from (
            "",
            "| entity | period | account | reversed | booked anew | documents |",
            "|---|---|---|---:|---:|---|",
        )
    for cell in found.cells:
        period = f"{cell.period_name} ({plain(cell.held_reason)})" if cell.held_reason else cell.period_name
        amounts = " | ".join(money(minor, cell.currency) for minor in (cell.reversed_minor, cell.booked_minor))
        documents = named(cell.documents, cell.document_count)
        yield f"| {cell.legal_entity_code} | {period} | {cell.account_code} | {amounts} | {documents} |"
    if any(cell.held_reason for cell in found.cells):
        yield from (
            "",
            "What stands beside a reason is held: no later period of its fiscal year is open, and only a person crosses a year-end.",
        )
    if found.along:
        yield from ("", "Reversed along with it, because it rests on what is reversed:", "")
        yield from ("| event | documents |", "|---|---|")
    for each in found.along:
        yield f"| {each.event} | {named(each.documents, each.document_count)} |"
    yield from left_out_lines("Left out, and not reversed:", found.left_out)
