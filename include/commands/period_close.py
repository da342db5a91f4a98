"""Closing a period: the checklist, a close of the sample company, and who may approve."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from include.commands.terminal import cli, console, running_app, say
from include.finance.errors import PeriodCloseError, UnknownNameError
from include.finance.period_close import Checklist, PersonRole, RoleSpan
from include.pipelines.close_checklist import close_checklist, next_to_close
from include.pipelines.period_close import end_close
from include.sample.close import close_sample_period
from include.sample.stack import Stack
from include.store.people import access_review, end_role, grant_role
from include.store.period_closes import clock


@cli.command(name="close-check")
def close_check(
    entity: Annotated[str | None, typer.Option(help="Legal entity; all where nothing is said")] = None,
    period: Annotated[
        str | None, typer.Option(help="Period; the one that is closed next where nothing is said")
    ] = None,
) -> None:
    """What would stand in the way if a period were closed now. Reads only."""
    app = running_app()
    database, configuration = app.finance(), app.configuration
    for code in [entity] if entity else sorted(configuration.legal_entities):
        if code not in configuration.legal_entities:
            raise UnknownNameError(f"There is no legal entity {code} in legal_entities.yaml.")
        with database.transaction() as connection:
            now = clock(connection)
            name = period or next_to_close(connection, configuration, code, now)
        if name is None:
            say(f"Legal entity {code} has no open period, as far as the finance database knows; run a night first.")
            continue
        console.print(_table(close_checklist(database, configuration, code, name, now)))


@cli.command()
def close(
    period: Annotated[str, typer.Option(help="Period, for instance 2026-01")],
    entity: Annotated[str | None, typer.Option(help="Legal entity; all where nothing is said")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands in the close for good")] = "the period is over",
    approve: Annotated[str, typer.Option(help="Login that approves at once, waiving what blocks: controller")] = "",
    *,
    dry_run: Annotated[bool, typer.Option(help="Checklist and package as they are now; nothing is locked")] = False,
) -> None:
    """Close a period of the sample company through its Airflow, started by the preparer; a controller approves, there or here."""
    stack = Stack()
    if not stack.state.exists() or not stack.airflow.is_running():
        raise PeriodCloseError(
            "The sample company is not up: `make demo` (or `make up`) starts it. Elsewhere, trigger the DAG period_close."
        )
    close_sample_period(stack, period, entity, reason, approve_as=approve, is_dry_run=dry_run, say=say)


@cli.command(name="close-end")
def close_end(
    entity: Annotated[str, typer.Option(help="Legal entity")],
    period: Annotated[str, typer.Option(help="Period")],
    reason: Annotated[str, typer.Option(help="Why; kept in the audit log")],
    by: Annotated[str, typer.Option(help="Who says so", envvar="USER")],
) -> None:
    """End a close whose run is gone: the period is open again, here and in the ERP."""
    ended = end_close(running_app(by), entity, period, by=by, reason=reason)
    say(f"The {ended} has ended; the period is open.")


@cli.command()
def grant(
    person: Annotated[str, typer.Option(help="The person's login in Airflow")],
    role: Annotated[PersonRole, typer.Option(help="preparer, controller, auditor or engineer")],
    by: Annotated[str, typer.Option(help="Who gives the right; nobody gives themselves one", envvar="USER")],
    entity: Annotated[str, typer.Option(help="Legal entity; * for all")] = "*",
    since: Annotated[str | None, typer.Option(help="First day; today where nothing is said")] = None,
    until: Annotated[str | None, typer.Option(help="Last day")] = None,
    *,
    end: Annotated[bool, typer.Option(help="Let the right end today instead")] = False,
) -> None:
    """Give a person a role for a legal entity from a day on, or let it end."""
    app = running_app(by)
    if entity != "*" and entity not in app.configuration.legal_entities:
        raise UnknownNameError(f"There is no legal entity {entity} in legal_entities.yaml.")
    if " ".join(person.split()).casefold() == " ".join(by.split()).casefold() and not end:
        raise PeriodCloseError(f"{person} cannot give themselves a role: somebody else does (BY=...).")
    today = datetime.now(UTC).date()
    span = RoleSpan(person, role, entity, _day(since) or today, _day(until))
    with app.finance().transaction() as connection:
        if end:
            say(f"{end_role(connection, span, today, by)} rights end today.")
        elif grant_role(connection, span, by):
            say(f"{person} is {role} of {'all legal entities' if entity == '*' else entity} from {span.valid_from} on.")
        else:
            say("Nothing to change: that right is there.")


@cli.command(name="access-review")
def access_review_() -> None:
    """Who may do what in a close, who gave them the right, and when they last used it; one person in two roles is marked."""
    with running_app().finance().transaction() as connection:
        rows = access_review(connection)
    table = Table("Person", "Role", "Legal entity", "From", "Until", "Given by", "Last used", "")
    today = datetime.now(UTC).date()
    in_force = [row for row in rows if row["valid_from"] <= today <= (row["valid_until"] or date.max)]
    for row in rows:
        roles = {each["role"] for each in in_force if each["person"].casefold() == row["person"].casefold()}
        conflict = "prepares and approves" if {"preparer", "controller"} <= roles and row in in_force else ""
        used = f"{row['last_used_at']:%Y-%m-%d %H:%M}" if row["last_used_at"] else "never"
        cells = (
            row["person"],
            row["role"],
            row["legal_entity_code"],
            row["valid_from"],
            row["valid_until"] or "",
            row["granted_by"],
        )
        table.add_row(*(Text(str(cell)) for cell in (*cells, used, conflict)))
    console.print(table)


def _table(found: Checklist) -> Table:
    title = (
        f"If {found.legal_entity_code} closed {found.period_name} now: {len(found.blockers) or 'nothing'} in the way"
    )
    table = Table("", "What", "Found", "Who", "Cure", title=title)
    for item in found.items:
        mark = Text("blocks", style="red") if item.is_blocking else Text("ok", style="green")
        table.add_row(mark, Text(item.title), Text(item.fact), Text(item.owner), Text(item.cure))
    return table


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UnknownNameError(f"{text!r} is no day; write it as 2026-01-31.") from None
