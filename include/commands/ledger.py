"""Reading the books in the ERP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from include.commands.terminal import cli, console, running_app
from include.finance.errors import TieoutError
from include.finance.money import format_minor
from include.pipelines.ledger import read_ledger


@cli.command()
def ledger(entity: Annotated[str, typer.Option(help="Code of the legal entity")]) -> None:
    """Read a legal entity's books from the ERP through its API."""
    app = running_app()
    known = app.configuration.legal_entities
    if entity not in known:
        raise TieoutError(
            f"There is no legal entity {entity} in legal_entities.yaml; there are {', '.join(sorted(known))}."
        )
    found = read_ledger(app.erp(known[entity].erp_code), known[entity], date(9999, 12, 31))
    currency = known[entity].functional_currency
    entries = Table("number", "date", "reference", "account", "amount", "text", title=f"{entity}: entries in the ERP")
    for entry in found.entries:
        for line in entry.lines:
            entries.add_row(
                entry.header.number,
                str(entry.header.posting_date),
                entry.header.reference,
                line.account_code,
                format_minor(line.amount_minor, currency.exponent),
                line.text,
            )
    console.print(entries)
    balances = Table("account", "name", f"balance {currency.code}", title=f"{entity}: balances in the ERP")
    for code, minor in found.balances.items():
        balances.add_row(code, found.account_names.get(code, ""), format_minor(minor, currency.exponent))
    console.print(balances)
