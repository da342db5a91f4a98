"""Explaining a number: from the ledger to billing, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import typer

from include.commands.explain_tables import print_document, print_entry
from include.commands.terminal import cli, console, running_app
from include.finance.errors import UnknownNameError
from include.pipelines.explain import LISTED, ExplainDesk, explain_document, explain_entry
from include.pipelines.explained import DocumentExplained, EntryExplained


@cli.command()
def explain(
    ref: Annotated[
        str | None, typer.Option(help="Journal entry: reference, ERP number or id; REF:3 for line 3")
    ] = None,
    document: Annotated[str | None, typer.Option(help="Document: invoice:ID, its number, or its uid")] = None,
    *,
    all_documents: Annotated[bool, typer.Option("--all", help=f"List all documents, not the first {LISTED}")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, with every field")] = False,
) -> None:
    """Show what is behind a journal entry or one of its lines, or what became of a document. Reads only."""
    if (ref is None) == (document is None):
        raise UnknownNameError("Say what to explain: REF=<reference> of a journal entry, or DOCUMENT=<type>:<id>.")
    app = running_app()
    desk = ExplainDesk(app.finance(), app.evidence(), app.configuration)
    if ref is not None:
        entry = explain_entry(desk, ref, None if all_documents else LISTED)
        typer.echo(explained_json(entry)) if as_json else print_entry(console, entry)
    elif document is not None:
        found = explain_document(desk, document)
        typer.echo(explained_json(found)) if as_json else print_document(console, found)


def explained_json(explained: EntryExplained | DocumentExplained) -> str:
    """An explanation with every field, amounts in minor units."""
    content = asdict(explained)
    if isinstance(explained, EntryExplained):
        content["unlisted_count"] = explained.unlisted_count
    return json.dumps(content, indent=2, default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON yet")
