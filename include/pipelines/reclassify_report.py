"""What a reclassification would book, as Markdown for the person who approves it."""

from __future__ import annotations

from collections.abc import Iterator

from include.pipelines.reclassified import Reckoning
from include.pipelines.reclassify_asked import Asked
from include.pipelines.whatif_report import left_out_lines, money, named
from include.report.words import plain


def reclassify_markdown(source_code: str, asked: Asked, configuration_sha256: str, found: Reckoning) -> str:
    """The report, whole: what is added to every account, with the documents behind it, and what is left out."""
    return "\n".join(_lines(source_code, asked, configuration_sha256, found)) + "\n"


def _lines(source_code: str, asked: Asked, configuration_sha256: str, found: Reckoning) -> Iterator[str]:
    who = ", ".join(f"`{name}`" for name in asked.documents) or ", ".join(f"{k} {v}" for k, v in asked.where.items())
    yield f"## Reclassification of source {source_code}: events of {asked.first_period} to {asked.last_period}"
    yield ""
    yield f"Asked for: {who}. Reason: {asked.reason}"
    yield ""
    yield (
        f"{found.document_count:,} documents come to other entries under configuration `{configuration_sha256[:12]}`: what stands of "
        f"them is reversed as it was booked, and booked again, in {found.entry_count:,} journal entries. Debit is positive, credit "
        "negative; a period is the one in which it is posted."
    )
    if found.cells:
        yield from ("", "| entity | period | account | added | documents |", "|---|---|---|---:|---|")
    for cell in found.cells:
        period = f"{cell.period_name} ({plain(cell.held_reason)})" if cell.held_reason else cell.period_name
        amount, documents = money(cell.amount_minor, cell.currency), named(cell.documents, cell.document_count)
        yield f"| {cell.legal_entity_code} | {period} | {cell.account_code} | {amount} | {documents} |"
    if not found.entry_count:
        yield from ("", "**Nothing would change.**")
    if any(cell.held_reason for cell in found.cells):
        yield from (
            "",
            "What stands beside a reason is held: no later period of its fiscal year is open, and only a person crosses a year-end.",
        )
    if found.gone_count:
        yield from (
            "",
            f"{found.gone_count:,} of the documents were deleted in billing: what is booked of them stays as it is.",
        )
    yield from left_out_lines("Left out, and not booked anew:", found.left_out)
