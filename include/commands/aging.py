"""What customers owe, and what they have to their credit."""

from __future__ import annotations

import csv
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from include.commands.terminal import cli, console, harmless_cell, running_app, say
from include.config.currencies import CURRENCIES
from include.finance.aging import BUCKETS, OpenItem, age
from include.finance.errors import NightUnfinishedError, TieoutError
from include.finance.money import format_minor
from include.pipelines.aging import Aging
from include.pipelines.aging import aging as read_open_items

_SHOWN = 40  # customers and invoices; a file has all


@cli.command()
def aging(
    entity: Annotated[str | None, typer.Option(help="Legal entity; empty: each")] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="The end of this day, as the ERP had confirmed it; empty: now, beside what billing says"),
    ] = None,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write every open item to this file as well")] = None,
) -> None:
    """Open items by customer and age, beside their control accounts and, for now, beside billing's own open amounts. Reads only."""
    app = running_app()
    day = _day(as_of) if as_of else None
    found = [
        read_open_items(app.finance(), app.evidence(), app.configuration, code, day)
        for code in ([entity] if entity else sorted(app.configuration.legal_entities))
    ]
    for one in found:
        on = day or app.configuration.legal_entities[one.legal_entity_code].local_date(datetime.now(UTC))
        _print(one, on)
    if to_csv is not None:
        _write(to_csv, found)
        say(f"{sum(len(one.items) for one in found):,} open items written to {to_csv}.")
    _require_agreed(found)


def _print(found: Aging, on: date) -> None:
    title = (
        f"Open items of {found.legal_entity_code} at the end of {found.as_of}"
        if found.as_of
        else f"Open items of {found.legal_entity_code} now"
    )
    table = Table("account", "currency", "customer", title=title)
    for name in (*(name for _, name in BUCKETS), "total"):
        table.add_column(name, justify="right")
    aged = age(found.items, on)
    for each in aged[:_SHOWN]:
        amounts = (_money(minor, each.currency) for minor in (*each.by_age, each.total_minor))
        table.add_row(each.account_code, each.currency, Text(each.customer_ref), *amounts)
    console.print(table)
    if len(aged) > _SHOWN:
        say(f"and {len(aged) - _SHOWN:,} customers more; CSV=file.csv has all.")
    for total in found.controls:
        said = "agree" if not total.difference_minor else f"DIFFER by {_money(total.difference_minor, total.currency)}"
        balance = _money(total.balance_minor, total.currency)
        say(
            f"{total.account_code} {total.currency}: items {_money(total.items_minor, total.currency)}, journals {balance}: {said}"
        )
    for owed in found.billing:
        ours, theirs = (_money(minor, owed.currency) for minor in (owed.amount_minor, owed.billing_minor))
        rest = _money(owed.explained_minor, owed.currency)
        say(f"Invoices in {owed.currency}: open here {ours}, by billing {theirs}; explained by what waits: {rest}")
    for differing in found.differences[:_SHOWN]:
        ours, theirs = (
            _money(minor, differing.currency) for minor in (differing.amount_minor, differing.billing_minor)
        )
        because = differing.because or "nothing explains it"
        say(
            f"  invoice {differing.number or differing.native_id} ({differing.native_id}): here {ours}, billing {theirs}: {because}"
        )
    if len(found.differences) > _SHOWN:
        say(f"  and {len(found.differences) - _SHOWN:,} invoices more.")


def _require_agreed(found: list[Aging]) -> None:
    wrong = [
        f"{one.legal_entity_code} {total.account_code}: open items differ from the journals by "
        f"{_money(total.difference_minor, total.currency)} {total.currency}"
        for one in found
        for total in one.controls
        if total.difference_minor
    ]
    wrong += [
        f"{one.legal_entity_code}: invoice {each.number or each.native_id} is open with {_money(each.amount_minor, each.currency)} here and "
        f"with {_money(each.billing_minor, each.currency)} {each.currency} in billing"
        for one in found
        for each in one.differences
        if not each.because
    ]
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise NightUnfinishedError(
            f"{'; '.join(wrong[:_SHOWN])}{more}. `make explain DOCUMENT=invoice:<id>` says what was booked of one; where billing's own amount is wrong, "
            "have it corrected there."
        )


def _write(path: Path, found: list[Aging]) -> None:
    columns = [each.name for each in fields(OpenItem)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["legal_entity_code", *columns])
        for one in found:
            for item in one.items:
                writer.writerow([one.legal_entity_code, *(harmless_cell(getattr(item, name)) for name in columns)])


def _money(minor: int, currency: str) -> str:
    known = CURRENCIES.get(currency)
    return format_minor(minor, known.exponent) if known else str(minor)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TieoutError(f"`{text}` is no day; write it as 2026-02-28.") from None
