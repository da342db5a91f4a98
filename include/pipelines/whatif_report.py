"""What other rules would change, as Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from include.pipelines.whatif import LeftOut, WhatIf
from include.report.words import decimal_text, exponent_of, plain


def whatif_markdown(found: WhatIf) -> str:
    """The report, whole: every account that changes, with the documents behind it, and what could not be compared."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: WhatIf) -> Iterator[str]:
    yield f"## What these rules change in {found.first_period} to {found.last_period}"
    yield ""
    yield (
        f"{found.read_count:,} documents have events or recognised revenue in these periods; {found.changed_count:,} of them come to other entries. "
        f"Configuration `{found.configuration_sha256[:12]}`. Nothing was posted; debit is positive, credit negative."
    )
    if found.cells:
        yield from ("", "| entity | period | account | booked | by these rules | difference | documents |")
        yield "|---|---|---|---:|---:|---:|---|"
    for cell in found.cells:
        amounts = (cell.booked_minor, cell.ruled_minor, cell.difference_minor)
        told = " | ".join(money(minor, cell.currency) for minor in amounts)
        documents = named(cell.documents, cell.document_count)
        yield f"| {cell.legal_entity_code} | {cell.period_name} | {cell.account_code} | {told} | {documents} |"
    if not found.cells:
        yield from ("", "**No amount differs.**")
    yield from left_out_lines("Not compared, because these rules leave the documents out of the books:", found.left_out)


def left_out_lines(title: str, left_out: Sequence[LeftOut]) -> Iterator[str]:
    """A table of documents that were left out, and why; nothing where there are none."""
    if left_out:
        yield from ("", title, "")
        yield from ("| entity | reason | total | documents |", "|---|---|---:|---|")
    for left in left_out:
        told = named(left.documents, left.document_count)
        yield f"| {left.legal_entity_code} | {plain(left.reason)} | {money(left.total_minor, left.currency)} | {told} |"


def money(minor: int, currency: str) -> str:
    """An amount in minor units as people write it."""
    return f"{decimal_text(minor, exponent_of(currency))} {currency}"


def named(documents: tuple[str, ...], count: int) -> str:
    """How many documents, and the first of them by name."""
    names = ", ".join(f"`{name.replace('|', '&#124;')}`" for name in documents)
    more = f" and {count - len(documents):,} more" if count > len(documents) else ""
    return f"{count:,}: {names}{more}"
