"""The exceptions desk: what needs a person, and what people say of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from include.commands.terminal import cli, console, harmless_cell, running_app, say
from include.config.currencies import CURRENCIES
from include.finance.errors import ExceptionWordError
from include.finance.exception_desk import DeskState
from include.pipelines.exceptions_desk import Word, speak
from include.store.database import Row
from include.store.exceptions_desk import Asked, read_exceptions, read_groups, read_history

_COLUMNS = (
    "id", "group_code", "state", "is_escalated", "severity", "owner", "legal_entity_code", "category", "rule", "at_risk_minor",
    "at_risk_currency", "amount_minor", "currency", "period_name", "period_stage", "opened_at", "due_on", "escalated_at", "closed_at",
    "source_code", "subject_type", "subject_id", "message", "suggested_fix", "word_by", "word_at", "word_reason", "approved_by", "approved_at",
    "replay_at", "replay_by", "replay_reason",
)  # fmt: skip


@cli.command()
def exceptions(
    entity: Annotated[str | None, typer.Option(help="Legal entity")] = None,
    category: Annotated[str | None, typer.Option(help="Category, as exceptions.yaml has them")] = None,
    state: Annotated[
        str | None, typer.Option(help="States, with commas between; all; else what nobody settled")
    ] = None,
    group: Annotated[str | None, typer.Option(help="1: by cause; else the code of a cause, to open it")] = None,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write every exception to this file instead")] = None,
    history: Annotated[str | None, typer.Option(help="Id of an exception: everything that became of it")] = None,
) -> None:
    """Show what needs a person, late and grave ones first; every one of them. Reads only."""
    finance = running_app().finance()
    if history:
        _print_history(read_history(finance, history), history)
        return
    is_grouped = group == "1"
    asked = Asked(entity, category, None if is_grouped else group, _states(state))
    if to_csv is not None:
        count = write_csv(to_csv, read_exceptions(finance, asked))
        say(f"{count:,} exceptions written to {to_csv}.")
    elif is_grouped:
        console.print(_groups_table(read_groups(finance, asked)))
    else:
        _print_each(read_exceptions(finance, asked))


@cli.command(name="exception")
def exception_word(
    word: Annotated[Word, typer.Option("--do", help="acknowledge, waive, approve (a waiver) or resolve")],
    name: Annotated[
        str, typer.Option("--of", help="Id of an exception, or the group of a cause: all that stand of it")
    ],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
    reason: Annotated[str, typer.Option(help="Why; kept with the exception and in the audit log")] = "",
) -> None:
    """Say a person's word on exceptions: one transaction, in the audit log."""
    app = running_app(by)
    said = speak(app.finance(), app.configuration.desk, word, name, by=by, reason=reason)
    if said.exception_count == 0:
        say("Nothing to change: that was said before.")
    elif said.state is DeskState.WAIVE_ASKED:
        say(
            f"{said.exception_count:,} exceptions wait for a second person: make exception DO=approve OF={name} BY=<somebody else>"
        )
    else:
        say(f"{said.exception_count:,} exceptions are {said.state}.")


def write_csv(path: Path, rows: Iterable[Row]) -> int:
    """Write every exception, a line each; how many."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for row in rows:
            writer.writerow([harmless_cell(row[name]) for name in _COLUMNS])
            count += 1
    return count


def _states(text: str | None) -> tuple[str, ...] | None:
    if not text:
        return None
    known = [each.value for each in DeskState]
    wanted = known if text == "all" else [part.strip() for part in text.split(",")]
    if unknown := sorted(set(wanted) - set(known)):
        raise ExceptionWordError(f"There is no state {', '.join(unknown)}; known: {', '.join(known)}, or all.")
    return tuple(wanted)


def _groups_table(rows: list[Row]) -> Table:
    table = Table(
        "", "group", "state", "severity", "owner", "cause", "count", "at risk", "period", "age", "due", "what"
    )
    for row in rows:
        table.add_row(
            *map(Text, (_late(row), row["group_code"], row["state"], row["severity"], row["owner"])),
            Text(f"{row['legal_entity_code']} {row['rule']}"),
            Text(f"{row['exception_count']:,}"),
            Text(_money(row)),
            *map(Text, (row["period"] or "-", _age(row["opened_at"]), str(row["due_on"] or "-"), row["detail"])),
        )
    table.caption = f"{sum(row['exception_count'] for row in rows):,} exceptions of {len(rows):,} causes"
    return table


def _print_each(rows: Iterable[Row]) -> None:
    """A paragraph each, written as they are read: there may be very many."""
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - the count is told at the end
        period = f", period {row['period_name']} ({row['period_stage']})" if row["period_name"] else ""
        head = (
            f"{_late(row)}{row['severity']} {row['state']}, {row['owner']}, due {row['due_on'] or '-'}, age {_age(row['opened_at'])}, "
            f"{_money(row)} at risk{period}"
        )
        console.print(Text(head, style="bold"))
        console.print(Text(f"  {row['category']} {row['rule']}: {row['message']}"), soft_wrap=True)
        console.print(Text(f"  {row['suggested_fix']}"), soft_wrap=True)
        if row["word_by"]:
            second = f", approved by {row['approved_by']}" if row["approved_by"] else ""
            console.print(Text(f"  {row['word_by']}: {row['word_reason'] or '-'}{second}"), soft_wrap=True)
        console.print(Text(f"  id {row['id']}, group {row['group_code']}", style="dim"), soft_wrap=True)
    console.print(f"{count:,} exceptions")


def _print_history(rows: list[Row], exception_id: str) -> None:
    if not rows:
        raise ExceptionWordError(f"There is no exception {exception_id}; `make exceptions` shows their ids.")
    for row in rows:
        changed = ", ".join(f"{name} {value}" for name, value in row["after"].items() if value is not None)
        text = (
            f"{row['at'].astimezone(UTC):%Y-%m-%d %H:%M:%S} {row['action']}, {row['who']} ({row['actor']}): {changed}"
        )
        console.print(Text(text), soft_wrap=True)


def _late(row: Row) -> str:
    return "LATE " if row["is_escalated"] else ""


def _age(opened_at: datetime) -> str:
    return f"{(datetime.now(UTC) - opened_at).days} d"


def _money(row: Row) -> str:
    minor, code = int(row["at_risk_minor"]), row["at_risk_currency"]
    known = CURRENCIES.get(code)
    if known is None:
        return f"{minor:,} minor units of {code}"
    whole, part = divmod(abs(minor), 10**known.exponent)
    digits = f".{part:0{known.exponent}}" if known.exponent else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{digits} {code}"
